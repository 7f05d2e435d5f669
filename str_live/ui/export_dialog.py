"""The dialogue that exports a recording: a preset or formats and options, a folder, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from str_live.export import TARGETS, FormatOptions, Target, suffix_of
from str_live.record.npz import JOURNAL_SUFFIX
from str_live.settings import Settings
from str_live.ui.export_job import ExportJob, Order
from str_live.ui.export_run import Extent, FilmOrder, is_recording
from str_live.ui.panels.export_formats import FILM_SUFFIX, ExportFormats, FormatRow
from str_live.ui.panels.export_options import WHOLE, ExportOptions
from str_live.ui.panels.film_options import FilmOptions
from str_live.ui.panels.panel import ask_for_path
from str_live.ui.widgets.file_drag import FileDrag
from str_live.view import palette

_FIRST_TARGET = "Blender"
PRESETS = {**TARGETS, "Film": Target((FILM_SUFFIX,), FormatOptions())}
"""Name on a button -> what is written."""


class ExportDialog(QDialog):
    """Exports one recording after the other; it does not stop the program. GUI thread."""

    reported = pyqtSignal(str)
    """What came of an export, in a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.recording = Path()
        self._body: Path | None = None
        self._trim_s = WHOLE
        self._ordered: tuple[Path, ...] = ()
        """The files of the export that runs; () while none does."""
        self._written: list[Path] = []
        self._failure = ""
        """Why nothing could be written, or read."""
        self._next: Callable[[], None] | None = None
        """Offers the recording that was asked for while another one was being read."""
        self.job = ExportJob(self)
        self.extent: Extent | None = None
        """Of the recording, once it is read."""
        self.name, self.length = QLabel(), QLabel()
        self.presets: dict[str, QPushButton] = {}
        self.formats, self.options, self.film = ExportFormats(), ExportOptions(), FilmOptions()
        self._settings = Settings()
        self.folder, self.choose_folder = QLineEdit(), QPushButton("Choose…")
        self.note = QLabel()
        self.progress = QProgressBar()
        self.files = FileDrag()
        self.show_folder = QPushButton("Show folder")
        self.start = QPushButton("Export")
        self._lay_out()
        self._connect()
        self.choose_target(_FIRST_TARGET)

    def offer(
        self,
        recording: Path,
        *,
        body: Path | None = None,
        trim_s: tuple[float, float] = WHOLE,
        settings: Settings | None = None,
    ) -> None:
        """Show a recording or film, all of it or seconds after its first frame; not while an export runs.

        The motion is put on the body of `body`, None: the free one. Options stay as they were chosen last.
        `settings`: of the network that finds bodies in a film.
        """
        if self.job.busy and not self._ordered:
            self._next = lambda: self.offer(recording, body=body, trim_s=trim_s, settings=settings)
        elif not self.job.busy:
            self.recording, self._body, self._trim_s = recording, body, trim_s
            self._settings = settings or Settings()
            self.extent = None
            self.name.setText(recording.name)
            self.name.setToolTip(str(recording))
            self.length.setText("being read …")
            beside = (
                recording.parent if recording.exists() else Path.cwd() / "recordings"
            )  # the built-in clip
            self.folder.setText(str(beside / _stem(recording)))
            self._forget_results()
            self._show_note("")
            self.job.look_at(recording)
            self._show_choice()
        self.show()
        self.raise_()
        self.activateWindow()

    def choose_target(self, name: str) -> None:
        """Take the formats and names of one of TARGETS."""
        target = PRESETS[name]
        self.formats.choose(target.suffixes)
        self.options.show_form(target.form)
        self._show_choice()  # a click takes the mark from a button that had it

    def outputs(self) -> tuple[Path, ...]:
        """The files that would be written now."""
        folder, stem = self._folder_path(), _stem(self.recording)
        return () if folder is None else tuple(folder / f"{stem}{suffix}" for suffix in self.formats.chosen)

    def stop(self, timeout_s: float) -> None:
        """Begin no further file and wait for the current one, when the program ends."""
        self.job.stop(timeout_s)

    def _lay_out(self) -> None:
        """Recording and presets above, formats at the left, options at the right, folder and news below."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 12)
        column.setSpacing(8)
        column.addLayout(self._head())
        column.addLayout(self._preset_row())
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(self.formats, 1)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.film)
        right.addWidget(self.options, 1)
        middle.addLayout(right, 1)
        column.addLayout(middle, 1)
        column.addLayout(self._foot())
        self.resize(820, self.sizeHint().height())

    def _head(self) -> QHBoxLayout:
        self.name.setProperty("role", "title")
        self.length.setProperty("role", "quiet")
        return _row(self.name, None, self.length)

    def _preset_row(self) -> QHBoxLayout:
        label = QLabel("For")
        label.setProperty("role", "quiet")
        for name in PRESETS:
            self.presets[name] = button = QPushButton(name)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, name=name: self.choose_target(name))
        return _row(label, *self.presets.values(), None)

    def _foot(self) -> QVBoxLayout:
        self.note.setWordWrap(True)
        self.note.setContentsMargins(14, 0, 14, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.start.setDefault(True)
        self.start.setMinimumWidth(96)
        for button in (self.choose_folder, self.show_folder):
            button.setAutoDefault(False)
        label = QLabel("Folder")
        label.setBuddy(self.folder)
        foot = QVBoxLayout()
        foot.setSpacing(8)
        foot.addLayout(_row(label, self.folder, self.choose_folder))
        foot.addWidget(self.note)
        foot.addLayout(_row(self.progress))
        foot.addLayout(_row(self.show_folder, self.files, None, self.start))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.progress.setSizePolicy(policy)
        return foot

    def _connect(self) -> None:
        changes = (self.formats.toggled, self.options.changed, self.film.changed, self.folder.textChanged)
        for change in changes:
            change.connect(self._show_choice)
        self.choose_folder.clicked.connect(
            lambda: ask_for_path(self, "Export into a folder", self.folder.setText, folder=True)
        )
        self.show_folder.clicked.connect(self._open_folder)
        self.start.clicked.connect(self._start_or_cancel)
        job = self.job
        job.measured.connect(self._show_extent)
        job.begun.connect(self._show_begun)
        job.progressed.connect(self._show_progress)
        job.written.connect(self._show_written)
        job.refused.connect(self._show_refused)
        job.failed.connect(self._show_failed)
        job.ended.connect(self._show_end)

    def _show_extent(self, extent: Extent) -> None:
        self.extent = extent
        self.length.setText(
            f"{extent.seconds:.2f} s   {extent.frames} frames   {extent.fps:g} frames a second"
        )
        self.options.show_extent(extent.seconds, self._trim_s)

    def _show_choice(self) -> None:
        """What can be pressed, which preset the choice amounts to, and what would be replaced."""
        chosen, form = self.formats.chosen, self.options.format_options()
        for name, button in self.presets.items():
            target = PRESETS[name]
            button.setChecked((set(chosen), form) == (set(target.suffixes), target.form))
        outputs, folder = self.outputs(), self._folder_path()
        self.film.setVisible(FILM_SUFFIX in chosen)
        trouble = self._film_trouble()
        self.show_folder.setEnabled(folder is not None and folder.is_dir())
        self.start.setEnabled(self.extent is not None and bool(outputs) and not trouble)
        if self.extent is not None:
            self._show_note(trouble or _replaced_text(outputs), failed=bool(trouble))

    def _start_or_cancel(self) -> None:
        if self._ordered:
            self.job.cancel()
            self.start.setEnabled(False)
            self._show_note("Ends after this file …" if is_recording(self.recording) else "Being cancelled …")
            return
        self._forget_results()
        self._ordered = self.outputs()
        self._show_running(True)
        self._show_note("The take is being made …")
        film = next((path for path in self._ordered if path.suffix == FILM_SUFFIX), None)
        self.job.export(
            Order(
                recording=self.recording,
                body=self._body,
                name=_stem(self.recording),
                outputs=tuple(path for path in self._ordered if path != film),
                take=self.options.take_options(),
                form=self.options.format_options(),
                lens=self.options.lens_choice(),
                film=None if film is None else FilmOrder(film, self.film.choice()),
                settings=self._settings,
            )
        )

    def _forget_results(self) -> None:
        self._written, self._failure = [], ""
        self.files.show_files((), "")
        self.formats.clear()

    def _show_running(self, running: bool) -> None:
        """What is being exported cannot be changed meanwhile."""
        self.start.setText("Cancel" if running else "Export")
        self.progress.setRange(0, max(len(self._ordered), 1))
        self.progress.setValue(0)
        self.progress.setVisible(running)
        self.formats.show_changeable(not running)
        for part in (*self.presets.values(), self.options, self.film, self.folder, self.choose_folder):
            part.setEnabled(not running)

    def _show_begun(self, path: Path) -> None:
        self.progress.setRange(0, max(len(self._ordered), 1))
        self.progress.setValue(min(len(self._written), len(self._ordered)))
        self._row(path).show_state("being written …")
        self._show_note(f"Writing {path.name}")

    def _show_progress(self, done: int, total: int) -> None:
        """How far a film or the bodies of one are."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        of = f" of {total}" if total else ""
        self._show_note(f"{self.recording.name} is being run: {done}{of} pictures")

    def _row(self, path: Path) -> FormatRow:
        """Of a file's format; a recording that is made on the way has that of AMASS."""
        return self.formats.rows[FILM_SUFFIX if path.suffix == FILM_SUFFIX else suffix_of(path)]

    def _film_trouble(self) -> str:
        """Why the film that is chosen cannot be; '' where it can."""
        try:
            self.film.choice()
        except ValueError as error:
            return f"{error}." if FILM_SUFFIX in self.formats.chosen else ""
        return ""

    def _show_written(self, path: Path) -> None:
        self._written.append(path)
        self._row(path).show_written(path)

    def _show_refused(self, path: Path, sentence: str) -> None:
        self._row(path).show_refused(sentence)

    def _show_failed(self, sentence: str) -> None:
        self._failure = sentence

    def _show_end(self) -> None:
        """A reading or an export is over."""
        following, self._next = self._next, None
        if following is not None:
            following()
            return
        ordered, self._ordered = self._ordered, ()
        self._show_running(False)
        self._show_choice()
        if self.extent is None:
            self.length.setText("")
        text = self._failure or _end_text(self._written, ordered)
        if text:
            self._show_note(text, failed=len(self._written) < max(len(ordered), 1))
        if ordered:
            self.files.show_files(self._written if len(self._written) > 1 else (), "all files")
            self.reported.emit(text)

    def _show_note(self, text: str, *, failed: bool = False) -> None:
        self.note.setStyleSheet(f"color: {palette.RECORD if failed else palette.QUIET};")
        self.note.setText(text)
        self._make_room()

    def _make_room(self) -> None:
        """Grow, where a sentence needs more lines than there are."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _folder_path(self) -> Path | None:
        """The chosen folder, which may not exist yet; None where no name is given."""
        text = self.folder.text().strip()
        return Path(text).expanduser() if text else None

    def _open_folder(self) -> None:
        folder = self._folder_path()
        if folder is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder.absolute()))):
            self._show_note(f"No program that shows folders was found here: the files are in {folder}.")


def _stem(recording: Path) -> str:
    """walk.npz, and walk.npz.part -> walk."""
    return recording.name.removesuffix(JOURNAL_SUFFIX).removesuffix(recording.suffix) or "take"


def _replaced_text(outputs: tuple[Path, ...]) -> str:
    """Which files are there already."""
    names = [path.name for path in outputs if path.exists()]
    if len(names) > 1:
        return f"{len(names)} of these files are there already and will be replaced."
    return f"{names[0]} is there already and will be replaced." if names else ""


def _end_text(written: list[Path], ordered: tuple[Path, ...]) -> str:
    """What an export left; '' for none."""
    if not ordered:
        return ""
    folder = ordered[0].parent
    if len(written) < len(ordered):
        return f"{len(written)} of {len(ordered)} files were written to {folder}."
    return f"{written[0].name if len(written) == 1 else f'{len(written)} files'} written to {folder}."


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """Widgets side by side; None takes the room that is left."""
    row = QHBoxLayout()
    row.setContentsMargins(14, 0, 14, 0)
    row.setSpacing(6)
    for part in parts:
        row.addStretch(1) if part is None else row.addWidget(part)
    return row
