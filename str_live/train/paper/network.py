"""What the paper's networks start from: SPIN's regressor, or another checkpoint's. Raises WeightsError."""

from __future__ import annotations

from pathlib import Path

from str_live.body.regressor import Regressor
from str_live.weights.own import load_network
from str_live.weights.published import (
    SPIN_FILE,
    load_mean_body,
    load_strictly,
    read_spin_regressor,
    start_from,
)

MEAN_FILE = "smpl_mean_params.npz"
_SPIN_ADVICE = (
    f"put SPIN's {SPIN_FILE} into the folder of base data (--base), or set start_from_spin=false to train "
    f"the regressor from scratch"
)


def start_regressor(regressor: Regressor, base: Path) -> None:
    """SPIN's regressor and mean body as the start of training."""
    path = base / SPIN_FILE
    load_strictly(regressor, read_spin_regressor(path, _SPIN_ADVICE), path, _SPIN_ADVICE)
    if (base / MEAN_FILE).is_file():
        start_from(regressor, load_mean_body(base / MEAN_FILE))


def start_regressor_from(regressor: Regressor, path: Path) -> None:
    """The regressor and mean body of a checkpoint of one network on stored features as the start."""
    advice = "start_regressor_from needs a regressor of the sizes that the configuration's network has"
    load_strictly(regressor, load_network(path).only_head.regressor.state_dict(), path, advice)
