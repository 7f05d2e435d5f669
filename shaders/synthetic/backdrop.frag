#version 330 core
// Behind the people a photograph, or a wash of two colours.

#include "columns"
#include "tile.glsl"
#include "light.glsl"

uniform sampler3D u_noise;      // four independent smooth noises, repeating
uniform sampler2DArray u_photos;

in vec2 v_at;
flat in int v_tile;

out vec4 f_colour;

void main() {
    vec4 background = tile(v_tile, BACKGROUND), cut = tile(v_tile, PHOTO_CUT);
    vec2 at = cut.xy + (v_at * 0.5 + 0.5) * cut.zw;
    vec3 photograph = pow(textureLod(u_photos, vec3(at, background.y), background.z).rgb, vec3(2.2));
    vec4 mottle = texture(u_noise, vec3(v_at * tile(v_tile, ROOM_STYLE).x, background.w));
    float share = smoothstep(0.25, 0.75, mix(mottle.x, v_at.y * 0.5 + 0.5, background.w));
    vec3 wash = mix(tile(v_tile, WALL_A).rgb, tile(v_tile, WALL_B).rgb, share) * (0.6 + 0.8 * mottle.yzw);
    vec3 colour = background.x > 1.5 ? wash : photograph * tile(v_tile, PHOTO_LIGHT).rgb;
    f_colour = vec4(developed(colour, tile(v_tile, UP).w), 0.0);
}
