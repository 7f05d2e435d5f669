"""Every format that is read from outside: a small valid file, what reads it, and what it may raise.

In: a folder. Out: Formats. What a reader returns is flattened to arrays, so that each can be checked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from str_live.body.smpl_files import BodyFileError, read_body
from str_live.datasets.from_videos.boxes import BoxFile
from str_live.datasets.from_videos.parts import Part, Parts
from str_live.datasets.from_videos.rows import ExtractError
from str_live.datasets.motion.cache import read_motion_cache, write_motion_cache
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.published.databases import DatabaseError, read_database
from str_live.record import NpzRecorder, RecordingInfo
from str_live.record.read import RecordingError, load_recording
from str_live.settings import Settings
from str_live.temporal import VIBE
from str_live.untrusted.task_bundle import FINDER_MODEL, LANDMARK_MODEL, read_task_model, write_task_models
from str_live.untrusted.unreadable import UnreadableError
from str_live.weights.own import WeightsError, load_network, save_network
from str_live.weights.published import load_h36m_regressor, load_mean_body, load_vibe
from tests.body.test_smpl_files import dense, smpl_arrays, write_pickle
from tests.datasets.published.database_files import arrays as database_arrays
from tests.datasets.published.database_files import dump
from tests.network.small_network import network
from tests.record.synthetic_results import leave_as_a_crash_would, result
from tests.weights.test_published import write as write_checkpoint

FEATURES = 32
FRAMES = 8
VERTICES = 40


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    name: str
    """Of the file, with the suffix by which it is known."""
    write: Callable[[Path], object]
    """Makes a small valid one."""
    read: Callable[[Path], object]
    """The door that the program uses."""
    error: type[Exception]
    """The one class that the door may raise."""


def recording(path: Path) -> NpzRecorder:
    """A recording of ours, not ended yet."""
    recorder = NpzRecorder()
    recorder.start(path, RecordingInfo(Settings(), "weights", "body", ""))
    for index in range(4):
        recorder.write(result(index))
    return recorder


def write_journal(path: Path) -> None:
    """What a crash leaves of a recording."""
    whole = path.with_suffix("")
    assert leave_as_a_crash_would(recording(whole), whole) == path


def write_amass(path: Path, save: Callable = np.savez, **changes: object) -> None:
    """A sequence of AMASS's; keywords change arrays."""
    poses = np.tile(np.linspace(0.0, 1.0, FRAMES)[:, None], (1, 156))
    arrays = {"poses": poses, "trans": np.zeros((FRAMES, 3)), "betas": np.ones(16), "gender": "male"}
    save(path, **arrays, mocap_framerate=60.0, **changes)


def write_stage_two(path: Path) -> None:
    """AMASS's SMPL-X layout, with its pickled dictionary."""
    root, body = np.zeros((FRAMES, 3)), np.full((FRAMES, 63), 0.1)
    vids = {"C7": 3470}
    np.savez(path, root_orient=root, pose_body=body, trans=root, mocap_frame_rate=120.0, markers=vids)


def write_pickled_motion(path: Path) -> None:
    """Arrays within a pickled dictionary."""
    inner = {"pose": np.full((FRAMES, 72), 0.1), "trans": np.zeros((FRAMES, 3)), "betas": np.zeros(10)}
    np.savez(path, wham=np.array({0: inner}, dtype=object))


def write_database(path: Path) -> None:
    content = small_database()
    np.savez(path, **content) if path.suffix == ".npz" else dump(content, path, protocol=4, aligned=True)


def small_database() -> dict[str, np.ndarray]:
    """3DPW's keys with few frames and channels."""
    content = database_arrays("3dpw", FRAMES)
    return {**content, "features": content["features"][:, :FEATURES]}


def write_part(path: Path) -> None:
    parts = Parts(path.parent / "a.pt", {}, ["a"])
    parts.write(0, Part(np.ones((3, 4), np.float32), {"bbox": np.ones((3, 4))}, 3, 0))
    parts.path(0).replace(path)


def read_part(path: Path) -> Part:
    """Through the folder that a database's parts lie in."""
    parts = Parts(path.parent / "a.pt", {}, ["a"])
    parts.path = lambda number: path
    return parts.read(0)


def write_motion(path: Path) -> None:
    rotmat = np.tile(np.eye(3, dtype=np.float32), (5, 24, 1, 1))
    clip = MotionClip("a", "b", "c", rotmat, np.zeros((5, 3), np.float32), 30)
    write_motion_cache(path, [clip], np.zeros((24, 3)))


def write_bundle(path: Path) -> None:
    """mediapipe's two models, as far as this program looks into them."""
    model = b"\x1c\0\0\0TFL3" + bytes(range(256))
    write_task_models(path, {FINDER_MODEL: model, LANDMARK_MODEL: model})


def read_bundle(path: Path) -> np.ndarray:
    """The landmark model's bytes."""
    return np.frombuffer(read_task_model(path), np.uint8)


def write_boxes(path: Path) -> None:
    np.savez(path, video=np.array(["a.mp4"] * 3), frame_id=np.arange(3), bbox=np.full((3, 4), 50.0))


FORMATS = (
    Format("body.npz", lambda path: np.savez(path, **dense(smpl_arrays())), read_body, BodyFileError),
    Format("sparse.npz", lambda path: np.savez(path, **smpl_arrays()), read_body, BodyFileError),
    Format("body.pkl", lambda path: write_pickle(path, smpl_arrays()), read_body, BodyFileError),
    Format("own.npz", lambda path: recording(path).stop(), load_recording, RecordingError),
    Format("own.npz.part", write_journal, load_recording, RecordingError),
    Format("amass.npz", write_amass, load_recording, RecordingError),
    Format("packed.npz", lambda path: write_amass(path, np.savez_compressed), load_recording, RecordingError),
    Format("stageii.npz", write_stage_two, load_recording, RecordingError),
    Format("wham.npz", write_pickled_motion, load_recording, RecordingError),
    Format("ours.safetensors", lambda path: save_network(network(), path), load_network, WeightsError),
    Format(
        "small.safetensors",
        lambda path: save_network(network(), path, precision="int8"),
        load_network,
        WeightsError,
    ),
    Format(
        "vibe.pth.tar",
        lambda path: write_checkpoint(path, VIBE),
        lambda path: load_vibe(path, width=16, hidden=8),
        WeightsError,
    ),
    Format(
        "old.pth.tar",
        lambda path: write_checkpoint(path, VIBE, old=True),
        lambda path: load_vibe(path, width=16, hidden=8),
        WeightsError,
    ),
    Format(
        "smpl_mean_params.npz",
        lambda path: np.savez(path, pose=np.ones(144), shape=np.ones(10), cam=np.ones(3)),
        load_mean_body,
        WeightsError,
    ),
    Format(
        "J_regressor_h36m.npy",
        lambda path: np.save(path, np.eye(17, VERTICES)),
        lambda path: load_h36m_regressor(path, VERTICES),
        WeightsError,
    ),
    Format(
        "3dpw_db.pt", write_database, lambda path: read_database(path, "3dpw", width=FEATURES), DatabaseError
    ),
    Format(
        "3dpw_db.npz", write_database, lambda path: read_database(path, "3dpw", width=FEATURES), DatabaseError
    ),
    Format("part.npz", write_part, read_part, ExtractError),
    Format("boxes.npz", write_boxes, BoxFile, ExtractError),
    Format("landmarks.task", write_bundle, read_bundle, UnreadableError),
    Format("motion.npz", write_motion, read_motion_cache, ValueError),
)


def arrays_of(value: object) -> Iterator[np.ndarray]:
    """All arrays of numbers in what a reader returned."""
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    if isinstance(value, torch.Tensor):
        value = value.detach().float().numpy()
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiub":
            yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from arrays_of(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from arrays_of(entry)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_of(getattr(value, field.name))
