"""TRC: joint centres as markers for OpenSim and Pose2Sim. x forward, y up, z right; metres by default.

Cells of frames without a person are NaN: OpenSim takes empty ones at a row's end for a broken row.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.export.contract import UNITS, FormatOptions
from str_live.export.take import Take
from str_live.joint_angles import OPENSIM_FROM_WORLD
from str_live.skeleton import JOINT_NAMES

_HALPE = {
    "Hip": (1, 2), "RHip": (2,), "LHip": (1,), "RKnee": (5,), "LKnee": (4,), "RAnkle": (8,), "LAnkle": (7,),
    "RBigToe": (11,), "LBigToe": (10,), "Neck": (12,), "Head": (15,), "RShoulder": (17,), "LShoulder": (16,),
    "RElbow": (19,), "LElbow": (18,), "RWrist": (21,), "LWrist": (20,),
}  # fmt: skip
MARKERS: dict[str, dict[str, tuple[int, ...]]] = {
    "smpl": {name: (joint,) for joint, name in enumerate(JOINT_NAMES)},
    "halpe26": _HALPE,
}
"""Preset -> marker -> the joints in whose middle it lies. halpe26: HALPE_26's joint centres."""


def markers(take: Take, preset: str) -> tuple[list[str], np.ndarray]:
    """Names of M markers, and (N, M, 3) metres in our world; NaN where no person was found."""
    joints = take.joints()
    joints[~take.person] = np.nan
    chosen = MARKERS[preset]
    return list(chosen), np.stack([joints[:, which].mean(axis=1) for which in chosen.values()], axis=1)


def write_trc(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the joint centres of all frames."""
    unit = options.unit or "m"
    names, points = markers(take, options.markers)
    points = points @ OPENSIM_FROM_WORLD.T * UNITS[unit]
    rate = f"{take.fps:.6f}"
    header = [
        f"PathFileType\t4\t(X/Y/Z)\t{take.name.encode('ascii', 'replace').decode()}.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{take.frames}\t{len(names)}\t{unit}\t{rate}\t1\t{take.frames}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"X{number}\tY{number}\tZ{number}" for number in range(1, len(names) + 1)),
        "",
    ]
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(header) + "\n")
        for frame, (time, row) in enumerate(zip(take.times, points.reshape(take.frames, -1), strict=True)):
            cells = [f"{value:.6f}" if np.isfinite(value) else "NaN" for value in row]
            file.write(f"{frame + 1}\t{time:.6f}\t" + "\t".join(cells) + "\n")
