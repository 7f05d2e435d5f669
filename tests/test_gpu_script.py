"""`.ci/gpu`, with a stand-in for Python that takes notes: what it runs, in which order, what failures do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "gpu"
STAND_IN = """#!/bin/sh
case "$*" in
    *is_available*) echo "$CUDA" ;;
    *find_spec*) ;;
    -c*) ;;
    *) echo "$*" >> "$CALLS" ;;
esac
case "$*" in *"${BROKEN:-nothing}"*) exit 3 ;; esac
"""

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "timeout", "ldconfig"))), reason="needs bash and Linux's tools"
)


class Machine:
    """A folder for results, one for what was packed, and a Python that only notes its arguments."""

    def __init__(self, folder: Path) -> None:
        self.out, self.pack, self.calls = folder / "out", folder / "pack", folder / "calls"
        self.python = folder / "python"
        self.python.write_text(STAND_IN)
        self.python.chmod(0o755)
        (self.pack / "data").mkdir(parents=True)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        places = {"OUT": self.out, "PACK": self.pack, "PYTHON": self.python, "CALLS": self.calls}
        told = {name: str(place) for name, place in places.items()}
        return subprocess.run(
            ["bash", SCRIPT, *arguments],
            env={**os.environ, "CUDA": "True", **told, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def modules(self) -> list[str]:
        """What ran: module and its options, one a line."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_all_steps_run_in_their_order_and_leave_a_log(machine):
    done = machine.run()
    assert done.returncode == 0, done.stdout
    kinds = [call.split()[1] for call in machine.modules]
    assert kinds[0] == "pytest"
    assert set(kinds[1:-1]) == {"str_live.speed"}
    assert kinds[-1] == "str_live.train.images"
    assert (machine.out / "log.txt").read_text() == done.stdout
    assert (machine.out / "bench.json").exists()


def test_the_training_takes_the_minutes_and_options_that_are_given(machine):
    assert machine.run("train", "2.5", "--", "--seed", "4").returncode == 0
    (call,) = machine.modules
    assert "--minutes 2.5" in call
    assert call.endswith("--seed 4")
    assert f"--state {machine.out}/images" in call


def test_the_training_takes_what_is_left_of_a_slice(machine):
    machine.run("train", SLICE_MINUTES="3")
    (call,) = machine.modules
    minutes = float(call.split("--minutes ")[1].split()[0])
    assert 1.5 < minutes <= 2.0
    assert machine.run("train", SLICE_MINUTES="1").returncode == 1


def test_a_slice_goes_on_from_the_packed_state_unless_there_is_a_newer_one(machine):
    (machine.pack / "images").mkdir()
    progress = machine.pack / "images" / "progress.json"
    progress.write_text("packed")
    machine.run("train", "1")
    assert (machine.out / "images" / "progress.json").read_text() == "packed"
    progress.write_text("older")
    machine.run("train", "1")
    assert (machine.out / "images" / "progress.json").read_text() == "packed"


def test_what_fails_is_named_and_the_rest_runs(machine):
    done = machine.run("bench", "train", "1", BROKEN="--random-weights")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith("== failed: bench published")
    assert [call.split()[1] for call in machine.modules][-1] == "str_live.train.images"


@pytest.mark.parametrize("step", ["check", "bench", "train"])
def test_without_cuda_a_step_says_so_in_a_sentence(machine, step):
    done = machine.run(step, CUDA="False")
    assert done.returncode == 1
    assert f"{step}: torch sees no CUDA card here, so this waits for a machine with one" in done.stdout
    assert not machine.modules


def test_the_processor_may_train_when_it_is_asked_to(machine):
    assert machine.run("train", "1", "--", "--device", "cpu", CUDA="False").returncode == 0
    assert "--device cpu" in machine.modules[0]


def test_without_packed_data_training_says_what_to_run(machine):
    (machine.pack / "data").rmdir()
    done = machine.run("train", "1")
    assert done.returncode == 1
    assert "run .ci/gpu prepare" in done.stdout
    assert not machine.modules


def test_an_unknown_step_names_those_there_are(machine):
    done = machine.run("chekc")
    assert done.returncode == 2
    assert "choose among check, bench and train [MINUTES]" in done.stderr
    for word in ("prepare", "check", "bench", "train [MINUTES]"):
        assert word in machine.run("--help").stdout
