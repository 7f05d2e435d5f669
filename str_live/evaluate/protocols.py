"""The published ways to measure on 3DPW, Human3.6M and MPI-INF-3DHP, step by step as in the tables.

In: a database's frames, then joints and vertices of a prediction and of the truth, metres. Out: windows to
predict from, errors of each frame, and their means over all frames of all sequences. Two camps measure 3DPW
differently and their numbers do not compare, so a Protocol has to be chosen and stands in every table.
Source: the code of TCMR's and WHAM's evaluators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from str_live.datasets.joint_sets import (
    COMMON_14,
    COMMON_14_HIPS,
    COMMON_14_IN_49,
    MPII3D_17,
    MPII3D_17_IN_49,
    MPII3D_17_PELVIS,
    SPIN_49,
    regress_common_14,
)
from str_live.datasets.published.windows import evaluation_windows, frames_of, video_ranges
from str_live.metrics import acceleration, procrustes

_VERTEX_FRAMES = 128
"""Frames whose vertices are compared at once: 6890 vertices of a long sequence do not fit into memory."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One camp's way to make and align the truth."""

    name: str
    target_gender: str
    """The body that 3DPW's pose and betas are put on: 'neutral' for everybody, or 'gendered'."""
    joints_from_vertices: bool
    """3DPW's true joints are read off the true vertices, not off the database."""
    align_vertices: bool
    """MPVPE after both bodies are centred on their hips; else as they stand, without translation."""


PROTOCOLS = {
    "tcmr": Protocol("tcmr", "neutral", joints_from_vertices=False, align_vertices=False),
    "gendered": Protocol("gendered", "gendered", joints_from_vertices=True, align_vertices=True),
}
"""'tcmr': VIBE, TCMR, MPS-Net, GLoT, STR. 'gendered': SPIN, WHAM, GVHMR, and most from 2023 on."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """What is measured on one dataset."""

    __test__ = False  # not for pytest

    joints: int
    from_49: tuple[int, ...]
    """Where its joints sit among SPIN's 49."""
    roots: tuple[int, ...]
    """Joints whose mean is the origin of prediction and truth."""
    regressed: bool
    """Predicted joints come from the vertices by J_regressor_h36m, else from the 49 joints."""
    vertices: bool
    """MPVPE is measured."""
    drop_invalid: bool
    """Invalid frames are taken out before windows are cut; else only left out of the means."""
    fps: float | None
    """Frames a second of its database; None where videos differ (WITHOUT_RATE)."""


TEST_SETS = {
    "3dpw": TestSet(len(COMMON_14), COMMON_14_IN_49, COMMON_14_HIPS, True, True, True, 30.0),
    "h36m": TestSet(len(COMMON_14), COMMON_14_IN_49, COMMON_14_HIPS, True, False, False, 25.0),
    "mpii3d": TestSet(len(MPII3D_17), MPII3D_17_IN_49, (MPII3D_17_PELVIS,), False, False, False, None),
    "freemocap": TestSet(len(COMMON_14), COMMON_14_IN_49, COMMON_14_HIPS, False, True, True, 30.0),
}


WITHOUT_RATE = "videos were filmed at different rates (MPI-INF-3DHP's at 25 and at 50 frames a second), and \
the database does not say which at which: give --fps where you know"
"""Why a test set has no accelerations in m/s^2."""


class VideoFrames(NamedTuple):
    """One video of a test set and how to predict it."""

    name: str
    frames: np.ndarray
    """(n,) indices into the database: the frames to predict, in order."""
    windows: np.ndarray
    """(n, 16) indices into the database: the window of each frame, static ones at both ends."""
    counted: np.ndarray
    """(n,) bool: frames that enter the means."""


class Motion(NamedTuple):
    """n frames of a body in a row."""

    joints: np.ndarray
    """(n, J, 3) metres: the test set's joints."""
    vertices: np.ndarray | None
    """(n, V, 3) metres, or None where they are not measured."""


@dataclass(frozen=True, slots=True)
class SequenceErrors:
    """Errors of the frames of one sequence."""

    name: str
    mpjpe_mm: np.ndarray
    """(n,) of the counted frames."""
    pa_mpjpe_mm: np.ndarray
    """(n,)."""
    mpvpe_mm: np.ndarray | None
    """(n,)."""
    accel_mm: np.ndarray
    """(m,) mm/frame^2: without the sequence's first and last frame."""
    own_accel_mm: np.ndarray
    """(m,) mm/frame^2: the prediction's own acceleration, as one that never moves errs little."""
    true_accel_mm: np.ndarray
    """(m,) mm/frame^2: the truth's."""


@dataclass(frozen=True, slots=True)
class Score:
    """Means over frames."""

    frames: int
    mpjpe_mm: float
    pa_mpjpe_mm: float
    mpvpe_mm: float | None
    accel_mm: float
    """mm/frame^2 (TCMR's label mm/s^2 is wrong)."""
    accel_m_s2: float | None
    """The same in m/s^2, as WHAM and later report it; None where the frame rate is not known."""
    own_accel_mm: float
    """mm/frame^2 of the prediction; ideally that of the truth."""
    true_accel_mm: float
    """mm/frame^2 of the truth."""


def frames_to_predict(dataset: str, video: np.ndarray, valid: np.ndarray) -> list[VideoFrames]:
    """(N,) video names and (N,) bool validity of a database -> what to predict of each video.

    Videos with less than 16 usable frames, or none that counts, are left out. Taking invalid frames out joins
    frames across the gap, which costs small spikes of acceleration: kept, as the published numbers have them.
    """
    kept = np.flatnonzero(valid) if TEST_SETS[dataset].drop_invalid else np.arange(len(video))
    result = []
    for start, end in video_ranges(video[kept]):
        frames = kept[start:end]
        windows = evaluation_windows(video[frames])
        if len(windows) and valid[frames].any():
            inside = np.stack([frames[frames_of(window)] for window in windows])
            result.append(VideoFrames(str(video[frames[0]]), frames, inside, valid[frames]))
    return result


def target_joints(
    dataset: str,
    protocol: Protocol,
    stored: np.ndarray,
    *,
    vertices: np.ndarray | None = None,
    h36m_regressor: np.ndarray | None = None,
) -> np.ndarray:
    """The test set's true joints (n, J, 3) from a database's `joints3d` (n, 14 or 49, 3).

    Where the protocol reads them off the true body (3DPW, gendered): from its vertices (n, V, 3) instead.
    """
    chosen = TEST_SETS[dataset]
    if protocol.joints_from_vertices and chosen.vertices:
        if vertices is None or h36m_regressor is None:
            raise ValueError(f"protocol {protocol.name!r} needs the true vertices and J_regressor_h36m.npy")
        return regress_common_14(vertices, h36m_regressor)
    if stored.shape[1] == chosen.joints:
        return stored
    if stored.shape[1] != len(SPIN_49):
        raise ValueError(
            f"{dataset} has {stored.shape[1]} true joints, not {chosen.joints} or {len(SPIN_49)}"
        )
    return stored[:, list(chosen.from_49)]


def sequence_errors(
    dataset: str,
    protocol: Protocol,
    prediction: Motion,
    target: Motion,
    *,
    name: str = "",
    counted: np.ndarray | None = None,
) -> SequenceErrors:
    """Errors of one sequence; `counted` (n,) bool picks the frames that enter, once acceleration is taken."""
    chosen = TEST_SETS[dataset]
    joints, truth = (np.asarray(motion.joints, np.float64) for motion in (prediction, target))
    if joints.shape != truth.shape or joints.shape[1:] != (chosen.joints, 3):
        raise ValueError(
            f"{dataset} compares {chosen.joints} joints of equally many frames, not {joints.shape} with "
            f"{truth.shape}"
        )
    counted = np.ones(len(joints), bool) if counted is None else counted
    root, true_root = (part[:, list(chosen.roots)].mean(1, keepdims=True) for part in (joints, truth))
    joints, truth = joints - root, truth - true_root
    mpvpe = None
    if chosen.vertices and prediction.vertices is not None and target.vertices is not None:
        shift = root - true_root if protocol.align_vertices else np.zeros_like(root)
        mpvpe = _vertex_errors(prediction.vertices, target.vertices, shift)[counted]
    moved, truly_moved = acceleration(joints), acceleration(truth)
    inner = counted[1:-1]
    return SequenceErrors(
        name=name,
        mpjpe_mm=_mean_norms(joints - truth)[counted],
        pa_mpjpe_mm=_mean_norms(procrustes(joints, truth) - truth)[counted],
        mpvpe_mm=mpvpe,
        accel_mm=_mean_norms(moved - truly_moved)[inner],
        own_accel_mm=_mean_norms(moved)[inner],
        true_accel_mm=_mean_norms(truly_moved)[inner],
    )


def _mean_norms(difference: np.ndarray) -> np.ndarray:
    """(n, J, 3) metres -> (n,) mean distance, millimetres."""
    return np.linalg.norm(difference, axis=-1).mean(-1) * 1000


def _vertex_errors(vertices: np.ndarray, target: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """(n,) millimetres between (n, V, 3) bodies, the first moved by -shift (n, 1, 3)."""
    if vertices.shape != target.shape:
        raise ValueError(f"vertices {vertices.shape} cannot be compared with {target.shape}")
    parts = [slice(start, start + _VERTEX_FRAMES) for start in range(0, len(vertices), _VERTEX_FRAMES)]
    return np.concatenate([_mean_norms(vertices[part] - shift[part] - target[part]) for part in parts])


def score(sequences: Sequence[SequenceErrors], fps: float | None) -> Score:
    """Means over all frames of the sequences, not over sequences; `fps` as in TEST_SETS."""
    if not sequences or not sum(len(sequence.mpjpe_mm) for sequence in sequences):
        raise ValueError("no frames to score: no sequence has 16 valid frames")

    def mean(field: str) -> float:
        values = np.concatenate([getattr(sequence, field) for sequence in sequences])
        return float(values.mean()) if len(values) else float("nan")

    accel = mean("accel_mm")
    return Score(
        frames=sum(len(sequence.mpjpe_mm) for sequence in sequences),
        mpjpe_mm=mean("mpjpe_mm"),
        pa_mpjpe_mm=mean("pa_mpjpe_mm"),
        mpvpe_mm=None if any(sequence.mpvpe_mm is None for sequence in sequences) else mean("mpvpe_mm"),
        accel_mm=accel,
        accel_m_s2=None if fps is None else accel_m_s2(accel, fps),
        own_accel_mm=mean("own_accel_mm"),
        true_accel_mm=mean("true_accel_mm"),
    )


def accel_m_s2(accel_mm: float, fps: float) -> float:
    """mm/frame^2 at `fps` frames a second -> m/s^2."""
    return accel_mm / 1000 * fps**2


def table(protocol: Protocol, dataset: str, scores: Mapping[str, Score]) -> str:
    """Lines to print: one row a score, the protocol and the units in the head."""
    wide = max(28, *map(len, scores)) if scores else 28
    lines = [
        f"{dataset}, protocol {protocol.name} ({protocol.target_gender} target)",
        f"{'':{wide}} frames  MPJPE  PA-MPJPE  MPVPE  accel error        of it own/true",
        f"{'':{wide}}            mm        mm     mm  mm/frame^2  m/s^2   mm/frame^2",
    ]
    for name, row in scores.items():
        vertices = "    -" if row.mpvpe_mm is None else f"{row.mpvpe_mm:5.1f}"
        seconds = "    -" if row.accel_m_s2 is None else f"{row.accel_m_s2:5.1f}"
        lines.append(
            f"{name:{wide}} {row.frames:6}  {row.mpjpe_mm:5.1f}  {row.pa_mpjpe_mm:8.1f}  {vertices}  "
            f"{row.accel_mm:10.1f}  {seconds}   {row.own_accel_mm:.1f} / {row.true_accel_mm:.1f}"
        )
    return "\n".join(lines)
