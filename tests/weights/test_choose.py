"""The front end at the start: what is asked for stands, and what is left open follows files and device."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from str_live.live.command_line import parse_arguments
from str_live.network.network import Network, NetworkConfig
from str_live.settings import FRONT_ENDS, Settings
from str_live.temporal import STRConfig
from str_live.weights.choose import choose_front_end
from str_live.weights.load import load_model_for
from str_live.weights.own import DEFAULT_WEIGHTS, save_network
from str_live.weights.own_images import BEST, IMAGE_FORMAT

PIXELS_COST = "without CUDA pixels cost too much per frame"


def image_weights(path: Path, best: str | None) -> Path:
    """A file with the header of image weights; the choice looks at nothing else of them."""
    notes = {} if best is None else {BEST: best}
    save_file({"nothing": torch.zeros(1)}, path, metadata={"format": IMAGE_FORMAT, **notes})
    return path


def whole_weights(path: Path, front_end: str) -> Path:
    """A file with the header of a whole network of ours."""
    config = {"front_end": front_end, "networks": ["frame"], "switches": {"width": 16}}
    save_file(
        {"nothing": torch.zeros(1)}, path, metadata={"format": "str-live-2", "config": json.dumps(config)}
    )
    return path


@pytest.fixture
def delivered(monkeypatch, tmp_path):
    """Delivers image weights that call a front end the best; None: that say nothing of it."""

    def deliver(best: str | None) -> Path:
        path = image_weights(tmp_path / "images.safetensors", best)
        for front_end in ("resnet", "both"):
            monkeypatch.setitem(DEFAULT_WEIGHTS, front_end, path)
        return path

    return deliver


@pytest.fixture(params=[True, False], ids=["cuda", "no cuda"])
def cuda(request, monkeypatch) -> bool:
    """Both kinds of machine, whatever this one is."""
    return pretend_cuda(monkeypatch, request.param)


def pretend_cuda(monkeypatch, there: bool) -> bool:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    return there


def chosen(**settings: object) -> tuple[str, str]:
    choice = choose_front_end(Settings(**settings))
    assert choice.automatic
    return choice.name, choice.reason


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_what_was_asked_for_stands(name, cuda, delivered):
    delivered("both")
    choice = choose_front_end(Settings(front_end=name, weights=("none.safetensors",)))
    assert (choice.name, choice.reason, choice.automatic) == (name, "it was asked for", False)


def test_without_image_weights_it_is_landmarks(cuda, monkeypatch, tmp_path):
    monkeypatch.setitem(DEFAULT_WEIGHTS, "both", tmp_path / "none.safetensors")
    assert chosen() == ("landmarks", "there are no image weights")


@pytest.mark.parametrize("best", FRONT_ENDS)
def test_cuda_takes_what_measured_best(best, monkeypatch, delivered, caplog):
    caplog.set_level(logging.INFO)
    pretend_cuda(monkeypatch, True)
    delivered(best)
    reason = "it measured best on real clips when images.safetensors was delivered"
    assert chosen() == chosen(device="cuda:1") == (best, reason)
    assert f"front end {best}: {reason}" in caplog.text
    assert chosen(device="cpu") == ("landmarks", PIXELS_COST)


def test_a_processor_takes_landmarks(monkeypatch, delivered):
    pretend_cuda(monkeypatch, False)
    delivered("both")
    assert chosen() == chosen(device="cpu") == ("landmarks", PIXELS_COST)
    assert chosen(device="cuda") == ("landmarks", PIXELS_COST), "a device that is not there is no CUDA"


def test_image_weights_that_call_none_the_best_give_landmarks(monkeypatch, delivered):
    pretend_cuda(monkeypatch, True)
    delivered(None)
    assert chosen() == ("landmarks", "images.safetensors does not say that another one measured better")


def test_image_weights_that_cannot_be_read_give_landmarks_and_say_so(monkeypatch, delivered):
    pretend_cuda(monkeypatch, True)
    delivered("both").write_bytes(b"damaged")
    name, reason = chosen()
    assert name == "landmarks"
    assert reason.startswith("the image weights cannot be used (")
    assert "again" in reason, "what to do"


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_given_weights_of_ours_say_what_they_are_for(front_end, cuda, delivered, tmp_path):
    delivered("both")
    mine = whole_weights(tmp_path / "mine.safetensors", front_end)
    assert chosen(weights=(str(mine),)) == (front_end, "mine.safetensors is for it")


@pytest.mark.parametrize(("best", "name"), [("resnet", "resnet"), ("both", "both"), (None, "landmarks")])
def test_given_image_weights_are_to_see_pixels_on_any_machine(best, name, cuda, tmp_path):
    mine = image_weights(tmp_path / "mine.safetensors", best)
    under = whole_weights(tmp_path / "under.safetensors", "landmarks")
    assert chosen(weights=(str(mine),))[0] == chosen(weights=(str(under), str(mine)))[0] == name


def test_published_checkpoints_want_the_resnet_that_they_were_trained_on(cuda, delivered, tmp_path):
    delivered("both")
    tcmr = tmp_path / "tcmr.pth.tar"
    tcmr.write_bytes(b"a pickle")
    given = {"weights": (str(tcmr),)}
    assert chosen(**given, backbone="spin.pt") == ("resnet", "tcmr.pth.tar runs over SPIN's ResNet-50")
    assert chosen(**given) == ("landmarks", "tcmr.pth.tar cannot run without SPIN's checkpoint")


def test_a_backbone_alone_only_allows_the_resnet(cuda, delivered):
    delivered("both")
    name, reason = chosen(backbone="spin.pt")
    assert name == "landmarks"
    assert "where the front end resnet is chosen" in reason


def test_given_weights_that_cannot_be_read_are_left_to_the_loading(cuda, tmp_path):
    name, reason = chosen(weights=(str(tmp_path / "none.safetensors"),))
    assert name == "landmarks"
    assert "none.safetensors does not exist" in reason


def test_a_stored_choice_wins_over_auto(monkeypatch, delivered):
    pretend_cuda(monkeypatch, True)
    delivered("both")
    _, options = parse_arguments([])
    assert choose_front_end(options.over(Settings(front_end="landmarks"))).name == "landmarks"


def test_settings_that_leave_it_open_load_what_is_chosen(tmp_path):
    torch.manual_seed(0)
    config = NetworkConfig(
        "landmarks", ("frame",), STRConfig(width=16), encoder_hidden=16, regressor_hidden=8
    )
    save_network(Network(config), tmp_path / "mine.safetensors")
    settings = Settings(weights=(str(tmp_path / "mine.safetensors"),), device="cpu")
    assert load_model_for(settings).info.front_end == "landmarks"
