#version 330
#include "noise.glsl"
in vec3 R;
in vec4 T, M;
in vec2 L;
uniform vec3 tone;
uniform vec3 lip_tone;
uniform vec3 hair_tone;
uniform vec3 blush_tone;   // multiplies
uniform float freckles;
uniform float age;         // 0..1
uniform float stubble;     // 0..1, the shadow of a shaven beard
uniform float beard;       // 0..1, how dense a short beard is
uniform float makeup;      // 0..1
uniform vec3 offset;       // a place in the noise of one's own
layout(location = 0) out vec4 skin;
layout(location = 1) out vec4 relief;

void main() {
    vec3 q = R + offset;
    float wide = fractal(q * 0.55), mid = fractal(q * 2.1 + 5.0), fine = fractal(q * 7.0), grain = noise(q * 26.0);

    vec3 c = tone;
    // Haemoglobin and melanin wander apart; amplitudes are small, so that nothing reads as a blotch.
    c *= mix(vec3(1.0), vec3(1.035, 0.955, 0.945), (wide - 0.45) * 1.6);
    c *= 1.0 + 0.17 * (mid - 0.47) + 0.18 * (fine - 0.47) + 0.07 * (grain - 0.5);
    c = mix(c, c * blush_tone, clamp(T.y, 0.0, 1.0) * (0.75 + 0.5 * mid));
    c = mix(c, c * vec3(0.86, 0.74, 0.74), T.z);

    vec3 cell = floor(q * 2.6);
    vec3 at = fract(q * 2.6) - 0.5;
    float chance = hash(cell + 17.0);
    vec3 jitter = vec3(hash(cell + 1.0), hash(cell + 2.0), hash(cell + 3.0)) - 0.5;
    float spot = smoothstep(0.20, 0.08, length(at - jitter * 0.5)) * step(1.0 - freckles * 0.5, chance);
    c = mix(c, c * vec3(0.78, 0.66, 0.58), spot * 0.55);
    float mole = smoothstep(0.09, 0.05, length(fract(q * 0.33) - 0.5 - jitter * 0.3)) * step(0.93, hash(floor(q * 0.33)));
    c = mix(c, c * vec3(0.48, 0.36, 0.32), mole * 0.8);

    // Lines of age: across the forehead, at the outer corners of the eyes.
    float forehead = smoothstep(6.3, 7.4, R.y) * smoothstep(11.5, 9.0, R.y) * smoothstep(4.5, 7.0, R.z);
    float across = R.y * 6.3 + 1.9 * noise(vec3(R.x * 0.45, R.y * 0.5, 3.0)) + 0.05 * R.x * R.x;
    float lines = forehead * pow(0.5 + 0.5 * sin(across), 9.0) * smoothstep(0.30, 0.60, noise(vec3(R.x * 0.35, floor(across / 6.2832), 9.0)));
    vec2 from_eye = vec2(abs(R.x) - 4.7, R.y - 3.4);
    float ray = atan(from_eye.y, from_eye.x);
    lines += 0.9 * pow(0.5 + 0.5 * sin(ray * 13.0 + 2.0 * noise(q * 0.8)), 7.0) * smoothstep(0.35, 0.8, length(from_eye)) * smoothstep(2.2, 1.0, length(from_eye)) * smoothstep(-0.4, 0.5, from_eye.x) * step(0.0, R.z);
    lines *= age * age;
    c *= 1.0 - vec3(0.10, 0.14, 0.15) * lines;

    float shaven = T.w * stubble;
    float dots = smoothstep(0.42, 0.75, noise(q * 30.0));
    c = mix(c, c * vec3(0.72, 0.74, 0.79), shaven * 0.62);
    c = mix(c, hair_tone, shaven * dots * 0.30);
    // Hairs of a short beard are finer than a pixel: a shade, and a grain that thins out at its edge.
    float grown = smoothstep(0.10, 0.90, L.y + 0.40 * (mid - 0.45) * step(0.02, L.y)) * beard;
    float thin = 0.70 - 0.38 * grown;
    float hairs = smoothstep(thin, thin + 0.30, noise(q * vec3(19.0, 10.0, 19.0)));
    c = mix(c, c * vec3(0.48, 0.51, 0.56), grown * 0.80);
    c = mix(c, hair_tone, grown * hairs * 0.62);
    c = mix(c, mix(c, hair_tone, 0.42), M.x);
    c = mix(c, hair_tone * 0.55 + c * 0.10, M.y * (0.82 + 0.18 * fine));

    float lip = smoothstep(-0.10, 0.07, T.x);
    float pleats = noise(vec3(q.x * 7.0, q.y * 0.7, 0.0));
    vec3 l = lip_tone * (0.88 + 0.16 * pleats + 0.12 * (mid - 0.5)) * mix(1.0, 0.80, smoothstep(0.25, 0.85, T.x));
    c = mix(c, l, lip * mix(0.80, 0.92, makeup));
    // The border of a lip is a soft light line, not a drawn one.
    c *= 1.0 + 0.05 * exp(-pow((T.x + 0.10) / 0.05, 2.0)) * (1.0 - makeup);
    c = mix(c, c * mix(vec3(0.55, 0.42, 0.38), vec3(0.16, 0.13, 0.12), makeup), L.x * 0.85);
    c = mix(c, vec3(0.30, 0.07, 0.06), M.w);

    float rough = 0.54 - 0.11 * M.z + 0.10 * (fine - 0.47) + 0.07 * (mid - 0.47);
    rough = mix(rough, 0.36 - 0.05 * makeup + 0.12 * (pleats - 0.5), lip);
    rough = mix(rough, 0.40, T.z * 0.6);
    rough += 0.05 * shaven + 0.28 * grown;
    skin = vec4(sqrt(clamp(c, 0.0, 1.0)), clamp(rough, 0.22, 0.85));

    float pores = smoothstep(0.35, 0.75, noise(q * 17.0)) * 0.6 + 0.4 * noise(q * 31.0);
    float h = pores * (1.0 - lip) * (0.6 + 0.6 * M.z) + 0.55 * fine + 0.35 * age * fractal(q * vec3(1.6, 5.0, 1.6));
    h -= 1.6 * lines;
    h = mix(h, 0.9 * pleats + 0.3 * fine, lip * 0.9);
    relief = vec4(h, 0.0, 0.0, 1.0);
}
