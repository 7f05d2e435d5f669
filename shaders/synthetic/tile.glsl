// What is known of a picture: a row of u_tiles, columns as in columns.py.

uniform sampler2D u_tiles;

vec4 tile(int row, int column) { return texelFetch(u_tiles, ivec2(column, row), 0); }
