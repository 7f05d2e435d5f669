"""SMPL sequences as AMASS-style .npz. In: BodyResult, out: `name.npz`.

A .npz is a zip, and a zip's directory is written last: one that was being written when the process died
cannot be read. So rows go into a journal beside it (`name.npz.part`) as they come, and `stop` makes the .npz
of it. `recover` does the same for a journal that a crash left behind.

Poses are raw (never smoothed for display) and relative to the camera: x right, y down, z away. The assumed
camera (focal length = image diagonal) makes `trans` as metric as that guess.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from str_live.geometry import camera_matrix, ray_rotation
from str_live.messages import BodyPose, BodyResult, Box, RecordingInfo
from str_live.record.config import change_between, config_of, public_config
from str_live.record.journal import Journal, JournalError, held_journal, read_journal
from str_live.record.leftovers import place, recovered_path
from str_live.rotation import axis_angle_from_rotmat

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
"""Since version 2 each frame has its own picture size (`image_sizes`), and the config its changes."""
JOURNAL_SUFFIX = ".part"
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
FRAME, CHANGE = b"F", b"C"
"""First byte of a journal's row since version 2: one of ROW, or a change of the config as JSON."""
_SPARE_BYTES = 65536
T_WORLD_CAMERA = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
"""(4, 4): turns the camera's axes (y down) into AMASS's (z up); the camera is assumed to be level."""
NOTE = (
    "poses[:, :3] and trans are in the camera's frame: metres, x right, y down, z away from the camera. "
    "T_world_camera turns that into a frame with z up, for a level camera. Not smoothed. camera_matrix is "
    "that of the first frame's picture, image_size; image_sizes has the size of each. Variant A is recorded, "
    "never B. config tells how it began; config_changes (JSON) what changed later: {frame, time_s, "
    "changed}, from which frame on, when that was in timestamps, and the new values by their paths in config."
)


class NpzRecorder:
    """Writes one sequence; owned by the recorder thread."""

    suffix = ".npz"
    noun = "recording"
    remedy = "make room and open that file to get the recording"
    capacity = 64
    """Two seconds of frames: longer pauses of the disk cost frames, which are counted, not memory."""

    def __init__(self, *, overwrite: bool = False) -> None:
        """`overwrite`: whether a file that has the name is replaced, once the new one is whole."""
        self._overwrite = overwrite
        self._journal: Journal | None = None
        self._path = Path()
        self._info: RecordingInfo | None = None
        """What made the last frame."""
        self._config: dict[str, Any] = {}
        self.rows = 0

    def start(self, path: Path, info: RecordingInfo) -> None:
        """Take the name: the journal is there from now on. Its header waits for the first picture's size.

        What a crash left under the name is recovered under another one. Raises JournalError where another
        program is recording to it.
        """
        self._path = Path(path)
        self._info, self._config = info, config_of(info)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        leftover = journal_path(self._path)
        if leftover.exists() and leftover.stat().st_size:
            recover(leftover, keep_name=False)
        self._journal = Journal(leftover)

    def write(self, result: BodyResult) -> None:
        """Append one frame. Raises OSError when the disk is full."""
        assert self._journal is not None, "start() first"
        if self.rows % 30 == 0:
            self._check_space()
        if self.rows == 0:
            height, width = result.frame.image.shape[:2]
            self._journal.begin(self._header(width, height))
        self._note_change(self._journal, result.made_by)
        self._journal.append(FRAME + row_from_result(result).tobytes())
        self.rows += 1

    def flush(self) -> None:
        """Put on the disk what came so far."""
        if self._journal is not None:
            self._journal.sync()

    def stop(self) -> Path | None:
        """Make the .npz of the journal and return its path; None if no frame ever came."""
        if self._journal is None:
            return None
        self._journal.close()
        return finalise(self._journal.path, self._path, overwrite=self._overwrite)

    def _header(self, width: int, height: int) -> dict[str, Any]:
        return {"format_version": FORMAT_VERSION, "image_size": [width, height], "config": self._config}

    def _note_change(self, journal: Journal, made_by: RecordingInfo | None) -> None:
        """Append the changes of the config between the last frame and the next."""
        assert self._info is not None, "start() first"
        if made_by is None:
            return
        now = replace(made_by, source=made_by.source or self._info.source)
        if now == self._info:
            return
        config = config_of(now)
        change = change_between(self._config, config)
        if change:
            journal.append(CHANGE + json.dumps(change).encode())
        self._info, self._config = now, config

    def _check_space(self) -> None:
        """Stop while there is still room for the .npz, which is smaller than the journal."""
        free = shutil.disk_usage(self._path.parent).free
        if free < (self.rows + 60) * ROW.itemsize + _SPARE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def journal_path(path: Path) -> Path:
    """`name.npz` -> `name.npz.part`."""
    return path.with_name(path.name + JOURNAL_SUFFIX)


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


def rotmat_in_camera(body: BodyPose, box: Box, width: int, height: int) -> np.ndarray:
    """(24, 3, 3) local rotations with the global orientation turned from the crop's ray to the camera."""
    rotmat = np.array(body.rotmat, dtype=np.float32)
    rotmat[0] = ray_rotation(box, width, height) @ rotmat[0]
    return rotmat


def finalise(journal: Path, path: Path, *, overwrite: bool = False) -> Path | None:
    """Make the .npz of a closed journal, then remove the journal; None, and no file, if it has no frame.

    What was written is called `path`, or by the next free name where a file has come to be there meanwhile
    that may not be replaced.
    """
    saved = None
    with held_journal(journal) as content:
        arrays = _arrays(journal, *content)
        if arrays is not None:
            saved = _save(arrays, path, overwrite=overwrite)
    journal.unlink()
    return saved


def _save(arrays: dict[str, np.ndarray], path: Path, *, overwrite: bool) -> Path:
    """Write the .npz, whole or not at all; its path."""
    archive = io.BytesIO()  # a zip that fails half-way on a full disk complains when it is collected
    np.savez(archive, **arrays)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(archive.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        return place(temporary, path, overwrite=overwrite)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def recover(journal: Path, *, keep_name: bool = True) -> Path | None:
    """Make the .npz of a journal that a crash left behind; None if it holds no frame.

    An existing .npz of that name is not replaced: the recovered one gets another name, as it always does
    without `keep_name`, for when a new recording is about to be made under the old name.
    """
    path = journal.with_name(journal.name.removesuffix(JOURNAL_SUFFIX))
    path = recovered_path(path, keep_name=keep_name)
    saved = finalise(journal, path)
    if saved is None:
        logger.info("%s held no frame of an interrupted recording and was removed", journal)
    else:
        logger.warning("an interrupted recording was recovered from %s: %s", journal, saved)
    return saved


def recover_leftovers(folder: Path) -> list[Path]:
    """Recover every journal in the recordings folder (at start-up); those that cannot be
    recovered are left, with a warning.
    """
    saved = []
    for journal in sorted(folder.glob(f"*.npz{JOURNAL_SUFFIX}")):
        try:
            path = recover(journal)
        except (OSError, JournalError) as error:
            logger.warning("the interrupted recording %s was left alone: %s", journal, error)
            continue
        if path is not None:
            saved.append(path)
    return saved


def arrays_from_journal(journal: Path) -> dict[str, np.ndarray] | None:
    """The arrays of the .npz by name (shapes as in `Recording`); None if the journal holds no frame."""
    return _arrays(journal, *read_journal(journal))


def _arrays(journal: Path, header: dict[str, Any], payloads: list[bytes]) -> dict[str, np.ndarray] | None:
    if not payloads:
        return None
    version = header.get("format_version") if _is_ours(header) else None
    row = ROWS.get(version) if isinstance(version, int) else None
    if version is None or row is None:
        raise JournalError("was written by another version of the program", "open it with that one", journal)
    frames, changes = _sorted_by_kind(payloads) if version > 1 else (payloads, [])
    if any(len(frame) != row.itemsize for frame in frames):
        raise JournalError("was written by another version of the program", "open it with that one", journal)
    if not frames:
        return None
    rows = _fill_start(np.frombuffer(b"".join(frames), row))
    timestamps = continuous_timestamps(rows["time_s"], rows["epoch"])
    found = rows["person"] if rows["person"].any() else np.ones(len(rows), bool)
    width, height = header["image_size"]
    sizes = rows["size"] if "size" in (row.names or ()) else np.tile([width, height], (len(rows), 1))
    return {
        "poses": axis_angle_poses(rows["rotmat"]),
        "betas": rows["betas"][found].mean(axis=0),
        "betas_per_frame": rows["betas"],
        "trans": rows["trans"],
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(median_rate(timestamps)),
        "timestamps": timestamps,
        "frame_index": rows["index"],
        "epoch": rows["epoch"],
        "person": rows["person"],
        "joints": rows["joints"],
        "joints_px": rows["joints_px"],
        "boxes": rows["box"],
        "camera": rows["camera"],
        "camera_matrix": camera_matrix(width, height),
        "image_size": np.array([width, height]),
        "image_sizes": sizes,
        "T_world_camera": T_WORLD_CAMERA,
        "note": np.array(NOTE),
        "config": np.array(json.dumps(public_config(header["config"]))),
        "config_changes": np.array(json.dumps(_timed(changes, timestamps))),
        "format_version": np.array(FORMAT_VERSION),
    }


def _sorted_by_kind(payloads: list[bytes]) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """Frames without their first byte, and changes as JSON, each with the frame's number it came before."""
    frames, changes = [], []
    for payload in payloads:
        if payload[:1] == CHANGE:
            changes.append((len(frames), payload[1:]))
        else:
            frames.append(payload[1:])
    return frames, changes


def _timed(changes: list[tuple[int, bytes]], timestamps: np.ndarray) -> list[dict[str, Any]]:
    """Changes as they are stored; the last frame may have been lost in a crash, and its change with it."""
    return [
        {"frame": frame, "time_s": round(float(timestamps[frame]), 6), "changed": json.loads(change)}
        for frame, change in changes
        if frame < len(timestamps)
    ]


def _is_ours(header: dict[str, Any]) -> bool:
    """Whether a journal's header has what this program writes."""
    size = header.get("image_size")
    sized = isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) for side in size)
    return sized and "config" in header


def _fill_start(rows: np.ndarray) -> np.ndarray:
    """Give the frames before the first body that body's pose, so that none holds an impossible one."""
    rows = rows.copy()
    with_body = np.flatnonzero(rows["body"])
    first = with_body[0] if len(with_body) else len(rows)
    for name in ("rotmat", "betas", "trans", "joints", "joints_px", "box", "camera"):
        if len(with_body):
            rows[name][:first] = rows[name][first]
    if not len(with_body):
        rows["rotmat"] = np.eye(3, dtype=np.float32)
    return rows


def axis_angle_poses(rotmat: np.ndarray) -> np.ndarray:
    """(N, 24, 3, 3) -> (N, 72) float32 radians, a thousand frames at a time: hours need not fit in memory."""
    poses = np.empty((len(rotmat), 72), dtype=np.float32)
    for start in range(0, len(rotmat), 1000):
        part = torch.from_numpy(rotmat[start : start + 1000].astype(np.float64))
        poses[start : start + 1000] = axis_angle_from_rotmat(part).reshape(-1, 72).numpy()
    return poses


def continuous_timestamps(time_s: np.ndarray, epoch: np.ndarray) -> np.ndarray:
    """(N,) seconds from 0, rising: where the source was re-opened or jumped back, one usual step is taken."""
    steps = np.diff(time_s)
    usual = (np.diff(epoch) == 0) & (steps > 0)
    step = float(np.median(steps[usual])) if usual.any() else 1 / 30
    return np.concatenate([[0.0], np.cumsum(np.where(usual, steps, step))])


def median_rate(timestamps: np.ndarray) -> float:
    """Frames a second, from the median step of (N,) seconds; 30 for a single frame."""
    return float(1 / np.median(np.diff(timestamps))) if len(timestamps) > 1 else 30.0
