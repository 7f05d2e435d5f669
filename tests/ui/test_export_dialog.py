"""The dialogue writes what its marks and options say, and shows what came of it."""

from __future__ import annotations

import csv
import math
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QFileDialog

from str_live.export import EXPORTERS, TARGETS, Exporter, FormatOptions, Smoothing, TakeOptions
from str_live.export.contract import FILTERS, FLOORS, MESHES, UNITS
from str_live.export.lens import LensChoice
from str_live.export.names import NAMES
from str_live.export.trc import MARKERS
from str_live.film.choice import FilmChoice
from str_live.ui.export_dialog import ExportDialog
from tests.ui.recorded import FPS, FRAMES, record

TIMEOUT_MS = 60_000


@pytest.fixture
def recording(tmp_path) -> Path:
    return record(tmp_path / "walk.npz")


@pytest.fixture
def dialogue(qtbot, qapp, recording):
    """Offers a recording, and has read it."""
    dialogue = ExportDialog()
    qtbot.addWidget(dialogue)
    dialogue.offer(recording)
    wait_for_the_end(dialogue, qtbot)
    yield dialogue
    dialogue.stop(60)


def wait_for_the_end(dialogue: ExportDialog, qtbot) -> None:
    qtbot.waitUntil(lambda: not dialogue.job.busy, timeout=TIMEOUT_MS)


def export(dialogue: ExportDialog, qtbot, *suffixes: str) -> None:
    dialogue.formats.choose(suffixes)
    dialogue.start.click()
    wait_for_the_end(dialogue, qtbot)


def pick(choice, value) -> None:
    choice.setCurrentIndex(choice.findData(value))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_says_how_long_the_recording_is(dialogue):
    assert dialogue.name.text() == "walk.npz"
    assert f"{FRAMES} frames" in dialogue.length.text()
    assert dialogue.options.end.value() == pytest.approx((FRAMES - 1) / FPS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_preset_chooses_its_formats_and_names(dialogue, name):
    dialogue.presets[name].click()
    assert set(dialogue.formats.chosen) == set(TARGETS[name].suffixes)
    assert dialogue.options.format_options() == TARGETS[name].form
    assert [other for other, button in dialogue.presets.items() if button.isChecked()] == [name]


def test_a_choice_of_ones_own_is_no_preset(dialogue):
    dialogue.presets["Unity"].click()
    dialogue.options.root_bone.click()
    assert not any(button.isChecked() for button in dialogue.presets.values())


def test_the_formats_are_those_of_the_registry_without_synonyms(dialogue):
    writers = [EXPORTERS[suffix].write for suffix in dialogue.formats.rows if suffix != ".mp4"]
    assert len(writers) == len(set(writers))
    assert set(writers) == {exporter.write for exporter in EXPORTERS.values()}


def test_a_format_that_lacks_a_library_is_grey_with_the_line_that_brings_it(qtbot, qapp, monkeypatch):
    lacking = replace(EXPORTERS[".c3d"], module="no_such_module", install="pip install no-such-module")
    monkeypatch.setitem(EXPORTERS, ".c3d", lacking)
    dialogue = ExportDialog()
    qtbot.addWidget(dialogue)
    row = dialogue.formats.rows[".c3d"]
    assert not row.check.isEnabled()
    assert row.note.text() == "pip install no-such-module"
    dialogue.formats.choose([".c3d", ".trc"])
    assert dialogue.formats.chosen == (".trc",)


def test_untouched_options_are_the_defaults(dialogue):
    assert dialogue.options.take_options() == TakeOptions()
    dialogue.presets["Web"].click()
    assert dialogue.options.format_options() == FormatOptions()


def test_every_option_can_be_chosen(dialogue):
    options = dialogue.options
    for choice, values in (
        (options.floor, FLOORS),
        (options.smoothing, FILTERS),
        (options.mesh, MESHES),
        (options.names, NAMES),
        (options.markers, MARKERS),
        (options.unit, ("", *UNITS)),
    ):
        assert {choice.itemData(index) for index in range(choice.count())} == set(values)


def test_options_become_those_of_the_exporters(dialogue):
    options = dialogue.options
    pick(options.rate, 60.0)
    pick(options.floor, "lock")
    pick(options.smoothing, "butterworth")
    options.cutoff.setValue(4.0)
    options.strength.setValue(50.0)
    options.in_place.click()
    options.height_m.setValue(1.83)
    pick(options.mesh, "none")
    options.start.setValue(0.1)
    options.end.setValue(0.2)
    assert options.take_options() == TakeOptions(
        fps=60.0,
        trim_s=(0.1, 0.2),
        floor="lock",
        in_place=True,
        smoothing=Smoothing("butterworth", 4.0, 0.5),
        height_m=1.83,
        mesh="none",
    )
    pick(options.names, "mixamo")
    pick(options.unit, "mm")
    pick(options.markers, "halpe26")
    options.t_pose_first.click()
    options.root_bone.click()
    assert options.format_options() == FormatOptions("mixamo", "mm", True, True, "halpe26")


def test_stepping_the_height_starts_at_a_usual_one(dialogue):
    assert dialogue.options.height_m.chosen is None
    dialogue.options.height_m.stepUp()
    assert 1.5 < dialogue.options.height_m.chosen < 2.0


def test_the_licence_is_mentioned_where_the_mesh_of_any_body_goes_out(dialogue):
    assert dialogue.options.licence.isHidden()
    pick(dialogue.options.mesh, "any")
    assert "licence" in dialogue.options.licence.text()
    assert not dialogue.options.licence.isHidden()


def test_chosen_files_are_written_into_a_folder_of_their_own(dialogue, qtbot, recording):
    before = recording.read_bytes()
    export(dialogue, qtbot, ".trc", ".csv", ".npz")
    folder = recording.parent / "walk"
    assert names(folder) == ["walk.csv", "walk.npz", "walk.trc"]
    assert recording.read_bytes() == before
    assert str(folder) in dialogue.note.text()
    assert set(dialogue.files.files) == set(folder.iterdir())
    assert dialogue.formats.rows[".trc"].file.files == (folder / "walk.trc",)
    assert dialogue.start.text() == "Export"
    assert not dialogue.progress.isVisible()


def test_the_range_it_was_opened_with_is_exported(dialogue, qtbot, recording):
    dialogue.offer(recording, trim_s=(0.08, 0.2))
    wait_for_the_end(dialogue, qtbot)
    assert dialogue.options.take_options().trim_s == (0.08, 0.2)
    export(dialogue, qtbot, ".csv")
    lines = (recording.parent / "walk" / "walk.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert len(rows) - 1 == 4, "frames 2 to 5 of 25 a second"


def test_of_two_recordings_in_quick_succession_the_last_is_shown(dialogue, qtbot, recording, tmp_path):
    other = record(tmp_path / "run.npz")
    dialogue.offer(recording)
    dialogue.offer(other)
    qtbot.waitUntil(lambda: dialogue.recording == other and not dialogue.job.busy, timeout=TIMEOUT_MS)
    assert dialogue.name.text() == "run.npz"
    assert dialogue.extent is not None


def test_rounding_what_is_shown_loses_no_frame(dialogue, qtbot, recording):
    dialogue.offer(recording, trim_s=(1.997 / FPS, 5.003 / FPS))
    wait_for_the_end(dialogue, qtbot)
    start, end = dialogue.options.take_options().trim_s
    assert start <= 1.997 / FPS
    assert end >= 5.003 / FPS


def test_a_range_that_ends_after_the_recording_ends_with_it(dialogue, qtbot, recording):
    dialogue.offer(recording, trim_s=(0.08, 1000.0))
    wait_for_the_end(dialogue, qtbot)
    assert dialogue.options.take_options().trim_s == (0.08, math.inf)


def test_a_refused_file_says_why_and_the_others_are_written(dialogue, qtbot, recording):
    folder = recording.parent / "walk"
    (folder / "walk.trc" / "something").mkdir(parents=True)
    export(dialogue, qtbot, ".trc", ".csv")
    row = dialogue.formats.rows[".trc"]
    assert "is a folder" in row.note.text()
    assert not row.file.files
    assert dialogue.formats.rows[".csv"].file.files == (folder / "walk.csv",)
    assert "1 of 2" in dialogue.note.text()
    assert names(folder) == ["walk.csv", "walk.trc"]


def test_an_impossible_range_is_one_sentence(dialogue, qtbot, recording):
    dialogue.options.start.setValue(0.21)
    dialogue.options.end.setValue(0.22)
    export(dialogue, qtbot, ".trc")
    assert "no frame between" in dialogue.note.text()
    assert not (recording.parent / "walk").exists()


def test_files_that_would_be_replaced_are_mentioned(dialogue, qtbot):
    export(dialogue, qtbot, ".trc")
    dialogue.formats.choose([".trc", ".csv"])
    assert "walk.trc" in dialogue.note.text()
    assert "replaced" in dialogue.note.text()


def test_a_file_that_is_no_recording_cannot_be_exported(dialogue, qtbot, tmp_path):
    (tmp_path / "text.npz").write_text("no recording", encoding="utf-8")
    dialogue.offer(tmp_path / "text.npz")
    wait_for_the_end(dialogue, qtbot)
    assert "text.npz" in dialogue.note.text()
    assert not dialogue.start.isEnabled()


def test_without_a_format_or_a_folder_there_is_nothing_to_start(dialogue):
    assert dialogue.start.isEnabled()
    dialogue.formats.choose([])
    assert not dialogue.start.isEnabled()
    dialogue.formats.choose([".trc"])
    dialogue.folder.setText("  ")
    assert not dialogue.start.isEnabled()


def test_another_folder_can_be_chosen(dialogue, qtbot, tmp_path):
    dialogue.choose_folder.click()
    asked = dialogue.findChild(QFileDialog)
    asked.fileSelected.emit(str(tmp_path / "elsewhere"))
    asked.close()
    export(dialogue, qtbot, ".trc")
    assert names(tmp_path / "elsewhere") == ["walk.trc"]


def test_the_folder_is_shown_once_it_exists(dialogue, qtbot, recording, monkeypatch):
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    assert not dialogue.show_folder.isEnabled()
    export(dialogue, qtbot, ".trc")
    dialogue.show_folder.click()
    assert opened == [QUrl.fromLocalFile(str(recording.parent / "walk"))]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    dialogue.show_folder.click()
    assert str(recording.parent / "walk") in dialogue.note.text()


@pytest.fixture
def held_writer(monkeypatch):
    """A .trc writer that waits until it is let go on."""
    go_on = threading.Event()

    def write(take: object, path: Path, options: FormatOptions) -> None:
        assert go_on.wait(60)
        path.write_text("whole", encoding="utf-8")

    monkeypatch.setitem(EXPORTERS, ".trc", Exporter(write, "markers", "measure"))
    yield go_on
    go_on.set()


def test_while_it_runs_it_can_only_be_cancelled(dialogue, qtbot, recording, held_writer):
    dialogue.formats.choose([".trc", ".mot"])
    dialogue.start.click()
    qtbot.waitUntil(lambda: "walk.trc" in dialogue.note.text(), timeout=TIMEOUT_MS)
    assert dialogue.start.text() == "Cancel"
    assert dialogue.progress.isVisible()
    assert not dialogue.options.isEnabled()
    assert not dialogue.formats.rows[".glb"].check.isEnabled()
    dialogue.offer(recording.parent / "another.npz")
    assert dialogue.recording == recording, "the running export goes on"
    dialogue.start.click()
    held_writer.set()
    wait_for_the_end(dialogue, qtbot)
    assert names(recording.parent / "walk") == ["walk.trc"]
    assert "1 of 2" in dialogue.note.text()
    assert dialogue.options.isEnabled()


def test_the_film_preset_shows_its_choices_and_refuses_what_cannot_be(dialogue):
    assert not dialogue.film.isVisible()
    dialogue.presets["Film"].click()
    assert dialogue.film.isVisible()
    assert dialogue.formats.chosen == (".mp4",)
    assert dialogue.start.isEnabled()
    dialogue.film.parts["angles"].click()
    dialogue.film.size_choice.setCurrentText("1920 × 1080")
    assert dialogue.film.choice() == FilmChoice(("picture", "3d", "angles"), ("knee", "hip"), 1920, 1080)
    for check in dialogue.film.parts.values():
        check.setChecked(False)
    assert not dialogue.start.isEnabled()
    assert "choose" in dialogue.note.text()


def test_the_camera_is_known_by_a_number_or_a_file(dialogue, tmp_path):
    options = dialogue.options
    assert options.lens_choice() == LensChoice()
    pick(options.camera, "focal")
    options.focal.setValue(900.0)
    assert options.lens_choice() == LensChoice(focal_px=900.0)
    pick(options.camera, "calibration")
    options.calibration.chosen.emit(str(tmp_path / "camera.yml"))
    assert options.lens_choice() == LensChoice(calibration=tmp_path / "camera.yml")


def test_a_calibration_that_is_none_is_one_sentence_and_a_focal_length_counts(dialogue, qtbot, tmp_path):
    (tmp_path / "camera.yml").write_text("nothing")
    pick(dialogue.options.camera, "calibration")
    dialogue.options.calibration.chosen.emit(str(tmp_path / "camera.yml"))
    export(dialogue, qtbot, ".trc")
    assert "camera.yml" in dialogue.note.text()
    assert not (dialogue.recording.parent / "walk" / "walk.trc").exists()
    pick(dialogue.options.camera, "focal")
    export(dialogue, qtbot, ".trc")
    assert names(dialogue.recording.parent / "walk") == ["walk.trc"]
