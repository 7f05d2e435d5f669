"""The take: one person's motion as every exporter gets it. Constant bone lengths and rate, metres, y up.

The world is right-handed with y up; the rest pose faces +z and has its left at +x, as SMPL's, glTF's and
VRM's. In the rest pose the soles are at y = 0 and the pelvis above the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from str_live.export.kinematics import joint_positions, world_rotations
from str_live.skeleton import PARENTS


@dataclass(frozen=True, slots=True)
class Mesh:
    """A skin in the rest pose."""

    vertices: np.ndarray
    """(V, 3) float64 metres."""
    normals: np.ndarray
    """(V, 3) float64, unit length, outward."""
    faces: np.ndarray
    """(F, 3) int32, counter-clockwise seen from outside."""
    joints: np.ndarray
    """(V, 4) int64: which joints move a vertex."""
    weights: np.ndarray
    """(V, 4) float64: how much each, sum 1; 0 where fewer than four do (its joint is then 0)."""


@dataclass(frozen=True, slots=True)
class Take:
    """N frames of one person."""

    name: str
    fps: float
    rotations: np.ndarray
    """(N, 24, 4) float64 unit quaternions (x, y, z, w), local, without jumps of sign; [0] turns the world."""
    pelvis: np.ndarray
    """(N, 3) float64 metres."""
    person: np.ndarray
    """(N,) bool: False where no person was found and the pose is the last one."""
    rest: np.ndarray
    """(24, 3) float64 metres: the joints in the rest pose."""
    mesh: Mesh | None
    body: str
    """Name of the body model."""
    free_body: bool
    """Whether it is the free body, whose shape coefficients mean nothing on SMPL."""
    betas: np.ndarray
    """(10,) float64 shape coefficients, constant."""
    origin: np.ndarray
    """(3,) float64: the rest pelvis where the body's own file has it, metres, before `scale`."""
    scale: float
    """What the body was multiplied by to be as tall as the person."""

    def __post_init__(self) -> None:
        frames = len(self.person)
        assert self.rotations.shape == (frames, len(PARENTS), 4), self.rotations.shape
        assert self.pelvis.shape == (frames, 3), self.pelvis.shape

    @property
    def frames(self) -> int:
        """N."""
        return len(self.person)

    @property
    def times(self) -> np.ndarray:
        """(N,) seconds from 0."""
        return np.arange(self.frames) / self.fps

    def world_rotations(self) -> np.ndarray:
        """(N, 24, 3, 3) rotations of the joints in the world."""
        return world_rotations(self.rotations, PARENTS)

    def joints(self) -> np.ndarray:
        """(N, 24, 3) metres, by forward kinematics."""
        return joint_positions(self.world_rotations(), self.rest, PARENTS, self.pelvis[:, None])
