// How much of the key light reaches a place, 0 to 1. For fragment shaders; needs shadow.

uniform sampler2DShadow u_shadow_map;
uniform float u_tile_count;

const vec2 AROUND[4] = vec2[4](vec2(-0.4, -0.9), vec2(0.9, -0.4), vec2(0.4, 0.9), vec2(-0.9, 0.4));

float lit(vec3 place, int row) {
#ifdef SHADOWS
    vec3 at = in_shadow_square(place, row);
    if (max(max(abs(at.x), abs(at.y)), abs(at.z)) > 0.98) return 1.0;
    vec3 look = vec3(at.x * 0.5 + 0.5, (float(row) + at.y * 0.5 + 0.5) / u_tile_count, at.z * 0.5 + 0.496);
    vec2 texel = tile(row, KEY_DIRECTION).w / vec2(textureSize(u_shadow_map, 0));
    float sum = 0.0;
    for (int i = 0; i < 4; ++i) sum += texture(u_shadow_map, look + vec3(texel * AROUND[i], 0.0));
    return sum * 0.25;
#else
    return 1.0;
#endif
}
