// Place and colour of a body's vertex; the colour is chosen here, so that borders between parts stay soft.

in vec3 in_position;   // body frame, metres
in vec3 in_normal;
in float in_part;      // SMPL joint that owns the vertex, 0 to 23
in float in_speed;     // metres per second

uniform mat4 u_clip_from_body;
uniform mat4 u_world_from_body;
uniform mat4 u_shadow_from_world;
uniform float u_flip;          // -1 mirrors the picture
uniform float u_push;          // moves the depth, not the place, away from the eye
uniform int u_colour_mode;     // 0 uniform, 1 part, 2 left and right, 3 speed
uniform vec3 u_colour;         // linear
uniform vec3 u_part_colours[24];
uniform vec3 u_side_colours[3];    // middle, left, right
uniform int u_part_sides[24];
uniform float u_full_speed;

vec3 speed_colour(float speed) {
    float t = clamp(speed / u_full_speed, 0.0, 1.0);
    vec3 slow = vec3(0.03, 0.05, 0.20), middle = vec3(0.55, 0.07, 0.22), fast = vec3(1.0, 0.72, 0.16);
    return t < 0.5 ? mix(slow, middle, t * 2.0) : mix(middle, fast, t * 2.0 - 1.0);
}

vec3 albedo() {
    int part = int(in_part + 0.5);
    if (u_colour_mode == 1) return u_part_colours[part];
    if (u_colour_mode == 2) return u_side_colours[u_part_sides[part]];
    if (u_colour_mode == 3) return speed_colour(in_speed);
    return u_colour;
}

vec4 clip_position() {
    vec4 clip = u_clip_from_body * vec4(in_position, 1.0);
    return vec4(clip.x * u_flip, clip.y, clip.z + u_push / clip.w, clip.w);
}
