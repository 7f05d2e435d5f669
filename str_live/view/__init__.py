"""The picture of a body: moderngl passes into any framebuffer. No Qt, no torch.

scene.py says what to draw, cameras.py from where, renderer.py draws it; headless.py does so without a window.
"""
