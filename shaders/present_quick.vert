#version 330 core
#include "triangle.glsl"
