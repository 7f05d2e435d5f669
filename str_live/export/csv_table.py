"""CSV: a row a frame for pandas, R, a spreadsheet: joint rotations, joint centres, clinical angles.

Lines that begin with # state units and conventions (`pandas.read_csv(path, comment="#")`). Cells of frames
without a person are empty.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.export.angles import OPENSIM_ANGLES, opensim_angles
from str_live.export.contract import FormatOptions
from str_live.export.kinematics import matrices_from_quaternions
from str_live.export.take import Take
from str_live.joint_angles import euler_degrees
from str_live.skeleton import JOINT_NAMES

_NOTES = (
    "STR-Live; metres, degrees, seconds; y up, x to the person's left at rest, z forward",
    "NAME.rz rx ry: the joint's rotation relative to its parent, R = Rz Rx Ry (intrinsic ZXY)",
    "NAME.x y z: the joint's centre in the world",
    "angles from pelvis_tilt on are OpenSim's (Rajagopal 2016); person 0: nobody was seen, cells are empty",
)


def write_csv(take: Take, path: Path, options: FormatOptions) -> None:
    """Write all frames; the options change nothing here."""
    del options
    angles = opensim_angles(take)
    columns = [f"{name}.{axis}" for name in JOINT_NAMES for axis in ("rz", "rx", "ry")]
    columns += [f"{name}.{axis}" for name in JOINT_NAMES for axis in "xyz"]
    values = np.concatenate(
        [
            euler_degrees(matrices_from_quaternions(take.rotations), "ZXY").reshape(take.frames, -1),
            take.joints().reshape(take.frames, -1),
            np.stack([angles[name] for name in OPENSIM_ANGLES], axis=1),
        ],
        axis=1,
    )
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {note}\n" for note in _NOTES)
        file.write(",".join(["time", "frame", "person", *columns, *OPENSIM_ANGLES]) + "\n")
        for frame, (time, person, row) in enumerate(zip(take.times, take.person, values, strict=True)):
            cells = [f"{value:.6f}" for value in row] if person else [""] * len(row)
            file.write(",".join([f"{time:.6f}", str(frame), str(int(person)), *cells]) + "\n")
