#version 330 core
// People of the synthetic pictures, many at once: skinned here, dressed here, each into the tile of its picture.

#include "columns"
#include "wardrobe.glsl"
#include "tile.glsl"
#include "place.glsl"
#include "shadow.glsl"

in vec4 in_rest;       // T-pose of the mean body, metres; w: 1 on the head. Shells: their own parameters
in vec3 in_normal;
in vec4 in_joint;      // the four joints that move it most
in vec4 in_weight;
in vec4 in_shape_0;    // 10 x 3 shape directions in a row
in vec4 in_shape_1;
in vec4 in_shape_2;
in vec4 in_shape_3;
in vec4 in_shape_4;
in vec4 in_shape_5;
in vec4 in_shape_6;
in vec4 in_shape_7;
in int in_row;         // of the person

uniform int u_shell;   // 0 the body, 1 a skirt, 2 long hair
uniform bool u_for_shadow;

out vec3 v_place;      // camera frame, metres
out vec3 v_normal;
out vec4 v_rest;       // T-pose; w: head
flat out int v_row;
flat out int v_tile;
flat out vec4 v_cut[5];      // read once here rather than for each pixel
flat out vec4 v_light[7];

const int PELVIS = 0, LEFT_HIP = 1, RIGHT_HIP = 2, SPINE3 = 9, HEAD_JOINT = 15;

vec3 shape_offset(int row) {
    vec4 a = person(row, BETAS), b = person(row, BETAS + 1), c = person(row, BETAS + 2);
    return a.x * in_shape_0.xyz + a.y * vec3(in_shape_0.w, in_shape_1.xy) + a.z * vec3(in_shape_1.zw, in_shape_2.x)
         + a.w * in_shape_2.yzw + b.x * in_shape_3.xyz + b.y * vec3(in_shape_3.w, in_shape_4.xy)
         + b.z * vec3(in_shape_4.zw, in_shape_5.x) + b.w * in_shape_5.yzw + c.x * in_shape_6.xyz
         + c.y * vec3(in_shape_6.w, in_shape_7.xy);
}

mat3x4 joint(int row, int index) {   // rows of the 3 x 4 transform as columns
    return mat3x4(person(row, JOINTS + 3 * index), person(row, JOINTS + 3 * index + 1), person(row, JOINTS + 3 * index + 2));
}

// A tube from the waist to the hem. in_rest: direction (x, z) and share of the way down (y).
void skirt(inout vec3 rest, inout vec3 normal, inout vec4 joints, inout vec4 weights) {
    vec4 cut = person(v_row, SKIRT);                 // waist y, hem y, flare
    float y = mix(cut.x, cut.y, in_rest.y), below = max(-0.06 - y, 0.0);
    mat3x4 pelvis = joint(v_row, PELVIS), thigh = joint(v_row, LEFT_HIP), other = joint(v_row, RIGHT_HIP);
    vec3 up = vec3(pelvis[0].y, pelvis[1].y, pelvis[2].y);
    vec3 along = vec3(thigh[0].y, thigh[1].y, thigh[2].y) + vec3(other[0].y, other[1].y, other[2].y);
    cut.z *= clamp(0.5 * dot(up, along), 0.1, 1.0);  // nothing flares on a seat
    float wave = 1.0 + 0.10 * below / 0.5 * sin(7.0 * atan(in_rest.z, in_rest.x) + 40.0 * cut.z);
    vec2 half_size = mix(vec2(0.165, 0.115), vec2(0.200, 0.142), smoothstep(0.1, -0.08, y)) + cut.z * below;
    rest = vec3(in_rest.x * half_size.x * wave, y, 0.025 + in_rest.z * half_size.y * wave);
    normal = normalize(vec3(in_rest.x, 0.25, in_rest.z));
    float leg = smoothstep(0.02, -0.30, y), left = smoothstep(-0.13, 0.13, rest.x);
    joints = vec4(PELVIS, LEFT_HIP, RIGHT_HIP, PELVIS);
    weights = vec4(1.0 - leg, leg * left, leg * (1.0 - left), 0.0);
}

// A sheet around the back of the head, down to the back.
void long_hair(inout vec3 rest, inout vec3 normal, inout vec4 joints, inout vec4 weights) {
    vec4 hair = person(v_row, LONG_HAIR);            // length, volume
    float y = 0.700 - in_rest.y * hair.x, low = smoothstep(0.56, 0.42, y);
    float crown = sqrt(max(1.0 - pow(max((y - 0.62) / 0.115, 0.0), 2.0), 0.05));
    vec2 half_size = mix(vec2(0.090, 0.095) * crown, vec2(0.125, 0.120), low) + hair.y;
    vec3 lump = noise(vec3(in_rest.xz * 0.7, y * 2.0) + hair.z).xyz;
    rest = vec3(in_rest.x * half_size.x, y, 0.035 + in_rest.z * half_size.y) + 0.012 * lump;
    normal = normalize(vec3(in_rest.x, 0.1, in_rest.z));
    joints = vec4(HEAD_JOINT, SPINE3, PELVIS, PELVIS);
    weights = vec4(1.0 - low, low, 0.0, 0.0);
}

// Metres that the clothes stand off the skin.
float thickness(vec3 p, float head, Cut cut) {
    Cover c = cover(p, head, cut);
    vec4 upper = person(v_row, UPPER_FIT), lower = person(v_row, LOWER_FIT);
    vec4 coarse = noise(p * vec3(3.1, 2.3, 3.1) + upper.w), fine = noise(p * 6.7 + upper.w);
    float torso = 1.0 - smoothstep(0.17, 0.24, abs(p.x));
    float hang = torso * smoothstep(0.36, 0.12, p.y), flare = smoothstep(-0.05, -0.6, p.y);
    float folds = 0.25 * (coarse.x + 0.5 * fine.y);
    float above = upper.x + upper.y * hang + upper.z * (1.0 - torso) + (upper.x + upper.y) * folds;
    float below = lower.x + lower.y * flare + (lower.x + lower.y) * folds;
    float off = smoothstep(0.0, 0.02, c.lower) * max(below, 0.003);
    off = max(off, smoothstep(-0.004, 0.016, c.upper) * max(above, 0.003) * mix(0.45, 1.0, smoothstep(0.0, 0.02, c.opening)));
    off = max(off, 0.006 * smoothstep(0.0, 0.01, c.sock));
    off = max(off, 0.012 * smoothstep(0.0, 0.01, c.shoe));
    off = max(off, smoothstep(0.0, 0.025, c.hair) * cut.head.y * (1.0 + 0.6 * fine.z));
    return max(off, 0.014 * smoothstep(0.0, 0.02, c.cap));
}

void main() {
    v_row = in_row;
    v_cut = vec4[5](person(v_row, UPPER_CUT), person(v_row, LOWER_CUT), person(v_row, FEET), person(v_row, HEAD), person(v_row, JACKET));
    vec3 rest = in_rest.xyz, normal = in_normal;
    vec4 joints = in_joint, weights = in_weight;
    if (u_shell == 1) skirt(rest, normal, joints, weights);
    if (u_shell == 2) long_hair(rest, normal, joints, weights);
    float head = u_shell == 0 ? in_rest.w : 0.0;
    float off = u_shell == 0 ? thickness(rest, head, Cut(v_cut[0], v_cut[1], v_cut[2], v_cut[3], v_cut[4])) : 0.0;
    vec4 shaped = vec4(rest + shape_offset(v_row) + normal * off, 1.0);
    mat3x4 blended = weights.x * joint(v_row, int(joints.x)) + weights.y * joint(v_row, int(joints.y));
    if (weights.z + weights.w > 0.0)
        blended += weights.z * joint(v_row, int(joints.z)) + weights.w * joint(v_row, int(joints.w));
    v_place = shaped * blended;
    v_normal = vec4(normal, 0.0) * blended;
    v_rest = vec4(rest, head);
    v_tile = int(person(v_row, PLACE).x);
    v_light = vec4[7](tile(v_tile, UP), tile(v_tile, SKY_LIGHT), tile(v_tile, GROUND_LIGHT), tile(v_tile, KEY_DIRECTION),
        tile(v_tile, KEY_COLOUR), tile(v_tile, FILL_DIRECTION), tile(v_tile, FILL_COLOUR));
    gl_Position = u_for_shadow ? onto_square(in_shadow_square(v_place, v_tile), v_tile) : into_tile(v_place, v_tile);
}
