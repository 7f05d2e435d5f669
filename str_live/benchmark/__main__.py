"""`python -m str_live.benchmark`: the free benchmark "free-mocap", on free data and a CPU.

    build    make its databases from the free motion
    run      train and measure all methods on it, or the ablation of any configuration
    report   tables and figures of what is finished
    kinds    the app's own weights on held-out recordings, by kind of motion

The same commands serve the licensed databases: `run --config str_without_3dpw_mpii3d --ablation --databases
data/preprocessed_data --base data/base_data --test mpii3d_val_scale12_db.pt` trains and measures the rows of
the paper's Table 2, and `report` with the same options writes it.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path

from str_live.benchmark.build import PICTURES_PLAN, Plan, build, build_pictures, database_name
from str_live.benchmark.kinds import kinds_table, score_kinds
from str_live.benchmark.report import streaming_table, write_report
from str_live.benchmark.rows import ABLATION, BEST, FULL, METHODS, ROWS, rows_named
from str_live.benchmark.runs import Task, run_all
from str_live.datasets.motion import load_motion
from str_live.datasets.motion.split import clips_of
from str_live.datasets.simulated.bodies import read_point_body
from str_live.datasets.simulated.conditions import CONDITIONS
from str_live.files import FREE_BODY
from str_live.interruption import interruptible
from str_live.process import prepare_to_share
from str_live.settings import TEMPORAL_NETWORKS
from str_live.train.paper.command import USER_ERRORS
from str_live.train.paper.config import find_config
from str_live.view.headless import NoOpenGLError
from str_live.weights.own import DEFAULT_WEIGHTS, IMAGE_WEIGHTS

DATA = Path("data/free_mocap")
PICTURES = Path("data/free_mocap_pictures")
CONFIG = "free_mocap"
FREE_TESTS = tuple(database_name(f"test_{name}") for name in CONDITIONS)


def main(argv: list[str] | None = None) -> None:
    """Parse and do one of the four."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        arguments.do(arguments)
    except (*USER_ERRORS, NoOpenGLError, NotADirectoryError, ValueError) as error:
        raise SystemExit(str(error)) from error


def build_parser() -> argparse.ArgumentParser:
    """The four commands and their options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    _add_build(commands.add_parser("build", help="make the databases"))
    _add_run(commands.add_parser("run", help="train and measure"))
    _add_report(commands.add_parser("report", help="tables and figures"))
    _add_kinds(commands.add_parser("kinds", help="weights by kind of motion"))
    return parser


def _add_build(parser: argparse.ArgumentParser) -> None:
    plan = Plan()
    add = parser.add_argument
    add("--data", type=Path, default=Path("../shared/data"), help="folder of the free data")
    add(
        "--weights",
        type=Path,
        default=DEFAULT_WEIGHTS["landmarks"],
        help="whose front end makes the features",
    )
    add(
        "--pictures",
        action="store_true",
        help="render the same scenes, for the features of all front ends: a folder each (an hour of a core)",
    )
    add("--images", type=Path, default=IMAGE_WEIGHTS, help="weights of the image front ends")
    add("--jobs", type=int, default=1, help="processes that render")
    add("--out", type=Path, help=f"default {DATA}, with --pictures {PICTURES}")
    add("--training-scenes", type=int, help=f"default {plan.training_scenes}, with --pictures a third")
    add(
        "--motion-without",
        default=",".join(plan.motion_without),
        metavar="SOURCES",
        help="leave these out (default %(default)s); none, snu",
    )
    add("--seed", type=int, default=plan.seed)
    parser.set_defaults(do=_build)


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_task(parser)
    add = parser.add_argument
    add("--seeds", type=int, nargs="+", default=[1, 2, 3])
    add("--rows", nargs="+", metavar="ROW", help=f"of {', '.join(ROWS)}; default: the main table's")
    add(
        "--ablation", action="store_true", help="the rows of the paper's Table 2, of any configuration of STR"
    )
    add("--jobs", type=int, default=1, help="runs side by side, a thread each")
    parser.set_defaults(do=_run)


def _add_report(parser: argparse.ArgumentParser) -> None:
    _add_task(parser)
    add = parser.add_argument
    add("--out", type=Path, default=Path("docs/benchmark"), help="folder of tables and figures")
    add("--figure-video", default="", help="of the first test set; default: its longest")
    add(
        "--streaming",
        action="store_true",
        help="TCMR and STR with look-ahead 0 to 7 too, on the first test set",
    )
    parser.set_defaults(do=_report)


def _add_kinds(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--motion",
        type=Path,
        default=Path("../shared/data/motion"),
        help="folder of the motion, or a cache of it",
    )
    add(
        "--motion-without",
        default="none",
        metavar="SOURCES",
        help="leave these out (default %(default)s); snu",
    )
    add(
        "--weights",
        type=Path,
        nargs="+",
        default=[DEFAULT_WEIGHTS["landmarks"]],
        help="of the landmark front end",
    )
    add("--networks", nargs="+", choices=TEMPORAL_NETWORKS, default=TEMPORAL_NETWORKS, help="default: all")
    add("--split", choices=("validation", "test"), default="test")
    add("--condition", choices=list(CONDITIONS), default="normal", help="in which people are seen")
    add("--every", type=int, default=1, metavar="N", help="only every N-th shot: quicker")
    add("--ablate", action="store_true", help="STR also without its modules, and how far that moves joints")
    add("--out", type=Path, help="write the scores as JSON")
    parser.set_defaults(do=_kinds)


def _add_task(parser: argparse.ArgumentParser) -> None:
    """Which configuration on which data: the same for `run` and `report`."""
    add = parser.add_argument
    add("--config", default=CONFIG, help="a JSON file or a name in str_live/train/configs")
    add("--databases", type=Path, default=DATA, help="folder of the configuration's databases")
    add("--base", type=Path, help="folder of SMPL and its joint regressors; without it the free body")
    add("--test", nargs="+", default=FREE_TESTS, metavar="FILE", help="test sets in the folder of databases")
    add("--runs", type=Path, help="folder of the runs (default runs/CONFIG, or runs/CONFIG_FOLDER for\n"
        "other databases of the benchmark)")  # fmt: skip
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a change in every row")


def task_of(arguments: argparse.Namespace) -> Task:
    """What the options describe. Runs on rendered pictures lie apart from those on simulated landmarks."""
    runs = Path("runs") / find_config(arguments.config).stem
    if arguments.config == CONFIG and arguments.databases != DATA:
        runs = runs.with_name(f"{runs.name}_{arguments.databases.name}")
    return Task(
        config=arguments.config,
        databases=arguments.databases,
        base=arguments.base,
        tests=tuple(arguments.test),
        out=arguments.runs or runs,
        changes=tuple(arguments.set),
    )


def _build(arguments: argparse.Namespace) -> None:
    plan = replace(
        PICTURES_PLAN if arguments.pictures else Plan(),
        seed=arguments.seed,
        motion_without=tuple(arguments.motion_without.split(",")),
    )
    if arguments.training_scenes:
        plan = replace(plan, training_scenes=arguments.training_scenes)
    data, weights = arguments.data, arguments.weights
    if arguments.pictures:
        out = arguments.out or PICTURES
        built = build_pictures(data, weights, arguments.images, out, plan, jobs=arguments.jobs)
        files = {out / name: md5s for name, md5s in built.items()}
    else:
        out = arguments.out or DATA
        files = {out: build(data / "motion", weights, out, plan)}
    for folder, md5s in files.items():
        for name, md5 in md5s.items():
            print(f"{md5}  {folder / name}")


def _run(arguments: argparse.Namespace) -> None:
    if arguments.rows:
        rows = rows_named(arguments.rows)
    elif arguments.ablation:
        rows = [FULL, *ABLATION]
    elif arguments.config == CONFIG:
        rows = list(METHODS)
    else:
        raise ValueError("for another configuration than the benchmark's say --ablation, or --rows")
    run_all(task_of(arguments), rows, arguments.seeds, jobs=arguments.jobs)


def _report(arguments: argparse.Namespace) -> None:
    task = task_of(arguments)
    written = write_report(task, arguments.out, methods=METHODS, figure_video=arguments.figure_video)
    if arguments.streaming:
        path = arguments.out / "streaming.md"
        streamed = [ROWS["tcmr"], FULL, BEST]
        path.write_text(streaming_table(task, streamed, task.tests[0]), encoding="utf-8")
        written.append(str(path))
    print("\n".join(written))


def _kinds(arguments: argparse.Namespace) -> None:
    points = read_point_body(FREE_BODY)
    clips = load_motion(arguments.motion, points.joint_mean.numpy(), arguments.motion_without.split(","))
    held = clips_of(clips, arguments.split)
    view = CONDITIONS[arguments.condition]
    scores = score_kinds(
        arguments.weights,
        held,
        points,
        view,
        temporal=arguments.networks,
        every=max(arguments.every, 1),
        ablate=arguments.ablate,
    )
    print(kinds_table(scores), end="")
    if arguments.out:
        content = {name: [asdict(score) for score in rows] for name, rows in scores.items()}
        arguments.out.write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    prepare_to_share()  # rows run side by side, not threads: the network is small
    with interruptible("the same command goes on with what is not done yet"):
        main()
