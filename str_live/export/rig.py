"""A take as animation formats write it: named bones, wrists without hands where asked, a root on the floor.

In: Take and FormatOptions. Out: Rig. Measurements (TRC, C3D, MOT, CSV) take the Take itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from str_live.export.contract import FormatOptions
from str_live.export.kinematics import joint_positions, world_rotations
from str_live.export.names import NAMES
from str_live.export.take import Mesh, Take
from str_live.skeleton import PARENTS

ROOT = "root"
_TIP = 0.4
"""Length of the end behind a last joint, as a part of the bone before it."""


@dataclass(frozen=True, slots=True)
class Rig:
    """J bones, parents before children, N frames; metres, y up."""

    name: str
    fps: float
    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: np.ndarray
    """(J, 3) float64: joints in the rest pose, in which no bone is turned."""
    rotations: np.ndarray
    """(N, J, 4) float64 quaternions x, y, z, w, relative to the parent."""
    places: np.ndarray
    """(N, K, 3) float64: where the first K bones (root and pelvis, or the pelvis) stand in their parents."""
    mesh: Mesh | None

    @property
    def frames(self) -> int:
        """How many."""
        return len(self.rotations)

    @property
    def times(self) -> np.ndarray:
        """(N,) seconds from 0."""
        return np.arange(self.frames) / self.fps

    def offsets(self) -> np.ndarray:
        """(J, 3): each joint from its parent at rest; the first from the origin."""
        above = np.array([self.rest[parent] if parent >= 0 else np.zeros(3) for parent in self.parents])
        return self.rest - above

    def tips(self) -> dict[int, np.ndarray]:
        """Last bone of each limb -> (3,) where it ends, from its joint."""
        offsets = self.offsets()
        last = set(range(len(self.parents))) - set(self.parents)
        return {joint: _TIP * offsets[joint] for joint in sorted(last)}

    def local_places(self, joint: int) -> np.ndarray:
        """(N, 3) or (1, 3): where a bone stands in its parent; a single row where it never moves."""
        if joint < self.places.shape[1]:
            return self.places[:, joint]
        return self.offsets()[joint][None]

    def joints(self) -> np.ndarray:
        """(N, J, 3) metres, by forward kinematics."""
        world = world_rotations(self.rotations, self.parents)
        return joint_positions(world, self.rest, self.parents, self.places)


def make_rig(take: Take, options: FormatOptions) -> Rig:
    """The take with the names, the root and the first frame that the options ask for."""
    names = NAMES[options.names]
    joints = len(names)
    rig = Rig(
        name=take.name,
        fps=take.fps,
        names=names,
        parents=PARENTS[:joints],
        rest=take.rest[:joints],
        rotations=take.rotations[:, :joints],
        places=take.pelvis[:, None],
        mesh=_without_hands(take.mesh) if take.mesh is not None and joints < len(PARENTS) else take.mesh,
    )
    if options.t_pose_first:
        rig = _t_pose_first(rig)
    return _with_root(rig) if options.root_bone else rig


def _without_hands(mesh: Mesh) -> Mesh:
    """What the hands moved is moved by the wrists."""
    joints, weights = mesh.joints.copy(), mesh.weights.copy()
    for hand in (22, 23):
        at_hand, at_wrist = joints == hand, joints == PARENTS[hand]
        both = at_wrist.any(axis=1)  # its weight goes to the wrist's; a joint may be named only once
        moved = np.where(at_hand & both[:, None], weights, 0.0)
        weights += at_wrist * moved.sum(axis=1, keepdims=True) - moved
        joints[at_hand] = PARENTS[hand]
    joints = np.where(weights > 0, joints, 0)
    order = np.argsort(-weights, axis=1, kind="stable")
    joints, weights = (np.take_along_axis(table, order, axis=1) for table in (joints, weights))
    return Mesh(mesh.vertices, mesh.normals, mesh.faces, joints, weights)


def _t_pose_first(rig: Rig) -> Rig:
    """A frame more at the start: the rest pose where the take begins."""
    still = np.zeros((1, len(rig.names), 4))
    still[..., 3] = 1.0
    still = np.where((rig.rotations[:1, :, 3:] < 0), -still, still)
    place = rig.places[:1].copy()
    place[:, -1, 1] = rig.rest[0, 1]
    return Rig(
        name=rig.name,
        fps=rig.fps,
        names=rig.names,
        parents=rig.parents,
        rest=rig.rest,
        rotations=np.concatenate([still, rig.rotations]),
        places=np.concatenate([place, rig.places]),
        mesh=rig.mesh,
    )


def _with_root(rig: Rig) -> Rig:
    """A bone on the floor that goes where the pelvis goes; the pelvis only rises and falls over it."""
    frames = rig.frames
    still = np.zeros((frames, 1, 4))
    still[..., 3] = 1.0
    mesh = rig.mesh
    if mesh is not None:
        joints = np.where(mesh.weights > 0, mesh.joints + 1, 0)
        mesh = Mesh(mesh.vertices, mesh.normals, mesh.faces, joints, mesh.weights)
    path = rig.places[:, 0]
    return Rig(
        name=rig.name,
        fps=rig.fps,
        names=(ROOT, *rig.names),
        parents=(-1, *(parent + 1 for parent in rig.parents)),
        rest=np.concatenate([np.zeros((1, 3)), rig.rest]),
        rotations=np.concatenate([still, rig.rotations], axis=1),
        places=np.stack([path * [1.0, 0.0, 1.0], path * [0.0, 1.0, 0.0]], axis=1),
        mesh=mesh,
    )
