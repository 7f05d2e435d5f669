#version 330 core
// A body's surface, lit vertex by vertex: a software renderer shades whole blocks of pixels for every
// triangle it touches, some fifty times as many as there are vertices.
#include "body.glsl"
#include "surface.glsl"
#include "tone.glsl"

uniform vec3 u_eye;    // world, metres

out vec3 v_colour;     // display values

void main() {
    vec4 world = u_world_from_body * vec4(in_position, 1.0);
    vec3 normal = normalize(mat3(u_world_from_body) * in_normal);
    v_colour = display(surface(albedo(), normal, normalize(u_eye - world.xyz), u_shadow_from_world * world));
    gl_Position = clip_position();
}
