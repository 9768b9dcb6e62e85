#version 330
#include "pose.glsl"
#include "lighting.glsl"
// A strand of hair, shaded once per point: light varies slowly along it.
in vec3 position;
in vec3 tangent;
in float side;   // half width in cm, signed
in float along;  // 0 root .. 1 tip
in float tint;
in float open;   // to light, 0..1
in float share;

uniform mat4 view;
uniform mat4 key_view;
uniform vec3 hair_colour;
uniform float gloss;
uniform vec3 centre;  // of the head: hair faces away from it
out vec3 c;

const float SEEP_CM = 1.1;

float key_seeping(vec3 p) {
    vec4 k = key_view * vec4(p, 1.0);
    vec3 q = k.xyz * 0.5 + 0.5;
    float total = 0.0;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            float first = texture(shadow_map, q.xy + (vec2(i, j) - 0.5) * 0.004).r;
            total += exp(-max(q.z - first, 0.0) * 80.0 / SEEP_CM);
        }
    return total * 0.25;
}

// Kajiya-Kay: light is mirrored in a cone about the strand. `power` is half the usual exponent.
float cone(vec3 t, vec3 h, float shift, float power) {
    float s = min(abs(dot(t, h) + shift), 1.0);
    return pow(1.0 - s * s, power);
}

void main() {
    vec3 p = turned(position, share);
    vec3 t = turned_direction(tangent, share);
    vec3 v = normalize(eye - p);
    vec3 across = normalize(cross(t, v) + 1e-5);
    gl_Position = view * vec4(p + across * side, 1.0);

    vec3 outward = normalize(p - turned(centre, 1.0));
    vec3 a = hair_colour * tint;
    float shift = (tint - 1.0) * 0.12;
    vec3 up = mix(vec3(0.17, 0.15, 0.14), vec3(0.34, 0.36, 0.40), outward.y * 0.5 + 0.5);
    c = a * up * (0.25 + 0.75 * open) * open;

    float key = key_seeping(p);
    float bright = sqrt(max(1.0 - pow(dot(t, key_direction), 2.0), 0.0));
    float facing = clamp(dot(outward, key_direction) * 0.7 + 0.5, 0.0, 1.0);
    vec3 h = normalize(key_direction + v);
    vec3 lobes = vec3(0.045) * cone(t, h, 0.06 + shift, 45.0) + a * 0.85 * cone(t, h, -0.10 + shift, 11.0);
    c += key_colour * key * facing * (a * bright * 0.45 + lobes * gloss) * (0.35 + 0.65 * open);
    for (int i = 0; i < 3; i++) {
        vec3 l = soft_direction[i];
        float seen = clamp(dot(outward, l) * 0.8 + 0.25, 0.0, 1.0) * open;
        h = normalize(l + v);
        float b = sqrt(max(1.0 - pow(dot(t, l), 2.0), 0.0));
        c += soft_colour[i] * seen * (a * b * 0.45 + gloss * (vec3(0.03) * cone(t, h, 0.06 + shift, 30.0) + a * 0.6 * cone(t, h, -0.10 + shift, 8.0)));
    }
    c = film(c);
}
