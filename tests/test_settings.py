"""Settings: there and back, and what becomes of rubbish."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from str_live.settings import SWITCHES, NetworkSettings, Settings, VariantSettings, from_json, to_json


def test_settings_come_back_as_they_went():
    settings = Settings(lookahead=5, compare=True, body="x.npz", weights=("a.safetensors", "b.pth.tar"))
    settings = replace(settings, view=replace(settings.view, opacity=0.5, mirror=True))
    assert from_json(to_json(settings)) == settings


@pytest.mark.parametrize("text", ["", "nonsense", "[1, 2]", "null"])
def test_rubbish_gives_the_defaults_and_a_warning(text, caplog):
    assert from_json(text) == Settings()
    assert caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lookahead", 99),
        ("lookahead", "2"),
        ("front_end", "x"),
        ("precision", "float16"),
        ("compare", 1),
        ("view", 3),
        ("body", None),
        ("weights", [1]),
        ("weights", 2),
    ],
)
def test_a_bad_value_gives_its_default_and_keeps_the_others(name, value, caplog):
    stored = json.loads(to_json(Settings(device="cpu")))
    stored[name] = value
    assert from_json(json.dumps(stored)) == Settings(device="cpu")
    assert caplog.text


@pytest.mark.parametrize(("stored", "taken"), [("", ()), ("mine.safetensors", ("mine.safetensors",))])
def test_weights_of_an_earlier_version_were_a_single_name(stored, taken, caplog):
    content = json.loads(to_json(Settings(device="cpu"))) | {"weights": stored}
    assert from_json(json.dumps(content)) == Settings(device="cpu", weights=taken)
    assert not caplog.text


def test_landmarks_were_the_default_and_no_choice_in_an_earlier_version(caplog):
    content = json.loads(to_json(Settings(front_end="landmarks")))
    assert from_json(json.dumps(content)).front_end == "landmarks"
    assert from_json(json.dumps(content | {"version": 1})).front_end == "auto"
    assert from_json(json.dumps(content | {"version": 1, "front_end": "both"})).front_end == "both"
    assert not caplog.text


def test_networks_without_weights_give_way_to_the_per_frame_network():
    wished = NetworkSettings("tcmr").without("ttr")
    assert wished.running(("tcmr", "frame")) == NetworkSettings("tcmr"), "its switches are STR's"
    assert wished.running(("str", "frame")) == NetworkSettings("frame")
    assert NetworkSettings().without("ttr").running(("str", "frame")) == NetworkSettings().without("ttr")
    settings = Settings(variant_a=VariantSettings(wished, one_euro=True))
    assert settings.running(("frame",)).variant_a == VariantSettings(NetworkSettings("frame"), one_euro=True)


def test_unknown_keys_of_a_later_version_are_ignored():
    stored = json.loads(to_json(Settings()))
    assert from_json(json.dumps({**stored, "hologram": True})) == Settings()


def test_whole_numbers_are_taken_for_real_ones():
    stored = json.loads(to_json(Settings()))
    stored["view"]["opacity"] = 1
    assert from_json(json.dumps(stored)).view.opacity == 1.0


def test_switches_are_named_as_on_the_command_line():
    off = NetworkSettings().without("TTR", "ste-time", "self")
    assert (off.ttr, off.ste_time, off.self_integration) == (False, False, False)
    assert off.ste_freq
    assert off.cross_integration
    with pytest.raises(ValueError, match="choose among"):
        NetworkSettings().without("gru")
    assert len(SWITCHES) == 5


def test_variant_b_is_shown_only_where_it_is_compared():
    settings = Settings(variant_b=VariantSettings(NetworkSettings("vibe")))
    assert list(settings.variants) == ["A"]
    assert replace(settings, compare=True).variants == {"A": settings.variant_a, "B": settings.variant_b}


def test_variants_are_replaced_by_name():
    vibe = VariantSettings(NetworkSettings("vibe"))
    for name, other in (("A", "B"), ("B", "A")):
        changed = Settings().with_variant(name, vibe)
        assert changed.variant(name) == vibe
        assert changed.variant(other) == Settings().variant(other)


def test_webcams_are_shown_mirrored_and_nothing_else_unless_that_is_chosen():
    view = Settings().view
    assert view.of_source(webcam=True).mirror
    assert not view.of_source(webcam=False).mirror
    other = replace(view, mirror=True, mirror_webcam=False)
    assert not other.of_source(webcam=True).mirror
    assert other.of_source(webcam=False).mirror


def test_numbers_of_people_survive_in_a_recording_s_settings():
    settings = Settings(left_out=(2, 5))
    assert from_json(to_json(settings)) == settings
