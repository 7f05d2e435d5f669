#version 330 core
#include "light.glsl"

in vec3 v_position;
in vec3 v_normal;
in vec3 v_albedo;
in vec4 v_shadow_position;

uniform vec3 u_eye;    // world, metres
uniform float u_alpha;

out vec4 f_colour;     // linear, premultiplied

void main() {
    vec3 normal = normalize(v_normal);
    vec3 to_eye = normalize(u_eye - v_position);
    vec3 halfway = normalize(u_light + to_eye);
    float arrives = lit(v_shadow_position);
    vec3 colour = v_albedo * (ambient(normal) + vec3(1.10, 1.05, 0.98) * key(normal) * mix(0.25, 1.0, arrives));
    colour += 0.18 * pow(max(dot(normal, halfway), 0.0), 48.0) * arrives;
    colour += vec3(0.20, 0.23, 0.26) * pow(1.0 - max(dot(normal, to_eye), 0.0), 3.0);
    f_colour = vec4(colour, 1.0) * u_alpha;
}
