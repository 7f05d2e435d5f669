"""The published training data: databases of precomputed features, cut into windows of 16 frames.

databases.py and insta.py read the files, windows.py cuts videos, sequences.py yields one training sample. To
add a dataset: an entry in databases.FORMATS, or a file here where its format is another one.
"""
