"""From a journal's rows to the arrays of the .npz files that are made of it.

In: its header and payloads. Out: for a recording of one person one file's arrays, for one of several people a
file for each and one that holds them together: the times of all frames, and who is in the recording.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from str_live.geometry import camera_matrix
from str_live.record.config import public_config
from str_live.record.journal import JournalError
from str_live.record.rows import CHANGE, FORMAT_VERSION, NOBODY, NUMBERED, PEOPLE_VERSION, ROWS
from str_live.rotation import axis_angle_from_rotmat

T_WORLD_CAMERA = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
"""(4, 4): turns the camera's axes (y down) into AMASS's (z up); the camera is assumed to be level."""
NOTE = (
    "poses[:, :3] and trans are in the camera's frame: metres, x right, y down, z away from the camera. "
    "T_world_camera turns that into a frame with z up, for a level camera. Not smoothed. camera_matrix is "
    "that of the first frame's picture, image_size; image_sizes has the size of each. Variant A is recorded, "
    "never B. config tells how it began; config_changes (JSON) what changed later: {frame, time_s, "
    "changed}, from which frame on, when that was in timestamps, and the new values by their paths in config."
)
PERSON_NOTE = (
    f"{NOTE} One of several people: number is his, recording that of all of them, and timestamps count from "
    "the beginning of that. in_view_s has when he came into view and when he was last seen, for each visit; "
    "frames in which he was away for long are left out."
)
PEOPLE_NOTE = (
    "A recording of several people. people has their numbers, people_files their files' names, and recording "
    "is what these have under the same name. timestamps, frame_index, epoch and image_sizes are those of all "
    "frames; his own file has those of a person."
)


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The frames of one file."""

    header: dict[str, Any]
    timestamps: np.ndarray
    """(N,) seconds."""
    rows: np.ndarray
    """(N,) records with index, epoch and mostly size."""
    changes: list[tuple[int, bytes]]
    """Of the config: the frame from which on, and JSON."""

    @property
    def image_size(self) -> list[int]:
        """Width and height of the first picture, pixels."""
        return self.header["image_size"]

    @property
    def image_sizes(self) -> np.ndarray:
        """(N, 2); older journals have one size for all frames."""
        has_sizes = "size" in (self.rows.dtype.names or ())
        return self.rows["size"] if has_sizes else np.tile(self.image_size, (len(self.rows), 1))

    def config_arrays(self) -> dict[str, np.ndarray]:
        """How the recording began, what changed, and the format."""
        return {
            "config": np.array(json.dumps(public_config(self.header["config"]))),
            "config_changes": np.array(json.dumps(_timed(self.changes, self.timestamps))),
            "format_version": np.array(FORMAT_VERSION),
        }


def person_suffix(number: int) -> str:
    """What stands after the recording's name in that of one person's file: '_p1'."""
    return f"_p{number}"


def files_of(
    journal: Path, header: dict[str, Any], payloads: list[bytes]
) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each file, by what its name has after that of the recording; JournalError.

    '' is a recording of one person, or what holds several people together; theirs ('_p1' ...) come first.
    Empty where the journal holds no frame.
    """
    if not payloads:
        return {}
    version = header.get("format_version") if _is_ours(header) else None
    if version == PEOPLE_VERSION and isinstance(header.get("recording"), str):
        return _files_of_people(journal, header, payloads)
    row = ROWS.get(version) if isinstance(version, int) else None
    if version is None or row is None:
        raise _foreign(journal)
    frames, changes = _sorted_by_kind(payloads) if version > 1 else (payloads, [])
    if any(len(frame) != row.itemsize for frame in frames):
        raise _foreign(journal)
    if not frames:
        return {}
    rows = np.frombuffer(b"".join(frames), row)
    timestamps = continuous_timestamps(rows["time_s"], rows["epoch"])
    return {"": _person_arrays(rows, _Timeline(header, timestamps, rows, changes), NOTE)}


def recording_of(header: dict[str, Any]) -> str:
    """What all files of a recording of several people have in common; '' for one of one person."""
    return header["recording"] if header.get("format_version") == PEOPLE_VERSION else ""


def _foreign(journal: Path) -> JournalError:
    return JournalError("was written by another version of the program", "open it with that one", journal)


def _is_ours(header: dict[str, Any]) -> bool:
    """Whether a journal's header has what this program writes."""
    size = header.get("image_size")
    sized = isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) for side in size)
    return sized and "config" in header


def _sorted_by_kind(payloads: list[bytes]) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """Frames without their first byte, and changes as JSON, each with the frame's number it came before."""
    frames, changes = [], []
    for payload in payloads:
        if payload[:1] == CHANGE:
            changes.append((len(frames), payload[1:]))
        else:
            frames.append(payload[1:])
    return frames, changes


def _files_of_people(
    journal: Path, header: dict[str, Any], payloads: list[bytes]
) -> dict[str, dict[str, np.ndarray]]:
    frames, changes = _sorted_by_kind(payloads)
    if any(not frame or len(frame) % NUMBERED.itemsize for frame in frames):
        raise _foreign(journal)
    if not frames:
        return {}
    records = np.frombuffer(b"".join(frames), NUMBERED)
    sizes = [len(frame) // NUMBERED.itemsize for frame in frames]
    frame_of = np.repeat(np.arange(len(frames)), sizes)
    firsts = records["row"][np.cumsum([0, *sizes[:-1]])]
    timestamps = continuous_timestamps(firsts["time_s"], firsts["epoch"])
    numbers = [int(number) for number in np.unique(records["number"]) if number != NOBODY]
    files = {}
    for number in numbers:
        own = records["number"] == number
        seen_in = frame_of[own]
        timeline = _Timeline(
            header, timestamps[seen_in], records["row"][own], _changes_within(changes, seen_in)
        )
        files[person_suffix(number)] = {
            **_person_arrays(timeline.rows, timeline, PERSON_NOTE),
            "number": np.array(number),
            "recording": np.array(header["recording"]),
            "in_view_s": _visits(seen_in[timeline.rows["person"]], timestamps),
        }
    return {**files, "": _people_arrays(_Timeline(header, timestamps, firsts, changes), numbers)}


def _changes_within(changes: list[tuple[int, bytes]], frames: np.ndarray) -> list[tuple[int, bytes]]:
    """The changes by number of row, for rows of these frames only."""
    return [(int(np.searchsorted(frames, frame)), change) for frame, change in changes]


def _visits(frames: np.ndarray, timestamps: np.ndarray) -> np.ndarray:
    """(K, 2) seconds of the first and last frame of each visit; `frames`: those in which he was seen."""
    if not len(frames):
        return np.zeros((0, 2))
    gaps = np.flatnonzero(np.diff(frames) > 1)
    first, last = np.concatenate([[0], gaps + 1]), np.concatenate([gaps, [len(frames) - 1]])
    return np.stack([timestamps[frames[first]], timestamps[frames[last]]], axis=1)


def _people_arrays(timeline: _Timeline, numbers: list[int]) -> dict[str, np.ndarray]:
    """What holds the people together; `people_files` is added when the names are known."""
    return {
        "people": np.array(numbers, np.int64),
        "recording": np.array(timeline.header["recording"]),
        "mocap_framerate": np.array(median_rate(timeline.timestamps)),
        "timestamps": timeline.timestamps,
        "frame_index": timeline.rows["index"],
        "epoch": timeline.rows["epoch"],
        "image_size": np.array(timeline.image_size),
        "image_sizes": timeline.image_sizes,
        "note": np.array(PEOPLE_NOTE),
        **timeline.config_arrays(),
    }


def _person_arrays(rows: np.ndarray, timeline: _Timeline, note: str) -> dict[str, np.ndarray]:
    """An AMASS-style sequence of one person, with more beside it."""
    rows = _fill_start(rows)
    found = rows["person"] if rows["person"].any() else np.ones(len(rows), bool)
    return {
        "poses": axis_angle_poses(rows["rotmat"]),
        "betas": rows["betas"][found].mean(axis=0),
        "betas_per_frame": rows["betas"],
        "trans": rows["trans"],
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(median_rate(timeline.timestamps)),
        "timestamps": timeline.timestamps,
        "frame_index": rows["index"],
        "epoch": rows["epoch"],
        "person": rows["person"],
        "joints": rows["joints"],
        "joints_px": rows["joints_px"],
        "boxes": rows["box"],
        "camera": rows["camera"],
        "camera_matrix": camera_matrix(*timeline.image_size),
        "image_size": np.array(timeline.image_size),
        "image_sizes": timeline.image_sizes,
        "T_world_camera": T_WORLD_CAMERA,
        "note": np.array(note),
        **timeline.config_arrays(),
    }


def _timed(changes: list[tuple[int, bytes]], timestamps: np.ndarray) -> list[dict[str, Any]]:
    """Changes as they are stored; the last frame may have been lost in a crash, and its change with it."""
    return [
        {"frame": frame, "time_s": round(float(timestamps[frame]), 6), "changed": json.loads(change)}
        for frame, change in changes
        if frame < len(timestamps)
    ]


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
