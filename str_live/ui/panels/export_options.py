"""Panel: how a recording is exported, in the terms of TakeOptions and FormatOptions."""

from __future__ import annotations

import math
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from str_live.export import FormatOptions, Smoothing, TakeOptions
from str_live.export.lens import LensChoice
from str_live.ui.panels.panel import FileChoice, Panel, show_note
from str_live.ui.widgets.inputs import Choice, Number
from str_live.ui.widgets.switch import Switch

WHOLE = (0.0, math.inf)
"""The range of seconds that leaves nothing out."""
RATES = (24, 25, 30, 48, 50, 60, 90, 120)
_OWN_HEIGHT_M = 0.29
"""Just below the smallest height that can be chosen: stands for 'as the body has it'."""
_USUAL_HEIGHT_M = 1.7
"""Where steps begin."""

FLOORS = {
    "level": "Level: upright on the floor",
    "lock": "Lock: standing feet do not slide",
    "none": "None: as the camera saw it",
}
FILTERS = {"none": "None", "butterworth": "Butterworth", "one-euro": "One-Euro"}
NAMES = {
    "smpl": "SMPL", "mixamo": "Mixamo", "unity": "Unity", "vrm": "VRM", "unreal": "Unreal",
    "rigify": "Rigify", "cmu": "CMU",
}  # fmt: skip
MESHES = {"free": "Of the free body", "none": "None, bones only", "any": "Of any body"}
UNITS = {"": "As most programs expect", "cm": "Centimetres", "m": "Metres", "mm": "Millimetres"}
MARKERS = {"smpl": "SMPL's joints", "halpe26": "HALPE 26 (Pose2Sim)"}
CAMERAS = {"": "Assumed", "focal": "Focal length", "calibration": "Calibration file"}
CALIBRATIONS = "Calibrations (*.yml *.yaml *.xml *.json *.toml);;All files (*)"
_USUAL_FOCAL = 1400.0
_LICENCE = "A file with the mesh of another body may be passed on only as that body's licence allows."


class Height(Number):
    """The person's height in metres, or none. GUI thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_OWN_HEIGHT_M, 3.0, parent)
        self.setDecimals(2)
        self.setSingleStep(0.01)
        self.setSuffix(" m")
        self.setSpecialValueText("as the body has it")

    @property
    def chosen(self) -> float | None:
        """The height; None: the body's own."""
        return None if self.value() == self.minimum() else self.value()

    def stepBy(self, steps: int) -> None:
        """Step from a usual height where none is chosen."""
        if self.chosen is None:
            self.setValue(_USUAL_HEIGHT_M)
        else:
            super().stepBy(steps)


class ExportOptions(Panel):
    """Time, motion, body and names. GUI thread."""

    changed = pyqtSignal()
    """How files are written was changed, by the person or by `show_form`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Options", parent)
        self._build_time()
        self._build_motion()
        self._build_body()
        self._build_names()
        self.show_extent(0.0, WHOLE)
        for choice in (self.names, self.markers, self.unit):
            choice.currentIndexChanged.connect(self.changed)
        for switch in (self.t_pose_first, self.root_bone):
            switch.toggled.connect(self.changed)

    def _build_time(self) -> None:
        self.start, self.end = Number(0.0, 0.0), Number(0.0, 0.0)
        for number in (self.start, self.end):
            number.setDecimals(2)
            number.setSingleStep(0.1)
            number.setSuffix(" s")
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.start, 1)
        row.addWidget(self.end, 1)
        label = self.add_row("From, to", both, tip="Seconds after the first frame.")
        label.setBuddy(self.start)
        self.rate = Choice()
        self.rate.addItem("As recorded", None)
        for rate in RATES:
            self.rate.addItem(f"{rate} frames a second", float(rate))
        self.add_row("Rate", self.rate, tip="Another rate is made by spherical interpolation.")

    def _build_motion(self) -> None:
        self.floor = _choice(FLOORS)
        self.add_row("Floor", self.floor, tip="Level also steadies the depth; stairs become flat by Lock.")
        self.smoothing = _choice(FILTERS)
        self.cutoff, self.strength = Number(0.1, 100.0), Number(0.0, 100.0)
        self.cutoff.setSuffix(" Hz")
        self.strength.setSuffix(" %")
        standard = Smoothing()
        self.cutoff.setValue(standard.cutoff_hz)
        self.strength.setValue(100 * standard.strength)
        self.smoothing.currentIndexChanged.connect(self._show_smoothing)
        tip = "A low-pass forwards and backwards, so that nothing is delayed: cut-off and strength."
        self.add_row("Smoothing", self.smoothing, self.cutoff, self.strength, tip=tip)
        self.in_place = Switch("In place: the pelvis stays over the origin")
        self.rows.addWidget(self.in_place)
        self._show_smoothing()

    def _show_smoothing(self) -> None:
        """Cut-off and strength count only while something is smoothed."""
        for number in (self.cutoff, self.strength):
            number.setEnabled(self.smoothing.currentData() != "none")

    def _build_body(self) -> None:
        self.camera, self.focal = _choice(CAMERAS), Number(1.0, 100_000.0)
        self.focal.setSuffix(" px")
        self.focal.setValue(_USUAL_FOCAL)
        self.calibration = FileChoice("No file", "Choose a calibration", CALIBRATIONS)
        self.calibration.chosen.connect(self._take_calibration)
        self.camera.currentIndexChanged.connect(self._show_camera)
        tip = "What the depth is measured by; without it the focal length is taken as the picture's diagonal."
        self.add_row("Camera", self.camera, self.focal, tip=tip)
        self.rows.addWidget(self.calibration)
        self._calibration: Path | None = None
        self._show_camera()
        self.height_m = Height()
        self.add_row("Height", self.height_m, tip="The person's, head to sole: everything is scaled to it.")
        self.mesh = _choice(MESHES)
        self.mesh.currentIndexChanged.connect(self._show_licence)
        self.add_row("Mesh", self.mesh, tip="The skin that goes out with the bones (glTF, FBX, USD).")
        self.licence = self.add_note()

    def _show_camera(self) -> None:
        """The number or the file, as the camera is known by."""
        self.focal.setVisible(self.camera.currentData() == "focal")
        self.calibration.setVisible(self.camera.currentData() == "calibration")

    def _take_calibration(self, path: str) -> None:
        self._calibration = Path(path) if path else None
        self.calibration.show_path(path)

    def lens_choice(self) -> LensChoice:
        """The camera."""
        known_by = self.camera.currentData()
        return LensChoice(
            self.focal.value() if known_by == "focal" else None,
            self._calibration if known_by == "calibration" else None,
        )

    def _show_licence(self) -> None:
        show_note(self.licence, _LICENCE if self.mesh.currentData() == "any" else "")

    def _build_names(self) -> None:
        self.names = _choice(NAMES)
        self.add_row("Bone names", self.names, tip="All but SMPL's end at the wrists. VRM files have VRM's.")
        self.markers = _choice(MARKERS)
        self.add_row("Markers", self.markers, tip="Names of the joint centres in TRC and C3D.")
        self.unit = _choice(UNITS)
        self.add_row("Unit", self.unit, tip="Of BVH (else centimetres) and TRC (else metres).")
        self.t_pose_first = Switch("The first frame is the rest pose")
        self.root_bone = Switch("A root bone on the floor carries the way")
        self.rows.addWidget(self.t_pose_first)
        self.rows.addWidget(self.root_bone)
        self.rows.addStretch(1)

    def show_extent(self, seconds: float, trim_s: tuple[float, float]) -> None:
        """Let the range lie within so many seconds, and choose one."""
        longest = _rounded_up(seconds)
        shown = -_rounded_up(-trim_s[0]), min(_rounded_up(trim_s[1]), longest)
        for number, value in zip((self.start, self.end), shown, strict=True):
            number.setMaximum(longest)
            number.setValue(value)

    def show_form(self, form: FormatOptions) -> None:
        """Choose how files are written."""
        for choice, value in (
            (self.names, form.names),
            (self.unit, form.unit),
            (self.markers, form.markers),
        ):
            choice.setCurrentIndex(choice.findData(value))
        self.t_pose_first.setChecked(form.t_pose_first)
        self.root_bone.setChecked(form.root_bone)

    def take_options(self) -> TakeOptions:
        """How the take is made."""
        end = self.end.value()
        smoothing = Smoothing(self.smoothing.currentData(), self.cutoff.value(), self.strength.value() / 100)
        return TakeOptions(
            fps=self.rate.currentData(),
            trim_s=(self.start.value(), math.inf if end == self.end.maximum() else end),
            floor=self.floor.currentData(),
            in_place=self.in_place.isChecked(),
            smoothing=smoothing,
            height_m=self.height_m.chosen,
            mesh=self.mesh.currentData(),
        )

    def format_options(self) -> FormatOptions:
        """How files are written."""
        return FormatOptions(
            names=self.names.currentData(),
            unit=self.unit.currentData(),
            t_pose_first=self.t_pose_first.isChecked(),
            root_bone=self.root_bone.isChecked(),
            markers=self.markers.currentData(),
        )


def _rounded_up(seconds: float) -> float:
    """To the hundredths that are shown; ranges grow by it, so that no frame at their ends is lost."""
    return seconds if math.isinf(seconds) else math.ceil(seconds * 100 - 1e-6) / 100


def _choice(texts: dict[str, str]) -> Choice:
    """A list of options, text by value; the first is the default."""
    choice = Choice()
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(10)
    for value, text in texts.items():
        choice.addItem(text, value)
    return choice
