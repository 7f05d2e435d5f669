#version 330 core

in vec3 v_position;
in vec3 v_normal;
in vec3 v_rest;
in vec4 v_garments;
in vec4 v_face;
in vec4 v_shadow_position;

uniform vec3 u_eye;
uniform vec3 u_light;
uniform sampler2DShadow u_shadow_map;

out vec4 f_colour;     // display values

float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    float n[8];
    for (int k = 0; k < 8; ++k) {
        vec3 c = i + vec3(k & 1, (k >> 1) & 1, k >> 2);
        n[k] = fract(sin(dot(c, vec3(127.1, 311.7, 74.7))) * 43758.5453);
    }
    vec4 x = mix(vec4(n[0], n[2], n[4], n[6]), vec4(n[1], n[3], n[5], n[7]), f.x);
    return mix(mix(x.x, x.y, f.y), mix(x.z, x.w, f.y), f.z);
}

float lit() {
    vec3 p = v_shadow_position.xyz / v_shadow_position.w * 0.5 + 0.5;
    float texel = 1.6 / float(textureSize(u_shadow_map, 0).x), sum = 0.0;
    for (int y = -2; y <= 2; ++y)
        for (int x = -2; x <= 2; ++x)
            sum += texture(u_shadow_map, vec3(p.xy + vec2(x, y) * texel, p.z - 0.004));
    return sum / 25.0;
}

vec3 skin(out float gloss) {
    float mottle = noise(v_rest * 60.0) * 0.5 + noise(v_rest * 14.0) * 0.5;
    vec3 colour = mix(vec3(0.56, 0.33, 0.23), vec3(0.66, 0.41, 0.30), mottle);
    colour = mix(colour, vec3(0.50, 0.18, 0.16), smoothstep(0.35, 0.65, v_face.x));
    float eye = step(0.5, v_face.y);
    vec3 ball = mix(vec3(0.74, 0.72, 0.70), vec3(0.07, 0.045, 0.03), smoothstep(0.3, 0.6, v_face.z));
    colour = mix(colour, ball, eye);
    colour = mix(vec3(0.06, 0.04, 0.03), colour, smoothstep(0.0015, 0.0050, v_face.w));
    gloss = mix(0.10, 0.5, eye);
    return colour;
}

vec3 shirt() {
    float weave = 0.9 + 0.1 * noise(v_rest * vec3(400.0));
    float across = v_rest.y / 0.062;
    float soft = max(fwidth(across), 0.02);   // the edge is a pixel wide: the shader runs once a pixel
    float stripe = smoothstep(-soft, soft, abs(fract(across) - 0.5) - 0.27);
    return mix(vec3(0.62, 0.60, 0.55), vec3(0.055, 0.12, 0.25), stripe) * weave;
}

vec3 trousers() {
    float weave = 0.85 + 0.3 * noise(v_rest * vec3(260.0, 30.0, 260.0));
    float worn = 0.9 + 0.25 * noise(v_rest * 9.0);
    return vec3(0.105, 0.098, 0.090) * weave * worn;
}

vec3 socks() {
    float cuff = step(v_garments.z, 0.022);
    return mix(vec3(0.26, 0.075, 0.05), vec3(0.50, 0.46, 0.38), cuff) * (0.85 + 0.3 * noise(v_rest * 300.0));
}

vec3 hair() {
    float strand = noise(v_rest * vec3(220.0, 40.0, 60.0));
    return mix(vec3(0.022, 0.014, 0.010), vec3(0.085, 0.052, 0.032), strand);
}

void main() {
    float gloss, cloth = 0.0;
    vec3 albedo = skin(gloss);
    vec3 normal = normalize(v_normal);
    if (v_garments.y > 0.0) { albedo = trousers(); gloss = 0.02; cloth = 1.0; }
    if (v_garments.x > 0.0) { albedo = shirt(); gloss = 0.03; cloth = 1.0; }
    if (v_garments.z > 0.0) { albedo = socks(); gloss = 0.02; cloth = 0.3; }
    if (v_garments.w > 0.0) { albedo = hair(); gloss = 0.10; cloth = 0.6; }
    vec3 bump = vec3(noise(v_rest * 24.0), noise(v_rest * 24.0 + 31.0), noise(v_rest * 24.0 + 67.0)) - 0.5;
    normal = normalize(normal + bump * 0.55 * cloth);

    float seam = min(min(abs(v_garments.x), abs(v_garments.y)), min(abs(v_garments.z), abs(v_garments.w)));
    float crease = mix(0.55, 1.0, smoothstep(0.0, 0.006, seam));
    float wrap = cloth > 0.5 ? 0.10 : 0.25;
    float key = max((dot(normal, u_light) + wrap) / (1.0 + wrap), 0.0) * lit();
    vec3 hemisphere = mix(vec3(0.20, 0.165, 0.13), vec3(0.42, 0.44, 0.47), normal.y * 0.5 + 0.5);
    vec3 fill = vec3(0.16, 0.14, 0.12) * max(dot(normal, normalize(vec3(0.8, 0.2, 0.6))), 0.0);
    vec3 colour = albedo * (hemisphere + fill + vec3(1.28, 1.20, 1.06) * key) * crease;
    vec3 to_eye = normalize(u_eye - v_position);
    colour += gloss * pow(max(dot(normal, normalize(u_light + to_eye)), 0.0), 40.0) * key;
    colour += 0.05 * pow(1.0 - max(dot(normal, to_eye), 0.0), 3.0);
    f_colour = vec4(pow(1.55 * colour / (1.0 + 0.25 * colour), vec3(1.0 / 2.2)), 1.0);
}
