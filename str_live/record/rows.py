"""One frame as records of fixed size, for journals. In: BodyResult, out: ROW, or NUMBERED of several people.

Poses are raw (never smoothed for display) and relative to the camera: x right, y down, z away. The assumed
camera (focal length = image diagonal) makes `trans` as metric as that guess.
"""

from __future__ import annotations

import numpy as np

from str_live.geometry import ray_rotation
from str_live.messages import BodyPose, BodyResult, Box

FORMAT_VERSION = 2
"""Since version 2 each frame has its own picture size (`image_sizes`), and the config its changes."""
PEOPLE_VERSION = 3
"""Of journals that hold several people; the files that are made of them are of FORMAT_VERSION."""
ROW = np.dtype(
    [
        ("time_s", "<f8"),
        ("index", "<i8"),
        ("epoch", "<i8"),
        ("person", "?"),
        ("body", "?"),  # False before the first person: the fields below are zero
        ("rotmat", "<f4", (24, 3, 3)),  # [0] relative to the camera
        ("betas", "<f4", (10,)),
        ("trans", "<f4", (3,)),  # metres, camera frame, added to the posed body (SMPL's convention)
        ("joints", "<f4", (24, 3)),  # metres, camera frame
        ("joints_px", "<f4", (24, 2)),
        ("box", "<f4", (3,)),
        ("camera", "<f4", (3,)),
        ("size", "<i4", (2,)),  # width and height of the picture
    ]
)
ROWS = {1: np.dtype([(name, ROW[name]) for name in ROW.names or () if name != "size"]), 2: ROW}
"""By the format's version: older journals can still be recovered."""
NUMBERED = np.dtype([("number", "<i4"), ("row", ROW)])
"""A person's row with his number; NOBODY's stands for a frame in which nobody is recorded."""
NOBODY = 0
FRAME, CHANGE, PEOPLE = b"F", b"C", b"P"
"""First byte of a journal's row since version 2: one of ROW, a change of the config as JSON, or one frame's
NUMBERED rows, everybody's."""
AWAY_S = 0.5
"""Seconds out of sight after which nothing is written of somebody, until he is back."""


def row_from_result(result: BodyResult) -> np.ndarray:
    """() record of ROW: variant A of one frame, unsmoothed."""
    row = np.zeros((), ROW)
    height, width = result.frame.image.shape[:2]
    row["time_s"], row["index"], row["epoch"] = result.frame.time_s, result.frame.index, result.frame.epoch
    row["size"] = width, height
    bodies = result.measured_bodies
    if not bodies or result.box is None:
        return row
    body = bodies[0]
    row["person"], row["body"] = result.person_seen, True
    row["rotmat"] = rotmat_in_camera(body, result.box, width, height)
    row["betas"], row["camera"] = body.betas, body.camera
    # The posed body turns about its pelvis, which `joints` has where SMPL puts it before `trans`.
    row["trans"] = body.joints_cam[0] - body.joints[0]
    row["joints"], row["joints_px"] = body.joints_cam, body.joints_px
    row["box"] = result.box.cx, result.box.cy, result.box.side
    return row


def rows_of_people(result: BodyResult) -> np.ndarray:
    """(K,) records of NUMBERED: everybody who has a body in one frame, or has been away for a moment only."""
    rows = {number: row_from_result(one) for number, one in _recorded(result).items()}
    if not rows:
        rows = {NOBODY: _without_body(row_from_result(result))}
    numbered = np.zeros(len(rows), NUMBERED)
    numbered["number"] = list(rows)
    numbered["row"] = np.stack(list(rows.values()))
    return numbered


def _recorded(result: BodyResult) -> dict[int, BodyResult]:
    """By number, each as the followed one."""
    everybody = {number: result.of(number) for number in result.numbers}
    return {
        number: one
        for number, one in everybody.items()
        if one.bodies and one.box is not None and one.held_s <= AWAY_S
    }


def _without_body(row: np.ndarray) -> np.ndarray:
    """The frame alone."""
    empty = np.zeros((), ROW)
    for name in ("time_s", "index", "epoch", "size"):
        empty[name] = row[name]
    return empty


def rotmat_in_camera(body: BodyPose, box: Box, width: int, height: int) -> np.ndarray:
    """(24, 3, 3) local rotations with the global orientation turned from the crop's ray to the camera."""
    rotmat = np.array(body.rotmat, dtype=np.float32)
    rotmat[0] = ray_rotation(box, width, height) @ rotmat[0]
    return rotmat
