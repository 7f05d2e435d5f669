"""One training sample: 16 frames of features and the truth of frame 8, or of all 16.

In: a Database or InstaDatabase. Out: Sequence records, which torch's DataLoader stacks into a batch of the
same kind. Every dataset yields this one record; what it does not know has weight or confidence zero. The
truth of all frames is read only where it is asked for: VIBE learns from it, STR and TCMR from frame 8 alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from str_live.datasets.joint_sets import SPIN_49
from str_live.datasets.published.databases import FORMATS, Database, DatabaseError
from str_live.datasets.published.insta import InstaDatabase
from str_live.datasets.published.windows import described_frame, frames_of, training_windows
from str_live.geometry import CROP_SIZE
from str_live.temporal.window import MIDDLE

TARGET_SCALE = 1.2
"""2D targets lie in a crop of the box times this, even where the features' crop had 1.3 (TCMR's 3DPW)."""
THETA = 85
"""Camera 3, axis-angle pose 72, betas 10."""


class Sequence(NamedTuple):
    """Features of a window and the truth of F of its frames; without a batch dimension until stacked.

    F is 1, the middle frame, or 16, all of them.
    """

    features: Tensor
    """(16, 2048) float32."""
    kp_2d: Tensor
    """(F, 49, 3) float32: x right, y down in [-1, 1] of the crop, and confidence."""
    kp_3d: Tensor
    """(F, 49, 3) float32 metres in the camera frame; only centred on the hips they mean something."""
    theta: Tensor
    """(F, 85) float32: camera (1, 0, 0, not known), axis-angle pose 72, betas 10."""
    w_3d: Tensor
    """() 1 where kp_3d counts."""
    w_smpl: Tensor
    """() 1 where pose and betas of theta count."""


class DatabaseSequences(Dataset[Sequence]):
    """All windows of a database."""

    def __init__(
        self,
        database: Database,
        *,
        step: int = 1,
        w_3d: float | None = None,
        w_smpl: float | None = None,
        all_frames: bool = False,
    ) -> None:
        """`w_3d` and `w_smpl` are the dataset's usual ones (databases.FORMATS) where not given."""
        form = FORMATS[database.dataset]
        self.database, self.all_frames = database, all_frames
        self.windows = training_windows(database.video, step)
        self.w_3d = form.w_3d if w_3d is None else w_3d
        self.w_smpl = form.w_smpl if w_smpl is None else w_smpl
        if self.w_3d and (database.joints3d is None or database.joints3d.shape[1] != len(SPIN_49)):
            raise DatabaseError(database.path, "training on 3D joints (w_3d) needs 49 of them a frame")
        if self.w_smpl and (database.pose is None or not database.pose.any()):
            raise DatabaseError(database.path, "training on SMPL parameters (w_smpl), but it has none")

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> Sequence:
        data, window = self.database, self.windows[index]
        inside = frames_of(window)
        described = inside if self.all_frames else described_frame(window)[None]  # (F,)
        theta = nothing_known(len(described))
        if data.pose is not None and data.betas is not None:
            theta[:, 3:75], theta[:, 75:] = data.pose[described], data.betas[described]
        kp_3d = np.zeros((len(described), len(SPIN_49), 3), np.float32)
        if self.w_3d and data.joints3d is not None:
            kp_3d = data.joints3d[described]
        return Sequence(
            torch.from_numpy(data.features[inside]),
            torch.from_numpy(target_from_pixels(data.joints2d[described], data.boxes[described])),
            torch.from_numpy(kp_3d),
            torch.from_numpy(theta),
            torch.tensor(self.w_3d, dtype=torch.float32),
            torch.tensor(self.w_smpl, dtype=torch.float32),
        )


class InstaSequences(Dataset[Sequence]):
    """All windows of InstaVariety: 2D joints only."""

    def __init__(self, database: InstaDatabase, *, step: int = 1, all_frames: bool = False) -> None:
        self.database, self.all_frames = database, all_frames
        self.windows = training_windows(database.video, step)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> Sequence:
        first, last = (int(frame) for frame in self.windows[index])
        features, joints = self.database.read(first, last)
        kp_2d = joints if self.all_frames else joints[MIDDLE][None]  # (F, 49, 3)
        kp_2d[..., :2] = 2 * kp_2d[..., :2] / CROP_SIZE - 1
        kp_2d[kp_2d[..., 2] <= 0] = 0
        no_weight = torch.tensor(0.0)
        return Sequence(
            torch.from_numpy(features),
            torch.from_numpy(kp_2d),
            torch.zeros(len(kp_2d), len(SPIN_49), 3),
            torch.from_numpy(nothing_known(len(kp_2d))),
            no_weight,
            no_weight,
        )


def nothing_known(frames: int) -> np.ndarray:
    """(F, 85) float32: the theta of frames without SMPL parameters."""
    theta = np.zeros((frames, THETA), np.float32)
    theta[:, 0] = 1.0
    return theta


def target_from_pixels(joints: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(F, 49, 3) pixels and confidence, (F, 4) boxes -> (F, 49, 3): [-1, 1] of the crop, and confidence.

    A new array, as TCMR and VIBE write into the database here: the second time a frame is used its targets
    are nonsense. Joints without confidence, and all of a frame without a box, become zero.
    """
    boxed = np.isfinite(boxes).all(1) & (boxes[:, 2] > 0)
    centre, side = boxes[:, None, :2], np.where(boxed, boxes[:, 2], 1)[:, None, None] * TARGET_SCALE
    targets = np.concatenate([(joints[..., :2] - centre) / (side / 2), joints[..., 2:]], axis=2)
    return np.where(boxed[:, None, None] & (joints[..., 2:] > 0), targets, 0).astype(np.float32)
