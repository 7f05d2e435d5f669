"""Networks packed for running: the same results from fewer calls, on weights laid out for one processor.

In: a trained network. Out: a copy that only runs. `pack_encoder` for the ResNets of the image front ends,
`pack_recurrences` for temporal networks whose weights outgrow the caches.
"""

from __future__ import annotations

from str_live.packed.recurrence import pack_recurrences
from str_live.packed.resnet import pack_encoder
from str_live.packed.sharing import copy_sharing_weights

__all__ = ["copy_sharing_weights", "pack_encoder", "pack_recurrences"]
