"""Damaged files of every format load to finite arrays of the right shapes, or end in one sentence.

`make fuzz` tries more of them: FUZZ_FILES is how many of each format, FUZZ_SEED where the seeds begin.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.formats import FORMATS, Format, arrays_of
from tests.fuzz.mutations import MUTATIONS, mutated

FILES = int(os.environ.get("FUZZ_FILES", "400"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))
MOST_GROWTH_KB = 200_000
"""Of the process while reading files of at most a megabyte: one claim that is believed takes more."""
HANG_S = 30


@pytest.fixture
def _no_hang():
    """Turns a reader that does not come back into a failure that names where it is."""

    def stop(*_):
        raise AssertionError("the reader hangs")

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def largest_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def shapes(value: object) -> list[tuple[int, ...]]:
    """Of all arrays, without their first number: frames may be lost, or taken for others."""
    return [array.shape[1:] for array in arrays_of(value)]


def fault(form: Format, path: Path, right: list[tuple[int, ...]]) -> str:
    """'' where the file loads to sane arrays or is refused properly, else what is wrong."""
    try:
        found = form.read(path)
    except form.error as error:
        proper = path.name in str(error) and "\n" not in str(error)
        return "" if proper else f"a poor sentence: {type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if shapes(found) != right:
        return f"other shapes: {shapes(found)}"
    bad = [array.shape for array in arrays_of(found) if not np.isfinite(array).all()]
    return f"not finite: {bad}" if bad else ""


@pytest.mark.usefixtures("_no_hang")
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_damaged_files_load_sanely_or_are_refused_in_one_sentence(form, tmp_path):
    source, target = tmp_path / "whole" / form.name, tmp_path / "damaged" / form.name
    source.parent.mkdir()
    form.write(source)
    whole = source.read_bytes()
    target.parent.mkdir()
    target.write_bytes(whole)
    right = shapes(form.read(target))
    before = largest_kb()
    for seed in range(FIRST_SEED, FIRST_SEED + FILES):
        shutil.rmtree(target.parent)
        target.parent.mkdir()
        target.write_bytes(mutated(whole, seed))
        signal.alarm(HANG_S)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrong = fault(form, target, right)
        assert not wrong, f"{form.name}, seed {seed} ({MUTATIONS[seed % len(MUTATIONS)].__name__}): {wrong}"
    assert largest_kb() - before < MOST_GROWTH_KB
