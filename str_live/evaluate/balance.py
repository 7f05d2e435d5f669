"""`python -m str_live.evaluate.balance`: the app's own engine on a real clip with triangulated 3D joints.

Runs mediapipe once over balance_cam03.mp4, then the Engine of the window for every network variant and
look-ahead, and compares 12 limb joints with balance_joints3d.trc: PA-MPJPE over all frames, acceleration
error at 30 frames a second (every second frame, centred on the joints' mean, after one rotation for the whole
clip), and the mean acceleration beside it, because a body that never moves has a small error too. One man,
one camera: a smoke test of the real thing, not a benchmark.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from str_live.camera import SourceError
from str_live.camera.film import Film
from str_live.evaluate.metrics import accel_error_mm, accel_mm, best_rotation, pa_mpjpe_mm
from str_live.interruption import interruptible
from str_live.live.engine import Engine
from str_live.messages import Frame, Person
from str_live.person.left_right import LeftRightGuard
from str_live.person.tracker import PersonTracker
from str_live.process import prepare_to_run
from str_live.settings import (
    FRONT_ENDS,
    NETWORK_NAMES,
    SWITCHES,
    NetworkSettings,
    Settings,
    SourceSettings,
    VariantSettings,
)
from str_live.skeleton import LIMB_JOINTS, LIMB_LANDMARKS
from str_live.weights.load import load_parts

MARKERS = [
    side + part for part in ("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle") for side in ("L", "R")
]


@dataclass(frozen=True, slots=True)
class Score:
    """How one way of tracking did on the clip."""

    name: str
    pa_mpjpe_mm: float
    accel_error_mm: float
    """mm/frame^2 at 30 frames a second, as is the next."""
    accel_mm: float


class RepeatedPersons:
    """A tracker that gives, frame by frame, what another one found before: mediapipe then runs only once."""

    def __init__(self, persons: list[Person | None]) -> None:
        self._persons = persons

    def find(self, frame: Frame) -> Person | None:
        """The person found in the frame of this number."""
        return self._persons[frame.index]

    def close(self) -> None:
        """Nothing is held."""


def read_trc(path: Path) -> np.ndarray:
    """(N, 12, 3) metres: the limb joints of a .trc file in the axes of its calibration."""
    lines = path.read_text().splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name.strip()]
    rows = [[float(cell) for cell in line.split("\t") if cell.strip()] for line in lines[5:] if line.strip()]
    markers = np.array(rows)[:, 2:].reshape(len(rows), -1, 3)
    return markers[:, [names.index(name) for name in MARKERS]][..., [2, 0, 1]]


def read_frames(path: Path) -> list[Frame]:
    """All frames of a video, in memory."""
    try:
        with Film(path) as film:
            return [
                Frame(image, index, index / film.fps, 0, epoch=1)
                for index, image in enumerate(film.pictures())
            ]
    except SourceError as error:
        raise SystemExit(f"{error} Give the folder that holds balance_cam03.mp4 with --clips.") from error


def score(name: str, joints: np.ndarray, reference: np.ndarray) -> Score:
    """(N, 12, 3) metres at 60 frames a second, both -> Score."""
    joints = joints - joints.mean(1, keepdims=True)
    reference = reference - reference.mean(1, keepdims=True)
    turned = joints @ best_rotation(joints.reshape(-1, 3), reference.reshape(-1, 3)).T
    halves = [(turned[start::2], reference[start::2]) for start in (0, 1)]
    return Score(
        name,
        pa_mpjpe_mm(joints, reference),
        float(np.mean([accel_error_mm(*half) for half in halves])),
        float(np.mean([accel_mm(half[0]) for half in halves])),
    )


def mediapipe_own(frames: Iterable[Frame]) -> np.ndarray:
    """(N, 12, 3) world landmarks of mediapipe as it comes, its own smoothing on."""
    import mediapipe

    found = []
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
        for frame in frames:
            landmarks = pose.process(cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)).pose_world_landmarks
            if landmarks is None:
                raise SystemExit(f"mediapipe lost the person in frame {frame.index}: no figures")
            found.append([(point.x, point.y, point.z) for point in landmarks.landmark])
    return np.array(found)[:, LIMB_LANDMARKS]


def engine_joints(engine: Engine, frames: Iterable[Frame]) -> np.ndarray:
    """(N, 12, 3) limb joints of variant A in the camera frame."""
    results = [result for frame in frames for result in engine.process(frame)] + engine.flush()
    shown = [(result.raw_bodies or result.bodies)[0].joints_cam for result in results]
    return np.stack(shown)[:, LIMB_JOINTS]


def variants(networks: Collection[str]) -> list[tuple[str, NetworkSettings, int]]:
    """Names, networks and look-aheads to compare: those of `networks`, which have weights."""
    rows = [("per frame", NetworkSettings("frame"), 0)]
    for rival in ("tcmr", "vibe"):
        if rival in networks:
            rows += [(f"{NETWORK_NAMES[rival]}, look-ahead {k}", NetworkSettings(rival), k) for k in (2, 7)]
    if "str" not in networks:
        return rows
    everything = NetworkSettings()
    rows += [(f"STR, look-ahead {k}", everything, k) for k in range(8)]
    rows += [(f"STR without {name}, look-ahead 2", everything.without(name), 2) for name in SWITCHES]
    rows.append(("STR with all modules off", everything.without(*SWITCHES), 2))
    return rows


def main() -> None:
    """Track, run all variants, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"), help="folder of the clip")
    parser.add_argument("--front-end", choices=FRONT_ENDS, default="landmarks")
    parser.add_argument(
        "--weights", nargs="*", default=[], help="checkpoints; the default weights without it"
    )
    parser.add_argument("--out", type=Path, help="write the scores as JSON")
    arguments = parser.parse_args()

    frames = read_frames(arguments.clips / "balance_cam03.mp4")
    reference = read_trc(arguments.clips / "balance_joints3d.trc")[: len(frames)]
    settings = Settings(
        source=SourceSettings(realtime=False),
        front_end=arguments.front_end,
        weights=tuple(arguments.weights),
        device="cpu",
    )
    parts = load_parts(settings)
    assert parts.model is not None
    with PersonTracker(segmentation=parts.model.needs_mask) as tracker:
        persons = [tracker.find(frame) for frame in frames]
    if None in persons:
        raise SystemExit(f"the person was lost in frame {persons.index(None)}: no figures")
    guard = LeftRightGuard()
    guarded = [
        guard(person, frame.time_s)
        for person, frame in zip(persons, frames, strict=True)
        if person is not None
    ]
    world = np.stack([person.world_landmarks for person in guarded])[:, LIMB_LANDMARKS]
    scores = [
        score("mediapipe's world landmarks", mediapipe_own(frames), reference),
        score("the same, unsmoothed, sides guarded", world, reference),
    ]
    for name, network, lookahead in variants(parts.model.networks):
        chosen = replace(settings, variant_a=VariantSettings(network), lookahead=lookahead)
        engine = Engine(chosen, parts, tracker=cast(PersonTracker, RepeatedPersons(persons)))
        scores.append(score(name, engine_joints(engine, frames), reference))
    print(f"{'':36} PA-MPJPE  accel error  acceleration")
    print(f"{'':36}       mm   mm/frame^2    mm/frame^2")
    for row in scores:
        print(f"{row.name:36} {row.pa_mpjpe_mm:8.1f} {row.accel_error_mm:12.1f} {row.accel_mm:13.1f}")
    print(f"{'the reference itself':36} {0:8.1f} {0:12.1f} {score('', reference, reference).accel_mm:13.1f}")
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(row) for row in scores], indent=1))


if __name__ == "__main__":
    prepare_to_run()
    with interruptible("start it again"):
        main()
