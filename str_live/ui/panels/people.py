"""Panel: how many people are followed, which of them, and how they are shown."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QWidget

from str_live.messages import BodyResult
from str_live.settings import AUTOMATIC, MOST_PEOPLE, Settings
from str_live.ui.panels.panel import FileChoice, Panel, show_note
from str_live.ui.state import SettingsState
from str_live.ui.widgets.inputs import Choice
from str_live.ui.widgets.person_chips import PersonChips
from str_live.ui.widgets.switch import Switch

FOLLOW_TEXTS = {"largest": "The largest", "centre": "Nearest to the middle"}
HOW = "Click on somebody to follow him, Tab follows the next; Shift+click leaves him out."
COUNT_TIP = (
    "Up to how many people are followed, each with a body of his own.\n"
    "Each costs time: about a fortieth of a second on two slow cores. How many keep pace with 30 pictures a\n"
    "second is measured once somebody is in the picture."
)
DETECTOR_TIP = (
    "mediapipe's own landmark model is built in. A pose_landmarker .task file of mediapipe's may be chosen\n"
    "instead; `python -m str_live.person.heavy_model FILE` brings the heavy one: better, three times slower."
)


class PeoplePanel(Panel):
    """How many, whom, and how they are shown. GUI thread."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("People", parent)
        self._state = state
        self._several_seen = False
        self.count = Choice()
        self.count.addItem("as many as keep pace", AUTOMATIC)
        for number in range(1, MOST_PEOPLE + 1):
            self.count.addItem("1" if number == 1 else f"up to {number}", number)
        self.count.activated.connect(lambda index: state.change(people=self.count.itemData(index)))
        self.add_row("How many", self.count, tip=COUNT_TIP)
        self.first = Choice()
        for name, text in FOLLOW_TEXTS.items():
            self.first.addItem(text, name)
        self.first.activated.connect(lambda index: state.change(follow=self.first.itemData(index)))
        self._first_label = self.add_row(
            "First", self.first, tip="Who of several is shown first, plotted and streamed."
        )
        self.chips = PersonChips()
        self._chips_label = self.add_row("Now", self.chips, tip="Everybody in the picture.")
        self.how = self.add_note()
        self.numbers = self._switch("Numbers", "numbers", "Write everybody's number above his head.")
        self.alone = self._switch("One alone in 3D", "alone", "Show only the followed one in the 3D view.")
        switches = QGridLayout()
        for column, switch in enumerate((self.numbers, self.alone)):
            switches.addWidget(switch, 0, column, Qt.AlignmentFlag.AlignLeft)
            switches.setColumnStretch(column, 1)
        self.rows.addLayout(switches)
        filters = "mediapipe's bundles (*.task);;All files (*)"
        self.detector = FileChoice("built in", "A landmark model of mediapipe's", filters)
        self.detector.chosen.connect(lambda path: state.change(detector=path))
        self.add_row("Landmarks", self.detector, tip=DETECTOR_TIP)
        state.changed.connect(lambda settings, _: self.show_settings(settings))
        self.show_settings(state.settings)

    def _switch(self, text: str, key: str, tip: str) -> Switch:
        switch = Switch(text)
        switch.setToolTip(tip)
        switch.clicked.connect(lambda on: self._state.change_view(**{key: on}))
        return switch

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen; what concerns several people only where there may be some."""
        self.count.setCurrentIndex(self.count.findData(settings.people))
        if settings.follow in FOLLOW_TEXTS:
            self.first.setCurrentIndex(self.first.findData(settings.follow))
        self.numbers.setChecked(settings.view.numbers)
        self.alone.setChecked(settings.view.alone)
        self.detector.show_path(settings.detector)
        self._show_several(settings.people > 1 or (settings.people == AUTOMATIC and self._several_seen))

    def _show_several(self, several: bool) -> None:
        rows = self.first, self._first_label, self.chips, self._chips_label
        for widget in (*rows, self.numbers, self.alone):
            widget.setVisible(several)
        show_note(self.how, HOW if several else "")

    def show_result(self, result: BodyResult) -> None:
        """Who is in the picture."""
        if len(result.numbers) > 1 and not self._several_seen:
            self._several_seen = True
            self.show_settings(self._state.settings)
        self.chips.show_people(result.numbers, result.number, self._state.settings.left_out)
