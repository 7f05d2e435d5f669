"""Training of the image front ends on rendered people; `python -m str_live.train.images` does everything.

datasets/rendered -> batches.py -> observation.py -> student.py -> frame_stage.py   encoder and join
rendered motion -> feature_cache.py -> window_stage.py                               STR on windows
trainer.py runs both stages and writes the file in assets/weights; state.py is what it goes on from
"""
