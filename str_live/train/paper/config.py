"""A training run of the paper as a JSON file, checked when it is read.

In: a file such as str_live/train/configs/str_without_3dpw_mpii3d.json, and changes from the command line.
Out: a PaperConfig. Unknown names and wrong types are errors, not defaults: a misspelt switch that is
silently ignored trains the wrong row of a table for a day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from str_live.dataclass_json import ConfigError, change_entry, config_from
from str_live.datasets.published.databases import FORMATS
from str_live.network.network import NetworkConfig, features_config
from str_live.settings import SWITCHES, TEMPORAL_NETWORKS
from str_live.temporal import STRConfig

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
"""The rows of the paper's Table 1, and TCMR and VIBE trained alike."""
DATASETS_TESTED = ("3dpw", "h36m", "mpii3d", "freemocap")
"""Datasets whose errors can be measured: keys of evaluate's TEST_SETS."""
DATASETS_2D = ("insta", "posetrack", "penn", "video")
"""Datasets without 3D joints: they fill the 2D share of a batch, all others the 3D share."""


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """One database file of the run."""

    dataset: str
    """'insta' or a key of databases.FORMATS."""
    file: str
    """Its name in the folder of databases."""
    step: int | None = None
    """Frames between windows; None takes the run's."""
    w_3d: float | None = None
    """How much its 3D joints count; None takes the dataset's usual weight, as does the next."""
    w_smpl: float | None = None

    def __post_init__(self) -> None:
        _demand(self.dataset in known_datasets(), f"dataset {self.dataset!r}", known_datasets())


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """What learns, in the words of the paper's tables."""

    temporal: str = "str"
    """'str', 'tcmr', 'vibe', or 'frame': the regressor alone, frame by frame."""
    width: int = 2048
    """Channels of the databases' features."""
    switches: STRConfig = field(default_factory=STRConfig)
    """STR's readings; `attention_width` counts for TCMR too. Its width is always `width`."""
    bypassed: tuple[str, ...] = ()
    """Modules of STR left out, names of settings.SWITCHES: the rows of the paper's Table 2."""
    hidden: int | None = None
    """Hidden size of TCMR's and VIBE's GRUs; None takes half of the width, as published."""
    regressor_hidden: int = 1024
    regressor_dropout: float = 0.5
    all_frames: bool = True
    """VIBE learns from every frame of a window, as published; False: from the middle one, as the others."""

    def __post_init__(self) -> None:
        _demand(self.temporal in TEMPORAL_NETWORKS, f"network.temporal {self.temporal!r}", TEMPORAL_NETWORKS)
        for name in self.bypassed:
            _demand(name in SWITCHES, f"network.bypassed {name!r}", SWITCHES)
        object.__setattr__(self, "switches", replace(self.switches, width=self.width))

    @property
    def learns_all_frames(self) -> bool:
        """Whether training needs the truth of all frames of a window."""
        return self.temporal == "vibe" and self.all_frames

    def config(self) -> NetworkConfig:
        """Of the network that learns."""
        return features_config(**{entry.name: getattr(self, entry.name) for entry in fields(self)})


def _demand(holds: bool, what: str, choices: Sequence[str]) -> None:
    if not holds:
        raise ConfigError(f"{what} cannot be: choose {' or '.join(choices)}")


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the losses: TCMR's, as the paper's equation 8 names none."""

    image: float = 300.0
    """2D joints."""
    joints: float = 300.0
    """3D joints."""
    pose: float = 60.0
    """Rotation matrices."""
    shape: float = 0.06
    """Betas."""


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """The whole recipe of one run."""

    about: str
    """Which row of which table this is."""
    train: tuple[DatabaseConfig, ...]
    validation: DatabaseConfig
    """Its PA-MPJPE lowers the learning rate and chooses the best checkpoint: never a test set of a table."""
    epochs: int
    step: int
    """Frames between training windows: 1 overlaps, 16 does not."""
    network: NetworkChoice = field(default_factory=NetworkChoice)
    weights: Weights = field(default_factory=Weights)
    iterations: int = 500
    """Optimiser steps of an epoch."""
    batch_2d: int = 19
    batch_3d: int = 13
    learning_rate: float = 5e-5
    """The paper's print lost the digit; this is TCMR's."""
    rate_factor: float = 0.1
    rate_patience: int = 5
    """Epochs without a better validation before the rate falls by `rate_factor`."""
    start_from_spin: bool = True
    """The regressor starts from SPIN's weights, as in TCMR; False: from scratch."""
    start_regressor_from: str = ""
    """A checkpoint in the folder of databases whose regressor to start from, instead of SPIN's."""
    start_as_smoother: bool = False
    """STR starts by averaging neighbouring frames, as the default weights do (train/smoother.py)."""
    validation_limit: int | None = None
    """Validate on the first so many videos only; None takes all."""
    seed: int = 1

    def __post_init__(self) -> None:
        _demand(self.epochs > 0 and self.iterations > 0, "epochs and iterations", ("1 and more",))
        for share, count in (("2D", self.batch_2d), ("3D", self.batch_3d)):
            have = any((entry.dataset in DATASETS_2D) == (share == "2D") for entry in self.train)
            _demand(have or not count, f"{count} {share} sequences a batch without a {share} dataset",
                    (f"a {share} dataset in 'train'", "0"))  # fmt: skip
        _demand(self.batch_2d + self.batch_3d > 0, "an empty batch", ("batch_2d and batch_3d above 0",))
        _demand(self.validation.dataset in DATASETS_TESTED, "validation.dataset", DATASETS_TESTED)
        _demand(not (self.start_from_spin and self.start_regressor_from),
                "start_from_spin and start_regressor_from together", ("one of them",))  # fmt: skip
        _demand(self.network.temporal == "str" or not self.start_as_smoother,
                "start_as_smoother without STR", ("network.temporal=str",))  # fmt: skip


def known_datasets() -> tuple[str, ...]:
    """Names that `dataset` may have."""
    return ("insta", *FORMATS)


def find_config(name: str) -> Path:
    """The file meant: a path, or the name of one in str_live/train/configs."""
    for path in (Path(name), CONFIGS / name, CONFIGS / f"{name}.json"):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.json")))
    raise ConfigError(f"there is no configuration {name!r}: give a JSON file or one of {known}")


def read_config(path: Path, changes: Sequence[str] = ()) -> PaperConfig:
    """The configuration in a file, with changes such as 'network.temporal=tcmr'; raises ConfigError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for change in changes:
            change_entry(content, change)
        return config_from(PaperConfig, content, "")
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: {error}") from error
