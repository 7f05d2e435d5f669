"""BVH: a text of bones and channels, centimetres by default, for Blender, MotionBuilder, Maya and avatars.

The root's OFFSET is 0 and its channels are absolute, as Blender and most others read them. Rotation channels
are listed in the order in which their matrices are multiplied: R = Rz Rx Ry.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.export.contract import UNITS, FormatOptions
from str_live.export.kinematics import matrices_from_quaternions, steady_euler_degrees
from str_live.export.rig import Rig, make_rig
from str_live.export.take import Take

_ROTATION = "Zrotation Xrotation Yrotation"
_POSITION = "Xposition Yposition Zposition"


def write_bvh(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the take's skeleton and motion."""
    rig = make_rig(take, options)
    per_metre = UNITS[options.unit or "cm"]
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(["HIERARCHY", *_bones(rig, 0, per_metre), "MOTION", f"Frames: {rig.frames}"]))
        file.write(f"\nFrame Time: {1 / rig.fps:.9f}\n")
        np.savetxt(file, _channels(rig, per_metre), fmt="%.6f")


def depth_first(parents: tuple[int, ...], joint: int = 0) -> list[int]:
    """The joint and all below it, each limb to its end before the next: the order of BVH's channels."""
    below = [child for child, parent in enumerate(parents) if parent == joint]
    return [joint, *(each for child in below for each in depth_first(parents, child))]


def _bones(rig: Rig, joint: int, per_metre: float, depth: int = 0) -> list[str]:
    """The lines of a bone and all below it."""
    indent, moving = "\t" * depth, joint < rig.places.shape[1]
    offset = np.zeros(3) if moving else rig.offsets()[joint] * per_metre
    channels = f"6 {_POSITION} {_ROTATION}" if moving else f"3 {_ROTATION}"
    lines = [
        f"{indent}{'ROOT' if joint == 0 else 'JOINT'} {rig.names[joint]}",
        f"{indent}{{",
        f"{indent}\tOFFSET {_numbers(offset)}",
        f"{indent}\tCHANNELS {channels}",
    ]
    for child, parent in enumerate(rig.parents):
        if parent == joint:
            lines += _bones(rig, child, per_metre, depth + 1)
    tip = rig.tips().get(joint)
    if tip is not None:
        lines += [
            f"{indent}\tEnd Site",
            f"{indent}\t{{",
            f"{indent}\t\tOFFSET {_numbers(tip * per_metre)}",
            f"{indent}\t}}",
        ]
    return [*lines, f"{indent}}}"]


def _channels(rig: Rig, per_metre: float) -> np.ndarray:
    """(N, channels): the numbers of each frame."""
    angles = steady_euler_degrees(matrices_from_quaternions(rig.rotations), "ZXY")
    columns = []
    for joint in depth_first(rig.parents):
        if joint < rig.places.shape[1]:
            columns.append(rig.places[:, joint] * per_metre)
        columns.append(angles[:, joint])
    return np.concatenate(columns, axis=1)


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in values)
