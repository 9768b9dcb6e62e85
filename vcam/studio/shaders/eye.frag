#version 330
#include "lighting.glsl"
in vec3 P, N, soft, Q;  // Q: direction from the centre of the ball, before it turns
in vec4 T;              // under the upper lid cm, above the lower lid cm, iris angle rad, openness
in vec4 K;
uniform vec3 iris_colour;
uniform float pupil;     // share of the iris
uniform mat3 eye_turn;   // the ball's own turn and the head's, together
uniform float seed;
out vec4 colour;

float hash1(float x) { return fract(sin(x * 91.345 + seed) * 4375.5453); }

float streaks(float angle, float count) {
    float x = angle / 6.2831853 * count;
    float i = floor(x), f = smoothstep(0.0, 1.0, fract(x));
    return mix(hash1(mod(i, count)), hash1(mod(i + 1.0, count)), f);
}

// A soft window of light mirrored in the cornea: 1 inside its rectangle.
float window(vec3 r, vec3 towards, vec2 size) {
    vec3 side = normalize(cross(vec3(0, 1, 0), towards));
    vec3 up = cross(towards, side);
    vec2 at = abs(vec2(dot(r, side), dot(r, up)));
    vec2 in_box = smoothstep(size + 0.06, size - 0.06, at);
    return step(0.0, dot(r, towards)) * in_box.x * in_box.y;
}

void main() {
    vec3 v = normalize(eye - P);
    vec3 d = normalize(Q);
    float rim = T.z;
    // The iris lies behind the cornea: look it up where the refracted ray meets its plane.
    vec3 local_v = transpose(eye_turn) * v;
    vec3 cornea = normalize(vec3(d.xy * 1.5, d.z));
    vec3 ray = refract(-local_v, cornea, 1.0 / 1.336);
    vec2 flat_at = d.xy / sin(rim);
    float bulge = max(1.0 - dot(flat_at, flat_at), 0.0);
    flat_at += ray.xy / max(-ray.z, 0.2) * 0.24 * bulge;
    float r = length(flat_at), angle = atan(flat_at.y, flat_at.x) + 3.14159265;

    float fibre = 0.55 * streaks(angle + 0.06 * sin(r * 9.0), 62.0) + 0.45 * streaks(angle - 0.1 * r, 137.0);
    float collarette = smoothstep(pupil + 0.26, pupil + 0.10, r);
    vec3 inner = mix(iris_colour, iris_colour * vec3(1.5, 1.15, 0.75) + 0.02, 0.55);
    vec3 iris = mix(iris_colour, inner, collarette) * (0.50 + 0.95 * fibre);
    iris *= mix(1.0, 0.26, smoothstep(0.74, 1.0, r));
    iris = mix(vec3(0.002), iris, smoothstep(pupil - 0.035, pupil + 0.035, r));

    float away = length(d.xy);
    float veins = smoothstep(0.70, 0.95, streaks(angle * 1.0 + 1.3 * away, 90.0)) * smoothstep(0.45, 0.95, away);
    vec3 sclera = mix(vec3(0.62, 0.60, 0.585), vec3(0.55, 0.40, 0.37), smoothstep(0.50, 1.0, away));
    sclera = mix(sclera, vec3(0.55, 0.25, 0.22), 0.28 * veins);
    float white = smoothstep(0.93, 1.10, length(d.xy) / sin(rim));
    vec3 a = mix(iris, sclera, white);

    // Lids and lashes shade the ball: most under the upper lid.
    float under = smoothstep(-0.04, 0.55, T.x);
    float above = smoothstep(-0.05, 0.22, T.y);
    float shade = mix(0.20, 1.0, under) * mix(0.55, 1.0, above);
    shade *= smoothstep(-0.02, 0.16, T.x + T.y);  // nearly shut: hardly any light
    vec3 n = normalize(N);
    float lit = key_share(K, 0.010);
    vec3 facing = vec3(max(dot(n, key_direction) * 0.7 + 0.3, 0.0));
    // Concave behind a lens: the iris is brightest opposite the light.
    float caustic = 1.0 + 0.9 * (1.0 - white) * max(dot(normalize(flat_at + 1e-4), -key_direction.xy), 0.0) * smoothstep(pupil, 0.9, r);
    vec3 c = a * (soft * 1.1 + 0.16 + key_colour * 0.62 * facing * mix(0.55, 1.0, lit) * caustic) * shade;

    vec3 wet_n = normalize(mix(n, eye_turn * cornea, 1.0 - white));
    vec3 mirrored = reflect(-v, wet_n);
    float covered = smoothstep(-0.02, 0.16, T.x) * smoothstep(0.10, 0.30, T.x + T.y);
    float fresnel = 0.035 + 0.5 * pow(1.0 - max(dot(wet_n, v), 0.0), 5.0);
    vec3 gloss = key_colour * window(mirrored, normalize(key_direction * vec3(0.75, 0.60, 1.0)), vec2(0.16, 0.20)) * 16.0;
    gloss += soft_colour[0] * window(mirrored, soft_direction[0], vec2(0.10, 0.24)) * 5.0;
    gloss += vec3(0.30, 0.33, 0.38) * smoothstep(0.0, 0.7, mirrored.y);
    c += gloss * fresnel * covered;
    // A line of tears where the ball meets the lower lid.
    float tear = smoothstep(0.07, 0.02, abs(T.y - 0.045));
    c += tear * (0.05 + 0.20 * max(dot(n, key_direction), 0.0)) * covered;
    colour = vec4(film(c), 1.0);
}
