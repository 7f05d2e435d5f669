"""Training of the image front ends on rendered people; `python -m str_live.train.images` does everything.

renders (train/synthetic) -> seen.py -> Seen -> lesson.py -> frames.py   encoder and join, frame by frame
rendered motion -> gallery.py: features, kept -> windows.py               STR on windows of them
state.py: what a slice of time leaves for the next    deliver.py: the file in assets/weights
"""
