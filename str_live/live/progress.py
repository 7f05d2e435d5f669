"""A bar on stderr that says how far a run without a window is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

_SELDOM_S = 5.0
"""Between two lines of the bar where no terminal can draw it in one place."""


@contextmanager
def progress_bar(*, shown: bool, title: str = "") -> Iterator[tqdm]:
    """A bar over the pictures of a run, whose `total` may be set later; messages go above it meanwhile."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    bar = tqdm(
        desc=title or None,
        unit=" pictures",
        disable=not shown,
        dynamic_ncols=True,
        mininterval=0.1 if terminal else _SELDOM_S,
        ascii=None if terminal else " #",
    )
    with bar, logging_redirect_tqdm():
        yield bar


def on_terminal() -> bool:
    """Whether somebody looks at stderr."""
    return sys.stderr is not None and sys.stderr.isatty()
