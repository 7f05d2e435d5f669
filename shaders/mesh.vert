#version 330 core
// A body's surface, to be lit pixel by pixel.
#include "body.glsl"

out vec3 v_position;   // world, metres
out vec3 v_normal;
out vec3 v_albedo;
out vec4 v_shadow_position;

void main() {
    vec4 world = u_world_from_body * vec4(in_position, 1.0);
    v_position = world.xyz;
    v_normal = mat3(u_world_from_body) * in_normal;
    v_shadow_position = u_shadow_from_world * world;
    v_albedo = albedo();
    gl_Position = clip_position();
}
