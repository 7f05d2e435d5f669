"""All 32 settings of the switches over the present film: a thread of its own, and the row that starts it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from str_live.addresses import public_text
from str_live.live.switches.report import CSV_NAME, FIGURE_NAME
from str_live.settings import Settings

logger = logging.getLogger(__name__)

START, CANCEL = "Run all 32 on this film", "Cancel"
_FILES = f"{CSV_NAME} and {FIGURE_NAME}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run, and where its files go."""

    settings: Settings
    """With the film as its source."""
    name: str
    """The film's, for the report."""
    folder: Path


Progress = Callable[[int, int | None], bool]
Work = Callable[[Order, Progress], "list[Path] | None"]
"""Runs an order; gives the files that it wrote, None where it was told to stop."""


class CannotRun(Exception):
    """The film, the weights or the body cannot be used; the message is a sentence that says what to do."""


def run_order(order: Order, progress: Progress) -> list[Path] | None:
    """Every frame of the film through all 32 networks, then the files. Raises CannotRun, OSError."""
    # These bring torch: the tests of the window do without.
    from str_live.body.smpl_files import BodyFileError
    from str_live.camera import SourceError
    from str_live.live.switches.cases import combinations
    from str_live.live.switches.film import measure_film
    from str_live.live.switches.report import FilmReport, write_report
    from str_live.network.device import DeviceError
    from str_live.weights.load import load_parts
    from str_live.weights.own import WeightsError

    try:
        parts = load_parts(order.settings)
        figures = measure_film(order.settings, parts, combinations(), progress=progress)
    except (SourceError, WeightsError, BodyFileError, DeviceError) as error:
        raise CannotRun(str(error)) from error
    if figures is None or parts.runner is None:
        return None
    weights = parts.runner.info.name
    return write_report(FilmReport(order.name, weights, order.settings.lookahead, figures), order.folder)


class FilmRun(QObject):
    """One run at a time. All methods belong to the GUI thread, where all signals arrive."""

    progressed = pyqtSignal(int, object)
    """Frames that are done, and how many there are (None: not known)."""
    ended = pyqtSignal(str, object)
    """'' or the sentence why nothing was written, and the files that were."""

    def __init__(self, work: Work = run_order, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self.ended.connect(self._note_end)
        self.busy = False
        """From the start to `ended`."""

    def start(self, order: Order) -> None:
        """Begin; `ended` follows."""
        assert not self.busy
        self.busy = True
        self._cancelled.clear()
        self._thread = threading.Thread(target=self._run, args=(order,), name="switches", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End it after the frame that is being worked on; nothing is written."""
        self._cancelled.set()

    def stop(self, timeout_s: float) -> None:
        """Cancel, and wait for the thread."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _note_end(self) -> None:
        self.busy = False

    def _progress(self, done: int, frames: int | None) -> bool:
        self.progressed.emit(done, frames)
        return not self._cancelled.is_set()

    def _run(self, order: Order) -> None:
        """The thread: every trouble becomes a sentence."""
        files: list[Path] = []
        text = ""
        try:
            files = self._work(order, self._progress) or []
            text = "" if files else "Cancelled: nothing was written."
        except (CannotRun, OSError) as error:
            text = public_text(str(error))
        except Exception as error:  # the top of the thread: report, never die silently
            logger.exception("the switches could not be run over the film")
            text = f"Unexpected, please report it: {type(error).__name__}: {public_text(str(error))}"
        self.ended.emit(text, files)


class FilmRunRow(QWidget):
    """The button, the bar, and where the files go. GUI thread."""

    def __init__(
        self, run: FilmRun, make_order: Callable[[], Order | str], parent: QWidget | None = None
    ) -> None:
        """`make_order` gives what could be run now, or the sentence why nothing can be."""
        super().__init__(parent)
        self._run, self._make_order = run, make_order
        self._ended: Order | str | None = None
        """What the text on screen is the end of."""
        self.button = QPushButton(START)
        self.button.setToolTip(
            "Run the film that plays from its beginning to its end, beside what you see, with all 32\n"
            "settings of the five switches: how far joints move, accelerations and errors, table and figure."
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(160, 6)
        self.bar.setVisible(False)
        self.text = QLabel()
        self.text.setProperty("role", "quiet")
        self.text.setOpenExternalLinks(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget, stretch in ((self.button, 0), (self.bar, 0), (self.text, 1)):
            layout.addWidget(widget, stretch)
        self.button.clicked.connect(self._clicked)
        run.progressed.connect(self._show_progress)
        run.ended.connect(self._show_end)

    def offer(self) -> None:
        """Say where the files would go, or why nothing can be run; how the last run ended stays on screen
        until another film plays."""
        if self._run.busy:
            return
        order = self._make_order()
        self.button.setEnabled(isinstance(order, Order))
        if _subject(order) != _subject(self._ended):
            self._ended = None
            self.text.setText(order if isinstance(order, str) else f"Writes {_FILES} to {order.folder}")

    def _clicked(self) -> None:
        if self._run.busy:
            self._run.cancel()
            self.button.setEnabled(False)
            return
        order = self._make_order()
        if isinstance(order, Order):
            self._ended = order
            self.button.setText(CANCEL)
            self.bar.setRange(0, 0)
            self.bar.setVisible(True)
            self.text.setText(f"{order.name}: loading the network")
            self._run.start(order)

    def _show_progress(self, done: int, frames: int | None) -> None:
        self.bar.setRange(0, frames or 0)
        self.bar.setValue(done)
        of_all = f" of {frames}" if frames else ""
        if isinstance(self._ended, Order):
            self.text.setText(f"frame {done}{of_all}, then {_FILES} in {self._ended.folder}")

    def _show_end(self, trouble: str, files: list[Path]) -> None:
        self.button.setText(START)
        self.button.setEnabled(True)
        self.bar.setVisible(False)
        links = [f"<a href='{QUrl.fromLocalFile(str(path)).toString()}'>{path.name}</a>" for path in files]
        folder = files[0].parent if files else None
        self.text.setText(trouble or f"Wrote {' and '.join(links)} to {folder}")


def _subject(order: Order | str | None) -> str | None:
    """What an order is about, whatever its folder is called."""
    return order.name if isinstance(order, Order) else order


def free_folder(recordings: Path, name: str) -> Path:
    """`recordings/switches_NAME`, or with `_2`, `_3` ... behind it: one that is not there yet."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in Path(name).stem)
    for number in count(1):
        folder = recordings / (f"switches_{kept}" if number == 1 else f"switches_{kept}_{number}")
        if not folder.exists():
            return folder
    raise AssertionError("count() has no end")
