"""Reads recorded sequences. In: our .npz, the journal of an interrupted one, or AMASS's .npz; out: Recording.

AMASS sequences come from elsewhere: z points up and there is no camera, so one is put in front of them.
"""

from __future__ import annotations

import json
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from str_live.addresses import public_address
from str_live.geometry import image_focal_length, ray_rotation
from str_live.messages import Box
from str_live.record.config import networks_of
from str_live.record.journal import JournalError
from str_live.record.npz import (
    FORMAT_VERSION,
    JOURNAL_SUFFIX,
    T_WORLD_CAMERA,
    arrays_from_journal,
    median_rate,
    recover,
)
from str_live.rotation import rotmat_from_axis_angle

logger = logging.getLogger(__name__)

AMASS_SIZE = (1280, 720)
"""Pixels: the picture into which a sequence without a camera is put."""
AMASS_CROP_METRES = 2.4
"""Side of the crop square at the body's depth, for sequences without a camera."""
LARGEST_SIDE = 32768
"""Pixels: what claims to be larger is damaged, and its background would fill the memory."""
BODY_JOINTS = 22
"""Joints that SMPL, SMPL+H and SMPL-X share; the hands of the last two are not SMPL's joints 22 and 23."""


class RecordingError(Exception):
    """The file cannot be replayed; one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A sequence in the terms of ReplayPose, N frames."""

    rotmat: np.ndarray
    """(N, 24, 3, 3) float32, [0] relative to the ray through the box's centre."""
    betas: np.ndarray
    """(N, 10) float32."""
    camera: np.ndarray
    """(N, 3) float32."""
    boxes: np.ndarray
    """(N, 3) cx, cy, side in pixels."""
    person: np.ndarray
    """(N,) bool."""
    timestamps: np.ndarray
    """(N,) seconds, rising."""
    frame_index: np.ndarray
    """(N,) frame numbers of what was recorded from."""
    sizes: np.ndarray
    """(N, 2) width and height of each picture, pixels."""
    source: str
    """What was recorded from; '' where unknown."""
    networks: tuple[str, ...] = ()
    """(N,) what had made each frame, in a few words; () where that is not known."""
    measured: bool = False
    """Whether path and vertical were measured (motion capture), not inferred from one camera's pictures."""

    @property
    def rate(self) -> float:
        """Frames a second."""
        return median_rate(self.timestamps)


def load_recording(path: Path) -> Recording:
    """Read a recording of ours, an interrupted one's journal, or an AMASS sequence; or RecordingError."""
    arrays = _read_arrays(path)
    try:
        if "camera" in arrays:
            return _from_own(arrays, path)
        return _from_amass(arrays)
    except KeyError as error:
        raise RecordingError(
            f"{path.name} has no array {error}: choose a recording of STR-Live or an AMASS sequence."
        ) from error
    except (ValueError, IndexError, TypeError) as error:
        raise RecordingError(
            f"{path.name} cannot be replayed ({error}): choose another recording."
        ) from error


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a .npz by name, or of a journal, of which the .npz is made on the way."""
    if not path.is_file():
        raise RecordingError(f"There is no file {path}: check the path.")
    try:
        if path.name.endswith(JOURNAL_SUFFIX):
            return _read_journal(path)
        with np.load(path, allow_pickle=False) as file:
            if not hasattr(file, "files"):
                raise ValueError("a single array")
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, JournalError) as error:
        raise RecordingError(
            f"{path.name} is not a recording that can be read ({error}): choose another .npz file."
        ) from error


def _read_journal(path: Path) -> dict[str, np.ndarray]:
    """A journal's arrays; recovers it where the folder may be written to."""
    arrays = arrays_from_journal(path)
    if arrays is None:
        raise ValueError("it holds no frame")
    try:
        recover(path)
    except OSError as error:
        logger.warning(
            "the interrupted recording %s is replayed, but no .npz can be written: %s", path, error
        )
    return arrays


def _from_own(arrays: dict[str, np.ndarray], path: Path) -> Recording:
    """A recording that record/npz.py wrote."""
    if int(arrays["format_version"]) > FORMAT_VERSION:
        raise RecordingError(
            f"{path.name} was written by a newer version of the program: update to replay it."
        )
    config: dict[str, Any] = json.loads(str(arrays["config"]))
    frames = len(arrays["poses"])
    sizes = _sizes(arrays, frames)
    boxes = _checked(arrays, "boxes", (frames, 3))
    rotmat = _rotmats(_checked(arrays, "poses", (frames, 72)))
    for index in np.flatnonzero(boxes[:, 2] > 0):
        rotmat[index, 0] = ray_rotation(Box(*boxes[index]), *sizes[index]).T @ rotmat[index, 0]
    return Recording(
        rotmat=rotmat,
        betas=_checked(arrays, "betas_per_frame", (frames, 10)),
        camera=_checked(arrays, "camera", (frames, 3)),
        boxes=boxes,
        person=_checked(arrays, "person", (frames,)).astype(bool),
        timestamps=_rising(_checked(arrays, "timestamps", (frames,))),
        frame_index=_checked(arrays, "frame_index", (frames,)),
        sizes=sizes,
        source=public_address(str(config.get("source", ""))),
        networks=networks_of(config, json.loads(str(arrays.get("config_changes", "[]"))), frames),
    )


def _sizes(arrays: dict[str, np.ndarray], frames: int) -> np.ndarray:
    """(N, 2) width and height; older recordings have one size for all their frames."""
    if "image_sizes" in arrays:
        sizes = _checked(arrays, "image_sizes", (frames, 2))
    else:
        sizes = np.tile(_checked(arrays, "image_size", (2,)), (frames, 1))
    if sizes.size and not (sizes.min() > 0 and sizes.max() <= LARGEST_SIDE):
        raise ValueError(f"its pictures' sides are not between 1 and {LARGEST_SIDE} pixels")
    return sizes.astype(int)


def _from_amass(arrays: dict[str, np.ndarray]) -> Recording:
    """A sequence of somebody else's, with z up and no camera: one is put in front of it."""
    poses = np.asarray(arrays["poses"], np.float32)
    frames = len(poses)
    if poses.ndim != 2 or poses.shape[1] < BODY_JOINTS * 3:
        raise ValueError(f"poses have shape {poses.shape}, not (N, 66 or more)")
    full = np.zeros((frames, 72), np.float32)
    shared = 72 if poses.shape[1] == 72 else BODY_JOINTS * 3
    full[:, :shared] = poses[:, :shared]
    rotmat = _rotmats(_finite("poses", full))
    R_camera_world = T_WORLD_CAMERA[:3, :3].T.astype(np.float32)
    rotmat[:, 0] = R_camera_world @ rotmat[:, 0]
    place = _in_front_of_camera(_checked(arrays, "trans", (frames, 3)) @ R_camera_world.T)
    boxes, camera = _boxes_and_cameras(place)
    for index in range(frames):
        rotmat[index, 0] = ray_rotation(Box(*boxes[index]), *AMASS_SIZE).T @ rotmat[index, 0]
    betas = np.zeros(10, np.float32)
    given = np.asarray(arrays["betas"], np.float32).reshape(-1)[:10]
    betas[: len(given)] = _finite("betas", given)
    rate = float(arrays["mocap_framerate" if "mocap_framerate" in arrays else "mocap_frame_rate"])
    return Recording(
        rotmat=rotmat,
        betas=np.tile(betas, (frames, 1)),
        camera=camera,
        boxes=boxes,
        person=np.ones(frames, bool),
        timestamps=_rising(np.arange(frames) / rate),
        frame_index=np.arange(frames),
        sizes=np.tile(AMASS_SIZE, (frames, 1)),
        source="",
        measured=True,
    )


def _in_front_of_camera(trans: np.ndarray) -> np.ndarray:
    """(N, 3) metres in the camera's axes -> moved so that the whole way fits into the picture."""
    width, height = AMASS_SIZE
    focal = image_focal_length(width, height)
    low, high = trans.min(axis=0), trans.max(axis=0)
    extent = high - low + [1.8, AMASS_CROP_METRES, 0.0]  # the body reaches out to the sides of its way
    distance = max(extent[0] * focal / width, extent[1] * focal / height) + extent[2] / 2
    return (trans - (low + high) / 2 + [0.0, 0.0, distance]).astype(np.float32)


def _boxes_and_cameras(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) metres, camera frame -> (N, 3) crop squares around it, and (N, 3) cameras (s, 0, 0) in them."""
    width, height = AMASS_SIZE
    focal = image_focal_length(width, height)
    depth = place[:, 2:]
    centre = place[:, :2] / depth * focal + [width / 2, height / 2]
    boxes = np.concatenate([centre, AMASS_CROP_METRES * focal / depth], axis=1).astype(np.float32)
    camera = np.zeros_like(place)
    camera[:, 0] = 2 / AMASS_CROP_METRES  # depth = 2 focal / (s side)
    return boxes, camera


def _rotmats(poses: np.ndarray) -> np.ndarray:
    """(N, 72) radians -> (N, 24, 3, 3) float32."""
    return rotmat_from_axis_angle(torch.from_numpy(poses.reshape(-1, 24, 3))).numpy()


def _checked(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The array of that name, float32 where it is of another float type; ValueError if it cannot be right."""
    array = arrays[name]
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")
    if array.dtype.kind == "f" and name != "timestamps":
        array = array.astype(np.float32)
    return _finite(name, array)


def _finite(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are no numbers")
    return array


def _rising(timestamps: np.ndarray) -> np.ndarray:
    """(N,) seconds, checked: at least one, and rising."""
    if len(timestamps) == 0:
        raise ValueError("it holds no frame")
    if not np.isfinite(timestamps).all() or (np.diff(timestamps) <= 0).any():
        raise ValueError("its times do not rise")
    return timestamps
