// Where things lie in the column of tiles, one tile per picture. For vertex shaders; needs tile.

uniform float u_tile_count;

const float NEAR = 0.10, FAR = 40.0;

// Camera frame (x right, y down, z away) to clip space. The first picture is read first, its top row first,
// so y stays downwards; outside of the crop and of the camera's picture nothing is drawn.
vec4 into_tile(vec3 place, int row) {
    vec4 crop = tile(row, CROP), window = tile(row, WINDOW);
    vec2 at = crop.x * place.xy + crop.yz * place.z;             // crop coordinates times depth
    gl_ClipDistance[0] = at.x - window.x * place.z;
    gl_ClipDistance[1] = at.y - window.y * place.z;
    gl_ClipDistance[2] = window.z * place.z - at.x;
    gl_ClipDistance[3] = window.w * place.z - at.y;
    float down = (at.y + (2.0 * float(row) + 1.0 - u_tile_count) * place.z) / u_tile_count;
    float depth = ((FAR + NEAR) * place.z - 2.0 * FAR * NEAR) / (FAR - NEAR);
    return vec4(at.x, down, depth, place.z);
}

// A place on the picture (crop coordinates) to clip space, in front of everything.
vec4 onto_tile(vec2 at, int row) {
    vec4 window = tile(row, WINDOW);
    gl_ClipDistance[0] = at.x - window.x;
    gl_ClipDistance[1] = at.y - window.y;
    gl_ClipDistance[2] = window.z - at.x;
    gl_ClipDistance[3] = window.w - at.y;
    return vec4(at.x, (at.y + 2.0 * float(row) + 1.0 - u_tile_count) / u_tile_count, -1.0, 1.0);
}

// The light's square of a picture in the shadow map.
vec4 onto_square(vec3 at, int row) {
    gl_ClipDistance[0] = 1.0 + at.x;
    gl_ClipDistance[1] = 1.0 + at.y;
    gl_ClipDistance[2] = 1.0 - at.x;
    gl_ClipDistance[3] = 1.0 - at.y;
    return vec4(at.x, (at.y + 2.0 * float(row) + 1.0 - u_tile_count) / u_tile_count, at.z, 1.0);
}
