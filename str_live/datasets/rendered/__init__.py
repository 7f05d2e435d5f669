"""Pictures of synthetic people, rendered while training: no photograph of anybody is needed.

Flow: poses and dice -> Scenes (scenes.py) -> pixels (atlas.py) -> SyntheticBatch (renderer.py), by several
processes (stream.py) -> what a webcam and a segmentation do to them (augment.py, mask_errors.py).
"""
