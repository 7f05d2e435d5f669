"""One pass a file; each sets all the GL state it relies on. New: a file here and a line in renderer.py."""
