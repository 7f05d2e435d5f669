"""The recipe of the image front ends' training, for a graphics card and for a processor alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from str_live.datasets.simulated.views import ViewConfig
from str_live.features.image_encoder import ImageConfig
from str_live.features.pixels import InputConfig
from str_live.train.losses import LossWeights


@dataclass(frozen=True, slots=True)
class ImageTraining:
    """All that decides what is learnt; stored in the checkpoint's header."""

    image: ImageConfig = field(default_factory=ImageConfig)
    views: ViewConfig = field(default_factory=ViewConfig)
    """Errors of the landmarks that are drawn in and joined; cameras are the renderer's."""
    weights: LossWeights = field(default_factory=LossWeights)
    seed: int = 1
    cell_m: float = 0.03
    """Body vertices closer than this become one for the renderer; 0 keeps all."""
    samples: int = 4
    """Of each rendered pixel, against jagged edges; 0 for one."""
    pictures: int = 6_000_000
    """Single pictures of the frame stage."""
    batch: int = 256
    rate: float = 3e-4
    trunk_rate: float = 1e-4
    """Learning rate of all but the last stage of the backbone; 0 keeps it as ImageNet left it."""
    keep_statistics: bool = True
    """BatchNorm of all but the last stage keeps ImageNet's statistics; False for a backbone without them."""
    replay: int = 1
    """How many steps each picture serves; more than one needs a trunk that does not learn."""
    warm_up: int = 300
    """Steps at the beginning of each stage."""
    pointing: float = 4.0
    """Weight of the L1 between what the image encoder takes for the landmark inputs and the true ones."""
    joined_weight: float = 1.0
    """Weight of the joined encoder's loss beside the image encoder's own."""
    sequences: int = 12_000
    """Rendered sequences that the window stage learns from."""
    own_heads: tuple[str, ...] = ("resnet", "both")
    """Front ends whose STR learns further in the window stage; others take the landmarks' as it is."""
    window_steps: int = 4_000
    window_batch: int = 40
    window_rate: float = 1e-4
    held_out: int = 1_024
    """Pictures of motion never learnt from, for the scores."""

    def __post_init__(self) -> None:
        if self.replay > 1 and self.trunk_rate:
            raise ValueError("replay keeps outputs of the trunk: set trunk_rate to 0 with it")


PRESETS = {
    "gpu": ImageTraining(),
    "cpu": ImageTraining(
        image=ImageConfig("resnet44v2", InputConfig(112, background="removed", joints=True)),
        cell_m=0.05,
        samples=0,
        pictures=130_000,
        batch=64,
        rate=1e-3,
        trunk_rate=0.0,
        replay=3,
        warm_up=100,
        own_heads=(),
        held_out=512,
    ),
}
"""By machine: a card with 16 cores beside it, and one core (an honest product, a small one)."""


AMOUNTS = ("pictures", "own_heads", "sequences", "window_steps", "held_out")
"""How much is learnt, not what: a training may go on with more or less of it."""


def recipe_identity(config: ImageTraining) -> str:
    """What must not change in a training that goes on, as JSON."""
    return json.dumps({name: value for name, value in asdict(config).items() if name not in AMOUNTS})


def chosen(preset: str, **changes: object) -> ImageTraining:
    """A preset with some fields changed; `input` and `backbone` reach into the image encoder's."""
    config = PRESETS[preset]
    image = config.image
    if "backbone" in changes:
        image = replace(image, backbone=changes.pop("backbone"))
    if "input" in changes:
        image = replace(image, input=changes.pop("input"))
    return replace(config, image=image, **changes)
