#version 330 core
// A dark line around the resolved layer, drawn before it: what lies within a disc of it, but not under it.

uniform sampler2D u_layer;     // as large as the target; only its cover counts
uniform float u_strength;      // 0 to 1
uniform float u_radius_px;

out vec4 f_colour;             // display values, premultiplied

const int TAPS = 12;

void main() {
    vec2 size = vec2(textureSize(u_layer, 0));
    float most = 0.0;
    for (int i = 0; i < TAPS; ++i) {
        float angle = 6.2831853 * float(i) / float(TAPS);
        vec2 away = u_radius_px * vec2(cos(angle), sin(angle));
        most = max(most, texture(u_layer, (gl_FragCoord.xy + away) / size).a);
    }
    float cover = texelFetch(u_layer, ivec2(gl_FragCoord.xy), 0).a;
    f_colour = vec4(0.04, 0.05, 0.07, 1.0) * most * (1.0 - cover) * u_strength;
}
