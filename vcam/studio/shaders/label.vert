#version 330
#include "pose.glsl"
in vec3 position;
in vec3 neutral;  // the same point in the reference picture, already turned
in float share;
in float part;
uniform mat4 view;
out vec4 there;
out float id;

void main() {
    there = view * vec4(neutral, 1.0);
    id = part;
    gl_Position = view * vec4(turned(position, share), 1.0);
}
