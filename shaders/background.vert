#version 330 core
// One triangle over the whole viewport.

uniform float u_flip;

out vec2 v_uv;   // picture coordinates: (0, 0) top left

void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
    v_uv = vec2(u_flip < 0.0 ? 1.0 - corner.x : corner.x, 1.0 - corner.y);
}
