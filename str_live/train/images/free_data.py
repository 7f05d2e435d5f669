"""The free data that training reads, as it is shared or packed small for a machine without a network.

In: ../shared/data, or a folder that `pack` made. Out: poses by split, paths of photographs and weights.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from str_live.datasets.motion import load_motion
from str_live.datasets.motion.split import Split, clips_of
from str_live.datasets.simulated.poses import PoseSampler
from str_live.rotation import quaternion_from_rotmat, rotmat_from_quaternion
from str_live.untrusted.arrays import read_arrays

PACKED_MOTION = "motion.npz"
IMAGENET = "resnet50v2_stages0-3_imagenet.npz"
PHOTOGRAPH_SIDE = 768
"""Pixels, the longer side of a packed photograph: the renderer takes no more."""


@dataclass(frozen=True, slots=True)
class FreeData:
    """Where things lie."""

    folder: Path

    @property
    def backgrounds(self) -> Path:
        """Folder of photographs without people."""
        return self.folder / "backgrounds"

    @property
    def imagenet(self) -> Path:
        """ImageNet weights of the pre-activation ResNet-50."""
        return self.folder / "weights" / IMAGENET

    def poses(self, split: Split) -> PoseSampler:
        """The motion of a split. Raises FileNotFoundError where there is none."""
        packed = self.folder / PACKED_MOTION
        if packed.exists():
            file = read_arrays(packed, (f"{split}_quaternions", f"{split}_starts"))
            return PoseSampler(_rotmat(file[f"{split}_quaternions"]), file[f"{split}_starts"])
        if not (self.folder / "motion").is_dir():
            raise FileNotFoundError(f"{self.folder} holds no free motion: give the folder with --data")
        return PoseSampler.of_clips(clips_of(load_motion(self.folder / "motion"), split))

    def pack(self, target: Path) -> None:
        """Write all of it into a folder of about 25 MB: half precision, small photographs."""
        target.mkdir(parents=True, exist_ok=True)
        arrays = {}
        clips = load_motion(self.folder / "motion")
        for split in ("train", "validation"):
            mine = clips_of(clips, split)
            rotmat = torch.from_numpy(np.concatenate([clip.rotmat for clip in mine]))
            arrays[f"{split}_quaternions"] = quaternion_from_rotmat(rotmat).half().numpy()
            arrays[f"{split}_starts"] = np.cumsum([0, *(len(clip) for clip in mine[:-1])])
        np.savez_compressed(target / PACKED_MOTION, **arrays)
        _shrink_photographs(self.backgrounds, target / "backgrounds")
        (target / "weights").mkdir(exist_ok=True)
        half = {name: array.astype(np.float16) for name, array in read_arrays(self.imagenet).items()}
        np.savez(target / "weights" / IMAGENET, **half)


def _rotmat(quaternions: np.ndarray) -> np.ndarray:
    """(N, 24, 4) in half precision -> (N, 24, 3, 3) float32."""
    exact = torch.from_numpy(quaternions.astype(np.float32))
    return rotmat_from_quaternion(torch.nn.functional.normalize(exact, dim=-1)).numpy()


def _shrink_photographs(source: Path, target: Path) -> None:
    """Copy photographs, none larger than the renderer reads them."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in sorted(source.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            continue
        scale = min(PHOTOGRAPH_SIDE / max(picture.shape[:2]), 1.0)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(target / f"{path.stem}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 92])
