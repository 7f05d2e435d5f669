#version 330 core
// Lines and dots of a fixed width in pixels: one quad per instance. A dot is a line without length.

in vec3 in_start;
in vec3 in_end;
in vec4 in_colour;       // display values, not premultiplied
in float in_width_px;

uniform mat4 u_clip_from_marks;
uniform vec2 u_size_px;
uniform float u_flip;

out vec2 v_place_px;     // this corner, relative to the start
flat out vec2 v_line_px; // end minus start
flat out float v_half_px;
flat out vec4 v_colour;

const float MARGIN_PX = 2.5;   // room for the dark rim and its soft edge

vec2 pixel(vec4 clip) {
    return (clip.xy / clip.w * vec2(u_flip, 1.0) * 0.5 + 0.5) * u_size_px;
}

void main() {
    vec4 clip_start = u_clip_from_marks * vec4(in_start, 1.0);
    vec4 clip_end = u_clip_from_marks * vec4(in_end, 1.0);
    vec2 start = pixel(clip_start), end = pixel(clip_end);
    v_line_px = end - start;
    float length_px = length(v_line_px);
    vec2 along = length_px > 1e-4 ? v_line_px / length_px : vec2(1.0, 0.0);
    v_half_px = in_width_px * 0.5;
    v_colour = in_colour;
    float reach = v_half_px + MARGIN_PX;
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    v_place_px = along * mix(-reach, length_px + reach, corner.x)
               + vec2(-along.y, along.x) * mix(-reach, reach, corner.y);
    gl_Position = vec4((start + v_place_px) / u_size_px * 2.0 - 1.0, 0.0, 1.0);
    // Behind the camera: drop the quad, a line through the eye has no picture.
    if (min(clip_start.w, clip_end.w) <= 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
