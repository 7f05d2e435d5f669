"""Opens files that may come from anywhere: npz, npy, pickle, joblib, safetensors and torch files.

In: a path, and names of arrays. Out: arrays and tensors, or one UnreadableError whose sentence says
which file, what is wrong and what to do. Nothing in a file is executed, nothing that was not asked for is
read, and no size that a file claims is believed before the file itself is as large.
"""

from __future__ import annotations
