"""Commands that changed their names say the new one, and that one is there."""

from __future__ import annotations

import re
import runpy
import sys

import pytest

OLD = [
    "bench",
    "evaluate.balance",
    "train.extract",
    "train",
    "train.free_body",
    "train.images",
    "train.motion",
    "train.render_clip",
    "train.synthetic",
]


@pytest.mark.parametrize("old", OLD)
def test_an_old_name_tells_the_new_one(old, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [old])
    monkeypatch.delitem(sys.modules, f"str_live.{old}.__main__", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"str_live.{old}", run_name="__main__")
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    new = re.search(r"is `python -m ([\w.]+)( [^`]+)?` now", line)
    assert new is not None
    # Whatever other tests imported is out of runpy's way, as in the process of a user who types the command.
    for module in (new[1], f"{new[1]}.__main__"):
        if not hasattr(sys.modules.get(module), "__path__"):
            monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr("sys.argv", [new[1], *(new[2] or "").split(), "--help"])
    with pytest.raises(SystemExit) as helped:
        runpy.run_module(new[1], run_name="__main__")
    assert helped.value.code == 0


def test_a_command_that_is_not_needed_any_more_tells_what_is_instead(capsys):
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("str_live.train.paper.export_for_app", run_name="__main__")
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert "--weights best.safetensors" in line
    assert line.count("\n") == 1
