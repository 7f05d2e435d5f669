#version 330 core
// Cut for a CPU that draws: it takes every branch for every pixel, so each garment only chooses what one common
// piece of work is done with.

#include "columns"
#include "tile.glsl"
#include "wardrobe.glsl"
#include "light.glsl"
#include "pattern.glsl"
#include "shadow.glsl"
#include "lit.glsl"

in vec3 v_place;
in vec3 v_normal;
in vec4 v_rest;
flat in int v_row;
flat in int v_tile;
flat in vec4 v_cut[5];
flat in vec4 v_light[7];

uniform int u_shell;

out vec4 f_colour;     // display values; alpha: 1 on the person that the labels describe

float ellipse(vec2 p, vec2 half_size) { return (length(p / half_size) - 1.0) * min(half_size.x, half_size.y); }

float inside(float distance, float soft) { return clamp(0.5 - 0.5 * distance / soft, 0.0, 1.0); }

// Skin with all that is painted on a face; metres, fine noise, 1 on the front of the head.
vec3 skin(vec3 p, float front, vec4 mottle) {
    vec4 tone = person(v_row, SKIN), hair = person(v_row, HAIR), face = person(v_row, FACE);
    vec3 colour = tone.rgb * (1.0 + vec3(0.10, 0.13, 0.15) * mottle.xyz);
    vec2 mouth = p.xy - MOUTH.xy, eye = vec2(abs(p.x) - EYE.x, p.y - EYE.y), cheek = vec2(abs(p.x) - 0.045, p.y - 0.585);
    float flush = max(front * exp(-dot(cheek, cheek) / 0.0008), clamp((abs(p.x) - 0.70) * 25.0, 0.0, 1.0));
    colour *= mix(vec3(1.0), vec3(1.05, 0.88, 0.85), flush);
    float beard = inside(p.y - 0.572 + 0.30 * max(0.10 - p.z, 0.0) - 0.006 * mottle.w, 0.010) * (1.0 - inside(ellipse(mouth, vec2(0.027, 0.009)), 0.003));
    colour = mix(colour, hair.rgb, front * face.x * beard);
    vec3 lips = colour * mix(vec3(0.85, 0.50, 0.48), vec3(0.9, 0.25, 0.28), face.w);
    colour = mix(colour, lips, front * inside(ellipse(mouth, vec2(0.025, 0.0075)), 0.002));
    float dark = 0.65 * inside(ellipse(mouth - vec2(0.0, 0.001), vec2(0.022, 0.0014)), 0.0015);
    dark = max(dark, 0.55 * inside(ellipse(vec2(abs(p.x) - 0.0085, p.y - 0.573), vec2(0.005, 0.003)), 0.002));
    dark = max(dark, 0.22 * inside(ellipse(eye - vec2(0.0, 0.002), vec2(0.018, 0.010)) - 0.004, 0.008));
    colour *= 1.0 - front * dark;
    float brow = ellipse(eye - vec2(0.001, 0.0235 - 5.0 * eye.x * eye.x), vec2(0.020, 0.0042));
    colour = mix(colour, min(hair.rgb, colour * 0.6), front * 0.85 * inside(brow, 0.0025));
    float iris = inside(length(vec2(abs(p.x) - 0.0295, eye.y)) - 0.0062, 0.001);
    vec3 ball = mix(vec3(0.62, 0.58, 0.56), vec3(0.05, 0.035, 0.025), iris);
    colour = mix(colour, ball, front * inside(ellipse(eye, vec2(0.0145, 0.0062)), 0.001));
    float rim = abs(ellipse(eye + vec2(0.0, 0.004), vec2(0.027, 0.021))) - 0.0022 * face.z;
    rim = min(rim, max(abs(eye.y - 0.004) - 0.002, abs(p.x) - 0.012));
    rim = min(rim, max(abs(eye.y - 0.006) - 0.0025, 0.055 - abs(p.x)));
    return mix(colour, vec3(0.02) + step(1.6, face.z) * vec3(0.15, 0.07, 0.02), front * face.y * inside(rim, 0.001));
}

void main() {
    vec3 p = v_rest.xyz;
    vec4 fit = person(v_row, UPPER_FIT), logo = person(v_row, LOGO);
    Cut cut = Cut(v_cut[0], v_cut[1], v_cut[2], v_cut[3], v_cut[4]);
    Cover c = cover(p, v_rest.w, cut);

    vec4 coarse = noise(p * vec3(2.6, 1.7, 2.6) + fit.w), fine = noise(p * vec3(7.0, 5.0, 7.0) + fit.w);

    // Which of them lies outermost here: the columns of its two colours, how far inside its seam, how it shines.
    int first = -1, second = LOWER_B;
    float seam = 1.0, cloth = 1.0;
    if (c.sock > 0.0) { first = SOCK; seam = c.sock; cloth = 0.6; }
    if (c.lower > 0.0) { first = LOWER_A; seam = c.lower; }
    if (c.shoe > 0.0) { first = SHOE; seam = min(c.shoe, abs(p.y + 0.955)); cloth = 0.3; }
    if (c.upper > 0.0 && !(cut.feet.z > 0.5 && c.lower > 0.0)) {
        bool open = cut.jacket.w > 0.0 && c.opening < 0.0;
        first = open ? INNER_A : UPPER_A;
        second = open ? INNER_B : UPPER_B;
        seam = cut.jacket.w > 0.0 ? min(c.upper, abs(c.opening)) : c.upper;
        cloth = 1.0;
    }
    bool hair = c.hair + 0.006 * fine.w > 0.0 || u_shell == 2;
    if (hair) { first = HAIR; seam = 1.0; cloth = 0.35; }
    if (c.cap > 0.0) { first = CAP; seam = c.cap; cloth = 0.6; hair = false; }
    if (u_shell == 1) { first = LOWER_A; second = LOWER_B; seam = 1.0; cloth = 1.0; hair = false; }
    bool patterned = first == LOWER_A || first == UPPER_A || first == INNER_A;

    vec4 grain = noise(hair ? p * vec3(14.0, 2.0, 6.0) : p * 21.0);
    if (u_shell == 2 && 0.700 - p.y > person(v_row, LONG_HAIR).x * (0.92 + 0.08 * grain.w)) discard;
    vec4 colour = person(v_row, max(first, 0));
    if (!patterned) colour.w = 0.0;
    vec3 albedo = pattern(p, colour, person(v_row, second), fract(fit.w), coarse + 0.5 * fine);
    if (first == SHOE && p.y < -0.955) albedo = person(v_row, SHOE).www;
    vec2 letters = p.xy - vec2(logo.x, 0.28);
    bool printed = first == UPPER_A && p.z > 0.0 && max(abs(letters.x), abs(letters.y) * 1.4) < logo.z;
    if (printed && fine.w + grain.w > 0.0) albedo = person(v_row, UPPER_B).rgb;
    albedo *= hair ? 0.9 + 0.55 * grain.x + 0.3 * fine.y : 1.0 + 0.08 * grain.z;
    albedo *= mix(0.62, 1.0, clamp(seam / 0.006, 0.0, 1.0));
    float front = v_rest.w > 0.5 && p.z > 0.04 && first == -1 ? 1.0 : 0.0;
    if (first == -1) { albedo = skin(p, front, fine); cloth = 0.0; }

    vec3 normal = normalize(v_normal);
    if (!gl_FrontFacing) normal = -normal;
    vec3 folds = coarse.xyz + 0.6 * fine.yzw;
    normal = normalize(normal + folds * 0.38 * cloth);
    Light light = Light(v_light[0], v_light[1].rgb, v_light[2].rgb, v_light[3].xyz, v_light[4].rgb, v_light[5].xyz, v_light[6].rgb);
    float reached = lit(v_place + 0.012 * normal, v_tile);
    vec3 seen = albedo * light_on(normal, mix(0.25, 0.10, cloth), reached, light) * (1.0 - 0.25 * cloth * max(-folds.y, 0.0));
    vec3 half_way = normalize(light.key_direction - normalize(v_place));
    float shine = max(dot(normal, half_way), 0.0);
    shine *= shine; shine *= shine; shine *= shine;
    seen += mix(0.10, 0.02, cloth) * reached * light.key * shine * shine;
    f_colour = vec4(developed(seen, light.up.w), person(v_row, PLACE).y);
}
