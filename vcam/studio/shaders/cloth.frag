#version 330
#include "lighting.glsl"
in vec3 P, N, soft, Q;  // Q: position at rest
in vec4 T;              // material, openness
in vec4 K;
uniform vec3 cloth_colour;
uniform vec3 under_colour;
uniform vec3 accent_colour;
uniform int knit;       // 1 for knitwear
out vec4 colour;

void main() {
    vec3 v = normalize(eye - P);
    vec3 n = normalize(N);
    if (dot(n, v) < 0.0) n = -n;
    float rough = 0.78, sheen = 0.5, spec = 0.04;
    vec3 a = cloth_colour;
    vec3 slope = vec3(0.0);
    if (T.x < 0.5 && knit == 0) {
        float twill = sin((Q.x + Q.y) * 24.0) * 0.5 + sin((Q.x * 0.7 - Q.y) * 37.0) * 0.25;
        a *= 1.0 + 0.05 * twill;
        slope = vec3(0.025, 0.025, 0.0) * cos((Q.x + Q.y) * 24.0);
    } else if (T.x < 0.5) {
        float column = abs(fract(Q.x * 2.1) - 0.5) * 2.0;
        float row = sin((Q.y * 2.9 + column * 0.8) * 6.2831853);
        a *= 0.90 + 0.10 * row * (1.0 - 0.4 * column) - 0.12 * smoothstep(0.82, 1.0, column);
        slope = vec3(0.10 * (column - 0.5), 0.10 * row, 0.0);
        sheen = 0.9;
    } else if (T.x < 1.5) {
        a = under_colour * (1.0 + 0.03 * sin(Q.y * 52.0) * sin(Q.x * 52.0));
        rough = 0.66;
    } else if (T.x > 2.5) {
        float diagonal = (Q.x + Q.y * 1.1) * 0.42;
        float stripe = smoothstep(0.80, 0.86, abs(fract(diagonal) - 0.5) * 2.0);
        a = accent_colour * (1.0 + 0.12 * sin((Q.x - Q.y) * 70.0)) + stripe * vec3(0.16, 0.16, 0.17);
        rough = 0.44;
        spec = 0.05;
    } else {
        float turn = atan(Q.x, Q.z - 1.0);
        float rib = sin(turn * 62.0);
        a *= 0.86 + 0.14 * rib;
        slope = vec3(0.16 * cos(turn * 62.0) * normalize(vec2(Q.z - 1.0, -Q.x)), 0.0).xzy * 1.0;
        sheen = 0.9;
    }
    n = normalize(n + slope);
    float open = T.y;
    float lit = key_share(K, 0.008);
    float facing = max(dot(n, key_direction) * 0.85 + 0.15, 0.0);
    vec3 c = a * (soft + key_colour * facing * lit * mix(open, 1.0, 0.5));
    float graze = pow(1.0 - max(dot(n, v), 0.0), 3.0);
    c += (a * 0.6 + 0.02) * sheen * graze * (soft + 0.25 * key_colour * lit);
    c += key_colour * lit * open * glint(n, v, key_direction, rough, spec) * 0.6;
    c += soft_colour[0] * open * glint(n, v, soft_direction[0], rough, spec) * 0.6;
    colour = vec4(film(c), 1.0);
}
