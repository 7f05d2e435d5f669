"""Scores on rendered people whose motion was never learnt from. In: a Student, out: millimetres."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from str_live.datasets.simulated.bodies import PointBody
from str_live.metrics import pa_mpjpe_mm
from str_live.rotation import rotmat_from_6d
from str_live.train.images.student import Student, TrunkFeatures
from str_live.train.losses import mean_joint_distance_mm

logger = logging.getLogger(__name__)

CHUNK = 128


@torch.inference_mode()
def held_out_scores(student: Student, trunk_features: TrunkFeatures, body: PointBody) -> dict[str, float]:
    """`<front end>_mm` and `<front end>_pa_mm`: joints' mean error, and after the best similarity."""
    student.eval()
    predicted: dict[str, list[Tensor]] = {}
    for start in range(0, len(trunk_features), CHUNK):
        chunk = trunk_features.index(torch.arange(start, min(start + CHUNK, len(trunk_features))))
        for name, feature in student.features(chunk.between, chunk.maps, chunk.landmarks).of.items():
            regression = student.regressor(feature)
            placed = body(rotmat_from_6d(regression.pose6d), regression.betas)
            predicted.setdefault(name, []).append(placed.all()[:, :24])
    truth = trunk_features.target.points[:, :24]
    scores = {}
    for name, parts in predicted.items():
        joints = torch.cat(parts)
        scores[f"{name}_mm"] = round(mean_joint_distance_mm(joints - truth).item(), 2)
        scores[f"{name}_pa_mm"] = round(pa_mpjpe_mm(joints.cpu().numpy(), truth.cpu().numpy()), 2)
    return scores


def log_scores(path: Path, entry: Mapping[str, object]) -> None:
    """Append a line of JSON to a log of scores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    logger.info("%s", "  ".join(f"{name} {value}" for name, value in entry.items()))
