#version 330 core
// Things right before the lens: rectangles and ellipses in the plane of the picture.

#include "columns"
#include "tile.glsl"
#include "place.glsl"

uniform sampler2D u_flats;   // a row each: centre, turn, tile; half size, shape, seed; two colours

out vec2 v_inside;           // -1 to 1 across it
flat out int v_flat;
flat out int v_tile;

void main() {
    v_flat = gl_InstanceID;
    vec4 place = texelFetch(u_flats, ivec2(0, v_flat), 0), size = texelFetch(u_flats, ivec2(1, v_flat), 0);
    v_tile = int(place.w);
    v_inside = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    vec2 corner = v_inside * size.xy;
    float c = cos(place.z), s = sin(place.z);
    gl_Position = onto_tile(place.xy + vec2(c * corner.x - s * corner.y, s * corner.x + c * corner.y), v_tile);
}
