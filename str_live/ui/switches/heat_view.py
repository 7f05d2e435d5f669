"""The body with its heat and the ghost, the colour bar, and how far the ghost is drawn."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from str_live.live.switches.cases import WHOLE, Case
from str_live.messages import BodyResult
from str_live.view import palette
from str_live.view.shift_scene import ShiftStage, heat_colour
from str_live.view.stage import Mesh

FACTORS = (1, 5, 20)
"""How many times its distance the ghost may be drawn away from the body."""
SEEN_MM = 10.0
"""Mean shift of the joints, as drawn, at which a ghost stands out."""
PRESETS = ("front", "side", "top")


class ColourBar(QWidget):
    """What the colours of the heat stand for. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scale_mm = 0.0
        """Millimetres of the hottest colour; 0: not known yet."""
        self.setFixedHeight(34)
        self.setToolTip("How far each point of the skin moves without the module, pelvis upon pelvis")

    def show_scale(self, scale_mm: float) -> None:
        """Name the hottest colour."""
        if scale_mm != self.scale_mm:
            self.scale_mm = scale_mm
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The ramp, and numbers below it."""
        painter = QPainter(self)
        bar = QRectF(1, 2, self.width() - 2, 12)
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(9):
            ramp.setColorAt(step / 8, QColor(*heat_colour(step / 8)))
        painter.setPen(QColor(palette.BORDER))
        painter.setBrush(ramp)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(palette.QUIET))
        texts = self.texts()
        aligned = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for text, align in zip(texts, aligned, strict=False):
            painter.drawText(self.rect().adjusted(1, 16, -1, 0), align, text)
        painter.end()

    def texts(self) -> tuple[str, ...]:
        """At the left end, in the middle, at the right end."""
        if not self.scale_mm:
            return ()
        return "0", f"{self.scale_mm / 2:g}", f"{self.scale_mm:g} mm"


class HeatView(QWidget):
    """STR's body coloured by how far it moves without a module, and the body without it as a ghost."""

    def __init__(self, make_space: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.space = make_space()
        self.bar = ColourBar()
        self.factor = FACTORS[0]
        self._by_hand = False
        """Whether somebody has chosen the factor."""
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setProperty("role", "quiet")
        self.factors = {factor: self._factor_button(factor) for factor in FACTORS}
        self._stage = ShiftStage()
        self._last: tuple[BodyResult, Case, Mesh | None] | None = None
        self._group = QButtonGroup(self)
        for button in self.factors.values():
            self._group.addButton(button)
        self.factors[self.factor].setChecked(True)
        self._lay_out()

    def _factor_button(self, factor: int) -> QToolButton:
        button = QToolButton()
        button.setText(f"×{factor}")
        button.setCheckable(True)
        button.setProperty("small", True)
        times = "at its true distance" if factor == 1 else f"at {factor} times its distance"
        button.setToolTip(f"Draw the ghost {times} from the body")
        button.clicked.connect(lambda: self._choose(factor))
        return button

    def _lay_out(self) -> None:
        headline = QHBoxLayout()
        headline.setContentsMargins(2, 0, 2, 0)
        title = QLabel("Without it: heat and ghost")
        title.setProperty("role", "title")
        headline.addWidget(title)
        headline.addStretch(1)
        ghost = QLabel("ghost drawn")
        ghost.setProperty("role", "quiet")
        headline.addWidget(ghost)
        for button in self.factors.values():
            headline.addWidget(button)
        looks = QHBoxLayout()
        looks.setContentsMargins(2, 0, 2, 0)
        looks.addWidget(self.caption, 1)
        for name in PRESETS:
            look = QToolButton()
            look.setText(name.capitalize())
            look.setProperty("small", True)
            look.clicked.connect(lambda _=False, name=name: self.space.show_preset(name))
            looks.addWidget(look, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(headline)
        layout.addWidget(self.space, 1)
        layout.addWidget(self.bar)
        layout.addLayout(looks)

    def _choose(self, factor: int) -> None:
        self._by_hand = True
        self.set_factor(factor)

    def suggest_factor(self, shift_mm: float) -> None:
        """Draw the ghost of a body whose joints move so far on average where it can be seen, and say so;
        a factor that was chosen by hand stays."""
        if not self._by_hand:
            seen = (factor for factor in FACTORS if factor * shift_mm >= SEEN_MM)
            self.set_factor(next(seen, FACTORS[-1]))

    def set_factor(self, factor: int) -> None:
        """Draw the ghost at so many times its distance."""
        if factor == self.factor:
            return
        self.factor = factor
        self.factors[factor].setChecked(True)
        if self._last is not None:
            self.show_result(*self._last)

    def reset(self) -> None:
        """Another comparison or source: scale and ground begin anew."""
        self._stage.reset()
        self._last = None

    def show_result(self, result: BodyResult, case: Case, mesh: Mesh | None) -> None:
        """Show what a case does in a result; nothing changes where the result does not know it."""
        found = result.alternatives
        if found is None or WHOLE not in found.bodies or case.network not in found.bodies:
            return
        self._last = result, case, mesh
        whole, without = found.bodies[WHOLE], found.bodies[case.network]
        scene = self._stage.scene(result, whole, without, mesh, factor=self.factor)
        if scene is not None:
            self.space.set_scene(scene)
            self.bar.show_scale(self._stage.scale_mm)
            self.caption.setText(self.caption_text(case))

    def caption_text(self, case: Case) -> str:
        """What is seen, and at which size."""
        away = "where it is" if self.factor == 1 else f"{self.factor} times as far away as it is"
        return f"Colour: how far the skin moves without {case.without}. Green: the body without it, {away}."
