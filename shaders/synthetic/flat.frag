#version 330 core

#include "columns"
#include "tile.glsl"
#include "light.glsl"

uniform sampler3D u_noise;      // four independent smooth noises, repeating
uniform sampler2D u_flats;

#include "pattern.glsl"

in vec2 v_inside;
flat in int v_flat;
flat in int v_tile;

out vec4 f_colour;

void main() {
    vec4 size = texelFetch(u_flats, ivec2(1, v_flat), 0);
    if (size.z > 0.5 && dot(v_inside, v_inside) > 1.0) discard;
    vec4 first = texelFetch(u_flats, ivec2(2, v_flat), 0), second = texelFetch(u_flats, ivec2(3, v_flat), 0);
    vec3 place = vec3(v_inside * size.xy, size.w);
    vec4 mottle = texture(u_noise, place) * 2.0 - 1.0;
    vec3 albedo = pattern(place, first, second, size.w, mottle) * (1.0 + 0.2 * mottle.y);
    Light light = light_of(v_tile);
    f_colour = vec4(developed(albedo * light_on(vec3(0.0, 0.0, -1.0), 0.1, 1.0, light), light.up.w), 0.0);
}
