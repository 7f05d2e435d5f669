#version 330 core

in vec4 v_far;

uniform vec3 u_eye;
uniform vec3 u_light;
uniform mat4 u_shadow_from_world;
uniform sampler2DShadow u_shadow_map;
uniform vec3 u_feet[2];    // where the soles are, for the dark of contact

out vec4 f_colour;         // display values

const float BACK = -2.1, LEFT = -2.5, RIGHT = 3.4;   // walls, metres

float hash(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7))) * 43758.5453); }

float noise(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

float box(vec2 p, vec2 centre, vec2 half_size) {
    vec2 d = abs(p - centre) - half_size;
    return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0);
}

float inside(float distance) { return smoothstep(0.004, -0.004, distance); }

float lit(vec3 place) {
    vec4 q = u_shadow_from_world * vec4(place, 1.0);
    vec3 p = q.xyz / q.w * 0.5 + 0.5;
    if (any(lessThan(p, vec3(0.0))) || any(greaterThan(p, vec3(1.0)))) return 1.0;
    float texel = 2.6 / float(textureSize(u_shadow_map, 0).x), sum = 0.0;
    for (int y = -3; y <= 3; ++y)
        for (int x = -3; x <= 3; ++x)
            sum += texture(u_shadow_map, vec3(p.xy + vec2(x, y) * texel, p.z - 0.004));
    return sum / 49.0;
}

// Light of a window with four panes, cast on what the key light reaches.
float window_light(vec3 place) {
    vec3 hit = place + u_light * ((LEFT - 0.2 - place.x) / u_light.x);
    float pane = 0.0;
    for (int i = 0; i < 4; ++i)
        pane = max(pane, smoothstep(0.09, -0.09, box(hit.zy, vec2(1.05 + 1.0 * float(i & 1), 2.6 + 1.0 * float(i >> 1)), vec2(0.44))));
    return pane;
}

vec3 floor_albedo(vec2 p) {
    float row = floor(p.y / 0.14);
    float along = p.x / 1.1 + hash(vec2(row, 3.0)) * 7.0;
    float plank = hash(vec2(row, floor(along)));
    float grain = noise(vec2(p.x * 6.0 + plank * 40.0, p.y * 90.0)) * 0.6 + noise(vec2(p.x * 22.0, p.y * 240.0)) * 0.4;
    vec3 wood = mix(vec3(0.27, 0.155, 0.085), vec3(0.43, 0.27, 0.16), 0.55 * plank + 0.45 * grain);
    float gap = abs(fract(p.y / 0.14) - 0.5);
    float seam = smoothstep(0.5, 0.475, gap) * smoothstep(0.0, 0.004, min(fract(along), 1.0 - fract(along)));
    wood *= mix(0.55, 1.0, seam);
    float rug = box(p, vec2(0.0, 0.1), vec2(1.35, 0.95));
    vec3 wool = mix(vec3(0.40, 0.39, 0.36), vec3(0.47, 0.45, 0.41), noise(p * 160.0));
    wool = mix(wool, vec3(0.22, 0.27, 0.29), inside(abs(rug + 0.13) - 0.022));
    return mix(wood, wool, inside(rug));
}

vec3 picture(vec2 p, vec2 centre, vec2 half_size, vec3 wall, float seed) {
    float frame = box(p, centre, half_size);
    vec3 inner = mix(vec3(0.60, 0.58, 0.54), vec3(0.14, 0.25, 0.30), smoothstep(-0.2, 0.2, p.y - centre.y + 0.12 * sin(p.x * 9.0 + seed)));
    inner = mix(inner, vec3(0.62, 0.36, 0.16), inside(length(p - centre - vec2(0.05, 0.08)) - 0.07));
    vec3 colour = mix(wall, wall * 0.70, smoothstep(0.06, -0.01, box(p, centre + vec2(0.03, -0.03), half_size)));
    colour = mix(colour, vec3(0.055, 0.045, 0.04), inside(frame));
    colour = mix(colour, vec3(0.70, 0.69, 0.66), inside(frame + 0.025));
    return mix(colour, inner, inside(frame + 0.075));
}

vec3 back_wall(vec2 p) {
    vec3 wall = vec3(0.56, 0.53, 0.455) * (0.97 + 0.05 * noise(p * 3.0) + 0.02 * noise(p * 60.0));
    wall = picture(p, vec2(-1.30, 1.78), vec2(0.30, 0.38), wall, 0.0);
    wall = picture(p, vec2(1.55, 1.62), vec2(0.42, 0.30), wall, 2.0);
    float shelf = box(p, vec2(1.75, 0.42), vec2(0.62, 0.42));
    wall = mix(wall, wall * 0.6, smoothstep(0.12, 0.0, shelf));
    wall = mix(wall, vec3(0.34, 0.24, 0.155), inside(shelf));
    vec2 cell = vec2(fract((p.x - 1.13) / 0.42), fract(p.y / 0.42));
    float opening = box(cell, vec2(0.5), vec2(0.44));
    vec3 books = mix(vec3(0.12, 0.06, 0.05), vec3(0.30, 0.30, 0.27), hash(vec2(floor(p.x / 0.035), floor(p.y / 0.42))));
    books *= step(cell.y, 0.55 + 0.3 * hash(vec2(floor(p.x / 0.035), 7.0 + floor(p.y / 0.42))));
    wall = mix(wall, books * 0.8 + 0.02, inside(shelf + 0.01) * inside(opening * 0.42));
    float skirting = step(p.y, 0.09) * (1.0 - inside(shelf));
    return mix(wall, vec3(0.62, 0.61, 0.58), skirting);
}

void main() {
    vec3 ray = normalize(v_far.xyz / v_far.w - u_eye);
    float to_floor = ray.y < 0.0 ? -u_eye.y / ray.y : 1e3;
    float to_back = (BACK - u_eye.z) / ray.z;
    float to_side = ray.x < 0.0 ? (LEFT - u_eye.x) / ray.x : (RIGHT - u_eye.x) / ray.x;
    float reach = min(to_floor, min(to_back, to_side));
    vec3 place = u_eye + ray * reach;
    vec3 normal, albedo;
    float corner;
    if (reach == to_floor) {
        normal = vec3(0, 1, 0);
        albedo = floor_albedo(place.xz);
        corner = min(place.z - BACK, min(place.x - LEFT, RIGHT - place.x));
        for (int i = 0; i < 2; ++i) {
            vec2 away = place.xz - u_feet[i].xz;
            albedo *= 1.0 - 0.60 * exp(-dot(away, away) / 0.016) * exp(-max(u_feet[i].y, 0.0) * 9.0);
        }
    } else if (reach == to_back) {
        normal = vec3(0, 0, 1);
        albedo = back_wall(place.xy);
        corner = min(place.y, min(place.x - LEFT, RIGHT - place.x));
    } else {
        normal = vec3(-sign(ray.x), 0, 0);
        albedo = mix(vec3(0.62, 0.61, 0.58), vec3(0.53, 0.50, 0.43), step(0.09, place.y));
        corner = min(place.y, place.z - BACK);
    }
    float open_air = mix(0.50, 1.0, smoothstep(0.0, 0.55, corner));
    vec3 ambient = mix(vec3(0.40, 0.37, 0.33), vec3(0.46, 0.47, 0.49), normal.y * 0.5 + 0.5) * open_air;
    float sun = max(dot(normal, u_light), 0.0) * lit(place);
    float patch_light = window_light(place);
    vec3 from_window = vec3(0.26, 0.27, 0.29) * exp(-0.30 * length(place - vec3(LEFT, 1.5, 1.0)));
    vec3 colour = albedo * (ambient + from_window + vec3(1.25, 1.12, 0.92) * sun * (0.30 + 0.45 * patch_light));
    f_colour = vec4(pow(1.75 * colour / (1.0 + 0.25 * colour), vec3(1.0 / 2.2)), 1.0);
}
