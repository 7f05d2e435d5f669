"""Databases are written as joblib reads them."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.published.joblib_file import save_joblib
from str_live.untrusted.joblib_dump import load_joblib

CONTENT = {
    "float": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "names": np.array(["downtown_0", "office"]),
}


def test_what_is_written_is_read_here_and_by_joblib(tmp_path):
    save_joblib(CONTENT, tmp_path / "a.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]  # and no part of it beside it
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    for content in (load_joblib(tmp_path / "a.pt"), joblib.load(tmp_path / "a.pt")):
        assert content.keys() == CONTENT.keys()
        for name, array in CONTENT.items():
            np.testing.assert_array_equal(content[name], array)
            assert content[name].dtype == array.dtype
