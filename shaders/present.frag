#version 330 core
// The resolved layer over what is there already: outline, tone curve, opacity.

uniform sampler2D u_layer;     // linear, premultiplied, as large as the target
uniform float u_opacity;
uniform float u_outline;       // strength, 0 to 1
uniform float u_outline_px;

out vec4 f_colour;             // display values, premultiplied

const int TAPS = 16;

// The layer's cover in a disc around the pixel: what of it lies outside the body is the silhouette.
float cover_nearby(vec2 pixel, vec2 size) {
    float most = 0.0;
    for (int i = 0; i < TAPS; ++i) {
        float angle = 6.2831853 * float(i) / float(TAPS);
        vec2 away = u_outline_px * vec2(cos(angle), sin(angle));
        most = max(most, texture(u_layer, (pixel + away) / size).a);
    }
    return most;
}

void main() {
    vec4 layer = texelFetch(u_layer, ivec2(gl_FragCoord.xy), 0);
    vec3 colour = layer.rgb / max(layer.a, 1e-4);
    colour = pow(colour / (1.0 + 0.25 * colour), vec3(1.0 / 2.2));
    float edge = cover_nearby(gl_FragCoord.xy, vec2(textureSize(u_layer, 0))) * (1.0 - layer.a) * u_outline;
    float alpha = layer.a * u_opacity;
    f_colour = vec4(colour * alpha, alpha) + vec4(vec3(0.04, 0.05, 0.07), 1.0) * edge * min(u_opacity * 1.2, 1.0) * (1.0 - alpha);
}
