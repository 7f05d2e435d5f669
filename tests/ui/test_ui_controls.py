"""Each control changes Settings as it says, the session hears of it, and settings show in the controls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QComboBox, QWidget

from str_live.network_text import MODULES, attention_text, missing_text, variant_text
from str_live.settings import NetworkSettings, Settings, SourceSettings
from str_live.ui.panels.network import lookahead_text
from str_live.weights.choose import FrontEndChoice


def pick(box: QComboBox, data: str) -> None:
    """Choose as a person does, by an item's data or its text."""
    index = max(box.findData(data), box.findText(data))
    assert index >= 0
    box.setCurrentIndex(index)
    box.activated.emit(index)


@pytest.mark.parametrize("name", ["A", "B"])
@pytest.mark.parametrize("key", [key for key, _, _ in MODULES])
def test_each_switch_turns_off_its_own_module_only(make_window, name, key):
    window = make_window(Settings(variant_b=Settings().variant_a, compare=True))
    window.controls.network.columns[name].switches[key].click()
    expected = replace(NetworkSettings(), **{key: False})
    assert window.state.settings.variant(name).network == expected
    assert window.state.settings.variant("B" if name == "A" else "A").network == NetworkSettings()
    assert window.session.configured == [window.state.settings]


@pytest.mark.parametrize("name", ["A", "B"])
@pytest.mark.parametrize("temporal", ["tcmr", "vibe", "frame"])
def test_without_str_there_are_no_modules_to_switch(make_window, name, temporal):
    window = make_window(Settings(compare=True))
    column = window.controls.network.columns[name]
    pick(column.network, "str")
    column.switches["ttr"].click()
    pick(column.network, temporal)
    assert window.state.settings.variant(name).network.temporal == temporal
    for switch in column.switches.values():
        assert not switch.isEnabled()
        assert not switch.isChecked()
        assert switch.toolTip().startswith(f"A module of STR, and {name} runs")
    pick(column.network, "str")
    assert all(switch.isEnabled() for switch in column.switches.values())
    assert [switch.isChecked() for switch in column.switches.values()] == [False] + [True] * 4
    assert not column.switches["ttr"].toolTip().startswith("A module of STR")


def show_missing(window, missing: dict[str, str]) -> None:
    window.session.change_status(missing_networks=missing)
    window.controller.status_changed.emit(window.session.status())


def test_networks_without_weights_are_grey_and_say_why(make_window):
    window = make_window(Settings(compare=True))
    panel = window.controls.network
    show_missing(window, {"tcmr": "TCMR has no weights in mine: give --weights"})
    for column in panel.columns.values():
        entries = [column.network.model().item(row) for row in range(4)]
        assert [entry.isEnabled() for entry in entries] == [True, False, True, True]
        assert "give --weights" in entries[1].toolTip()
    assert panel.missing.text() == "No weights for TCMR: choose theirs under Weights below."
    show_missing(window, {})
    assert panel.missing.isHidden()
    assert all(panel.columns["A"].network.model().item(row).isEnabled() for row in range(4))


def test_comparing_shows_the_column_of_b_and_stopping_hides_it(make_window):
    window = make_window()
    network = window.controls.network
    assert all(widget.isHidden() for widget in network.columns["B"].widgets)
    network.compare.click()
    assert window.state.settings.compare
    assert not any(widget.isHidden() for widget in network.columns["B"].widgets)
    network.compare.click()
    assert not window.state.settings.compare
    assert all(widget.isHidden() for widget in network.columns["B"].widgets)


def test_smoothing_and_look_ahead(make_window):
    window = make_window()
    network = window.controls.network
    network.columns["A"].one_euro.click()
    assert window.state.settings.variant_a.one_euro
    assert not window.state.settings.variant_b.one_euro
    network.lookahead.setValue(5)
    assert window.state.settings.lookahead == 5
    assert network.lookahead_text.text() == "5 frames, 167 ms"
    assert lookahead_text(1) == "1 frame, 33 ms"


@pytest.mark.parametrize("key", ["mesh", "skeleton", "box", "landmarks", "mirror"])
def test_each_layer_switch_changes_its_own_layer(make_window, key):
    window = make_window()
    before = getattr(window.state.settings.view, key)
    window.controls.view.layers[key].click()
    assert window.state.settings.view == replace(Settings().view, **{key: not before})


def test_opacity_and_colours(make_window):
    window = make_window()
    window.controls.view.opacity.setValue(40)
    pick(window.controls.view.colour_mode, "speed")
    assert window.state.settings.view.opacity == pytest.approx(0.4)
    assert window.state.settings.view.colour_mode == "speed"
    assert window.controls.view.opacity_text.text() == "40 %"


def test_showing_an_opacity_between_two_steps_does_not_change_it(make_window):
    settings = replace(Settings(), view=replace(Settings().view, opacity=0.923))
    window = make_window(settings)
    assert window.state.settings.view.opacity == 0.923
    assert not window.session.configured


def test_slow_motion_belongs_to_a_film_and_goes_with_it(make_window, tmp_path):
    window = make_window()
    source = window.controls.source
    assert not source.slow_motion.isEnabled()
    for name in ("slow.mp4", "other.mp4"):
        (tmp_path / name).touch()
    window.state.change_source(spec=str(tmp_path / "slow.mp4"))
    assert source.slow_motion.isEnabled()
    source.slow_motion.setValue(8)
    assert window.state.settings.source.slow_motion == 8.0
    assert source.slow_motion.text() == "8 ×"
    window.state.change_source(spec=str(tmp_path / "other.mp4"))
    assert (window.state.settings.source.slow_motion, source.slow_motion.value()) == (1.0, 1.0)


def test_source_mode_and_playback(make_window):
    window = make_window(Settings())
    source = window.controls.source
    pick(source.mode, "640 × 480, 30 fps")
    assert (window.state.settings.source.width, window.state.settings.source.height) == (640, 480)
    source.loop.click()
    source.realtime.click()
    source.open_clip()
    assert window.state.settings.source == SourceSettings("clip", 640, 480, 30.0, loop=False, realtime=False)
    assert not source.mode.isEnabled(), "a file has the mode it has"


def test_an_address_is_taken_from_the_line(make_window):
    window = make_window()
    window.show()
    source = window.controls.source
    source.open_address()
    QTest.keyClicks(source.address, "rtsp://door/1")
    QTest.keyClick(source.address, Qt.Key.Key_Return)
    assert window.state.settings.source.spec == "rtsp://door/1"
    assert source.source.currentText() == "rtsp://door/1"
    assert source.address.isHidden()


def test_cameras_are_listed_by_name_and_appear_when_plugged_in(make_window):
    window = make_window(Settings())
    box = window.controls.source.source
    assert [box.itemText(row) for row in range(box.count())] == [
        "First camera, or else the clip",
        "Built-in clip",
    ]
    window.cameras.plug_in("Logi C270")
    assert box.itemText(1) == "Logi C270"
    pick(box, "usb:Logi C270")
    assert window.state.settings.source.spec == "usb:Logi C270"
    window.cameras.cameras = []
    window.controls.source.refresh.click()
    assert window.state.settings.source.spec == "usb:Logi C270", "an unplugged camera stays chosen"
    assert box.currentText() == "usb:Logi C270 (not found)"


def test_a_camera_list_that_fails_leaves_the_window_usable(make_window, monkeypatch):
    window = make_window()

    def broken():
        raise OSError("no such bus")

    monkeypatch.setattr(window.controls.source, "_list_cameras", broken)
    window.controls.source.refresh.click()
    assert window.controls.source.cameras == []


def test_a_front_end_that_cannot_run_is_grey_and_says_why(make_window):
    window = make_window()
    panel = window.controls.front_end
    panel.show_unavailable({"resnet": "needs SPIN's checkpoint"})
    item = panel.front_end.model().item(1)
    assert not item.isEnabled()
    assert "SPIN's checkpoint" in item.toolTip()
    assert "needs SPIN's checkpoint, or choose it below" in panel.reason.text()
    panel.backbone.chosen.emit("/there/model_checkpoint.pt")
    assert window.state.settings.backbone == "/there/model_checkpoint.pt"
    panel.show_unavailable({})
    assert panel.front_end.model().item(1).isEnabled()
    assert panel.reason.isHidden()
    pick(panel.front_end, "resnet")
    assert window.state.settings.front_end == "resnet"


def test_why_a_front_end_was_chosen_is_shown_until_the_user_chooses_one(make_window):
    assert make_window().controls.front_end.automatic.isHidden()
    window = make_window(choice=FrontEndChoice("auto", "both", "it measured best"))
    panel = window.controls.front_end
    text = "Landmarks and image was chosen automatically: it measured best."
    assert (panel.automatic.text(), window.banner.texts) == (text, [text])
    assert not panel.automatic.isHidden()
    pick(panel.device, "cpu")
    assert not panel.automatic.isHidden()
    pick(panel.front_end, "landmarks")
    assert panel.automatic.isHidden()


def test_files_and_device(make_window):
    window = make_window()
    panel = window.controls.front_end
    panel.body.chosen.emit("/there/basicmodel.pkl")
    panel.weights.add("/there/mine.safetensors")
    pick(panel.device, "cpu")
    settings = window.state.settings
    assert (settings.body, settings.weights, settings.device) == (
        "/there/basicmodel.pkl",
        ("/there/mine.safetensors",),
        "cpu",
    )
    assert panel.body.name.text() == "basicmodel.pkl"
    panel.body.reset.click()
    assert window.state.settings.body == ""
    assert panel.body.name.text() == "free body"


def test_weights_of_several_networks_are_added_one_by_one(make_window):
    window = make_window()
    weights = window.controls.front_end.weights
    assert (weights.name.text(), weights.choose.text()) == ("default weights", "Choose…")
    weights.add("/there/tcmr.pth.tar")
    assert (weights.name.text(), weights.choose.text()) == ("tcmr.pth.tar", "Add…")
    weights.add("/there/vibe.pth.tar")
    weights.add("/there/tcmr.pth.tar")
    assert window.state.settings.weights == ("/there/tcmr.pth.tar", "/there/vibe.pth.tar")
    assert weights.name.text() == "2 files"
    assert "vibe.pth.tar" in weights.name.toolTip()
    weights.reset.click()
    assert window.state.settings.weights == ()
    assert weights.name.text() == "default weights"


def test_networks_are_named_in_few_words():
    network = NetworkSettings()
    assert variant_text(network) == "STR"
    assert variant_text(network.without("ttr")) == "STR without TTR"
    assert variant_text(network.without("ttr", "self")) == "STR, 3 of 5 modules"
    assert variant_text(replace(network.without("ttr"), temporal="tcmr")) == "TCMR"
    assert variant_text(replace(network, temporal="frame")) == "per-frame"
    assert missing_text({}) == ""
    assert missing_text(dict.fromkeys(("str", "tcmr", "vibe"), "")).startswith(
        "No weights for STR, TCMR and VIBE"
    )


def test_attention_is_given_in_per_cent_where_there_is_any():
    weights = {"str": np.array([0.5, 0.3, 0.2])}
    assert attention_text(weights) == "A attends to TTR 50 %, time 30 %, frequency 20 %"
    weights = {"tcmr": np.array([0.2, 0.5, 0.3])}
    assert attention_text(weights) == "A attends to past 20 %, all frames 50 %, future 30 %"
    assert attention_text({}) == ""


def test_every_network_control_explains_itself(make_window):
    for column in make_window().controls.network.columns.values():
        for widget in column.widgets[1:]:
            assert len(widget.toolTip()) > 20


def test_smpl_files_found_in_assets_are_offered(make_window):
    window = make_window()
    body = window.controls.front_end.body
    body.offer({})
    assert body.choose.menu() is None
    body.offer({"SMPL neutral (SMPL_NEUTRAL.pkl)": "/assets/SMPL_NEUTRAL.pkl"})
    first, *_, other = body.choose.menu().actions()
    assert (first.text(), other.text()) == ("SMPL neutral (SMPL_NEUTRAL.pkl)", "Another file…")
    first.trigger()
    assert window.state.settings.body == "/assets/SMPL_NEUTRAL.pkl"
    assert body.name.text() == "SMPL_NEUTRAL.pkl"


@pytest.mark.parametrize(("height", "scrolls"), [(700, True), (1500, False)])
def test_the_record_buttons_end_where_the_panels_do(make_window, height, scrolls):
    window = make_window(Settings())
    window.resize(1280, height)
    window.show()
    QTest.qWait(50)
    controls = window.controls
    assert controls.scroll_area.verticalScrollBar().isVisible() == scrolls

    def right(widget: QWidget) -> int:
        return widget.mapTo(controls, widget.rect().topRight()).x()

    assert right(controls.record.film) == right(controls.front_end.front_end)


def test_an_address_is_shown_without_its_password(make_window):
    window = make_window()
    panel = window.controls.source
    panel.address.setText("rtsp://me:hush@10.0.0.2/live")
    panel.address.returnPressed.emit()
    assert window.state.settings.source.spec == "rtsp://me:hush@10.0.0.2/live"
    shown = [panel.source.itemText(index) for index in range(panel.source.count())]
    tips = [
        panel.source.itemData(index, Qt.ItemDataRole.ToolTipRole) for index in range(panel.source.count())
    ]
    assert "rtsp://10.0.0.2/live" in shown
    assert not any("hush" in str(text) for text in [*shown, *tips, panel.address.text()])
