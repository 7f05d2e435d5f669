"""An emulated machine with V4L2 cameras, where vm_script.py runs beside the other tests: it takes minutes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MACHINE = ROOT.parent / "shared" / "camera-vm" / "camera-vm"
FILM = ROOT.parent / "shared" / "data" / "clips" / "squats.mp4"
IMAGE = Path(os.environ.get("CAMERA_VM_CACHE", Path.home() / ".cache" / "camera-vm"))
SECONDS = 600
"""At most, for all that happens in there."""


def why_not() -> str:
    """Why the machine cannot run here; '' where it can."""
    if not MACHINE.is_file() or not FILM.is_file():
        return f"needs {MACHINE} and {FILM}"
    if not (IMAGE / "vmlinuz").is_file() or not (IMAGE / "initrd.gz").is_file():
        return f"the machine's image is not built: run {MACHINE} build"
    if shutil.which("qemu-system-x86_64") is None:
        return "needs QEMU"
    return ""


class EmulatedMachine:
    """Runs from its making on; `output` is what vm_script.py prints, and what went wrong."""

    def __init__(self, folder: Path) -> None:
        options = ["--vivid", "2", "--loopback", f"Squats={FILM}", "--seconds", str(SECONDS)]
        script = [sys.executable, str(Path(__file__).with_name("vm_script.py"))]
        self.output = folder / "camera-vm.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(MACHINE), "run", *options, "--", *script],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                start_new_session=True,
            )

    def end(self) -> None:
        """End it with all that it started, if it still runs."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)
