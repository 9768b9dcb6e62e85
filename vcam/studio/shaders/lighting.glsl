// Lights, the key's shadow map, specular lobes and the film response.
uniform vec3 eye;
uniform vec3 key_direction;
uniform vec3 key_colour;
uniform vec3 soft_direction[4];
uniform vec3 soft_colour[4];
uniform sampler2D shadow_map;
uniform float exposure;

const float PI = 3.14159265;

const vec2 TAPS[12] = vec2[12](
    vec2(-0.33, 0.77), vec2(0.85, 0.45), vec2(0.25, -0.33), vec2(-0.95, -0.14), vec2(-0.30, -0.88), vec2(0.72, -0.66),
    vec2(0.17, 0.30), vec2(-0.45, 0.10), vec2(0.36, 0.90), vec2(-0.75, 0.48), vec2(0.62, -0.08), vec2(-0.52, -0.45));

// Share of the key light that arrives, soft over about a centimetre: a large soft box.
float key_share(vec4 at, float bias) {
    vec3 q = at.xyz * 0.5 + 0.5;
    float lit = 0.0;
    for (int i = 0; i < 12; i++) {
        float first = textureLod(shadow_map, q.xy + TAPS[i] * 0.0115, 0.0).r;
        // A ramp rather than a step: light creeps in over a centimetre of depth.
        lit += clamp((first - q.z + bias) * 80.0, 0.0, 1.0);
    }
    return lit / 12.0;
}

// GGX distribution with Schlick's Fresnel and a cheap Smith term.
float glint(vec3 n, vec3 v, vec3 l, float rough, float f0) {
    vec3 h = normalize(l + v);
    float a = rough * rough;
    float nh = max(dot(n, h), 0.0), nl = max(dot(n, l), 0.0), nv = max(dot(n, v), 0.05);
    float d = nh * nh * (a * a - 1.0) + 1.0;
    float k = a * 0.5 + 0.05;
    float shade = 0.25 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
    float fresnel = f0 + (1.0 - f0) * pow(1.0 - max(dot(h, v), 0.0), 5.0);
    return a * a / (PI * d * d) * shade * fresnel * nl;
}

// Film: exposure, a soft shoulder that desaturates highlights a little, display gamma.
vec3 film(vec3 c) {
    c *= exposure;
    float l = dot(c, vec3(0.2126, 0.7152, 0.0722));
    vec3 each = 1.0 - exp(-c * 1.35);
    vec3 whole = c * (1.0 - exp(-l * 1.35)) / max(l, 1e-4);
    vec3 t = clamp(mix(each, whole, 0.35), 0.0, 1.0);
    t = mix(t, t * t * (3.0 - 2.0 * t), 0.22);
    return pow(t, vec3(1.0 / 2.2));
}
