#version 330 core
// One large quad at y = 0 of the world, corners from gl_VertexID.

uniform mat4 u_clip_from_world;
uniform mat4 u_shadow_from_world;
uniform float u_half_side;   // metres

out vec2 v_place;            // x and z, metres
out vec4 v_shadow_position;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    v_place = corner * u_half_side;
    vec4 world = vec4(v_place.x, 0.0, v_place.y, 1.0);
    v_shadow_position = u_shadow_from_world * world;
    gl_Position = u_clip_from_world * world;
}
