// The key light's view of a picture's people: one square of the shadow map each, orthographic. Needs
// tile.

// Camera frame to the light's square: x, y and depth from -1 to 1.
vec3 in_shadow_square(vec3 place, int row) {
    vec4 around = tile(row, SHADOW);                      // middle, half a side in metres
    vec3 light = tile(row, KEY_DIRECTION).xyz;
    vec3 right = normalize(cross(light, abs(light.y) < 0.9 ? vec3(0, 1, 0) : vec3(1, 0, 0)));
    vec3 away = (place - around.xyz) / around.w;
    return vec3(dot(away, right), dot(away, cross(light, right)), -0.5 * dot(away, light));
}
