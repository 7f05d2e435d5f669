#version 330 core
#include "surface.glsl"

in vec3 v_position;
in vec3 v_normal;
in vec3 v_albedo;
in vec4 v_shadow_position;

uniform vec3 u_eye;    // world, metres
uniform float u_alpha;

out vec4 f_colour;     // linear, premultiplied

void main() {
    vec3 colour = surface(v_albedo, normalize(v_normal), normalize(u_eye - v_position), v_shadow_position);
    f_colour = vec4(colour, 1.0) * u_alpha;
}
