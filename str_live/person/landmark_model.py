"""The landmark model of a user's .task bundle, as mediapipe wants it: a file of its own in the cache folder.

Its name is the checksum of its content, so one that is there already is the right one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from str_live.files import cache_folder, written_whole
from str_live.untrusted.task_bundle import read_task_model
from str_live.untrusted.unreadable import UnreadableError


class DetectorError(RuntimeError):
    """A bundle that cannot be used; the message says what to do."""


def landmark_model_of(bundle: Path) -> Path:
    """The bundle's landmark model as a .tflite file; raises DetectorError."""
    try:
        model = read_task_model(bundle)
    except UnreadableError as error:
        raise DetectorError(str(error)) from error
    path = cache_folder() / "landmark_models" / f"{hashlib.sha256(model).hexdigest()}.tflite"
    try:
        if not path.is_file() or path.stat().st_size != len(model):
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as partial:
                partial.write_bytes(model)
    except OSError as error:
        raise DetectorError(
            f"{bundle.name} cannot be unpacked into {path.parent} ({error.strerror}): make room there"
        ) from error
    return path
