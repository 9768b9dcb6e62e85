#version 330
in vec3 position;  // at rest
in vec2 uv;
in vec4 trait;     // lip distance cm, blush, lid, stubble
in vec4 more;      // brow, scalp, oiliness, inside of the mouth
in vec2 edge;      // nearness of the upper lashes' roots, beard
out vec2 L;
out vec3 R;
out vec4 T, M;

void main() {
    R = position;
    T = trait;
    M = more;
    L = edge;
    gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}
