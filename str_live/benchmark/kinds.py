"""Scores by kind of motion: networks of the app on held-out recordings, seen with simulated errors.

In: weights of the landmark front end, clips of a split. Out: Scores of each network for each kind, and for
the recordings that the first files held out, as a check. Every set of weights sees the same observations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from str_live.benchmark.people import held_out_people, training_people
from str_live.benchmark.scenes import Scene, held_out_scenes
from str_live.body.regressor import Regression
from str_live.datasets.motion.catalogue import FIRST, KINDS, take_of
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.simulated.bodies import PointBody
from str_live.datasets.simulated.views import ViewConfig, observe
from str_live.features.landmarks import LandmarkEncoder
from str_live.live.switches.cases import CASES, WHOLE
from str_live.metrics import accel_error_mm, accel_mm, mpjpe_mm, pa_mpjpe_mm
from str_live.network.network import Network
from str_live.rotation import rotmat_from_6d
from str_live.settings import NETWORK_NAMES, TEMPORAL_NETWORKS, NetworkSettings
from str_live.skeleton import LIMB_JOINTS
from str_live.temporal.window import windows_offline
from str_live.weights.own import WeightsError, load_network

FIRST_FILES = "first files"
LOOKAHEADS = (2, 0)
PEOPLE = 40


@dataclass(frozen=True, slots=True)
class Score:
    """Of one network on one kind: 12 limb joints, mean over frames."""

    network: str
    kind: str
    frames: int
    pa_mpjpe_mm: float
    accel_error_mm: float
    """mm/frame^2 at 30 frames a second, joints relative to the pelvis, as is the next."""
    accel_mm: float
    truth_accel_mm: float
    shift_mm: float = 0.0
    """Without some of STR's modules: how far 24 joints, relative to the pelvis, are from where the whole
    network has them."""


Errors = tuple[int, float, float, float, float, float]
"""Frames of a scene, and the five figures of a Score on it."""


def score_kinds(
    weights: Sequence[Path],
    clips: Sequence[MotionClip],
    points: PointBody,
    view: ViewConfig,
    *,
    temporal: Collection[str] = TEMPORAL_NETWORKS,
    every: int = 1,
    ablate: bool = False,
) -> dict[str, list[Score]]:
    """Name of the weights -> scores of its networks of `temporal`, on every `every`-th scene.

    With `ablate` STR at the first of LOOKAHEADS is scored without its modules as well (CASES). Raises
    WeightsError where weights are none of the landmark front end.
    """
    networks = {str(path): _landmark_network(path) for path in weights}
    kinds = {clip.name: _kind(clip) for clip in clips}
    found: dict[str, dict[tuple[str, str], list[Errors]]] = {name: defaultdict(list) for name in networks}
    people = held_out_people(PEOPLE, 2, training_people(400, 1))
    for number, scene in enumerate(held_out_scenes(clips, people, cameras=1, seed=3)):
        if number % every == 0:
            for name, network in networks.items():
                for row, errors in errors_of(network, scene, points, view, temporal, ablate=ablate).items():
                    found[name][row, kinds[scene.clip]].append(errors)
    return {name: [_score(*key, errors) for key, errors in rows.items()] for name, rows in found.items()}


@torch.inference_mode()
def errors_of(
    network: Network,
    scene: Scene,
    points: PointBody,
    view: ViewConfig,
    temporal: Collection[str],
    *,
    ablate: bool = False,
) -> Mapping[str, Errors]:
    """Name of each way to use the network -> its errors on a scene."""
    frames = len(scene.rotmat)
    truth = points(scene.rotmat, scene.betas.expand(frames, -1))
    placed = replace(view, distance=(scene.distance, scene.distance))
    observation = observe(truth.points, 1, frames, placed, torch.Generator().manual_seed(scene.seed))
    features = network.encoder(observation.inputs)
    true = truth.joints.numpy()
    found = {
        row: _errors(_joints(regression, points), true)
        for row, regression in _ways(network, features, temporal)
    }
    if ablate and "str" in network.networks:
        found |= _without_modules(network, features, points, true)
    return found


def _ways(network: Network, features: Tensor, temporal: Collection[str]) -> Iterator[tuple[str, Regression]]:
    """Name of each way to use the network, and what it predicts from (T, C) features."""
    for name in (name for name in network.networks if name in temporal):
        head = network.head(name)
        if name == "frame":
            yield NETWORK_NAMES[name], head.regressor(features)
            continue
        for lookahead in LOOKAHEADS:
            windows = torch.from_numpy(windows_offline(features.numpy(), lookahead))
            described = head.temporal(windows, None).features[:, -1]
            yield f"{NETWORK_NAMES[name]}, look-ahead {lookahead}", head.regressor(described)


def _without_modules(
    network: Network, features: Tensor, points: PointBody, true: np.ndarray
) -> dict[str, Errors]:
    """Name of each of CASES -> the errors of STR, of (T, C) features, without these modules."""
    head, lookahead = network.head("str"), LOOKAHEADS[0]
    windows = torch.from_numpy(windows_offline(features.numpy(), lookahead))

    def joints(switches: NetworkSettings) -> np.ndarray:
        return _joints(head.regressor(head.temporal(windows, switches).features[:, -1]), points)

    whole = joints(WHOLE)
    return {
        f"STR, look-ahead {lookahead}, without {case.without}": _errors(joints(case.network), true, whole)
        for case in CASES
    }


def _joints(regression: Regression, points: PointBody) -> np.ndarray:
    """(T, 24, 3) metres."""
    return points(rotmat_from_6d(regression.pose6d), regression.betas).joints.numpy()


def _errors(joints: np.ndarray, true: np.ndarray, whole: np.ndarray | None = None) -> Errors:
    """(T, 24, 3) metres all; `whole`: what the network says with all of its modules, where `joints` are not
    that."""
    shift = 0.0 if whole is None else mpjpe_mm(joints - joints[:, :1], whole - whole[:, :1])
    joints, true = ((part - part[:, :1])[:, LIMB_JOINTS] for part in (joints, true))
    accelerations = accel_error_mm(joints, true), accel_mm(joints), accel_mm(true)
    return len(joints), pa_mpjpe_mm(joints, true), *accelerations, shift


def _score(network: str, kind: str, errors: Iterable[Errors]) -> Score:
    frames, *figures = np.array(list(errors), np.float64).T
    return Score(
        network, kind, int(frames.sum()), *(float((f * frames).sum() / frames.sum()) for f in figures)
    )


def _kind(clip: MotionClip) -> str:
    return FIRST_FILES if clip.source in FIRST else take_of(clip).kind


def _landmark_network(path: Path) -> Network:
    network = load_network(path).eval()
    if not isinstance(network.encoder, LandmarkEncoder):
        raise WeightsError(f"{path} has no landmark encoder: give weights of the landmark front end")
    return network


def kinds_table(scores: Mapping[str, Sequence[Score]]) -> str:
    """Markdown: PA-MPJPE / acceleration error by network (and weights, where there are several) and kind.

    The mean counts every kind alike, and the first files not at all. Where some of STR's modules were left
    out a last column has their mean shift, mm.
    """
    known = {score.kind for rows in scores.values() for score in rows}
    kinds = [kind for kind in KINDS if kind in known]
    columns = [*kinds, *(["mean"] if kinds else []), *([FIRST_FILES] if FIRST_FILES in known else [])]
    shifted = any(score.shift_mm for rows in scores.values() for score in rows)
    heads = [*columns, *(["shift"] if shifted else [])]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for weights, rows in scores.items():
        for network in dict.fromkeys(score.network for score in rows):
            own = [score for score in rows if score.network == network]
            cells = _cells(own, kinds)
            texts = [f"{cells[column][0]:.1f} / {cells[column][1]:.1f}" for column in columns]
            texts += [f"{np.mean([score.shift_mm for score in own]):.1f}"] if shifted else []
            name = network if len(scores) == 1 else f"{network}, {Path(weights).stem}"
            lines.append(f"| {name} | {' | '.join(texts)} |")
    return "\n".join(lines) + "\n"


def _cells(scores: Sequence[Score], kinds: Sequence[str]) -> dict[str, tuple[float, float]]:
    """PA-MPJPE and acceleration error of a network, by kind and on average over `kinds`."""
    cells = {score.kind: (score.pa_mpjpe_mm, score.accel_error_mm) for score in scores}
    if kinds:
        pa, accel = np.mean([cells[kind] for kind in kinds], axis=0)
        cells["mean"] = float(pa), float(accel)
    return cells
