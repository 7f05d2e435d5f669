#version 330 core
// The room of the built-in clip: one triangle, the walls are found along each pixel's ray.

uniform mat4 u_world_from_clip;

out vec4 v_far;

void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0;
    gl_Position = vec4(corner, 1.0, 1.0);
    v_far = u_world_from_clip * gl_Position;
}
