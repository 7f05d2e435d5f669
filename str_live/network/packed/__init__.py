"""Networks packed for running: the same results from fewer calls, on weights laid out for one processor.

In: a trained network. Out: a copy that only runs. `pack_encoder` for the ResNets of the image front ends,
`pack_recurrences` for temporal networks whose weights outgrow the caches, `pack_regressors`; and beside them
`typical_call`, to measure with.
"""

from __future__ import annotations

from str_live.network.packed.convolution import typical_call
from str_live.network.packed.recurrence import pack_recurrences
from str_live.network.packed.regressor import pack_regressors
from str_live.network.packed.resnet import pack_encoder

__all__ = ["pack_encoder", "pack_recurrences", "pack_regressors", "typical_call"]
