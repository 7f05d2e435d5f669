"""The two views side by side, each under a narrow headline, and the banner that lies over them."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSplitter, QToolButton, QVBoxLayout, QWidget

from str_live.ui.widgets.banner import Banner
from str_live.view import palette

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
        self.buttons = {name: self._preset_button(name, text, key) for name, text, key in PRESETS}
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(5)
        self.splitter.addWidget(_framed("Picture and body", [self.legend], overlay))
        self.splitter.addWidget(_framed("3D view", list(self.buttons.values()), space))
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
        named = [
            f"<span style='color:{palette.CURVES[name]}'>■</span> {name}&nbsp;&nbsp;{text}"
            for name, text in texts.items()
        ]
        self.legend.setText("&nbsp;&nbsp;&nbsp;&nbsp;".join(named))

    def resizeEvent(self, event) -> None:
        """Keep the banner at the top."""
        super().resizeEvent(event)
        self.banner.place()


def _framed(title: str, tools: list[QWidget], view: QWidget) -> QWidget:
    """A view below a headline with its tools at the right."""
    headline = QHBoxLayout()
    headline.setContentsMargins(8, 2, 4, 2)
    headline.setSpacing(4)
    label = QLabel(title)
    label.setProperty("role", "title")
    headline.addWidget(label)
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
