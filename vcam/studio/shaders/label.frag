#version 330
in vec4 there;
in float id;
out vec4 label;  // reference position and depth in 0..1, part id

void main() {
    label = vec4(there.xyz / there.w * 0.5 + 0.5, id);
}
