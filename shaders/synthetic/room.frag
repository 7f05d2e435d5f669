#version 330 core
// A room drawn by rule.

#include "columns"
#include "tile.glsl"
#include "light.glsl"
#include "shadow.glsl"
#include "lit.glsl"

uniform sampler3D u_noise;      // four independent smooth noises, repeating

#include "pattern.glsl"

in vec2 v_at;
flat in int v_tile;

out vec4 f_colour;

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

vec3 hash3(vec2 p) { return vec3(hash(p), hash(p + 17.3), hash(p + 41.9)); }

float box(vec2 p, vec2 half_size) {
    vec2 d = abs(p) - half_size;
    return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0);
}

// Pictures, shelves, windows, doors: one piece in each cell of a wall, or none.
vec3 furnished(vec3 wall, vec2 p, float seed) {
    vec2 cell = floor(p / vec2(1.1, 1.25)), middle = (cell + 0.5) * vec2(1.1, 1.25);
    vec3 chance = hash3(cell + seed), more = hash3(cell + seed + 7.7);
    if (chance.x > tile(v_tile, ROOM_STYLE).w) return wall;
    vec2 half_size = vec2(0.14, 0.16) + vec2(0.34, 0.40) * more.xy;
    vec2 away = p - middle - (hash3(cell + seed + 3.1).xy - 0.5) * 0.2;
    float edge = box(away, half_size);
    vec3 paint = mix(more.yyy, more, 0.5) * mix(0.25, 1.0, chance.z);
    vec3 inner = mix(paint, paint.zxy, smoothstep(-0.1, 0.1, texture(u_noise, vec3(away * (0.5 + 2.0 * more.z), chance.y)).x - 0.5));
    if (chance.y > 0.75) inner = vec3(1.6) * (0.3 + tile(v_tile, SKY_LIGHT).rgb);                        // a window
    else if (chance.y > 0.5) {                                                                           // books
        vec3 book = hash3(vec2(floor(away.x / 0.045), floor(away.y / 0.3)) + seed);
        inner = mix(paint * 0.2, 0.7 * mix(book.xxx, book, 0.4), step(0.12, fract(away.y / 0.3)));
    }
    vec3 frame = vec3(more.z * more.z);
    wall *= mix(0.75, 1.0, smoothstep(-0.02, 0.07, edge));
    wall = mix(wall, frame, smoothstep(0.004, -0.004, edge));
    return mix(wall, inner, smoothstep(0.004, -0.004, edge + 0.01 + 0.05 * more.x));
}

vec3 floor_albedo(vec3 place, float seed, vec4 mottle) {
    vec4 colour = tile(v_tile, FLOOR);
    vec2 p = place.xz;
    vec3 grain = texture(u_noise, vec3(p.x * 1.5, seed, p.y * 9.0)).rgb;
    if (colour.w < 0.45) {          // planks
        float row = floor(p.y / 0.13), along = p.x / 1.1 + hash(vec2(row, seed)) * 7.0;
        float plank = hash(vec2(row, floor(along)));
        float seam = smoothstep(0.0, 0.03, 0.5 - abs(fract(p.y / 0.13) - 0.5));
        return colour.rgb * (0.55 + 0.4 * plank + 0.3 * grain.x) * mix(0.6, 1.0, seam);
    }
    if (colour.w < 0.7) {           // tiles
        vec2 q = p / (0.25 + 0.35 * fract(seed));
        float seam = smoothstep(0.0, 0.03, 0.5 - max(abs(fract(q.x) - 0.5), abs(fract(q.y) - 0.5)));
        return colour.rgb * (0.8 + 0.2 * hash(floor(q)) + 0.15 * grain.y) * mix(0.55, 1.0, seam);
    }
    float rug = box(p - vec2(seed - 0.5, 0.0), vec2(0.9 + seed, 0.7 + 0.5 * seed));
    vec3 carpet = colour.rgb * (0.75 + 0.5 * texture(u_noise, place * 6.0).z);
    return mix(carpet, pattern(place.xzy, tile(v_tile, WALL_B), vec4(colour.rgb, 0.4), seed, mottle), smoothstep(0.01, -0.01, rug) * step(0.5, seed));
}

vec3 room(vec3 eye, vec3 ray, mat3 world, float seed, Light light) {
    vec4 low = tile(v_tile, ROOM_LOW), high = tile(v_tile, ROOM_HIGH);
    vec3 reach = mix((low.xyz - eye) / ray, (high.xyz - eye) / ray, step(0.0, ray));
    float distance = min(reach.x, min(reach.y, reach.z));
    vec3 place = eye + ray * distance, normal, albedo;
    vec4 mottle = texture(u_noise, place * 0.4) * 2.0 - 1.0;
    if (distance == reach.y) {
        normal = vec3(0.0, -sign(ray.y), 0.0);
        albedo = ray.y < 0.0 ? floor_albedo(place, seed, mottle) : vec3(0.75) * tile(v_tile, WALL_A).rgb / max(max(tile(v_tile, WALL_A).r, tile(v_tile, WALL_A).g), 0.05);
    } else {
        bool side = distance == reach.x;
        normal = side ? vec3(-sign(ray.x), 0.0, 0.0) : vec3(0.0, 0.0, -sign(ray.z));
        vec2 p = side ? place.zy : place.xy;
        float number = seed * 13.0 + (side ? 1.0 : 0.0) + (ray.x + ray.z > 0.0 ? 2.0 : 0.0);
        albedo = pattern(vec3(p, 0.0), tile(v_tile, WALL_A), tile(v_tile, WALL_B), seed, mottle) * (1.0 + 0.08 * mottle.x);
        albedo = furnished(albedo, p, number);
        albedo = mix(albedo, vec3(0.6), step(place.y, low.y + 0.09) * step(0.3, seed));
    }
    vec3 gap = min(place - low.xyz, high.xyz - place) + abs(normal) * 9.0;
    float open_air = mix(0.55, 1.0, smoothstep(0.0, 0.6, min(gap.x, min(gap.y, gap.z))));
    if (distance == reach.y && ray.y < 0.0)
        for (int i = 0; i < 3; ++i) {       // the dark under feet and body
            vec4 spot = tile(v_tile, SPOTS + i);
            vec2 away = place.xz - spot.xy;
            open_air *= 1.0 - 0.65 * exp(-dot(away, away) / (0.010 + spot.w)) * exp(-max(spot.z, 0.0) * 5.0);
        }
    return albedo * light_on(normalize(normal * world), 0.1, lit((place - eye) * world, v_tile), light) * open_air;
}

void main() {
    vec4 crop = tile(v_tile, CROP);
    vec3 ray = vec3((v_at - crop.yz) / crop.x, 1.0);
    mat3 world = transpose(mat3(tile(v_tile, WORLD).xyz, tile(v_tile, WORLD + 1).xyz, tile(v_tile, WORLD + 2).xyz));
    vec3 eye = vec3(tile(v_tile, WORLD).w, tile(v_tile, WORLD + 1).w, tile(v_tile, WORLD + 2).w);
    Light light = light_of(v_tile);
    vec3 colour = room(eye, normalize(world * ray), world, tile(v_tile, BACKGROUND).w, light);
    f_colour = vec4(developed(colour, light.up.w), 0.0);
}
