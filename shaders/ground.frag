#version 330 core
// Grid and shadow as darkness over the background, fading out with distance: no horizon, no seam.
#include "light.glsl"
#include "tone.glsl"

in vec2 v_place;
in vec4 v_shadow_position;

uniform float u_seen_from_above;   // 0 hides the ground from below

out vec4 f_colour;                 // display values, premultiplied

// How much of the pixel a grid of this spacing covers, 0 to 1, about 1.2 pixels wide.
float grid(float spacing) {
    vec2 p = v_place / spacing;
    vec2 width = max(fwidth(p), vec2(1e-6));
    vec2 distance_px = (0.5 - abs(fract(p) - 0.5)) / width;
    vec2 cover = clamp(1.1 - distance_px, 0.0, 1.0) * min(vec2(1.0), 0.35 / width);
    return max(cover.x, cover.y);
}

void main() {
    float fade = exp(-0.06 * dot(v_place, v_place)) * u_seen_from_above;
    float lines = max(0.16 * grid(0.5), 0.30 * grid(2.0));
    float key_share = key(vec3(0.0, 1.0, 0.0));
    float shadow = 0.45 * key_share * (1.0 - lit(v_shadow_position));
    float darkness = 1.0 - (1.0 - lines) * (1.0 - shadow);
    f_colour = vec4(display(vec3(0.05, 0.06, 0.08)), 1.0) * darkness * fade;
}
