"""Sequences of poses from the free motion, stretched: speed, mirror, splices, perturbations, procedural
poses.

21 minutes of motion alone are too narrow: perturbation and splicing were worth 11 mm on real people
(docs/default-weights.md). What the motion lacks altogether (squats, sitting, leaning) is posed by rule.
World frame: y up. A person with the identity as global orientation stands upright and faces +z.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.motion.variety import weighted_seconds
from str_live.rotation import quaternion_from_rotmat, rotmat_from_axis_angle, rotmat_from_quaternion
from str_live.skeleton import MIRRORED_JOINT

FRAME_S = 1 / 30
UPPER_JOINTS = (3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
SPINE, HIPS, KNEES, ANKLES = (3, 6, 9), (1, 2), (4, 5), (7, 8)
COLLARS, SHOULDERS, ELBOWS, WRISTS, NECK = (13, 14), (16, 17), (18, 19), (20, 21), (12, 15)


@dataclass(frozen=True, slots=True)
class PoseConfig:
    """How often and how far poses are changed. Angles in radians."""

    speed: tuple[float, float] = (0.7, 1.4)
    splice: float = 0.4
    """Share of sequences whose upper body comes from another one."""
    perturb: float = 0.7
    hip: float = 0.3
    knee: float = 0.25
    shoulder: float = 0.45
    elbow: float = 0.4
    spine: float = 0.12
    neck: float = 0.2
    ankle: float = 0.15
    wrist: float = 0.2
    posed_legs: float = 0.22
    """Share of sequences with legs posed by rule: squats, sitting, lunges, a leg to the side."""
    posed_arms: float = 0.22
    tilt: float = 0.12
    """Sigma of a slow tilt of the whole body."""
    variety: float = 1.0
    """Seconds of motion that look alike, n of them, are drawn n^variety times: 1 draws by minutes, as ever; 0
    draws every cluster alike (datasets/motion/variety.py)."""
    clusters: int = 256
    """Into how many clusters the seconds fall, where `variety` is not 1."""


class PoseSampler:
    """Draws pose sequences. `rotmat` (N, 24, 3, 3) of all clips in a row, `starts` where each clip begins."""

    def __init__(self, rotmat: np.ndarray, starts: np.ndarray, config: PoseConfig | None = None) -> None:
        self.config = config or PoseConfig()
        # torch.tensor, unlike torch.from_numpy, makes them on the default device, as training wants it.
        self._quaternions = quaternion_from_rotmat(torch.tensor(np.asarray(rotmat, dtype=np.float32)))
        starts = np.asarray(starts, dtype=np.int64)
        self._starts = torch.tensor(starts)
        lengths = np.diff(np.append(starts, len(rotmat)))
        self._lengths = torch.tensor(lengths)
        self._seconds: tuple[Tensor, ...] | None = None
        """Clip, first frame and weight of each second, unless clips are drawn by their length."""
        if self.config.variety != 1:
            exponent, clusters = self.config.variety, self.config.clusters
            seconds = weighted_seconds(np.asarray(rotmat), lengths, exponent=exponent, clusters=clusters)
            self._seconds = tuple(torch.tensor(part) for part in seconds)

    @classmethod
    def of_clips(cls, clips: Iterable[MotionClip], config: PoseConfig | None = None) -> PoseSampler:
        """Of the motion of these clips."""
        rotmat = [clip.rotmat for clip in clips]
        return cls(np.concatenate(rotmat), np.cumsum([0, *map(len, rotmat[:-1])]), config)

    def sample(self, batch: int, frames: int, generator: torch.Generator) -> Tensor:
        """(B, T, 24, 3, 3) local rotations at 30 frames a second, global orientation first."""
        rotmat = self._read(batch, frames, generator)
        rotmat = mirrored(rotmat, _chance(batch, 0.5, generator))
        other = rotmat.roll(1, 0)[:, :, UPPER_JOINTS]
        chosen = _chance(batch, self.config.splice, generator)
        rotmat[:, :, UPPER_JOINTS] = torch.where(_spread(chosen), other, rotmat[:, :, UPPER_JOINTS])
        self._pose_legs(rotmat, generator)
        self._pose_arms(rotmat, generator)
        self._perturb(rotmat, generator)
        tilt = slow_noise(batch, frames, (3,), generator) * self.config.tilt
        rotmat[:, :, 0] = rotmat_from_axis_angle(tilt) @ rotmat[:, :, 0]
        return rotmat

    def _read(self, batch: int, frames: int, generator: torch.Generator) -> Tensor:
        """Pieces of clips at a random speed; a clip that is too short stands still at its end."""
        low, high = self.config.speed
        speed = low + (high - low) * torch.rand(batch, generator=generator)
        span = (frames - 1) * speed
        clip, start = self._places(span, generator)
        last = self._lengths[clip].float() - 1
        position = (start[:, None] + torch.arange(frames) * speed[:, None]).minimum(last[:, None])
        before = position.floor().long()
        after = (before + 1).minimum(self._lengths[clip][:, None] - 1)
        fraction = (position - before)[..., None, None]
        first = self._quaternions[self._starts[clip][:, None] + before]  # (B, T, 24, 4)
        second = self._quaternions[self._starts[clip][:, None] + after]
        second = torch.where((first * second).sum(-1, keepdim=True) < 0, -second, second)
        return rotmat_from_quaternion(first * (1 - fraction) + second * fraction)

    def _places(self, span: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(B,) clips, and (B,) where in them pieces of `span` (B,) frames begin."""
        batch = len(span)
        if self._seconds is None:
            clip = torch.multinomial(self._lengths.float(), batch, replacement=True, generator=generator)
            room = (self._lengths[clip].float() - 1 - span).clamp_min(0)
            return clip, torch.rand(batch, generator=generator) * room
        clips, first, weight = self._seconds
        chosen = torch.multinomial(weight, batch, replacement=True, generator=generator)
        clip = clips[chosen]
        # The piece lies around a moment of the chosen second.
        moment = first[chosen] + torch.rand(batch, generator=generator) * (1 / FRAME_S)
        room = (self._lengths[clip].float() - 1 - span).clamp_min(0)
        return clip, (moment - span / 2).clamp_min(0).minimum(room)

    def _perturb(self, rotmat: Tensor, generator: torch.Generator) -> None:
        """Constant and slowly drifting turns of the joints; knees and elbows stay hinges. In place."""
        config = self.config
        batch, frames = rotmat.shape[:2]
        chosen = _chance(batch, config.perturb, generator).float()[:, None, None]
        for joints, sigma in (
            (HIPS, config.hip),
            (SHOULDERS, config.shoulder),
            (SPINE, config.spine),
            (NECK, config.neck),
            (ANKLES, config.ankle),
            (WRISTS, config.wrist),
            (COLLARS, config.spine),
        ):
            for joint in joints:
                turn = slow_noise(batch, frames, (3,), generator) * sigma * chosen
                rotmat[:, :, joint] = rotmat[:, :, joint] @ rotmat_from_axis_angle(turn)
        for joint, axis, sigma in (
            (4, (1.0, 0.0, 0.0), config.knee),
            (5, (1.0, 0.0, 0.0), config.knee),
            (18, (0.0, -1.0, 0.0), config.elbow),
            (19, (0.0, 1.0, 0.0), config.elbow),
        ):
            bend = slow_noise(batch, frames, (1,), generator).abs() * sigma * chosen
            rotmat[:, :, joint] = rotmat[:, :, joint] @ rotmat_from_axis_angle(bend * torch.tensor(axis))

    def _pose_legs(self, rotmat: Tensor, generator: torch.Generator) -> None:
        """Squats, sitting, lunges and legs lifted to the side, moving between two such poses. In place."""
        batch, frames = rotmat.shape[:2]
        chosen = _spread(_chance(batch, self.config.posed_legs, generator))
        squat = _chance(batch, 0.5, generator)[:, None]
        shared = _between(batch, frames, -0.2, 1.9, generator)
        spread = _between(batch, frames, -0.05, 0.5, generator)
        for side, (hip, knee, ankle) in ((1.0, (1, 4, 7)), (-1.0, (2, 5, 8))):
            lift = torch.where(squat, shared, _between(batch, frames, -0.4, 1.6, generator))
            bend = lift.clamp_min(0) * (0.9 + 0.5 * torch.rand(batch, 1, generator=generator))
            own = _between(batch, frames, 0.0, 2.0, generator) * _chance(batch, 0.6, generator)[:, None]
            bend = torch.where(squat, bend, own).clamp(0, 2.4)
            out = torch.where(squat, spread, _between(batch, frames, -0.15, 0.9, generator))
            twist = _between(batch, frames, -0.3, 0.5, generator)
            thigh = euler(-lift, side * twist, side * out)
            foot = (lift - bend).clamp(-0.7, 0.4)
            for joint, turn in (
                (hip, thigh),
                (knee, euler(bend, 0 * bend, 0 * bend)),
                (ankle, euler(foot, 0 * foot, 0 * foot)),
            ):
                rotmat[:, :, joint] = torch.where(chosen[:, :, 0], turn, rotmat[:, :, joint])
        lean = rotmat_from_axis_angle(
            torch.stack(
                [0.25 * shared.clamp_min(0), 0 * shared, 0.35 * slow_noise(batch, frames, (), generator)], -1
            )
        )
        leaning = rotmat[:, :, 3] @ lean
        rotmat[:, :, 3] = torch.where(chosen[:, :, 0], leaning, rotmat[:, :, 3])

    def _pose_arms(self, rotmat: Tensor, generator: torch.Generator) -> None:
        """Arms anywhere people can hold them: down, up, forwards, on the hips. In place."""
        batch, frames = rotmat.shape[:2]
        chosen = _spread(_chance(batch, self.config.posed_arms, generator))[:, :, 0]
        both = _chance(batch, 0.4, generator)[:, None]
        shared = [
            _between(batch, frames, *limits, generator) for limits in ((-1.4, 1.5), (-0.4, 1.7), (0.0, 2.4))
        ]
        for side, (shoulder, elbow) in ((1.0, (16, 18)), (-1.0, (17, 19))):
            own = [
                _between(batch, frames, *limits, generator)
                for limits in ((-1.4, 1.5), (-0.4, 1.7), (0.0, 2.4))
            ]
            down, forwards, bend = (torch.where(both, s, o) for s, o in zip(shared, own, strict=True))
            twist = _between(batch, frames, -1.0, 1.0, generator)
            arm = euler(0 * down, -side * forwards, 0 * down) @ euler(twist, 0 * down, -side * down)
            fore = euler(_between(batch, frames, -0.5, 0.5, generator), -side * bend, 0 * bend)
            rotmat[:, :, shoulder] = torch.where(chosen, arm, rotmat[:, :, shoulder])
            rotmat[:, :, elbow] = torch.where(chosen, fore, rotmat[:, :, elbow])


def mirrored(rotmat: Tensor, chosen: Tensor) -> Tensor:
    """(B, T, 24, 3, 3), where `chosen` (B,) with left and right exchanged: reflected in the plane x = 0."""
    signs = torch.tensor([-1.0, 1.0, 1.0])
    reflected = rotmat[:, :, MIRRORED_JOINT] * signs[:, None] * signs
    return torch.where(_spread(chosen), reflected, rotmat)


def euler(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """(...) angles -> (..., 3, 3) rotation R_z R_y R_x."""
    zero = torch.zeros_like(x)
    about_x = rotmat_from_axis_angle(torch.stack([x, zero, zero], -1))
    about_y = rotmat_from_axis_angle(torch.stack([zero, y, zero], -1))
    about_z = rotmat_from_axis_angle(torch.stack([zero, zero, z], -1))
    return about_z @ about_y @ about_x


def slow_noise(batch: int, frames: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """(B, T, *shape) of unit variance: a constant plus a slow wave of 1 to 5 seconds a period."""
    ones = (1,) * len(shape)
    constant = torch.randn(batch, 1, *shape, generator=generator)
    amplitude = torch.randn(batch, 1, *shape, generator=generator)
    period = 1 + 4 * torch.rand(batch, 1, *ones, generator=generator)
    phase = 2 * math.pi * torch.rand(batch, 1, *shape, generator=generator)
    time = (torch.arange(frames) * FRAME_S).reshape(1, frames, *ones)
    wave = torch.sin(2 * math.pi * time / period + phase)
    return constant * math.sqrt(0.7) + amplitude * wave * math.sqrt(0.6)


def _between(batch: int, frames: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(B, T) swinging smoothly between two uniform draws from [low, high]."""
    ends = low + (high - low) * torch.rand(2, batch, 1, generator=generator)
    period = 1.5 + 4 * torch.rand(batch, 1, generator=generator)
    phase = 2 * math.pi * torch.rand(batch, 1, generator=generator)
    weight = 0.5 + 0.5 * torch.sin(2 * math.pi * torch.arange(frames) * FRAME_S / period + phase)
    return ends[0] + (ends[1] - ends[0]) * weight


def _chance(batch: int, share: float, generator: torch.Generator) -> Tensor:
    return torch.rand(batch, generator=generator) < share


def _spread(chosen: Tensor) -> Tensor:
    """(B,) -> (B, 1, 1, 1, 1), to choose whole sequences."""
    return chosen[:, None, None, None, None]
