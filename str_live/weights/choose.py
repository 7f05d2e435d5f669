"""Which front end the program starts with. In: the settings' wish, files and device. Out: a FrontEndChoice.

Only 'auto' leaves anything open. It follows the files that were given; without any, it takes on CUDA what
measured best on real clips, as the delivered image weights tell, and on processors the landmarks.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from str_live.network.device import has_cuda
from str_live.settings import Settings
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError, has_encoder, is_ours, read_config
from str_live.weights.own_images import best_front_end, is_image_weights

logger = logging.getLogger(__name__)

LANDMARKS = "landmarks"


@dataclass(frozen=True, slots=True)
class FrontEndChoice:
    """What was chosen and why."""

    wish: str
    """One of settings.FRONT_END_CHOICES."""
    name: str
    """One of settings.FRONT_ENDS."""
    reason: str
    """Why, as a sentence without its capital and its full stop."""

    @property
    def automatic(self) -> bool:
        """Whether the choice was left to the program."""
        return self.wish == "auto"

    def into(self, settings: Settings) -> Settings:
        """`settings` with the choice instead of the wish: what runs, is shown and recorded."""
        return replace(settings, front_end=self.name)

    def as_wished(self, settings: Settings) -> Settings:
        """`settings` with the wish again where the choice still stands: what is stored."""
        return replace(settings, front_end=self.wish) if settings.front_end == self.name else settings


def choose_front_end(settings: Settings) -> FrontEndChoice:
    """Choose as the settings wish, and where they leave it open say in the log which and why.

    Raises nothing: for files that cannot be read it is 'landmarks', and loading them tells what is wrong.
    """
    wish = settings.front_end
    if wish != "auto":
        return FrontEndChoice(wish, wish, "it was asked for")
    files = [Path(path).expanduser() for path in settings.weights]
    if files:
        name, reason = _for_files(files, settings.backbone)
    elif settings.backbone:
        name, reason = LANDMARKS, "SPIN's checkpoint runs where the front end resnet is chosen"
    else:
        name, reason = _for_machine(settings.device)
    logger.info("front end %s: %s", name, reason)
    return FrontEndChoice(wish, name, reason)


def _for_files(weights: Sequence[Path], backbone: str) -> tuple[str, str]:
    """The front end that given weights are for, and why."""
    try:
        ours = [path for path in weights if is_ours(path)]
        images = [path for path in ours if is_image_weights(path)]
        if images:
            return _best(images[0])
        whole = [path for path in ours if has_encoder(path)]
        if whole:
            return read_config(whole[0]).front_end, f"{whole[0].name} is for it"
    except WeightsError as error:
        return LANDMARKS, f"the given weights do not tell ({error})"
    if not backbone:
        return LANDMARKS, f"{weights[0].name} cannot run without SPIN's checkpoint"
    return "resnet", f"{weights[0].name} runs over SPIN's ResNet-50"


def _for_machine(device: str) -> tuple[str, str]:
    """The front end for a device, '' for what there is, with the default weights; and why."""
    images = DEFAULT_WEIGHTS["both"]
    if not images.exists():
        return LANDMARKS, "there are no image weights"
    if device.startswith("cpu") or not has_cuda():
        return LANDMARKS, "without CUDA pixels cost too much per frame"
    try:
        return _best(images)
    except WeightsError as error:
        return LANDMARKS, f"the image weights cannot be used ({error})"


def _best(images: Path) -> tuple[str, str]:
    """The front end that image weights call the best, and why."""
    best = best_front_end(images)
    if best is None:
        return LANDMARKS, f"{images.name} does not say that another one measured better"
    return best, f"it measured best on real clips when {images.name} was delivered"
