"""Panel: what a film shows, and how large it is."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal

from str_live.angle_names import ANGLE_KINDS
from str_live.film.choice import PARTS, FilmChoice
from str_live.film.layout import check_room
from str_live.ui.panels.panel import Panel
from str_live.ui.widgets.inputs import CheckBox, Choice

SIZES: dict[str, tuple[int | None, int | None]] = {
    "As its parts need": (None, None),
    "1280 × 720": (1280, 720),
    "1920 × 1080": (1920, 1080),
    "3840 × 2160": (3840, 2160),
    "1080 × 1920, upright": (1080, 1920),
}


class FilmOptions(Panel):
    """Parts, joint angles and size. GUI thread."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("Film")
        self.parts: dict[str, CheckBox] = {}
        for name, text in PARTS.items():
            self.parts[name] = check = CheckBox(text)
            check.setChecked(name in FilmChoice().parts)
            check.toggled.connect(self.changed)
            self.rows.addWidget(check)
        self.angles = Choice(), Choice()
        for choice, usual in zip(self.angles, FilmChoice().angles, strict=True):
            for kind, shown in ANGLE_KINDS.items():
                choice.addItem(shown.title, kind)
            choice.setCurrentIndex(choice.findData(usual))
            choice.currentIndexChanged.connect(self.changed)
        self.add_row("Angles", *self.angles, tip="A plot each, where joint angles are shown.")
        self.size_choice = Choice()
        self.size_choice.addItems(list(SIZES))
        self.size_choice.currentIndexChanged.connect(self.changed)
        self.add_row("Size", self.size_choice, tip="Pixels. Nothing is stretched.")

    def choice(self) -> FilmChoice:
        """What is chosen; ValueError with a sentence where such a film cannot be."""
        parts = tuple(name for name, check in self.parts.items() if check.isChecked())
        angles = tuple(dict.fromkeys(str(choice.currentData()) for choice in self.angles))
        choice = FilmChoice(parts, angles, *SIZES[self.size_choice.currentText()])
        check_room(choice)
        return choice
