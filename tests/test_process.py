"""What is set for a whole process: by one file only, and fitting the machine."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from str_live import process

ROOT = Path(__file__).parents[1]
FILES = [*sorted((ROOT / "str_live").rglob("*.py")), ROOT / "main.py"]
SETTERS = {"set_num_threads", "set_num_interop_threads", "setNumThreads", "set_default_device"}
SETTERS |= {"set_default_dtype", "set_flush_denormal", "set_float32_matmul_precision"}
HOOKS = {"sys.excepthook", "threading.excepthook", "faulthandler.enable"}


def mentioned(file: Path) -> set[str]:
    """What of SETTERS and HOOKS a file names."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            found |= {node.attr} & SETTERS | {ast.unparse(node)} & HOOKS
    return found


def test_one_file_sets_threads_and_hooks():
    setting = {file.name: mentioned(file) for file in FILES if mentioned(file)}
    assert setting == {"process.py": {"set_num_threads", *HOOKS}}


@pytest.mark.parametrize(
    "module",
    [f"str_live.{name}" for name in ("__main__", "speed.__main__", "train.__main__")]
    + [f"str_live.{name}" for name in ("evaluate.__main__", "evaluate.clips.__main__", "benchmark.__main__")],
)
def test_every_program_prepares_its_process_first(module):
    text = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    assert any(name.startswith("prepare_to_") for name in calls)


def test_constructing_an_engine_leaves_the_threads_alone():
    code = "import torch; torch.set_num_threads(3)\nfrom str_live.live.engine import Engine, Parts\n"
    code += "from str_live.settings import Settings\nEngine(Settings(device='cpu'), Parts()).close()\n"
    code += "print(torch.get_num_threads())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.split() == ["3"]


@pytest.mark.parametrize(
    ("prepare", "cores", "told", "threads"),
    [
        *(("run", 2, "", 1), ("run", 6, "", 4), ("run", 64, "", 8), ("run", 64, "3", 3), ("run", 4, "16", 2)),
        *(("train", 1, "", 1), ("train", 16, "", 8), ("train", 16, "1", 1)),
        *(("compute", 12, "", 12), ("share", 12, "", 1)),
    ],
)
def test_threads_follow_from_the_cores_and_the_work(monkeypatch, prepare, cores, told, threads):
    seen = []
    monkeypatch.setattr("torch.set_num_threads", seen.append)
    monkeypatch.setattr(process, "usable_cores", lambda: cores)
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": told})
    getattr(process, f"prepare_to_{prepare}")()
    assert seen == [threads]


@pytest.mark.parametrize(
    ("limit", "usable"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1)]
)
def test_a_container_that_may_use_few_cores_counts_as_few(monkeypatch, tmp_path, limit, usable):
    path = tmp_path / "cpu.max"
    path.write_text(limit)
    monkeypatch.setattr(process, "CGROUP_LIMIT", path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert process.usable_cores() == usable


def test_a_process_that_is_bound_to_a_core_counts_one(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "CGROUP_LIMIT", tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5}, raising=False)
    assert process.usable_cores() == 1


def test_what_nobody_catches_is_logged_and_told_from_every_thread():
    code = """
import logging, threading
from str_live.process import listen, report_everything
report_everything(logging.WARNING)
listen(lambda error: print("told", error))
def fail(text): raise ValueError(text)
thread = threading.Thread(target=fail, args=("beside",), name="worker"); thread.start(); thread.join()
fail("before")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ended.returncode == 1
    assert ended.stdout.splitlines() == ["told beside", "told before"]
    assert "CRITICAL str_live: the thread worker failed" in ended.stderr
    assert "CRITICAL str_live: the program failed" in ended.stderr
    assert ended.stderr.count("ValueError: ") == 2


def test_a_listener_that_ended_hears_no_more():
    heard = []
    process.listen(heard.append)()
    process.report(ValueError("alone"), "the test")
    assert heard == []
