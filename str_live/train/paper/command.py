"""`python -m str_live.train paper CONFIG`: train STR, TCMR or VIBE on databases of features.

CONFIG is a JSON file, or a name in str_live/train/configs. Reads everything first, so that errors come before
epoch one. Goes on where an interrupted run stopped. To spread each batch over N cards:
`torchrun --nproc-per-node N -m str_live.train paper CONFIG`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence as Several
from pathlib import Path

import torch
from torch.utils.data import Dataset

from str_live.body.smpl_files import BodyFileError
from str_live.dataclass_json import ConfigError
from str_live.datasets.measured_body import load_measured_body
from str_live.datasets.published.databases import DatabaseError, read_database
from str_live.datasets.published.insta import InstaDatabase
from str_live.datasets.published.sequences import DatabaseSequences, InstaSequences, Sequence
from str_live.network.device import DeviceError, local_device
from str_live.network.network import Network
from str_live.temporal import STR
from str_live.train.loop import Loop
from str_live.train.paper.batches import make_shares
from str_live.train.paper.config import DATASETS_2D, DatabaseConfig, PaperConfig, find_config, read_config
from str_live.train.paper.distributed import join_processes
from str_live.train.paper.learner import Learner
from str_live.train.paper.network import start_regressor, start_regressor_from
from str_live.train.paper.options import PRECISIONS, RunOptions
from str_live.train.paper.trainer import PaperTrainer, TrainingData
from str_live.train.smoother import initialise_as_smoother
from str_live.weights.own import WeightsError

logger = logging.getLogger(__name__)

DATABASES = Path("data/preprocessed_data")
"""TCMR's own folder names: a checkout of it, or links, can be used as they are."""
BASE = Path("data/base_data")
USER_ERRORS = (ConfigError, DatabaseError, WeightsError, BodyFileError, DeviceError)
"""What a user did or can mend; the message says how."""


def train_paper(
    name: str,
    *,
    databases: Path = DATABASES,
    base: Path | None = BASE,
    out: Path | None = None,
    changes: Several[str] = (),
    device: str = "",
    options: RunOptions | None = None,
) -> PaperTrainer:
    """Train the configuration `name`, going on where an earlier run in `out` stopped. Raises USER_ERRORS.

    `base` None takes the free body, with which nothing compares to published tables.
    """
    path = find_config(name)
    config = read_config(path, changes)
    logger.info("%s: %s", path, config.about)
    where = local_device(device)
    processes = join_processes(where)
    torch.manual_seed(config.seed)
    network = Network(config.network.config())
    head = network.only_head
    if config.start_from_spin:
        if base is None:
            raise ConfigError("start_from_spin needs the folder of base data: give --base, or set it false")
        start_regressor(head.regressor, base)
    if config.start_regressor_from:
        start_regressor_from(head.regressor, databases / config.start_regressor_from)
    if config.start_as_smoother:
        assert isinstance(head.temporal, STR)
        initialise_as_smoother(head.temporal, torch.Generator().manual_seed(config.seed))
    data = read_data(config, databases, base, describe=processes.is_first)
    learner = Learner(config, network, data.body, device=where, options=options, processes=processes)
    folder = out or Path("runs") / path.stem
    trainer = PaperTrainer(config, data, learner, folder)
    Loop(trainer, folder / "state.pt", curves=folder, save_minutes=learner.options.save_minutes).run()
    return trainer


def read_data(
    config: PaperConfig, databases: Path, base: Path | None, *, describe: bool = True
) -> TrainingData:
    """Every file of the run, read and checked; `describe` also notes md5 and shapes of each."""
    body = load_measured_body(base)
    logger.info("body: %s", body.description)
    validation = read_database(
        databases / config.validation.file, config.validation.dataset, width=config.network.width
    )
    if validation.joints3d is None:
        raise DatabaseError(validation.path, "validation needs 3D joints")
    kinds: tuple[list[Dataset[Sequence]], list[Dataset[Sequence]]] = ([], [])
    read = [validation.describe()]
    for entry in config.train:
        sequences = _sequences(entry, config, databases)
        if not len(sequences):
            raise DatabaseError(databases / entry.file, "no video in it has 16 frames")
        kinds[entry.dataset not in DATASETS_2D].append(sequences)
        if describe:
            read.append(sequences.database.describe())
            if entry.dataset == "insta":  # the others were logged when they were read
                logger.info(read[-1])
            logger.info("%s: %d windows", entry.file, len(sequences))
    shares = make_shares(*kinds, (config.batch_2d, config.batch_3d))
    return TrainingData(shares, validation, body, {"databases": "\n".join(read), "body": body.description})


def _sequences(
    entry: DatabaseConfig, config: PaperConfig, folder: Path
) -> DatabaseSequences | InstaSequences:
    """The windows of one of the run's files."""
    path, width = folder / entry.file, config.network.width
    step = config.step if entry.step is None else entry.step
    every = config.network.learns_all_frames
    if entry.dataset == "insta":
        return InstaSequences(InstaDatabase(path, width=width), step=step, all_frames=every)
    database = read_database(path, entry.dataset, width=width)
    return DatabaseSequences(database, step=step, w_3d=entry.w_3d, w_smpl=entry.w_smpl, all_frames=every)


def run(arguments: argparse.Namespace) -> None:
    """Train what the options describe; raises USER_ERRORS."""
    options = RunOptions(
        workers=arguments.workers,
        precision=arguments.precision,
        compile=arguments.compile,
        save_minutes=arguments.save_minutes,
    )
    train_paper(
        arguments.config,
        databases=arguments.databases,
        base=None if arguments.free_body else arguments.base,
        out=arguments.out,
        changes=arguments.set,
        device=arguments.device,
        options=options,
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `run` takes."""
    options = RunOptions()
    add = parser.add_argument
    add("config", metavar="CONFIG", help="a JSON file or a name in str_live/train/configs")
    add("--databases", type=Path, default=DATABASES, help="folder of *_db.pt files (default %(default)s)")
    add("--base", type=Path, default=BASE, help="SMPL, its regressors, SPIN's weights (default %(default)s)")
    add("--free-body", action="store_true", help="no SMPL: train on the free body instead")
    add("--out", type=Path, metavar="FOLDER", help="of checkpoints, history and state (default: runs/CONFIG)")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a change: network.temporal=tcmr")
    add("--device", default="", help="cpu, cuda, ... (default: CUDA where there is one)")
    add("--precision", choices=PRECISIONS, default=options.precision,
        help="of the network, not of losses; auto measures what is faster (default %(default)s)")  # fmt: skip
    add("--workers", type=int, default=options.workers, help="processes that load sequences")
    add("--compile", action="store_true", help="torch.compile the network: slow to start, then faster")
    add("--save-minutes", type=float, default=options.save_minutes, metavar="M",
        help="minutes after which the state is written within an epoch (default %(default)s)")  # fmt: skip
