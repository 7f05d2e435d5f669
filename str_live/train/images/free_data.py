"""The free data that training reads. In: its folder. Out: poses by split, paths of pictures and weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from str_live.datasets.motion import load_motion
from str_live.datasets.motion.split import Split, clips_of
from str_live.datasets.simulated.poses import PoseSampler

IMAGENET = "resnet50v2_stages0-3_imagenet.npz"


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
        if not (self.folder / "motion").is_dir():
            raise FileNotFoundError(f"{self.folder} holds no free motion: give the folder with --data")
        return PoseSampler.of_clips(clips_of(load_motion(self.folder / "motion"), split))
