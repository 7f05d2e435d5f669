"""MD5 of files, by which published databases are told apart; of large files it is computed only once.

In: a path. Out: the digest as authors publish it. Reading 18 GB for nothing but this takes minutes, so the
digest of a large file is kept in the user's cache folder, and holds as long as the file's size and time of
change do.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from tqdm import tqdm

from str_live.files import cache_folder, written_whole

logger = logging.getLogger(__name__)

LARGE_BYTES = 64 << 20
"""Smaller files are read faster than it is worth remembering."""
_BLOCK = 1 << 20


def md5_of(path: Path) -> str:
    """MD5 of a file's content, computed or remembered; raises OSError where it cannot be read."""
    state = path.stat()
    if state.st_size < LARGE_BYTES:
        return _computed(path, shown=False)
    found = {"path": str(path.resolve()), "bytes": state.st_size, "changed_ns": state.st_mtime_ns}
    note = cache_folder() / "md5" / f"{hashlib.md5(found['path'].encode()).hexdigest()}.json"
    remembered = _read(note)
    if all(remembered.get(key) == value for key, value in found.items()):
        return str(remembered["md5"])
    logger.info("%s: computing its md5 once, %.1f GB", path.name, state.st_size / 1e9)
    digest = _computed(path, shown=True)
    _write(note, {**found, "md5": digest})
    return digest


def _computed(path: Path, *, shown: bool) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    size = path.stat().st_size
    with (
        path.open("rb") as file,
        tqdm(
            total=size, desc="md5", unit="B", unit_scale=True, leave=False, disable=None if shown else True
        ) as bar,
    ):
        while block := file.read(_BLOCK):
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


def _read(note: Path) -> dict[str, object]:
    """What is remembered; nothing where that cannot be read, for then it is computed anew."""
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and "md5" in content else {}


def _write(note: Path, content: dict[str, object]) -> None:
    """Remember in one go, as several processes may do so at once."""
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(note) as partial:
            partial.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        logger.warning("the md5 will be computed again next time: %s", error)
