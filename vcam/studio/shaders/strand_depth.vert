#version 330
#include "pose.glsl"
in vec3 position;
in vec3 tangent;
in float side;
in float share;
uniform mat4 view;
uniform vec3 facing;  // towards the light
uniform float widen;  // fewer strands, each wider, throw the same shadow

void main() {
    vec3 p = turned(position, share);
    vec3 t = turned_direction(tangent, share);
    gl_Position = view * vec4(p + normalize(cross(t, facing) + 1e-5) * side * widen, 1.0);
}
