"""The two views side by side, each under a narrow headline, and the banner that lies over them."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSplitter, QToolButton, QVBoxLayout, QWidget

from str_live.ui.widgets.banner import Banner
from str_live.view import palette
from str_live.view.person_colours import hexadecimal, pale, person_colour
from str_live.view.scene import Scene

DEPTH_NOTE = "depth is a guess"
DEPTH_TIP = (
    "Everybody stands where the picture shows him. How far away he is follows from his size in the picture\n"
    "and from an assumed lens, and all stand on one floor: take it as a guess."
)
PRESETS = (("front", "Front", "F"), ("side", "Side", "S"), ("top", "Top", "T"))


class ViewArea(QWidget):
    """Overlay at the left, 3D space at the right, notices on top. GUI thread."""

    preset_chosen = pyqtSignal(str)

    def __init__(self, overlay: QWidget, space: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = QLabel()
        self.legend.setToolTip("The networks whose bodies are shown")
        self.legend.setContentsMargins(14, 0, 0, 0)
        # A long name is cut rather than the view made wider.
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.space_title = QLabel("<b>3D view</b>")
        self._texts: dict[str, str] = {}
        self._followed: int | None = None
        self.buttons = {name: self._preset_button(name, text, key) for name, text, key in PRESETS}
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(5)
        self.splitter.addWidget(_framed(_title("Picture and body"), [self.legend], overlay))
        self.splitter.addWidget(_framed(self.space_title, list(self.buttons.values()), space))
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([600, 400])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.banner = Banner(self)
        self.setMinimumHeight(220)
        self._compose_alone()

    def _compose_alone(self) -> None:
        """Become a native window of its own, on X11, after the views are in it.

        Qt mixes the whole native window with GL anew when anything in it changes, a plot or a number too:
        without a graphics card that costs as much as a view. Other platforms: never tried.
        """
        if QGuiApplication.platformName() == "xcb":
            self.setAttribute(Qt.WidgetAttribute.WA_DontCreateNativeAncestors)
            self.setAttribute(Qt.WidgetAttribute.WA_NativeWindow)

    def _preset_button(self, name: str, text: str, key: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(f"Look from the {name} ({key})")
        button.setProperty("small", True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.preset_chosen.emit(name))
        return button

    def show_variants(self, texts: dict[str, str]) -> None:
        """Name the networks of the bodies in their colours."""
        self._texts = texts
        self._show_legend()

    def show_followed(self, number: int | None) -> None:
        """Name the followed one of several people; None: there is one only."""
        if number != self._followed:
            self._followed = number
            self._show_legend()

    def note_depth(self, scene: Scene) -> None:
        """Say that where people stand in the 3D view is a guess, while several do."""
        shown = len({figure.number for figure in scene.placed}) > 1
        note = f"&nbsp; <span style='color:{palette.QUIET}'>{DEPTH_NOTE}</span>" if shown else ""
        if (text := f"<b>3D view</b>{note}") != self.space_title.text():
            self.space_title.setText(text)
            self.space_title.setToolTip(DEPTH_TIP if shown else "")

    def _show_legend(self) -> None:
        colours, named = palette.CURVES, []
        if self._followed is not None:
            own = person_colour(self._followed)
            colours = {"A": hexadecimal(own), "B": hexadecimal(pale(own))}
            named = [f"person {self._followed} followed"]
        named += [
            f"<span style='color:{colours[name]}'>■</span> {name}&nbsp;&nbsp;{text}"
            for name, text in self._texts.items()
        ]
        self.legend.setText("&nbsp;&nbsp;&nbsp;&nbsp;".join(named))

    def resizeEvent(self, event) -> None:
        """Keep the banner at the top."""
        super().resizeEvent(event)
        self.banner.place()


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "title")
    return label


def _framed(title: QLabel, tools: list[QWidget], view: QWidget) -> QWidget:
    """A view below a headline with its tools at the right."""
    headline = QHBoxLayout()
    headline.setContentsMargins(8, 2, 4, 2)
    headline.setSpacing(4)
    headline.addWidget(title)
    if not any(isinstance(tool, QLabel) for tool in tools):
        headline.addStretch(1)  # a label takes the room itself
    for tool in tools:
        headline.addWidget(tool, 1 if isinstance(tool, QLabel) else 0)
    bar = QWidget()
    bar.setFixedHeight(28)
    bar.setLayout(headline)
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(bar)
    layout.addWidget(view, 1)
    return frame
