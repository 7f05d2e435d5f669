"""Reads a recording and writes its exports in a thread of its own; signals bring the GUI thread the news."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from str_live.body.skinning import load_body
from str_live.body.smpl_files import BodyFileError
from str_live.camera import SourceError
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
from str_live.export.lens import LensChoice
from str_live.export.resample import natural_rate
from str_live.record.read import RecordingError, Together, load_together
from str_live.settings import Settings
from str_live.ui.export_run import Extent, FilmOrder, is_recording, measure, run

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is written of one recording or film."""

    recording: Path
    """Or a film: its range is run first, and recorded beside the outputs."""
    body: Path | None
    """The body that the motion is put on; None: the free one."""
    name: str
    """What the take is called inside the files."""
    outputs: tuple[Path, ...]
    take: TakeOptions
    form: FormatOptions
    lens: LensChoice = field(default_factory=LensChoice)
    film: FilmOrder | None = None
    settings: Settings = field(default_factory=Settings)
    """Of the network that finds bodies where the source is a film."""


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
    progressed = pyqtSignal(int, int)
    """Pictures that are done, and of how many (0: not known), while film or recording are made."""
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
        except (ExportError, RecordingError, BodyFileError, SourceError) as error:
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
        if not is_recording(path):
            self.measured.emit(measure(path))
            return
        times = self._recording(path).timestamps
        self.measured.emit(Extent(len(times), float(times[-1] - times[0]), natural_rate(times)))

    def _export(self, order: Order) -> None:
        check_outputs(order.recording, order.outputs)
        recording, options = self._run_first(order), order.take
        if self._cancelled.is_set() or not order.outputs:
            return
        if recording != order.recording:
            options = replace(options, trim_s=(0.0, math.inf))  # no more was recorded
        people, body = self._recording(recording).people, load_body(order.body)
        for person in people:
            person_options = replace(options, lens=order.lens.lens_of(person))
            take = make_take(person, body, person_options, name=order.name)
            for path in order.outputs:
                if self._cancelled.is_set():
                    return
                self._write(take, path if len(people) == 1 else output_of(path, person.number), order.form)

    def _run_first(self, order: Order) -> Path:
        """Make the film, and of a film the recording; the recording that is exported."""
        record, film = None, order.film
        if not is_recording(order.recording) and order.outputs:
            record = _free(order.outputs[0].with_name(f"{order.name}_take.npz"))
        if film is None and record is None:
            return order.recording
        made = [path for path in (record, None if film is None else film.path) if path is not None]
        for path in made:
            if path.resolve() == order.recording.resolve():
                raise ExportError(f"{path} is the film itself: choose another folder.")
            self.begun.emit(path)
        settings = replace(order.settings, body="" if order.body is None else str(order.body))
        try:
            run(
                order.recording,
                settings,
                order.take.trim_s,
                record=record,
                film=film,
                progress=lambda done, total: self.progressed.emit(done, total or 0),
                cancelled=self._cancelled,
            )
        except ExportError as error:
            if record is not None or film is None:
                raise
            self.refused.emit(film.path, str(error))
        else:
            for path in made if not self._cancelled.is_set() else ():
                self.written.emit(path)
        return record or order.recording

    def _write(self, take: Take, path: Path, form: FormatOptions) -> None:
        self.begun.emit(path)
        try:
            export_take(take, path, form)
        except ExportError as error:
            self.refused.emit(path, str(error))
        else:
            self.written.emit(path)


def _free(path: Path) -> Path:
    """That name, or one with a number where it is taken: nobody's recording is replaced."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free
