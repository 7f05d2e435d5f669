"""AMASS's npz for other programs: z up, upright, at a constant rate, SMPL's conventions.

SMPL turns a body about its pelvis, which is not the origin of its file: `trans` allows for that. The free
body's shape coefficients mean nothing on SMPL, so that zeros are written for it.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.export.contract import FormatOptions
from str_live.export.take import Take

Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""(3, 3): our world (y up) to AMASS's (z up)."""
NOTE = (
    "World with z up, metres times 1/scale: multiply the posed body and trans by scale for the person's "
    "size. trans is added to the posed body, which turns about its own pelvis."
)


def write_amass(take: Take, path: Path, options: FormatOptions) -> None:
    """Write poses, way and shape; the options change nothing here."""
    del options
    turned = take.rotations.copy()
    turned[:, 0] = (Rotation.from_matrix(Z_UP) * Rotation.from_quat(turned[:, 0])).as_quat()
    poses = Rotation.from_quat(turned.reshape(-1, 4)).as_rotvec().reshape(take.frames, -1)
    rate = np.array(take.fps)
    archive = io.BytesIO()  # a zip that fails half-way on a full disk complains when it is collected
    np.savez_compressed(
        archive,
        poses=poses,
        trans=take.pelvis @ Z_UP.T / take.scale - take.origin,
        betas=np.zeros(10) if take.free_body else take.betas,
        gender=np.array("neutral"),
        mocap_framerate=rate,
        mocap_frame_rate=rate,
        person=take.person,
        scale=np.array(take.scale),
        body=np.array(take.body),
        note=np.array(NOTE),
    )
    path.write_bytes(archive.getbuffer())
