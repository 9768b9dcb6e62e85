#version 330
#include "lighting.glsl"
in vec3 P, N, soft, Q;
in vec4 T;  // lip distance cm, ambient openness, inside of the mouth, lid wetness
in vec4 K;
uniform sampler2D skin;    // albedo, roughness
uniform sampler2D relief;  // height
uniform float relief_cm;
uniform vec3 scatter;      // how far each colour wanders under this skin, 0..1
out vec4 colour;

vec3 bumped(vec3 n, float height) {
    vec3 px = dFdx(P), py = dFdy(P);
    vec3 r1 = cross(py, n), r2 = cross(n, px);
    float det = dot(px, r1);
    vec3 slope = sign(det) * (dFdx(height) * r1 + dFdy(height) * r2);
    return normalize(abs(det) * n - slope);
}

void main() {
    vec3 v = normalize(eye - P);
    vec3 n0 = normalize(N);
    vec4 texel = texture(skin, Q.xy);
    float height = texture(relief, Q.xy).r;
    vec3 n = bumped(n0, height * relief_cm);
    vec3 a = texel.rgb * texel.rgb;
    float open = T.y;

    // Skin bleeds light past the terminator, red furthest.
    float lit = key_share(K, 0.012);
    vec3 shade = mix(vec3(lit), vec3(sqrt(lit)) * 0.92 + 0.08, scatter);
    vec3 wrap = scatter * 0.55;
    vec3 facing = vec3(dot(mix(n, n0, 0.85), key_direction), dot(mix(n, n0, 0.5), key_direction), dot(n, key_direction));
    vec3 key = max((facing + wrap) / ((1.0 + wrap) * (1.0 + wrap)), 0.0);
    vec3 c = a * (soft + key_colour * key * shade * mix(vec3(open), vec3(1.0), 0.55));

    float rough = texel.a;
    float shine = 0.70 * lit;
    c += key_colour * shine * (0.75 * glint(n, v, key_direction, rough, 0.028) + 0.25 * glint(n, v, key_direction, rough * 0.62, 0.028));
    for (int i = 0; i < 3; i++) {
        if (dot(n, soft_direction[i]) > 0.0) {
            c += soft_colour[i] * open * open * 0.75 * glint(n, v, soft_direction[i], rough + 0.06, 0.028);
        }
    }
    // The room mirrored at grazing angles; it also gives skin its fine bright edge.
    float graze = pow(1.0 - max(dot(n, v), 0.0), 4.0);
    c += vec3(0.10, 0.11, 0.13) * graze * open;
    colour = vec4(film(c * mix(1.0, 0.12, T.z)), 1.0);
}
