"""Builds the benchmark's databases from the free motion: the same files for the same inputs, byte for byte.

In: the folder of the free motion and the weights whose front end makes the features. Out: five databases that
`read_database` takes as the dataset "freemocap", the weights' per-frame regressor as a checkpoint (the start
of every method and a row of its own), and manifest.json, which says what everything was made of. With
rendered pictures (pictures.py) there is such a folder for each front end, all of the same pictures.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from str_live.benchmark.people import MARGIN, held_out_people, training_people
from str_live.benchmark.pictures import Studio, photographed
from str_live.benchmark.recordings import Recorder, Recording
from str_live.benchmark.scenes import SHOT, Scene, held_out_scenes, training_scenes
from str_live.datasets.measured_body import load_measured_body
from str_live.datasets.motion import load_motion
from str_live.datasets.motion.catalogue import FIRST_ONLY
from str_live.datasets.motion.clip import MotionClip
from str_live.datasets.motion.split import clips_of
from str_live.datasets.published.databases import md5_of
from str_live.datasets.simulated.bodies import read_point_body
from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.datasets.simulated.poses import PoseSampler
from str_live.features.landmarks import LandmarkEncoder
from str_live.files import FREE_BODY, written_whole
from str_live.network.network import Network, features_config
from str_live.settings import FRONT_ENDS
from str_live.weights.own import WeightsError, load_network, save_network
from str_live.weights.own_images import load_images

logger = logging.getLogger(__name__)

DATASET = "freemocap"
START = f"{DATASET}_frame.safetensors"
"""The per-frame network behind the features: what SPIN is to 3DPW's."""
MANIFEST = "manifest.json"
INPUTS = "inputs.json"
"""Beside the folders of rendered pictures: what they were begun with."""
MIXED = "mixed"
"""Condition of training and validation: all of CONDITIONS by turns, scene by scene."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what."""

    seed: int = 1
    training_scenes: int = 3600
    training_frames: int = 48
    training_people: int = 400
    validation_people: int = 20
    validation_cameras: int = 1
    test_people: int = 40
    test_cameras: int = 1
    motion_without: tuple[str, ...] = FIRST_ONLY
    """Sources of motion, or groups of them, that are left out."""


PICTURES_PLAN = Plan(training_scenes=1200)
"""Rendering takes its time. The training has as many steps, so each scene serves three times as often."""


def build(motion: Path, weights: Path, out: Path, plan: Plan | None = None) -> dict[str, str]:
    """Write everything to the folder `out`; the md5 of each file.

    Raises WeightsError where `weights` has no landmark encoder, NotADirectoryError without the motion.
    """
    plan = plan or Plan()
    network = load_network(weights)
    if not isinstance(network.encoder, LandmarkEncoder):
        raise WeightsError(f"{weights} has no landmark encoder: give weights of the landmark front end")
    points = read_point_body(FREE_BODY)
    recorder = Recorder(network.encoder, points, load_measured_body(None))
    clips = load_motion(motion, points.joint_mean.numpy(), plan.motion_without)
    out.mkdir(parents=True, exist_ok=True)
    for name, (scenes, condition) in planned(clips, plan).items():
        logger.info("%s: condition %s", name, condition)
        write_database(out / name, recorded(recorder, scenes, condition))
    return write_start_and_manifest(out, network, weights, plan, clips)


def build_pictures(
    data: Path, landmarks: Path, images: Path, out: Path, plan: Plan | None = None, *, jobs: int = 1
) -> dict[str, dict[str, str]]:
    """The same scenes rendered, a folder in `out` for each front end; front end -> file -> its md5.

    `data` is the folder of all free data: motion/ and backgrounds/. Raises as `build` does, WeightsError
    where `images` was not trained on `landmarks`, ValueError where `out` was begun from something else.
    Finished databases are kept, so it goes on after a break.
    """
    plan = plan or PICTURES_PLAN
    network = load_network(landmarks)
    load_images(images, "both", landmarks)  # what is wrong with them is said here, once
    rest_joints = read_point_body(FREE_BODY).joint_mean.numpy()
    clips = load_motion(data / "motion", rest_joints, plan.motion_without)
    _demand_same_inputs(out / INPUTS, plan, landmarks, images)
    studio = Studio(landmarks, images, data / "backgrounds", PoseSampler.of_clips(clips_of(clips, "train")))
    folders = {name: out / name for name in FRONT_ENDS}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    for name, (scenes, condition) in planned(clips, plan).items():
        if all((folder / name).exists() for folder in folders.values()):
            logger.info("%s: finished", name)
            continue
        logger.info("%s: condition %s", name, condition)
        parts: list[dict[str, Recording]] = []
        for part in photographed(studio, in_turns(scenes, condition), jobs=jobs):
            parts.append(part)
            if len(parts) % 100 == 0:
                logger.info("%s: %d scenes", name, len(parts))
        for front_end, folder in folders.items():
            write_database(folder / name, (part[front_end] for part in parts))
    pictures = {"file": images.name, "md5": md5_of(images)}
    return {
        front_end: write_start_and_manifest(
            folder, network, landmarks, plan, clips, front_end=front_end, images=pictures
        )
        for front_end, folder in folders.items()
    }


def _demand_same_inputs(path: Path, plan: Plan, *weights: Path) -> None:
    """Note what databases are made from, before the first one; raises ValueError where it was another."""
    inputs = json.dumps({"plan": asdict(plan), "weights": [md5_of(path) for path in weights]}, indent=1)
    if path.exists() and path.read_text(encoding="utf-8") != inputs:
        raise ValueError(
            f"{path.parent} was begun with another plan or other weights: give another --out, or remove it"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(inputs, encoding="utf-8")


def write_start_and_manifest(
    out: Path, network: Network, weights: Path, plan: Plan, clips: list[MotionClip], **more: object
) -> dict[str, str]:
    """The per-frame network and manifest.json, beside finished databases; the md5 of each file."""
    save_network(per_frame_network(network), out / START)
    files = {path.name: md5_of(path) for path in sorted(out.glob(f"{DATASET}_*"))}
    manifest = {
        **more,
        "plan": asdict(plan),
        "shot_frames": SHOT,
        "margin_betas": MARGIN,
        "conditions": {name: asdict(view) for name, view in CONDITIONS.items()},
        "weights": {"file": weights.name, "md5": md5_of(weights), "front_end_md5": front_end_md5(network)},
        "clips": {split: [clip.name for clip in clips_of(clips, split)] for split in ("validation", "test")},
        "files": files,
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return files


def planned(clips: list[MotionClip], plan: Plan) -> Mapping[str, tuple[Iterable[Scene], str]]:
    """File -> its scenes and their condition. The three test sets show the same scenes."""
    people = training_people(plan.training_people, plan.seed)
    validation, test = (clips_of(clips, split) for split in ("validation", "test"))
    poses = PoseSampler.of_clips(clips_of(clips, "train"))
    test_scenes = list(
        held_out_scenes(
            test,
            held_out_people(plan.test_people, plan.seed + 1, people),
            cameras=plan.test_cameras,
            seed=plan.seed + 2,
        )
    )
    validation_scenes = held_out_scenes(
        validation,
        held_out_people(plan.validation_people, plan.seed + 3, people),
        cameras=plan.validation_cameras,
        seed=plan.seed + 4,
    )
    train_scenes = training_scenes(
        poses, people, count=plan.training_scenes, frames=plan.training_frames, seed=plan.seed + 5
    )
    return {
        database_name("train"): (train_scenes, MIXED),
        database_name("val"): (validation_scenes, MIXED),
        **{database_name(f"test_{name}"): (test_scenes, name) for name in CONDITIONS},
    }


def database_name(part: str) -> str:
    """'train', 'val', 'test_normal', ... -> the file's name."""
    return f"{DATASET}_{part}_db.npz"


def recorded(recorder: Recorder, scenes: Iterable[Scene], condition: str) -> Iterator[Recording]:
    """What the front end reports of each scene."""
    for scene, name in in_turns(scenes, condition):
        yield recorder.record(scene, CONDITIONS[name])


def in_turns(scenes: Iterable[Scene], condition: str) -> Iterator[tuple[Scene, str]]:
    """Each scene with the condition that it is seen in."""
    turns = list(CONDITIONS) if condition == MIXED else [condition]
    for number, scene in enumerate(scenes):
        yield scene, turns[number % len(turns)]


def write_database(path: Path, recordings: Iterable[Recording]) -> None:
    """All recordings end to end, under the keys of 3DPW's databases. Atomically."""
    parts = list(recordings)
    lengths = [len(part.features) for part in parts]
    with written_whole(path) as partial, partial.open("wb") as file:
        np.savez(
            file,
            vid_name=np.repeat(np.array([part.name for part in parts]), lengths),
            frame_id=np.concatenate([np.arange(length) for length in lengths]),
            features=np.concatenate([part.features for part in parts]),
            pose=np.concatenate([part.pose for part in parts]),
            shape=np.concatenate([part.shape for part in parts]),
            joints3D=np.concatenate([part.joints3d for part in parts]),
            joints2D=np.concatenate([part.joints2d for part in parts]),
            bbox=np.concatenate([part.bbox for part in parts]),
            valid=np.ones(sum(lengths), bool),
        )


def front_end_md5(network: Network) -> str:
    """MD5 of the tensors that the benchmark uses: equal for all files with the same frozen front end."""
    digest = hashlib.md5(usedforsecurity=False)
    for part in (network.encoder, network.head("frame").regressor):
        for tensor in part.state_dict().values():
            digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def per_frame_network(network: Network) -> Network:
    """The weights' own network without time, on features: as the paper's training has it."""
    width, hidden = network.config.width, network.config.regressor_hidden
    config = features_config("frame", width=width, regressor_hidden=hidden, regressor_dropout=0.0)
    alone = Network(config)
    alone.heads["frame"] = network.head("frame")
    return alone
