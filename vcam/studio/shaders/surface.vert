#version 330
#include "pose.glsl"
// Skin, mouth, eyes and cloth: one vertex per corner of the UV map.
in vec3 position;    // after expression, before the head's turn
in vec3 normal;
in vec3 soft_light;  // irradiance of the soft lights, linear RGB
in vec3 place;       // the material's own coordinates: UV and one more
in vec4 trait;       // the material's own masks
in float share;      // of the head's turn

uniform mat4 view;
uniform mat4 key_view;

out vec3 P, N, soft, Q;
out vec4 T, K;

void main() {
    P = turned(position, share);
    N = turned_direction(normal, share);
    soft = soft_light;
    Q = place;
    T = trait;
    K = key_view * vec4(P, 1.0);
    gl_Position = view * vec4(P, 1.0);
}
