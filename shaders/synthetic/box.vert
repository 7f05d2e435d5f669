#version 330 core
// Furniture: boxes on the floor, in front of people and behind them.

#include "columns"
#include "tile.glsl"
#include "place.glsl"

uniform sampler2D u_boxes;   // a row per box: centre and tile, half size and turn, two colours

out vec3 v_inside;           // box coordinates, metres
out vec3 v_normal;           // camera frame
out vec3 v_place;
flat out int v_box;
flat out int v_tile;

const vec3 CORNERS[4] = vec3[4](vec3(-1, -1, 1), vec3(1, -1, 1), vec3(-1, 1, 1), vec3(1, 1, 1));
const int ORDER[6] = int[6](0, 1, 2, 2, 1, 3);

void main() {
    v_box = gl_InstanceID;
    vec4 centre = texelFetch(u_boxes, ivec2(0, v_box), 0), size = texelFetch(u_boxes, ivec2(1, v_box), 0);
    v_tile = int(centre.w);
    int face = gl_VertexID / 6;
    vec3 corner = CORNERS[ORDER[gl_VertexID % 6]], normal = vec3(0, 0, 1);
    if (face % 2 == 1) { corner = vec3(-corner.x, corner.y, -corner.z); normal = -normal; }
    if (face / 2 == 1) { corner = corner.zxy; normal = normal.zxy; }
    if (face / 2 == 2) { corner = corner.yzx; normal = normal.yzx; }
    v_inside = corner * size.xyz;
    mat3 turn = mat3(cos(size.w), 0.0, -sin(size.w), 0.0, 1.0, 0.0, sin(size.w), 0.0, cos(size.w));
    mat3 world = transpose(mat3(tile(v_tile, WORLD).xyz, tile(v_tile, WORLD + 1).xyz, tile(v_tile, WORLD + 2).xyz));
    vec3 eye = vec3(tile(v_tile, WORLD).w, tile(v_tile, WORLD + 1).w, tile(v_tile, WORLD + 2).w);
    v_normal = (turn * normal) * world;
    v_place = (centre.xyz + turn * v_inside - eye) * world;
    gl_Position = into_tile(v_place, v_tile);
}
