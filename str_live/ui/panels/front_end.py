"""Panel: what turns a crop into a feature, which body is drawn, with which weights, on which device."""

from __future__ import annotations

from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import QWidget

from str_live.settings import Settings
from str_live.ui.panels.panel import FileChoice, FilesChoice, Panel, show_note
from str_live.ui.state import SettingsState
from str_live.ui.widgets.inputs import Choice

FRONT_END_NAMES = {
    "landmarks": "Landmarks (mediapipe)",
    "resnet": "Image (ResNet)",
    "both": "Landmarks and image",
}
FRONT_END_TIPS = {
    "landmarks": "mediapipe's 2D landmarks, normalised to their box, are the feature. Runs on any processor.",
    "resnet": "A ResNet looks at the crop, as in the paper: ours, or SPIN's where its checkpoint is given.",
    "both": "The landmarks' feature, corrected by what the image adds.",
}
DEVICES = (("Automatic", ""), ("Processor (CPU)", "cpu"), ("Graphics card (CUDA)", "cuda"))


def automatic_text(front_end: str, reason: str) -> str:
    """What to say of a front end that was chosen for the user."""
    return f"{FRONT_END_NAMES[front_end]} was chosen automatically: {reason}."


class FrontEndPanel(Panel):
    """Front end, body, weights and device. GUI thread."""

    def __init__(self, state: SettingsState, parent: QWidget | None = None) -> None:
        super().__init__("Front end and body", parent)
        self._reasons: dict[str, str] | None = None
        self.front_end = Choice()
        for name, text in FRONT_END_NAMES.items():
            self.front_end.addItem(text, name)
        self.front_end.activated.connect(lambda index: state.change(front_end=self.front_end.itemData(index)))
        self.add_row("Front end", self.front_end)
        self.automatic = self.add_note()
        self.reason = self.add_note()
        checkpoints = "Checkpoints (*.pt *.pth *.tar *.safetensors);;All files (*)"
        self.backbone = FileChoice("none given", "SPIN's checkpoint", checkpoints)
        self.weights = FilesChoice("default weights", "Weights of STR-Live, TCMR or VIBE", checkpoints)
        self.body = FileChoice("free body", "A body in SMPL's format", "Bodies (*.pkl *.npz);;All files (*)")
        self.backbone.chosen.connect(lambda path: state.change(backbone=path))
        self.weights.chosen.connect(lambda paths: state.change(weights=paths))
        self.body.chosen.connect(lambda path: state.change(body=path))
        self.device = Choice()
        for text, name in DEVICES:
            self.device.addItem(text, name)
        self.device.activated.connect(lambda index: state.change(device=self.device.itemData(index)))
        self._add_files()
        state.changed.connect(self._settings_changed)
        self.show_settings(state.settings)

    def _add_files(self) -> None:
        self.add_row("SPIN", self.backbone, tip="SPIN's model_checkpoint.pt, for the image front end.")
        tip = (
            "A checkpoint made by str_live.train; over SPIN those that TCMR and VIBE released, too.\n"
            "Networks that have none cannot be chosen above."
        )
        self.add_row("Weights", self.weights, tip=tip)
        tip = "The free body is built in. SMPL's own file, from smpl.is.tue.mpg.de, may be chosen instead."
        self.add_row("Body", self.body, tip=tip)
        self.add_row("Device", self.device, tip="Where the network runs.")

    def _settings_changed(self, settings: Settings, old: Settings) -> None:
        """Show what is chosen; a front end that the user chose was not chosen automatically."""
        self.show_settings(settings)
        if settings.front_end != old.front_end:
            self.show_automatic("")

    def show_automatic(self, text: str) -> None:
        """Say that and why the front end was chosen for the user; '': it was not."""
        show_note(self.automatic, text)

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen."""
        self.front_end.setCurrentIndex(self.front_end.findData(settings.front_end))
        self.front_end.setToolTip(FRONT_END_TIPS[settings.front_end])
        self.backbone.show_path(settings.backbone)
        self.weights.show_paths(settings.weights)
        self.body.show_path(settings.body)
        index = self.device.findData(settings.device)
        if index < 0:
            self.device.addItem(settings.device, settings.device)
            index = self.device.count() - 1
        self.device.setCurrentIndex(index)

    def show_unavailable(self, reasons: dict[str, str]) -> None:
        """Grey out the front ends that cannot be chosen, and say why."""
        if reasons == self._reasons:
            return
        self._reasons = reasons
        model = self.front_end.model()
        assert isinstance(model, QStandardItemModel)
        for row, name in enumerate(FRONT_END_NAMES):
            item = model.item(row)
            assert item is not None
            item.setEnabled(name not in reasons)
            item.setToolTip(reasons.get(name, FRONT_END_TIPS[name]))
        lines = [
            f"{FRONT_END_NAMES[name]}: {reason}, or choose it below." for name, reason in reasons.items()
        ]
        show_note(self.reason, "\n".join(lines))
