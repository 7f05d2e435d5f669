"""Lines that nobody reads end nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMME = """
import sys
from str_live.console import complain, say
sys.stdin.readline()
told = say("figures" * 10000), complain("trouble" * 10000)
open(sys.argv[1], "w").write(str(told))
"""


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_reader_that_has_gone_is_survived_in_silence(closed, tmp_path):
    out = tmp_path / "told"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAMME, out],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    getattr(process, closed).close()
    setattr(process, closed, None)
    said, errors = process.communicate(b"\n", timeout=20)
    assert process.returncode == 0
    assert out.read_text() == str((closed != "stdout", closed != "stderr"))
    assert (errors or b"") == (b"" if closed == "stderr" else b"trouble" * 10000 + b"\n")
    assert (said or b"") == (b"" if closed == "stdout" else b"figures" * 10000 + b"\n")
