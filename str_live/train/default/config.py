"""The recipe of the default weights' training."""

from __future__ import annotations

from dataclasses import dataclass, field

from str_live.datasets.simulated.poses import PoseConfig
from str_live.datasets.simulated.views import ViewConfig
from str_live.network.network import NetworkConfig
from str_live.train.losses import LossWeights


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The whole recipe; stored in the checkpoint's header."""

    model: NetworkConfig = field(default_factory=NetworkConfig)
    """Its networks are those that learn in the window stage."""
    poses: PoseConfig = field(default_factory=PoseConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    weights: LossWeights = field(default_factory=LossWeights)
    start: str = ""
    """A checkpoint whose encoder and per-frame network are taken; '' trains them in a first stage."""
    seed: int = 1
    frame_steps: int = 16000
    frame_batch: int = 512
    frame_rate: float = 1e-3
    window_steps: int = 5000
    window_batch: int = 40
    window_rate: float = 5e-4
    warm_up: int = 100
    auxiliary: float = 0.3
    """Weight of the outputs beside the final one: STR's two cross features, TCMR's past and future."""
    bypass: float = 1.0
    """Share of the window stage's steps in which half of the sequences bypass modules of STR; in the others
    all run whole. Where modules are often bypassed, STR learns to do without each of them."""
    lookaheads: tuple[float, ...] = (0.24, 0.08, 0.36, 0.06, 0.1, 0.05, 0.05, 0.06)
    """Share of sequences trained with a look-ahead of 0, 1, ... 7 frames."""
    strides: tuple[tuple[int, float], ...] = ((1, 0.62), (2, 0.18), (3, 0.15), (6, 0.05))
    """Every how many frames of 1/30 s a picture is seen (slow cameras and slow machines), and how often."""
