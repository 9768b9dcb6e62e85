#version 330
// Exact up to 2^24 triangles.
out float number;

void main() {
    number = float(gl_PrimitiveID);
}
