// What a person of the synthetic pictures wears. Places `p` are those of the mean body in the T-pose, metres.
// Included by person.vert and .frag: what bulges and what is coloured are cut from one pattern.

uniform sampler2D u_people;     // a row per person, columns as in columns.py
uniform sampler3D u_noise;      // four independent smooth noises, repeating

const vec3 NECK = vec3(0.0, 0.482, 0.020), EYE = vec3(0.0305, 0.621, 0.130), MOUTH = vec3(0.0, 0.550, 0.150);

vec4 person(int row, int column) { return texelFetch(u_people, ivec2(column, row), 0); }

vec4 noise(vec3 p) { return texture(u_noise, p) * 2.0 - 1.0; }

// How one person's clothes are cut.
struct Cut {
    vec4 upper, lower, feet, head, jacket;
};

// Metres inside each garment, positive where it covers.
struct Cover {
    float upper, lower, sock, shoe, hair, cap, opening;
};

float hair_line(vec3 p, float shift) {
    float up = p.y - EYE.y, back = EYE.z - p.z;
    float fringe = up - (0.058 + shift + 0.012 * cos(p.x * 40.0 + 0.8) - 0.30 * back);
    float behind_ears = min(back - 0.112, up + 0.06 + shift);
    return max(min(fringe, up - 0.012), behind_ears);
}

Cover cover(vec3 p, float head, Cut cut) {
    float x = abs(p.x), on_head = step(0.5, head), arm = step(0.45, x);
    vec3 to_neck = (p - NECK - vec3(0.0, 0.045 - cut.upper.w, 0.03)) * vec3(1.0, 1.0 - 0.35 * step(0.02, cut.upper.w), 0.9);
    float hem = p.y - cut.upper.x - 0.012 * sin(9.0 * p.x + 4.0 * p.z);
    float collar = min(length(to_neck) - cut.upper.z, NECK.y + 0.06 - p.y);
    Cover c;
    c.upper = min(min(hem, cut.upper.y - x), collar) - 9.0 * on_head;
    c.lower = min(cut.lower.x - p.y, p.y - cut.lower.y) - 9.0 * arm;
    c.shoe = cut.feet.x - p.y - 9.0 * arm;
    c.sock = cut.feet.y - p.y - 9.0 * arm;
    c.hair = hair_line(p, cut.head.x) - 9.0 * step(head, 0.02);
    c.cap = p.y - EYE.y - cut.head.w - 0.25 * (p.z - EYE.z) * step(0.075, cut.head.w);
    c.cap -= 9.0 * (1.0 - on_head * step(0.001, cut.head.w));
    c.opening = x - cut.jacket.w * (1.0 + 0.8 * (0.35 - p.y)) + 9.0 * max(step(p.z, 0.0), step(NECK.y, p.y));
    return c;
}
