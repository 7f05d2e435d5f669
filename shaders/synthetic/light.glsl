// Light of a picture: sky and ground, a key and a fill light, exposure. Camera frame, linear colours.

struct Light {
    vec4 up;              // the world's up; exposure
    vec3 sky, ground, key_direction, key, fill_direction, fill;
};

Light light_of(int row) {
    return Light(tile(row, UP), tile(row, SKY_LIGHT).rgb, tile(row, GROUND_LIGHT).rgb, tile(row, KEY_DIRECTION).xyz,
        tile(row, KEY_COLOUR).rgb, tile(row, FILL_DIRECTION).xyz, tile(row, FILL_COLOUR).rgb);
}

vec3 light_on(vec3 normal, float wrap, float lit, Light light) {
    float up = dot(normal, light.up.xyz) * 0.5 + 0.5;
    float key = max((dot(normal, light.key_direction) + wrap) / (1.0 + wrap), 0.0);
    float fill = max((dot(normal, light.fill_direction) + 0.3) / 1.3, 0.0);
    return mix(light.ground, light.sky, up) + light.key * key * lit + light.fill * fill;
}

// What the camera makes of light: exposure, a soft shoulder, sRGB's curve.
vec3 developed(vec3 light, float exposure) {
    vec3 exposed = max(light, 0.0) * exposure;
    exposed = exposed * (1.0 + exposed / 4.0) / (1.0 + exposed);
    return pow(min(exposed, 1.0), vec3(1.0 / 2.2));
}
