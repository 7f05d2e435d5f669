#version 330 core

in vec3 v_colour;

uniform float u_alpha;

out vec4 f_colour;     // display values, premultiplied

void main() {
    f_colour = vec4(v_colour, 1.0) * u_alpha;
}
