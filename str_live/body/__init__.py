"""Bodies in SMPL's format. In: (C,) feature of a frame; out: pose, shape, camera, and the body posed by them.

regressor.py turns a feature into pose, shape and camera; smpl_files.py reads body files, skinning.py poses
them; anchor.py and posing.py place bodies in the picture; smoothing.py calms what is displayed.
"""
