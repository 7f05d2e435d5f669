"""OpenSim's angles of a take: the joints' (joint_angles.py), the pelvis's, and a model's pelvis's place."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.angle_names import JOINT_ANGLES, PELVIS_ANGLES
from str_live.angle_ranges import AngleRange, ranges_of
from str_live.export.contract import FormatOptions
from str_live.export.kinematics import matrices_from_quaternions
from str_live.export.take import Take
from str_live.joint_angles import OPENSIM_FROM_WORLD, joint_angles, pelvis_angles, unwrapped

OPENSIM_ANGLES = (*PELVIS_ANGLES, *JOINT_ANGLES)
"""In the order in which they are written."""
HIPS_IN_PELVIS = np.array([-0.056, -0.078, 0.0])
"""(3,) metres: the middle of the hips in the model's pelvis, whose origin lies between the front spines."""
MODEL_HIP_WIDTH = 2 * 0.077
"""Metres between the unscaled model's hips."""


def opensim_angles(take: Take) -> dict[str, np.ndarray]:
    """Name -> (N,) degrees, whole turns taken out from frame to frame."""
    rotations = matrices_from_quaternions(take.rotations)
    angles = pelvis_angles(rotations[:, 0]) | joint_angles(rotations)
    return {name: unwrapped(values) for name, values in angles.items()}


def angle_ranges(take: Take) -> dict[str, AngleRange]:
    """How far the joints go in the frames with a person."""
    return ranges_of({name: values[take.person] for name, values in opensim_angles(take).items()})


def pelvis_origin(take: Take) -> np.ndarray:
    """(N, 3) metres in OpenSim's axes: pelvis_tx, ty, tz of a model scaled to the take's hips."""
    joints = take.joints() @ OPENSIM_FROM_WORLD.T
    turn = OPENSIM_FROM_WORLD @ matrices_from_quaternions(take.rotations[:, 0]) @ OPENSIM_FROM_WORLD.T
    scale = np.linalg.norm(take.rest[1] - take.rest[2]) / MODEL_HIP_WIDTH
    middle = joints[:, (1, 2)].mean(axis=1)
    return middle - np.einsum("nij,j->ni", turn, HIPS_IN_PELVIS * scale)


def write_angles(take: Take, path: Path, options: FormatOptions) -> None:
    """A row a frame of all angles for a spreadsheet; cells are empty where nobody was seen."""
    del options
    angles = opensim_angles(take)
    columns = np.stack([angles[name] for name in OPENSIM_ANGLES], axis=1)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        names = [f"{name}_deg" for name in OPENSIM_ANGLES]
        file.write(",".join(["time_s", "frame", "person", *names]) + "\n")
        for frame, (time, person, row) in enumerate(zip(take.times, take.person, columns, strict=True)):
            cells = [f"{value:.4f}" for value in row] if person else [""] * len(row)
            file.write(",".join([f"{time:.6f}", str(frame), str(int(person)), *cells]) + "\n")
