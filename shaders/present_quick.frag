#version 330 core
// The layer without samples of its own over what is there already, in one pass: edges softened by looking at
// the neighbours, a dark line around the body, opacity.

uniform sampler2D u_layer;     // display values, premultiplied, as large as the target
uniform float u_opacity;
uniform float u_strength;      // of the line, 0 to 1
uniform float u_radius_px;

out vec4 f_colour;             // display values, premultiplied

const vec2 RING[8] = vec2[](
    vec2(1.0, 0.0), vec2(0.707, 0.707), vec2(0.0, 1.0), vec2(-0.707, 0.707),
    vec2(-1.0, 0.0), vec2(-0.707, -0.707), vec2(0.0, -1.0), vec2(0.707, -0.707));

vec4 at(vec2 away) {
    return textureLod(u_layer, (gl_FragCoord.xy + away) / vec2(textureSize(u_layer, 0)), 0.0);
}

// A tent over 3x3 pixels, from four taps between the texels.
vec4 around() {
    return 0.25 * (at(vec2(0.5)) + at(vec2(-0.5)) + at(vec2(0.5, -0.5)) + at(vec2(-0.5, 0.5)));
}

// The most cover within the line's width; loops that turn no time are skipped in software too.
float most_around(float cover) {
    int taps = u_strength > 0.0 && cover < 1.0 ? 8 : 0;
    float most = 0.0;
    for (int i = 0; i < taps; ++i)
        most = max(most, at(u_radius_px * RING[i]).a);
    return most;
}

void main() {
    vec4 here = at(vec2(0.0)), tent = around();
    vec4 layer = mix(here, tent, smoothstep(0.02, 0.12, abs(tent.a - here.a)));
    float line = most_around(here.a) * (1.0 - layer.a) * u_strength;
    f_colour = layer * u_opacity + vec4(0.04, 0.05, 0.07, 1.0) * line * (1.0 - layer.a * u_opacity);
}
