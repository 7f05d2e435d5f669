"""Two processes learn from a batch what one process would: torchrun's way, on the CPU."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import torch
from torch import distributed, multiprocessing

from str_live.train.paper.config import PaperConfig
from str_live.train.paper.distributed import Processes, join_processes
from tests.train.paper.tiny_run import config, training


def settings() -> PaperConfig:
    """Without dropout, whose noise differs from process to process."""
    plain = config(epochs=1, iterations=2, batch_2d=3, batch_3d=3)
    return replace(plain, network=replace(plain.network, regressor_dropout=0.0))


def one_of_two(rank: int, folder: str, port: int) -> None:
    """What torchrun would start."""
    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    processes = join_processes(torch.device("cpu"))
    assert processes == Processes(rank, 2)
    run = training(settings(), Path(folder) / "two", processes)
    run.run()
    torch.save(run.recipe.learner.network.state_dict(), Path(folder) / f"weights_{rank}.pt")
    gradients = {
        name: p.grad for name, p in run.recipe.learner.network.named_parameters() if p.grad is not None
    }
    torch.save(gradients, Path(folder) / f"gradients_{rank}.pt")
    distributed.destroy_process_group()


def test_two_processes_learn_what_one_does(tmp_path):
    one = training(settings(), tmp_path / "one")
    one.run()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(one_of_two, (str(tmp_path), port), nprocs=2)
    parameters = dict(one.recipe.learner.network.named_parameters())
    for rank in range(2):
        gradients = torch.load(tmp_path / f"gradients_{rank}.pt")
        assert gradients.keys() == {name for name, p in parameters.items() if p.grad is not None}
        for name, gradient in gradients.items():
            torch.testing.assert_close(gradient, parameters[name].grad, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(
        torch.load(tmp_path / "weights_0.pt"), torch.load(tmp_path / "weights_1.pt"), rtol=0, atol=0
    )
    two = json.loads((tmp_path / "two" / "history.jsonl").read_text())
    assert abs(two["loss"] - one.recipe.history[0]["loss"]) < 1e-3 * one.recipe.history[0]["loss"]
