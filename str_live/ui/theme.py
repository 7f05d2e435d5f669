"""The dark theme: the palette's colours given to Qt, and one small stylesheet."""

from __future__ import annotations

from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication

from str_live.view.palette import BORDER, FAINT, GROUND, PANEL, QUIET, RAISED, REFERENCE, TEXT, VARIANT_A

_STYLESHEET = f"""
QWidget {{ color: {TEXT}; }}
QMainWindow, QDialog {{ background: {GROUND}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {BORDER}; padding: 4px; }}
QMenuBar {{ background: {PANEL}; padding: 1px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {PANEL}; border: 1px solid {BORDER}; padding: 4px; }}
QMenu::item {{ padding: 5px 22px; border-radius: 4px; }}
QMenu::separator {{ height: 1px; background: {BORDER}; margin: 4px 8px; }}
QMainWindow::separator {{ background: {GROUND}; width: 5px; height: 5px; }}
QMainWindow::separator:hover, QSplitter::handle:hover {{ background: {BORDER}; }}
QStatusBar {{ background: {PANEL}; border-top: 1px solid {BORDER}; }}
QStatusBar::item {{ border: none; }}
QScrollArea {{ border: none; background: {PANEL}; }}
QScrollBar:vertical {{ background: {PANEL}; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {BORDER}; border-radius: 4px; min-height: 30px; margin: 1px; }}
QScrollBar::handle:vertical:hover {{ background: {FAINT}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QPushButton, QToolButton {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 5px; }}
QPushButton, QToolButton {{ padding: 4px 10px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {FAINT}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {BORDER}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {FAINT}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus {{ border-color: {VARIANT_A}; }}
QToolButton[small="true"] {{ padding: 1px 7px; border-radius: 4px; }}
QComboBox, QLineEdit {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 5px; }}
QDoubleSpinBox {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 5px; }}
QDoubleSpinBox:focus {{ border-color: {VARIANT_A}; }}
QDoubleSpinBox:disabled {{ color: {FAINT}; }}
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ border: none; background: none; width: 14px; }}
QComboBox, QLineEdit, QDoubleSpinBox {{ padding: 3px 4px 3px 8px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox:hover {{ border-color: {FAINT}; }}
QComboBox:disabled {{ color: {FAINT}; }}
QSlider::groove:horizontal {{ height: 4px; background: {BORDER}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {VARIANT_A}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {TEXT}; width: 14px; border-radius: 7px; }}
QSlider::handle:horizontal {{ height: 14px; margin: -5px 0; }}
QSlider::handle:horizontal:focus {{ background: {VARIANT_A}; }}
QPushButton:checked {{ background: {BORDER}; border-color: {VARIANT_A}; }}
QPushButton:default:enabled {{ background: #1f6fa8; border-color: {VARIANT_A}; }}
QLabel[role="quiet"]:disabled {{ color: {FAINT}; }}
QCheckBox:disabled {{ color: {FAINT}; }}
QCheckBox::indicator {{ background: {RAISED}; border: 1px solid {FAINT}; border-radius: 3px; }}
QCheckBox::indicator {{ width: 12px; height: 12px; }}
QCheckBox::indicator:checked:enabled {{ background: #1f6fa8; border-color: {VARIANT_A}; }}
QCheckBox::indicator:disabled {{ border-color: {BORDER}; }}
QProgressBar {{ background: {RAISED}; border: none; border-radius: 2px; }}
QProgressBar::chunk {{ background: {VARIANT_A}; border-radius: 2px; }}
QLabel[role="handle"] {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 4px; }}
QLabel[role="handle"] {{ padding: 1px 7px; }}
QLabel[role="handle"]:hover {{ border-color: {FAINT}; }}
QLabel[role="quiet"] {{ color: {QUIET}; }}
QLabel[role="title"] {{ color: {TEXT}; font-weight: 600; }}
QLabel[role="heading"] {{ color: {QUIET}; font-weight: 600; letter-spacing: 1px; }}
QFrame[role="line"] {{ background: {BORDER}; border: none; max-height: 1px; }}
QWidget[role="panel"] {{ background: {PANEL}; }}
QWidget[role="bar"] {{ background: {PANEL}; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give the whole application the dark theme; main thread, before the first window."""
    application.setStyle("Fusion")
    application.setPalette(_palette())
    application.setStyleSheet(_STYLESHEET)


def _palette() -> QPalette:
    """The palette that Fusion draws what the stylesheet leaves alone with."""
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: PANEL,
        role.WindowText: TEXT,
        role.Base: RAISED,
        role.AlternateBase: PANEL,
        role.Text: TEXT,
        role.Button: RAISED,
        role.ButtonText: TEXT,
        role.BrightText: REFERENCE,
        role.Highlight: "#1f6fa8",
        role.HighlightedText: REFERENCE,
        role.ToolTipBase: RAISED,
        role.ToolTipText: TEXT,
        role.PlaceholderText: FAINT,
        role.Link: VARIANT_A,
    }
    for name, colour in colours.items():
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(FAINT))
    return palette
