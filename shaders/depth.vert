#version 330 core
// The body seen from the key light: depth only.

in vec3 in_position;

uniform mat4 u_clip_from_body;

void main() {
    gl_Position = u_clip_from_body * vec4(in_position, 1.0);
}
