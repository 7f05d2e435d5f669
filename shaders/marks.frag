#version 330 core

in vec2 v_place_px;
flat in vec2 v_line_px;
flat in float v_half_px;
flat in vec4 v_colour;

uniform float u_rim;   // strength of the dark rim, 0 to 1

out vec4 f_colour;     // premultiplied

void main() {
    float t = clamp(dot(v_place_px, v_line_px) / max(dot(v_line_px, v_line_px), 1e-6), 0.0, 1.0);
    float outside = length(v_place_px - t * v_line_px) - v_half_px;
    float inner = clamp(0.5 - outside, 0.0, 1.0) * v_colour.a;
    float rim = clamp(1.5 - outside, 0.0, 1.0) * v_colour.a * u_rim;
    f_colour = vec4(v_colour.rgb * inner, inner) + vec4(vec3(0.05), 1.0) * rim * (1.0 - inner);
}
