// Light of mesh and ground alike: hemisphere ambient, one wrapped key light with a soft shadow.

uniform vec3 u_light;                 // unit vector towards the key light, world
uniform sampler2DShadow u_shadow_map;

// Share of the key light that arrives, 0 to 1: 3x3 comparison taps, 1.5 texels apart. One loop whose length
// depends on the place, because a software renderer skips a loop but not a branch; no derivatives inside.
float lit(vec4 shadow_position) {
    vec3 p = shadow_position.xyz / shadow_position.w * 0.5 + 0.5;
    bool outside = any(lessThan(p, vec3(0.0))) || any(greaterThan(p, vec3(1.0)));
    int taps = outside ? 0 : 9;
    float texel = 1.5 / float(textureSize(u_shadow_map, 0).x);
    float sum = outside ? 9.0 : 0.0;
    for (int i = 0; i < taps; ++i) {
        vec2 away = vec2(i % 3 - 1, i / 3 - 1) * texel;
        sum += textureLod(u_shadow_map, vec3(p.xy + away, p.z - 0.003), 0.0);
    }
    return sum / 9.0;
}

vec3 ambient(vec3 normal) {
    return mix(vec3(0.17, 0.16, 0.16), vec3(0.42, 0.46, 0.52), normal.y * 0.5 + 0.5);
}

// Wrapped so that the terminator is soft: a body has no hard edge between day and night.
float key(vec3 normal) {
    return max((dot(normal, u_light) + 0.25) / 1.25, 0.0);
}
