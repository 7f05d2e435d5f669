"""Reads recorded sequences. In: our .npz, the journal of an interrupted one, another's; out: Recording.

Of several people there are as many, and Together has all of them on the times of one recording.

Others' sequences (foreign.py, motion.py) have no camera, and mostly another way up: they are stood upright,
and a camera is put in front of them.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from str_live.addresses import public_address
from str_live.files import interrupted_hint
from str_live.geometry import image_focal_length, ray_rotation
from str_live.messages import Box
from str_live.record.config import networks_of
from str_live.record.content import median_rate
from str_live.record.foreign import HOW_TO_SAVE, read_motion
from str_live.record.motion import Motion
from str_live.record.npz import JOURNAL_SUFFIX, files_from_journal, recover
from str_live.record.people import people_files, person_path
from str_live.record.rows import FORMAT_VERSION
from str_live.record.upright import find_axes
from str_live.rotation import rotmat_from_axis_angle
from str_live.untrusted.arrays import array_headers, read_arrays
from str_live.untrusted.nature import nature_of
from str_live.untrusted.unreadable import UnreadableError, in_one_line

logger = logging.getLogger(__name__)

AMASS_SIZE = (1280, 720)
"""Pixels: the picture into which a sequence without a camera is put."""
AMASS_CROP_METRES = 2.4
"""Side of the crop square at the body's depth, for sequences without a camera."""
LARGEST_SIDE = 32768
"""Pixels: what claims to be larger is damaged, and its background would fill the memory."""
OWN_ARRAYS = (
    "format_version", "config", "poses", "image_size", "image_sizes", "boxes", "betas_per_frame", "camera",
    "person", "timestamps", "frame_index", "config_changes", "number", "recording",
)  # fmt: skip
PEOPLE_ARRAYS = (
    "format_version", "config", "config_changes", "people", "recording", "timestamps", "frame_index",
    "image_sizes",
)  # fmt: skip


class RecordingError(Exception):
    """The file cannot be replayed; one sentence with the reason and a remedy."""


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
    notice: str = ""
    """What the user must know about how it is shown; '' where there is nothing."""
    number: int = 1
    """Whose it is, where several people were recorded."""
    together: str = ""
    """The same in all files of one recording of several people; '' in others."""

    @property
    def rate(self) -> float:
        """Frames a second."""
        return median_rate(self.timestamps)


@dataclass(frozen=True, slots=True)
class Together:
    """Everybody of one recording, N frames."""

    people: tuple[Recording, ...]
    """By number; their times are among those of all frames."""
    timestamps: np.ndarray
    """(N,) seconds, rising, of all frames, those with nobody in them too."""
    frame_index: np.ndarray
    """(N,) as Recording.frame_index."""
    sizes: np.ndarray
    """(N, 2) as Recording.sizes."""
    source: str
    """As Recording.source."""
    networks: tuple[str, ...] = ()
    """(N,) as Recording.networks."""
    notice: str = ""
    """As Recording.notice."""

    @property
    def rate(self) -> float:
        """Frames a second."""
        return median_rate(self.timestamps)


def load_recording(path: Path) -> Recording:
    """Read one person's recording of ours, an interrupted one's journal, or a motion of another program's.

    Raises RecordingError with one sentence, also where several people are in it.
    """
    together = load_together(path)
    if len(together.people) == 1:
        return together.people[0]
    if not together.people:
        raise RecordingError(f"{path.name} has nobody in it: choose another recording.")
    whole = path.with_name(path.name.removesuffix(JOURNAL_SUFFIX))
    names = [person_path(whole, person.number).name for person in together.people]
    raise RecordingError(f"{path.name} holds {len(names)} people: choose one of {', '.join(names)}.")


def load_together(path: Path) -> Together:
    """Everybody of a recording of ours; of a file of one person, that one. RecordingError as above."""
    if not path.is_file():
        raise RecordingError(f"There is no file {path}{interrupted_hint(path) or ': check the path'}.")
    try:
        return _load(path)
    except UnreadableError as error:
        raise RecordingError(f"{path.name} {error.problem}: {error.remedy}.") from error
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except KeyError as error:
        raise RecordingError(
            f"{path.name} has no array {error}: choose a recording of STR-Live or an AMASS sequence."
        ) from error
    except (ValueError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise RecordingError(
            f"{path.name} cannot be replayed ({in_one_line(error)}): choose another recording."
        ) from error


def _load(path: Path) -> Together:
    if path.name.endswith(JOURNAL_SUFFIX):
        return _from_journal(path)
    nature = nature_of(path)
    if nature is not None and nature.name == "npy":
        raise UnreadableError(nature.problem, HOW_TO_SAVE)
    pickled = nature is not None and nature.name in ("pickle", "torch")
    headers = {} if pickled else array_headers(path)
    if "format_version" not in headers:
        return _alone(_from_others(read_motion(path), path))
    if "people" in headers:
        return _from_people(read_arrays(path, PEOPLE_ARRAYS), path)
    return _alone(_from_own(read_arrays(path, OWN_ARRAYS), path))


def _alone(recording: Recording) -> Together:
    """One person's recording as that of everybody."""
    return Together(
        people=(recording,),
        timestamps=recording.timestamps,
        frame_index=recording.frame_index,
        sizes=recording.sizes,
        source=recording.source,
        networks=recording.networks,
        notice=recording.notice,
    )


def _from_journal(path: Path) -> Together:
    """What an interrupted recording holds; recovers it where the folder may be written to."""
    files = files_from_journal(path)
    if not files:
        raise ValueError("it holds no frame")
    try:
        recover(path)
    except OSError as error:
        logger.warning(
            "the interrupted recording %s is replayed, but no .npz can be written: %s", path, error
        )
    if "people" not in files[""]:
        return _alone(_from_own(files[""], path))
    people = [_from_own(arrays, path) for suffix, arrays in files.items() if suffix]
    return _put_together(people, files[""], path)


def _from_people(arrays: dict[str, np.ndarray], path: Path) -> Together:
    """What holds the people of a recording together, and their files beside it."""
    people, missing = [], []
    files = people_files(path)
    for file in files.values():
        recording = _alone_of(file) if file.is_file() else None
        if recording is None or recording.together != str(arrays["recording"]):
            missing.append(file.name)
        else:
            people.append(recording)
    if missing and not people:
        raise RecordingError(
            f"{path.name} holds together {', '.join(missing)}, which are not beside it: put them there."
        )
    notice = f"{', '.join(missing)} of this recording cannot be found beside it." if missing else ""
    return replace(_put_together(people, arrays, path), notice=notice)


def _alone_of(file: Path) -> Recording | None:
    """The recording in one person's file; None where it is another's file."""
    arrays = read_arrays(file, OWN_ARRAYS)
    return _from_own(arrays, file) if "recording" in arrays else None


def _put_together(people: list[Recording], arrays: dict[str, np.ndarray], path: Path) -> Together:
    _check_version(arrays, path)
    times = _rising(_checked(arrays, "timestamps", (len(arrays["timestamps"]),)))
    frames = len(times)
    if any(not np.isin(person.timestamps, times).all() for person in people):
        raise ValueError("its people's times are not among its own")
    if len({person.number for person in people}) < len(people):
        raise ValueError("two of its people have the same number")
    config: dict[str, Any] = json.loads(str(arrays["config"]))
    return Together(
        people=tuple(sorted(people, key=lambda person: person.number)),
        timestamps=times,
        frame_index=_checked(arrays, "frame_index", (frames,)),
        sizes=_sizes(arrays, frames),
        source=public_address(str(config.get("source", ""))),
        networks=networks_of(config, json.loads(str(arrays.get("config_changes", "[]"))), frames),
    )


def _check_version(arrays: dict[str, np.ndarray], path: Path) -> None:
    if int(arrays["format_version"]) > FORMAT_VERSION:
        raise RecordingError(
            f"{path.name} was written by a newer version of the program: update to replay it."
        )


def _from_own(arrays: dict[str, np.ndarray], path: Path) -> Recording:
    """A recording that record/npz.py wrote."""
    _check_version(arrays, path)
    config: dict[str, Any] = json.loads(str(arrays["config"]))
    frames = len(arrays["poses"])
    sizes = _sizes(arrays, frames)
    boxes = _checked(arrays, "boxes", (frames, 3))
    rotmat = _rotmats(_checked(arrays, "poses", (frames, 72)))
    for index in np.flatnonzero(boxes[:, 2] > 0):
        rotmat[index, 0] = ray_rotation(Box(*boxes[index]), *sizes[index]).T @ rotmat[index, 0]
    return Recording(
        rotmat=_finite("poses", rotmat),
        betas=_checked(arrays, "betas_per_frame", (frames, 10)),
        camera=_checked(arrays, "camera", (frames, 3)),
        boxes=boxes,
        person=_checked(arrays, "person", (frames,)).astype(bool),
        timestamps=_rising(_checked(arrays, "timestamps", (frames,))),
        frame_index=_checked(arrays, "frame_index", (frames,)),
        sizes=sizes,
        source=public_address(str(config.get("source", ""))),
        networks=networks_of(config, json.loads(str(arrays.get("config_changes", "[]"))), frames),
        number=int(arrays["number"]) if "number" in arrays else 1,
        together=str(arrays["recording"]) if "recording" in arrays else "",
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


def _from_others(motion: Motion, path: Path) -> Recording:
    """A motion without a camera, stood upright: one is put in front of it."""
    axes = find_axes(motion.rotmat[motion.good], motion.trans[motion.good], motion.usual_axes)
    R_camera_world = axes.R_camera_world.astype(np.float32)
    rotmat = motion.rotmat.copy()
    rotmat[:, 0] = R_camera_world @ rotmat[:, 0]
    boxes, camera = _boxes_and_cameras(_in_front_of_camera(motion.trans @ R_camera_world.T))
    frames = len(rotmat)
    for index in range(frames):
        rotmat[index, 0] = ray_rotation(Box(*boxes[index]), *AMASS_SIZE).T @ rotmat[index, 0]
    notice = f"{path.name} is taken as {axes.name}; {'; '.join(motion.notes)}".rstrip("; ") + "."
    logger.warning("%s", notice)
    return Recording(
        rotmat=rotmat,
        betas=motion.betas,
        camera=camera,
        boxes=boxes,
        person=motion.good,
        timestamps=_rising(np.arange(frames) / motion.rate),
        frame_index=np.arange(frames),
        sizes=np.tile(AMASS_SIZE, (frames, 1)),
        source="",
        measured=axes.name != "y down",
        notice=notice,
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
