"""Reads a recording and writes its exports in a thread of its own; signals bring the GUI thread the news."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.body.skinning import load_body
from str_live.body.smpl_files import BodyFileError
from str_live.export import (
    ExportError,
    FormatOptions,
    Take,
    TakeOptions,
    check_outputs,
    export_take,
    make_take,
    output_of,
)
from str_live.export.resample import natural_rate
from str_live.record.read import RecordingError, Together, load_together

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is written of one recording."""

    recording: Path
    body: Path | None
    """The body that the motion is put on; None: the free one."""
    name: str
    """What the take is called inside the files."""
    outputs: tuple[Path, ...]
    take: TakeOptions
    form: FormatOptions


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a recording is."""

    frames: int
    seconds: float
    """From the first frame to the last."""
    fps: float


class ExportJob(QObject):
    """One reading or exporting at a time. All methods belong to the GUI thread, where all signals arrive."""

    measured = pyqtSignal(object)
    """Extent of the recording that was looked at."""
    begun = pyqtSignal(object)
    """Path of a file that is being written from now on."""
    written = pyqtSignal(object)
    """Path of a file that is whole."""
    refused = pyqtSignal(object, str)
    """Path of a file that was not written, and the sentence why."""
    failed = pyqtSignal(str)
    """The sentence why nothing at all can be written."""
    ended = pyqtSignal()
    """The last signal of every reading and exporting."""
    _over = pyqtSignal()
    """The thread's own: `ended` then reaches everybody in one turn of the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._read: tuple[Path, Together] | None = None
        """What was read last; the running thread's alone."""
        self.busy = False
        """From the start of something to its `ended`."""
        self._over.connect(self._end)

    def look_at(self, recording: Path) -> None:
        """Read a recording: `measured` or `failed`, then `ended`."""
        self._start(lambda: self._look_at(recording))

    def export(self, order: Order) -> None:
        """Write files: for each `begun` and `written` or `refused`, or one `failed`; then `ended`."""
        self._start(lambda: self._export(order))

    def cancel(self) -> None:
        """Begin no further file; the one that is being written becomes whole."""
        self._cancelled.set()

    def stop(self, timeout_s: float) -> None:
        """Cancel, and wait for the thread."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _start(self, work: Callable[[], None]) -> None:
        assert not self.busy
        if self._thread is not None:
            self._thread.join()  # it has announced its end
        self.busy = True
        self._cancelled.clear()
        self._thread = threading.Thread(target=self._run, args=(work,), name="export")
        self._thread.start()

    def _end(self) -> None:
        self.busy = False
        self.ended.emit()

    def _run(self, work: Callable[[], None]) -> None:
        """The thread: every trouble becomes a sentence."""
        try:
            work()
        except (ExportError, RecordingError, BodyFileError) as error:
            self.failed.emit(str(error))
        except Exception as error:
            logger.exception("the export failed")
            self.failed.emit(f"Unexpected, please report it: {type(error).__name__}: {error}")
        finally:
            self._over.emit()

    def _recording(self, path: Path) -> Together:
        if self._read is None or self._read[0] != path:
            self._read = None  # before the next one takes its memory
            self._read = path, load_together(path)
        return self._read[1]

    def _look_at(self, path: Path) -> None:
        self._read = None  # it may have grown since
        times = self._recording(path).timestamps
        self.measured.emit(Extent(len(times), float(times[-1] - times[0]), natural_rate(times)))

    def _export(self, order: Order) -> None:
        check_outputs(order.recording, order.outputs)
        people, body = self._recording(order.recording).people, load_body(order.body)
        for person in people:
            take = make_take(person, body, order.take, name=order.name)
            for path in order.outputs:
                if self._cancelled.is_set():
                    return
                self._write(take, path if len(people) == 1 else output_of(path, person.number), order.form)

    def _write(self, take: Take, path: Path, form: FormatOptions) -> None:
        self.begun.emit(path)
        try:
            export_take(take, path, form)
        except ExportError as error:
            self.refused.emit(path, str(error))
        else:
            self.written.emit(path)
