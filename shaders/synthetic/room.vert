#version 330 core
// What lies behind the people: one rectangle per picture. Also for backdrop.frag.

#include "columns"
#include "tile.glsl"
#include "place.glsl"

in int in_row;         // of the picture

out vec2 v_at;         // crop coordinates
flat out int v_tile;

void main() {
    v_tile = in_row;
    v_at = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    gl_Position = onto_tile(v_at, v_tile);
}
