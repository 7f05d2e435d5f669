#version 330 core
// The dressed person of the built-in clip.

in vec3 in_position;   // world, metres, cloth included
in vec3 in_normal;
in vec3 in_rest;       // T-pose, metres
in vec4 in_garments;   // shirt, trousers, socks, hair: metres inside the seam
in vec4 in_face;       // lips, eyeball, iris, distance from the brow's line

uniform mat4 u_clip_from_world;
uniform mat4 u_shadow_from_world;

out vec3 v_position;
out vec3 v_normal;
out vec3 v_rest;
out vec4 v_garments;
out vec4 v_face;
out vec4 v_shadow_position;

void main() {
    v_position = in_position;
    v_normal = in_normal;
    v_rest = in_rest;
    v_garments = in_garments;
    v_face = in_face;
    v_shadow_position = u_shadow_from_world * vec4(in_position, 1.0);
    gl_Position = u_clip_from_world * vec4(in_position, 1.0);
}
