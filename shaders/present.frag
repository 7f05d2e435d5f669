#version 330 core
// The resolved layer over what is there already: tone curve, opacity.
#include "tone.glsl"

uniform sampler2D u_layer;     // linear, premultiplied, as large as the target
uniform float u_opacity;

out vec4 f_colour;             // display values, premultiplied

void main() {
    vec4 layer = texelFetch(u_layer, ivec2(gl_FragCoord.xy), 0);
    vec3 colour = layer.rgb / max(layer.a, 1e-4);
    f_colour = vec4(display(colour), 1.0) * layer.a * u_opacity;
}
