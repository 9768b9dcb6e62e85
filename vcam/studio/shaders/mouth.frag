#version 330
#include "lighting.glsl"
in vec3 P, N, soft, Q;  // Q: depth behind the lips cm, tooth share, cm from the middle
in vec4 T;              // albedo, roughness
in vec4 K;
uniform float opening;  // how far the lips are apart, cm
out vec4 colour;

void main() {
    vec3 v = normalize(eye - P);
    vec3 n = normalize(N);
    if (dot(n, v) < 0.0) n = -n;
    // Light comes in between the lips: the further behind them, and the less they open, the less.
    float reach = 0.55 + 1.1 * opening;
    float dim = exp(-max(Q.x, 0.0) / reach) * smoothstep(-0.05, 0.5, opening);
    dim = mix(dim, max(dim, 0.55 * smoothstep(0.0, 0.25, opening)), Q.y * exp(-max(Q.x - 1.0, 0.0)));
    dim *= 1.0 - 0.75 * smoothstep(1.3, 2.4, Q.z);  // cheeks shade the back teeth
    float lit = mix(0.45, 1.0, key_share(K, 0.008));
    float key = max(dot(n, key_direction) * 0.6 + 0.4, 0.0);
    vec3 c = T.rgb * (soft + vec3(0.22) + key_colour * 0.62 * key * lit) * dim;
    float wet = mix(0.6, 1.0, Q.y);
    c += wet * dim * lit * (key_colour * 0.9 * glint(n, v, key_direction, T.a, 0.04) + soft_colour[0] * 0.5 * glint(n, v, soft_direction[0], T.a, 0.04));
    colour = vec4(film(c), 1.0);
}
