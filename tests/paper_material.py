"""Writes small files of the exact formats that the paper's training reads: databases, body, regressors, SPIN.

The people in them are made up but consistent: the features are a fixed random map of pose, shape and camera,
so that a network can learn to read them, and joints, pixels and boxes belong to the posed body. The labels of
the built-in clip are its ground truth; SPIN's ResNet-50 there has random weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch

from str_live.body.regressor import Regressor
from str_live.body.skinning import load_body
from str_live.datasets.joint_sets import (
    COMMON_14_IN_49,
    EXTRA_JOINTS,
    FROM_54,
    H36M_TO_J17,
    INSTA_25,
    SMPL_VERTICES,
    SPIN_49,
    free_joints_49,
)
from str_live.datasets.measured_body import MeasuredBody, load_measured_body
from str_live.features.resnet import ResNet50
from str_live.geometry import project
from str_live.rotation import axis_angle_from_rotmat, pose6d_from_rotmat, rotmat_from_axis_angle
from str_live.train.paper.network import SPIN_FILE
from tests.datasets.published.database_files import dump

CLIP = Path(__file__).parents[1] / "assets" / "clip"
COMMON_14_IN_SMPL = [8, 5, 2, 1, 4, 7, 21, 19, 17, 16, 18, 20, 12, 15]
"""Where the common 14 are about, among SMPL's 24 joints."""
MOVING = (1, 2, 4, 5, 16, 17, 18, 19)
"""SMPL's hips, knees, shoulders and elbows."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is written."""

    width: int = 64
    """Channels of the features."""
    hidden: int = 64
    """Of SPIN's regressor."""
    videos: int = 3
    frames: int = 40
    """Of each video."""


FILES = {
    "3dpw_train_occ_db.pt": "3dpw",
    "mpii3d_train_scale12_occ_db.pt": "mpii3d",
    "h36m_train_25fps_occ_db.pt": "h36m",
    "posetrack_train_db.pt": "posetrack",
    "penn_train_db.pt": "penn",
    "3dpw_val_db.pt": "3dpw_test",
    "3dpw_test_db.pt": "3dpw_test",
    "mpii3d_val_scale12_db.pt": "mpii3d_test",
    "h36m_test_25fps_nosmpl_db.pt": "h36m_test",
}
"""Name -> dataset, '_test' for the format of its validation and test sets."""


def write_material(folder: Path, size: Size) -> tuple[Path, Path]:
    """Base data, and a database of every dataset and of every test set; the folders of both."""
    base, databases = folder / "base_data", folder / "preprocessed_data"
    base.mkdir(parents=True)
    databases.mkdir()
    write_base(base, size)
    body = load_measured_body(base)
    for seed, (name, dataset) in enumerate(FILES.items()):
        dump(database(dataset, body, size, seed), databases / name)
    write_insta(databases / "insta_train_db.h5", body, size)
    return base, databases


def write_base(folder: Path, size: Size) -> None:
    """SMPL-like bodies, their joint regressors, SPIN's mean body and regressor."""
    rng = np.random.default_rng(0)
    free = load_body()
    chosen = np.sort(rng.choice(free.template.shape[1] // 3, SMPL_VERTICES, replace=False))
    template = free.template.view(3, -1).T.numpy()[chosen]
    identity, still = torch.eye(3).expand(1, 24, 3, 3), torch.zeros(1, 10)
    joints = free.joints_only(identity, still)
    arrays = {
        "v_template": template,
        "shapedirs": free.shapedirs.view(10, 3, -1).permute(2, 1, 0).numpy()[chosen],
        "posedirs": rng.normal(size=(SMPL_VERTICES, 3, 207)).astype(np.float32) * 1e-4,
        "J_regressor": nearest(template, joints[0].numpy()),
        "weights": free.weights.T.numpy()[chosen],
        "kintree_table": np.array([(2**32 - 1, *free.parents[1:]), range(24)], np.int64),
        "f": rng.integers(0, SMPL_VERTICES, (13776, 3)),
    }
    for gender, scale in (("NEUTRAL", 1.0), ("MALE", 1.02), ("FEMALE", 0.98)):
        np.savez(folder / f"SMPL_{gender}.npz", **(arrays | {"v_template": template * scale}))
    all_49 = free_joints_49(joints, free.landmarks(identity, still))[0].numpy()
    extra = [all_49[FROM_54.index(45 + row)] for row in range(len(EXTRA_JOINTS))]
    h36m = np.zeros((17, 3))
    h36m[list(H36M_TO_J17[:14])] = all_49[list(COMMON_14_IN_49)]
    np.save(folder / "J_regressor_extra.npy", nearest(template, np.stack(extra)))
    np.save(folder / "J_regressor_h36m.npy", nearest(template, h36m))
    state = write_spin(folder / SPIN_FILE, size, {"conv1.weight": torch.zeros(1)})
    np.savez(folder / "smpl_mean_params.npz", pose=state["init_pose"][0], shape=state["init_shape"][0],
             cam=state["init_cam"][0])  # fmt: skip


def write_spin(path: Path, size: Size, backbone: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """SPIN's checkpoint with that backbone and a regressor of random weights, which are returned."""
    torch.manual_seed(0)
    state = Regressor(size.width, size.hidden).state_dict()
    torch.save({"model": {**backbone, **state}}, path)
    return state


def write_clip_base(base: Path, folder: Path, hidden: int) -> Path:
    """Base data with a whole SPIN: a ResNet-50 of random weights and a regressor for its 2048 channels."""
    folder.mkdir()
    for file in base.iterdir():
        if file.name != SPIN_FILE:
            (folder / file.name).symlink_to(file.resolve())
    torch.manual_seed(0)
    write_spin(folder / SPIN_FILE, Size(width=ResNet50.width, hidden=hidden), ResNet50().state_dict())
    return folder


def write_clip_labels(path: Path, frames: int) -> Path:
    """The built-in clip's ground truth in the format of 3DPW's test set, features to be filled in."""
    with np.load(CLIP / "clip_truth.npz") as truth:
        joints, rotmat, betas, camera = (truth[key] for key in ("joints_cam", "rotmat", "betas", "K"))
    pixels = joints[:frames] @ camera.T
    pixels = pixels[..., :2] / pixels[..., 2:]
    low, high = pixels.min(1), pixels.max(1)
    side = (high - low).max(1, keepdims=True) * 1.1
    pose = axis_angle_from_rotmat(torch.from_numpy(rotmat[:frames]))
    content = {
        "vid_name": np.full(frames, "clip"),
        "frame_id": np.arange(frames),
        "img_name": np.array([f"/home/author/clip/clip.mp4#{frame}" for frame in range(frames)]),
        "joints2D": np.concatenate([pixels[:, COMMON_14_IN_SMPL], np.ones((frames, 14, 1))], axis=2),
        "joints3D": joints[:frames, COMMON_14_IN_SMPL],
        "pose": pose.flatten(1).numpy(),
        "shape": np.tile(betas, (frames, 1)),
        "bbox": np.concatenate([(low + high) / 2, side, side], axis=1),
        "valid": np.ones(frames, bool),
        "features": np.zeros((frames, 2048), np.float32),
    }
    return dump(content, path)


def nearest(template: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(J, V) float32 regressor of (J, 3) points: the mean of the 20 vertices next to each."""
    regressor = np.zeros((len(points), len(template)), np.float32)
    for row, point in zip(regressor, points, strict=True):
        row[np.argsort(((template - point) ** 2).sum(1))[:20]] = 1 / 20
    return regressor


@dataclass(frozen=True, slots=True)
class People:
    """N frames of made-up people."""

    names: np.ndarray  # (N,) text
    pose: np.ndarray  # (N, 72)
    betas: np.ndarray  # (N, 10)
    features: np.ndarray  # (N, C) float32
    joints: np.ndarray  # (N, 49, 3) metres
    common_14: np.ndarray  # (N, 14, 3) metres
    image: np.ndarray  # (N, 49, 2) [-1, 1] of the crop


def people(body: MeasuredBody, size: Size, seed: int) -> People:
    """`size.videos` videos of somebody who waves arms and legs."""
    rng = np.random.default_rng(100 + seed)
    time = np.arange(size.frames)[:, None, None] / 30
    poses, betas, cameras, names = [], [], [], []
    for video in range(size.videos):
        pose = np.zeros((size.frames, 24, 3))
        shape = (1, len(MOVING), 3)
        swing = np.sin(2 * np.pi * (rng.uniform(0.3, 1.2, shape) * time + rng.random(shape)))
        pose[:, MOVING] = rng.normal(0, 0.4, shape) * swing
        rotmat = rotmat_from_axis_angle(torch.from_numpy(pose))
        turn = torch.tensor([[np.pi, 0.0, 0.0], [0.0, rng.uniform(-1, 1), 0.0]])
        upright, yaw = rotmat_from_axis_angle(turn)
        rotmat[:, 0] = upright @ yaw
        poses.append(axis_angle_from_rotmat(rotmat).float().flatten(1))
        betas.append(torch.from_numpy(rng.normal(0, 0.5, (1, 10))).float().repeat(size.frames, 1))
        cameras.append(
            torch.tensor([[rng.uniform(0.8, 1.0), rng.uniform(-0.1, 0.1), 0.2]]).repeat(size.frames, 1)
        )
        names += [f"subj{seed}_{video}"] * size.frames
    return _posed(
        body, np.array(names), torch.cat(poses), torch.cat(betas), torch.cat(cameras).float(), size, rng
    )


def _posed(
    body: MeasuredBody,
    names: np.ndarray,
    pose: torch.Tensor,
    betas: torch.Tensor,
    camera: torch.Tensor,
    size: Size,
    rng: np.random.Generator,
) -> People:
    rotmat = rotmat_from_axis_angle(pose.unflatten(1, (24, 3)))
    with torch.inference_mode():
        posed = body(rotmat, betas)
        common = body.common_14(posed)
    known = torch.cat([pose6d_from_rotmat(rotmat).flatten(1), betas, camera], dim=1).numpy()
    mixing = np.random.default_rng(5).normal(size=(known.shape[1], size.width)) / 4
    features = np.maximum(known @ mixing + rng.normal(0, 0.02, (len(known), size.width)), 0)
    joints = posed.joints_49
    return People(
        names, pose.numpy(), betas.numpy(), features.astype(np.float32), joints.numpy(), common.numpy(),
        project(joints, camera).numpy(),
    )  # fmt: skip


def database(dataset: str, body: MeasuredBody, size: Size, seed: int) -> dict[str, np.ndarray]:
    """The dictionary of a `*_db.pt` of a dataset, as in FILES."""
    made = people(body, size, seed)
    frames = len(made.names)
    boxes = np.tile([320.0, 240.0, 250.0, 250.0], (frames, 1))
    pixels = boxes[:, None, :2] + made.image * 250 * 1.2 / 2
    joints2d = np.concatenate([pixels, np.ones((frames, 49, 1))], axis=2)
    content = {
        "vid_name": made.names,
        "frame_id": np.arange(frames),
        "img_name": np.array([f"/home/author/{name}.jpg" for name in made.names]),
        "joints2D": joints2d,
        "joints3D": made.joints,
        "bbox": boxes,
        "features": made.features,
    }
    if dataset.startswith("3dpw"):
        content["joints2D"] = joints2d[:, list(COMMON_14_IN_49)]
        content["joints2D"][:, -2:, 2] = 0  # 3DPW says nothing of neck and top of the head
        content["valid"] = np.arange(frames) % 19 != 7
    if dataset == "3dpw_test":
        content["joints3D"] = made.common_14
    if dataset == "mpii3d_test":
        content["valid_i"] = (np.arange(frames) % 19 != 7)[:, None]
    if dataset in ("posetrack", "penn"):
        del content["joints3D"], content["frame_id"]
    if dataset == "penn":
        content["joints2D"] = joints2d[:, list(COMMON_14_IN_49)]
    if dataset in ("3dpw", "3dpw_test", "h36m"):
        content |= {"pose": made.pose, "shape": made.betas}
    if dataset == "h36m_test":
        content |= {"pose": np.zeros_like(made.pose), "shape": np.zeros_like(made.betas)}
    return content


def write_insta(path: Path, body: MeasuredBody, size: Size) -> None:
    """InstaVariety's HDF5 file."""
    made = people(body, size, 50)
    joints2d = np.ones((len(made.names), len(INSTA_25), 3))
    joints2d[..., :2] = (made.image[:, [SPIN_49.index(name) for name in INSTA_25]] + 1) * 112
    with h5py.File(path, "w") as file:
        file["vid_name"] = made.names.astype("S")
        file["frame_id"] = np.arange(len(made.names))
        file["joints2D"] = joints2d
        file["features"] = made.features
