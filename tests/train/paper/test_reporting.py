"""What people see of a run: a bar on a terminal, lines in a log."""

from __future__ import annotations

import io
import logging
import sys

import pytest

from str_live.train.paper import loop
from tests.train.paper.tiny_run import config, training


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_on_a_terminal_and_lines_elsewhere(tmp_path, caplog, monkeypatch, terminal):
    monkeypatch.setattr(loop, "LOG_EVERY", 1)
    seen = Terminal() if terminal else io.StringIO()
    with caplog.at_level(logging.INFO), monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", seen)
        training(config(epochs=1, iterations=2), tmp_path).run()
    # A quick run may end before the bar is drawn again: its beginning is what is sure.
    assert ("epoch 1/1:" in seen.getvalue() and "/2 [" in seen.getvalue()) == terminal
    assert ("epoch 1/1, 2/2: loss" in caplog.text) != terminal
    assert "epoch 1/1 in" in caplog.text
