"""The running program without its window. In: Frame; out: BodyResult. No Qt, no GL.

engine.py is the way of one frame through all stations; inference_thread.py runs it on the newest frame,
session.py joins it with cameras and recorder; headless.py does without threads and window;
command_line.py reads the arguments.
"""
