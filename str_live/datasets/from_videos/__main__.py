"""`python -m str_live.datasets.from_videos`: features of your videos, as VIBE's databases hold them.

    python -m str_live.datasets.from_videos film.mp4 folder --out mine_db.pt --backbone spin.pth.tar
    python -m str_live.datasets.from_videos clip.mp4 --out mine_db.pt --front-end landmarks
    python -m str_live.datasets.from_videos --labels 3dpw_test_db.pt --images 3DPW --out new/3dpw_test_db.pt

Videos and folders of pictures become the dataset "video" (2D joints by mediapipe); with --labels an older
database keeps all it has but its features. `--boxes` is JSON {"film": {"person": {"frames": [0, 1, ...],
"bbox": [[centre x, centre y, width, height], ...]}}}, or an npz of video, frame_id, bbox and person.
An interrupted run goes on with the video it stopped at; `torchrun --nproc-per-node N -m
str_live.datasets.from_videos ...` shares the videos among N processes. Beside OUT lies a JSON file that says
how it was made.
"""

from __future__ import annotations

import argparse
import logging
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from str_live.datasets.from_videos.boxes import BoxFile
from str_live.datasets.from_videos.encoders import ENCODERS, Encoder, make_encoder
from str_live.datasets.from_videos.films import find_films
from str_live.datasets.from_videos.labels import Labels
from str_live.datasets.from_videos.parts import Parts
from str_live.datasets.from_videos.people import Finder, LandmarksInBox, Told, Tracked, rows_of
from str_live.datasets.from_videos.rows import ExtractError, Job
from str_live.datasets.from_videos.work import extract_share, merge, wait_for_others
from str_live.datasets.published.checksums import md5_of
from str_live.interruption import interruptible
from str_live.network.device import local_device
from str_live.person.crop import CROP_SCALE
from str_live.person.detector import MediapipePose
from str_live.person.tracker import PersonTracker
from str_live.process import prepare_to_compute
from str_live.weights.own import WeightsError


def main(argv: list[str] | None = None) -> None:
    """Parse, extract, put together."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    try:
        run(arguments, rank, world)
    except (ExtractError, WeightsError) as error:
        raise SystemExit(str(error)) from error


def build_parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("videos", type=Path, nargs="*", help="videos, folders of pictures, or folders of these")
    add("--out", type=Path, required=True, help="the database to write, such as mine_db.pt")
    add("--front-end", choices=ENCODERS, default="resnet", help="what makes features (default %(default)s)")
    add("--backbone", type=Path, help="SPIN's checkpoint, for resnet")
    add("--weights", type=Path, help="a checkpoint of ours, for landmarks; default: the delivered one")
    add("--boxes", type=Path, help="who is where; default: one person a video, found by mediapipe")
    add("--labels", type=Path, help="an older database whose rows to see again")
    add("--images", type=Path, help="with --labels: the folder that holds its pictures")
    add(
        "--crop-scale",
        type=float,
        default=CROP_SCALE,
        help="side of the crop over that of the box (%(default)s)",
    )
    add("--fps", type=float, default=30.0, help="rate of folders of pictures (default %(default)s)")
    add("--every", type=int, default=1, metavar="N", help="take each N-th frame: 2 makes 25 of 50 a second")
    add("--limit", type=int, metavar="N", help="take N frames of each video at most")
    add("--batch", type=int, default=64, help="crops at once (default %(default)s)")
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--merge", action="store_true", help="make the database of the videos done up to now")
    return parser


def run(arguments: argparse.Namespace, rank: int, world: int) -> None:
    """This process's share of the videos; the first process makes the database. Raises ExtractError."""
    out: Path = arguments.out
    if out.exists():
        raise ExtractError(f"{out} is there already: remove it, or give another --out")
    check(arguments)
    encoder = make_encoder(
        arguments.front_end,
        backbone=arguments.backbone,
        weights=arguments.weights,
        device=local_device(arguments.device),
    )
    labels = None
    if arguments.labels is not None:
        looked_for = LandmarksInBox(MediapipePose()) if encoder.wants_landmarks else None
        labels = Labels(
            arguments.labels, arguments.images, crop_scale=arguments.crop_scale, landmarks=looked_for
        )
    jobs = labels.jobs() if labels else film_jobs(arguments, encoder)
    plan = make_plan(arguments, encoder)
    parts = Parts(out, plan, [job.name for job in jobs])
    if not arguments.merge:
        extract_share(jobs, parts, encoder, arguments.batch, rank, world)
    if rank == 0:
        if not arguments.merge:
            wait_for_others(parts)
        merge(parts, labels, out, plan)


def check(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be meant, before anything is loaded."""
    wrong = {
        "give videos or folders of pictures, or --labels": not (arguments.videos or arguments.labels),
        "give either videos or --labels": arguments.videos and arguments.labels,
        "--labels needs --images, the folder of its pictures": arguments.labels and not arguments.images,
        "--labels has boxes of its own: leave --boxes out": arguments.labels and arguments.boxes,
        "--every, --limit, --batch, --fps and --crop-scale are above 0": min(
            arguments.every,
            1 if arguments.limit is None else arguments.limit,
            arguments.batch,
            arguments.fps,
            arguments.crop_scale,
        )
        <= 0,
        f"{arguments.out}: the name of a database ends in .pt": arguments.out.suffix != ".pt",
    }
    for message, holds in wrong.items():
        if holds:
            raise ExtractError(message)


def film_jobs(arguments: argparse.Namespace, encoder: Encoder) -> list[Job]:
    """A job for each of the user's films."""
    films = find_films(arguments.videos)
    finder: Finder
    if arguments.boxes is None:
        finder = Tracked(PersonTracker())
    else:
        boxes = BoxFile(arguments.boxes)
        unknown = [film.name for film in films if film.name not in boxes.films]
        if unknown:
            raise ExtractError(
                f"{arguments.boxes} has no boxes of {unknown[0]}: it knows {', '.join(sorted(boxes.films))}"
            )
        finder = Told(boxes, LandmarksInBox(MediapipePose()) if encoder.wants_landmarks else None)
    chosen = {name: getattr(arguments, name) for name in ("crop_scale", "fps", "every", "limit")}
    return [Job(film.name, partial(rows_of, film, finder, **chosen)) for film in films]


def make_plan(arguments: argparse.Namespace, encoder: Encoder) -> dict[str, Any]:
    """What the parts of one database share, and what is written beside it."""
    files = {name: getattr(arguments, name) for name in ("boxes", "labels")}
    return {
        **asdict(encoder.origin),
        "crop_scale": arguments.crop_scale,
        "every": arguments.every,
        "limit": arguments.limit,
        **{
            name: None if path is None else f"{path.name}, md5 {md5_of(path)}" for name, path in files.items()
        },
    }


if __name__ == "__main__":
    prepare_to_compute()
    with interruptible("the same command goes on with the video that was not finished"):
        main()
