"""Features of rendered sequences, for the window stage: filmed once, as the encoders learn no more.

In: a Student and batches of whole sequences. Out: a FeatureCache, which a file can keep where filming takes
longer than learning, as on a processor alone.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from str_live.datasets.target import Target
from str_live.files import written_whole
from str_live.train.images.observation import Observation
from str_live.train.images.student import Student, prepare
from str_live.untrusted.tensors import read_metadata, read_tensors
from str_live.untrusted.unreadable import UnreadableError

logger = logging.getLogger(__name__)

LOG_EVERY = 20
"""Batches."""


class FeatureCache(NamedTuple):
    """S sequences of L frames."""

    features: dict[str, Tensor]
    """Front end -> (S, L, C)."""
    target: Target
    """Of S * L frames, sequence by sequence."""

    @property
    def sequences(self) -> int:
        """S."""
        return len(next(iter(self.features.values())))


@torch.no_grad()
def extract_features(
    student: Student,
    pictures: Iterable[Observation],
    sequences: int,
    frames: int,
    until: float = float("inf"),
) -> FeatureCache:
    """Features of so many sequences, taken from batches of whole sequences of `frames` pictures.

    Fewer, but at least one batch, where the monotonic clock comes to `until` first.
    """
    student.eval()
    features: dict[str, list[Tensor]] = {}
    targets: list[Target] = []
    taken = 0
    for observation in pictures:
        trunk_features = prepare(student, observation)
        found = student.features(trunk_features.between, trunk_features.maps, trunk_features.landmarks)
        for name, feature in found.of.items():
            features.setdefault(name, []).append(feature.unflatten(0, (-1, frames)))
        targets.append(trunk_features.target)
        taken += len(trunk_features) // frames
        if len(targets) % LOG_EVERY == 0:
            logger.info("filmed %d/%d sequences", taken, sequences)
        if taken >= sequences or time.monotonic() > until:
            break
    joined = Target(*(torch.cat(part) for part in zip(*targets, strict=True)))
    return FeatureCache({name: torch.cat(parts) for name, parts in features.items()}, joined)


def save_feature_cache(path: Path, gallery: FeatureCache, encoders: str) -> None:
    """Write a gallery, in half precision; `encoders`: encoders_digest of those who saw it. Atomically."""
    tensors = {f"features.{name}": feature.half() for name, feature in gallery.features.items()}
    tensors |= {
        f"target.{name}": part.half() for name, part in zip(Target._fields, gallery.target, strict=True)
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    with written_whole(path) as partial:
        save_file(kept, partial, metadata={"encoders": encoders})


def load_feature_cache(path: Path, encoders: str, device: torch.device, sequences: int) -> FeatureCache:
    """What `save_feature_cache` wrote. Raises ValueError for another file, others' features, too few."""
    try:
        if read_metadata(path).get("encoders") != encoders:
            raise ValueError(f"{path} holds features of other encoders: remove it, to film anew")
        tensors = {name: tensor.float() for name, tensor in read_tensors(path, str(device)).items()}
        features = {
            name.removeprefix("features."): tensor
            for name, tensor in tensors.items()
            if name.startswith("features.")
        }
        gallery = FeatureCache(features, Target(*(tensors[f"target.{name}"] for name in Target._fields)))
    except (UnreadableError, KeyError) as error:
        raise ValueError(f"{path} is no gallery, or is damaged: remove it, to film anew") from error
    if gallery.sequences < sequences:
        raise ValueError(
            f"{path} holds {gallery.sequences} sequences, fewer than {sequences}: remove it, to film anew"
        )
    return gallery


def encoders_digest(student: Student) -> str:
    """Tells apart the encoders that features are from, as far as half precision does."""
    found = hashlib.sha256()
    for name, tensor in student.encoder.state_dict().items():
        found.update(name.encode())
        found.update(tensor.detach().half().cpu().numpy().tobytes())
    return found.hexdigest()[:16]
