"""Writes dictionaries of arrays as joblib does, without joblib. (untrusted/joblib_dump.py reads them.)"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

from str_live.files import written_whole


def save_joblib(content: Mapping[str, object], path: Path) -> None:
    """Write a dictionary of arrays that untrusted/joblib_dump.py and joblib.load read, in one go.

    A plain pickle: joblib's own wrappers spare memory, but it reads files without them as well. Protocol 4 is
    what Python 3.7 knows, which TCMR's and VIBE's code was written for.
    """
    with written_whole(path) as partial, partial.open("wb") as file:
        pickle.dump(dict(content), file, protocol=4)
