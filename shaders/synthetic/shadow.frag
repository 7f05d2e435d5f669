#version 330 core
// Only depth is kept.

void main() {}
