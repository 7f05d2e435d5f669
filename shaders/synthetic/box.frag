#version 330 core

#include "columns"
#include "tile.glsl"
#include "light.glsl"
#include "shadow.glsl"
#include "lit.glsl"

uniform sampler3D u_noise;      // four independent smooth noises, repeating
uniform sampler2D u_boxes;

#include "pattern.glsl"

in vec3 v_inside;
in vec3 v_normal;
in vec3 v_place;
flat in int v_box;
flat in int v_tile;

out vec4 f_colour;

void main() {
    vec4 first = texelFetch(u_boxes, ivec2(2, v_box), 0), second = texelFetch(u_boxes, ivec2(3, v_box), 0);
    float seed = fract(10.0 * abs(texelFetch(u_boxes, ivec2(1, v_box), 0).w));
    vec4 grain = texture(u_noise, v_inside * vec3(0.5, 3.0, 0.5) + seed) * 2.0 - 1.0;
    vec3 albedo = pattern(v_inside, first, second, seed, grain) * (1.0 + 0.15 * grain.x);
    Light light = light_of(v_tile);
    f_colour = vec4(developed(albedo * light_on(normalize(v_normal), 0.1, lit(v_place, v_tile), light), light.up.w), 0.0);
}
