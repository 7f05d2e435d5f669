"""Training samples: the right frames, targets in the crop, weights by dataset, nothing written back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader

from str_live.datasets.joint_sets import SPIN_49
from str_live.datasets.published.databases import FORMATS, DatabaseError, read_database
from str_live.datasets.published.sequences import DatabaseSequences, Sequence, target_from_pixels
from str_live.datasets.published.windows import described_frame, training_windows
from str_live.geometry import crop_affine
from str_live.messages import Box
from tests.datasets.published.database_files import VIDEOS, arrays, dump

SHAPES = ((16, 2048), (1, 49, 3), (1, 49, 3), (1, 85), (), ())


def sequences(tmp_path, dataset: str, content: dict | None = None, **options: object) -> DatabaseSequences:
    path = dump(content or arrays(dataset), tmp_path / f"{dataset}_db.pt")
    return DatabaseSequences(read_database(path, dataset), **options)


@pytest.mark.parametrize("dataset", FORMATS)
def test_every_dataset_yields_the_same_record(dataset, tmp_path):
    samples = sequences(tmp_path, dataset)
    assert len(samples) == len(training_windows(samples.database.video, 1)) == 16 + 32
    sample = samples[20]
    assert isinstance(sample, Sequence)
    assert tuple(tuple(part.shape) for part in sample) == SHAPES
    assert all(part.dtype == torch.float32 and torch.isfinite(part).all() for part in sample)
    assert (sample.w_3d, sample.w_smpl) == (FORMATS[dataset].w_3d, FORMATS[dataset].w_smpl)
    assert sample.theta[0, :3].tolist() == [1, 0, 0]


def test_labels_are_those_of_the_middle_frame(tmp_path):
    content = arrays("3dpw")
    samples = sequences(tmp_path, "3dpw", content)
    for index in (0, 7, 9, 30, len(samples) - 1):
        first, last = samples.windows[index]
        frame = described_frame(samples.windows[index])
        assert frame == first + 8
        sample = samples[index]
        np.testing.assert_array_equal(sample.features, content["features"][first : last + 1])
        np.testing.assert_allclose(sample.theta[0, 3:75], content["pose"][frame], rtol=1e-6)
        np.testing.assert_allclose(sample.theta[0, 75:], content["shape"][frame], rtol=1e-6)
        np.testing.assert_allclose(sample.kp_3d[0], content["joints3D"][frame], rtol=1e-6)


@pytest.mark.parametrize("dataset", FORMATS)
def test_labels_of_all_frames_are_those_of_each_window_s_middle(dataset, tmp_path):
    content = arrays(dataset)
    middle = sequences(tmp_path, dataset, content)
    whole = sequences(tmp_path, dataset, content, all_frames=True)
    told = {int(described_frame(window)): place for place, window in enumerate(middle.windows)}
    sample = whole[20]
    first, last = (int(frame) for frame in whole.windows[20])
    known = [frame for frame in range(first, last + 1) if frame in told]
    assert len(known) > 5
    for frame in known:
        expected = middle[told[frame]]
        for name in ("kp_2d", "kp_3d", "theta"):
            assert torch.equal(getattr(sample, name)[frame - first], getattr(expected, name)[0])
    assert len(sample.kp_2d) == len(sample.theta) == 16


def test_2d_targets_are_what_the_crop_of_scale_1_2_shows(tmp_path):
    content = arrays("h36m")
    samples = sequences(tmp_path, "h36m", content)
    frame = int(described_frame(samples.windows[12]))
    cx, cy, side, _ = content["bbox"][frame]
    affine = crop_affine(Box(cx, cy, side * 1.2))
    for joint in range(49):
        x, y, confidence = content["joints2D"][frame, joint]
        pixel = affine @ [x, y, 1]
        np.testing.assert_allclose(samples[12].kp_2d[0, joint], [*(pixel / 112 - 1), confidence], atol=1e-5)


def test_joints_a_dataset_lacks_have_no_confidence(tmp_path):
    kp_2d = sequences(tmp_path, "3dpw")[0].kp_2d[0]
    assert not kp_2d[:25].any()
    assert not kp_2d[39:].any()
    assert (kp_2d[25:39, 2] > 0).all()


def test_a_frame_seen_twice_has_the_same_targets(tmp_path):
    samples = sequences(tmp_path, "mpii3d")
    first = samples[10]
    for part in samples[10]:
        part.add_(1)  # what a training step may do to its batch
    for before, after in zip(first, samples[10], strict=True):
        assert torch.equal(before, after)


@pytest.mark.parametrize("side", [0.0, -10001.0, np.nan, np.inf])
def test_a_frame_without_a_box_has_no_2d_targets(side):
    joints = np.random.default_rng(0).random((2, 49, 3)).astype(np.float32)
    boxes = np.array([[1, 1, side, side], [1, 1, 2, 2]], np.float32)
    targets = target_from_pixels(joints, boxes)
    assert not targets[0].any()
    assert targets[1].all()


def test_weights_can_be_chosen_and_have_to_be_possible(tmp_path):
    assert sequences(tmp_path, "h36m", w_smpl=1.0)[0].w_smpl == 1
    assert sequences(tmp_path, "3dpw", w_3d=0.0)[0].kp_3d.abs().sum() == 0
    with pytest.raises(DatabaseError, match=r"w_smpl\), but it has none"):
        sequences(tmp_path, "h36m", arrays("h36m") | {"pose": np.zeros((72, 72))}, w_smpl=1.0)
    with pytest.raises(DatabaseError, match=r"w_smpl\), but it has none"):
        sequences(tmp_path, "mpii3d", w_smpl=1.0)
    with pytest.raises(DatabaseError, match=r"w_3d\) needs 49"):
        sequences(tmp_path, "posetrack", w_3d=1.0)


def test_steps_of_16_do_not_overlap(tmp_path):
    samples = sequences(tmp_path, "posetrack", step=16)
    assert len(samples) == sum(frames // 16 for frames in VIDEOS.values())


def test_datasets_mix_in_one_batch(tmp_path):
    mixed = ConcatDataset([sequences(tmp_path, name) for name in ("3dpw", "mpii3d", "posetrack")])
    loader = DataLoader(mixed, batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(0))
    batch = next(iter(loader))
    assert isinstance(batch, Sequence)
    assert tuple(tuple(part.shape) for part in batch) == tuple((8, *shape) for shape in SHAPES)


def test_left_stays_left(tmp_path):
    content = arrays("penn")
    content["joints2D"][:, 5] = [400, 300, 1]  # left ankle of the common 14
    sample = sequences(tmp_path, "penn", content)[0]
    assert sample.kp_2d[0, SPIN_49.index("left_ankle"), 2] == 1
