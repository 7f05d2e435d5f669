// Cloth, wallpaper and furniture: two colours in a pattern. No texture is read: mottle is a noise at the place.

float soft_step(float x) { float w = max(fwidth(x), 1e-4); return smoothstep(-w, w, x); }

// first.w: which pattern; second.w: its size in metres; seed 0 to 1.
vec3 pattern(vec3 p, vec4 first, vec4 second, float seed, vec4 mottle) {
    int kind = int(first.w);
    vec3 q = p / max(second.w, 0.004);
    q.x += 0.6 * q.z;
    vec2 wave = abs(fract(q.xy) - 0.5), edge = vec2(0.15 + 0.2 * seed, 0.25);
    vec2 band = vec2(soft_step(wave.x - edge.x), soft_step(wave.y - edge.x));
    float blend = 0.0;
    if (kind == 1) blend = band.y;
    if (kind == 2) blend = band.x;
    if (kind == 3) blend = 0.5 * (band.x + band.y);
    if (kind == 4) blend = soft_step(0.28 - length(wave));
    if (kind == 5 || kind == 6) blend = smoothstep(-0.12, 0.12, mottle.x);
    if (kind == 7) blend = soft_step(p.y - 0.12 - 0.2 * seed);
    vec3 colour = mix(first.rgb, second.rgb, blend);
    vec3 third = 0.5 * (first.brg + second.gbr);
    return kind == 6 ? mix(colour, third, smoothstep(0.0, 0.12, mottle.w + mottle.z - 0.1)) : colour;
}
