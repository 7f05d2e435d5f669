#version 330 core

in vec2 v_uv;

uniform sampler2D u_picture;
uniform float u_has_picture;

out vec4 f_colour;

void main() {
    float away = length((v_uv - vec2(0.5, 0.42)) * vec2(0.9, 1.0));
    vec3 studio = mix(vec3(0.945, 0.950, 0.955), vec3(0.80, 0.82, 0.845), smoothstep(0.1, 0.95, away));
    f_colour = vec4(u_has_picture > 0.5 ? texture(u_picture, v_uv).rgb : studio, 1.0);
}
