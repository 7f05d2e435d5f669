"""Training of the image front ends on rendered people; `python -m str_live.train images` does everything.

datasets/rendered -> batches.py -> observation.py -> student.py -> frame_stage.py   encoder and join
rendered motion -> feature_cache.py -> window_stage.py                               STR on windows
trainer.py is both stages as a recipe of train/loop.py, and writes the file in assets/weights
"""
