"""What was made once and lies in assets/: the free body, and the built-in clip with the truth of each frame.

free_body.py derives the body. clip.py renders the clip: clip_motion.py cuts free motion together,
clip_wardrobe.py dresses the body, clip_studio.py renders it, clip_check.py asks mediapipe whether it sees the
person where the truth places them.
"""
