#version 330
in vec3 c;
out vec4 colour;

void main() {
    colour = vec4(c, 1.0);
}
