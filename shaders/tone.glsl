// Linear light -> display values, 0 to 1.
vec3 display(vec3 colour) {
    return pow(colour / (1.0 + 0.25 * colour), vec3(1.0 / 2.2));
}
