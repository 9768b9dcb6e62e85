#version 330
#include "pose.glsl"
in vec3 position;
in float share;
uniform mat4 view;

void main() {
    gl_Position = view * vec4(turned(position, share), 1.0);
}
