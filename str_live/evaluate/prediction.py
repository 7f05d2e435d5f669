"""Runs a temporal network over a database, and makes the truth to compare with.

In: a Database, one of its VideoFrames, a head and a body. Out: Motion of the prediction, offline or as
the app streams it, and Motion of the truth, ready for protocols.sequence_errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from str_live.datasets.measured_body import MeasuredBody
from str_live.datasets.published.databases import Database
from str_live.evaluate.protocols import (
    TEST_SETS,
    Motion,
    Protocol,
    Score,
    VideoFrames,
    frames_to_predict,
    score,
    sequence_errors,
    target_joints,
)
from str_live.network.network import Head
from str_live.rotation import rotmat_from_6d, rotmat_from_axis_angle
from str_live.temporal.window import SAMPLE_S, FeatureWindow, mixed

CHUNK = 64
"""Windows and bodies computed at once."""


def offline_windows(database: Database, video: VideoFrames) -> Iterator[np.ndarray]:
    """Chunks (n, 16, C) of the published protocol's windows, one for each frame, static at both ends."""
    for start in range(0, len(video.windows), CHUNK):
        yield database.features[video.windows[start : start + CHUNK]]


def streamed_windows(database: Database, video: VideoFrames, lookahead: int) -> Iterator[np.ndarray]:
    """Chunks (n, 16, C) of the windows that the app's own FeatureWindow gives, fed frame by frame.

    Frames come 1/30 s apart whatever the database's rate: the network is trained on consecutive frames of it.
    """
    ring: FeatureWindow[np.ndarray] = FeatureWindow()
    waiting: list[np.ndarray] = []
    for index, frame in enumerate(video.frames):
        ring.push(index * SAMPLE_S, database.features[frame])
        waiting += [mixed(samples) for _, samples in ring.ready(lookahead)]
        if len(waiting) >= CHUNK:
            yield np.stack(waiting)
            waiting = []
    waiting += [mixed(samples) for _, samples in ring.ready(lookahead, flush=True)]
    if waiting:
        yield np.stack(waiting)


@torch.inference_mode()
def predicted_motion(
    dataset: str, head: Head, body: MeasuredBody, windows: Iterator[np.ndarray], *, vertices: bool
) -> Motion:
    """What the head predicts of the middle frame of each window (chunks of (n, T, C)), on its own device."""
    head.eval()
    device = next(head.parameters()).device
    parts = []
    for chunk in windows:
        regression = head(torch.from_numpy(np.ascontiguousarray(chunk)).to(device))
        rotmat = rotmat_from_6d(regression.pose6d)
        parts.append(_measured(dataset, body, rotmat, regression.betas, vertices=vertices))
    return _joined(parts)


@torch.inference_mode()
def target_motion(
    dataset: str,
    protocol: Protocol,
    database: Database,
    frames: np.ndarray,
    body: MeasuredBody,
    *,
    vertices: bool,
) -> Motion:
    """The truth of (n,) frames; `body` is the one that the protocol puts 3DPW's pose and betas on."""
    assert database.joints3d is not None
    stored = database.joints3d[frames]
    if not (TEST_SETS[dataset].vertices and (vertices or protocol.joints_from_vertices)):
        return Motion(target_joints(dataset, protocol, stored), None)
    assert database.pose is not None
    assert database.betas is not None
    points = []
    for start in range(0, len(frames), CHUNK):
        chunk = frames[start : start + CHUNK]
        pose = torch.from_numpy(database.pose[chunk]).unflatten(1, (24, 3))
        device = body.body.template.device
        betas = torch.from_numpy(database.betas[chunk])
        points.append(body(rotmat_from_axis_angle(pose).to(device), betas.to(device)).vertices.cpu().numpy())
    placed = np.concatenate(points)
    regressor = None if body.h36m is None else body.h36m.cpu().numpy()
    joints = target_joints(dataset, protocol, stored, vertices=placed, h36m_regressor=regressor)
    return Motion(joints, placed if vertices else None)


def validate(
    head: Head, body: MeasuredBody, database: Database, protocol: Protocol, limit: int | None
) -> Score:
    """Score of a head on the first `limit` videos of a database, without vertices: during training."""
    errors, dataset = [], database.dataset
    for video in frames_to_predict(dataset, database.video, database.valid)[:limit]:
        windows = offline_windows(database, video)
        predicted = predicted_motion(dataset, head, body, windows, vertices=False)
        target = target_motion(dataset, protocol, database, video.frames, body, vertices=False)
        found = sequence_errors(dataset, protocol, predicted, target, name=video.name, counted=video.counted)
        errors.append(found)
    return score(errors, TEST_SETS[dataset].fps)


def _measured(dataset: str, body: MeasuredBody, rotmat: Tensor, betas: Tensor, *, vertices: bool) -> Motion:
    """(N, 24, 3, 3) and (N, 10) -> the test set's joints, with `vertices` also those, as numpy arrays."""
    chosen = TEST_SETS[dataset]
    if not (vertices or chosen.regressed):  # the mesh, by far the most work, is not needed
        return Motion(body.joints_49(rotmat, betas)[:, list(chosen.from_49)].cpu().numpy(), None)
    posed = body(rotmat, betas)
    joints: Tensor = body.common_14(posed) if chosen.regressed else posed.joints_49[:, list(chosen.from_49)]
    kept = posed.vertices.cpu().numpy() if vertices and chosen.vertices else None
    return Motion(joints.cpu().numpy(), kept)


def _joined(parts: list[Motion]) -> Motion:
    vertices = [part.vertices for part in parts if part.vertices is not None]
    return Motion(
        np.concatenate([part.joints for part in parts]), np.concatenate(vertices) if vertices else None
    )
