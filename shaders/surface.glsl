// The body's material: what the eye gets from one place of the surface, linear.
#include "light.glsl"

vec3 surface(vec3 albedo, vec3 normal, vec3 to_eye, vec4 shadow_position) {
    vec3 halfway = normalize(u_light + to_eye);
    float arrives = lit(shadow_position);
    vec3 colour = albedo * (ambient(normal) + vec3(1.10, 1.05, 0.98) * key(normal) * mix(0.25, 1.0, arrives));
    colour += 0.18 * pow(max(dot(normal, halfway), 0.0), 48.0) * arrives;
    colour += vec3(0.20, 0.23, 0.26) * pow(1.0 - max(dot(normal, to_eye), 0.0), 3.0);
    return colour;
}
