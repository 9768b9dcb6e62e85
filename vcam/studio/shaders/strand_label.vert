#version 330
#include "pose.glsl"
in vec3 position;
in vec3 tangent;
in float side;
in float share;
in vec3 neutral;  // already turned, without the ribbon's width
in float part;
uniform mat4 view;
uniform vec3 eye;
uniform float widen;
out vec4 there;
out float id;

void main() {
    vec3 p = turned(position, share);
    vec3 t = turned_direction(tangent, share);
    vec3 across = normalize(cross(t, normalize(eye - p)) + 1e-5) * side * widen;
    there = view * vec4(neutral + across, 1.0);
    id = part;
    gl_Position = view * vec4(p + across, 1.0);
}
