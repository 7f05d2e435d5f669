"""Which files run together: each is known by its content, and what does not fit is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.features.resnet import ResNet50
from str_live.messages import Box, Crop, Observation, Person
from str_live.network.network import Network, NetworkConfig, features_config
from str_live.settings import NetworkSettings
from str_live.temporal import TCMR, VIBE, STRConfig
from str_live.temporal.window import mixed
from str_live.weights.load import load_model, missing_networks, unavailable_front_ends
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError, is_ours, load_network, save_network
from tests.network.small_network import still_window

SMALL = {"encoder_hidden": 16, "encoder_blocks": 1, "regressor_hidden": 8, "tcmr_hidden": 8, "vibe_hidden": 8}


def save(path: Path, *networks: str, **changes: object) -> Path:
    """Weights of ours for the landmark front end, narrow."""
    torch.manual_seed(0)
    switches = STRConfig(width=16, attention_width=8)
    config = NetworkConfig(networks=(*networks, "frame"), switches=switches, **{**SMALL, **changes})
    save_network(Network(config), path)
    return path


def thin(shape: torch.Size) -> torch.Tensor:
    """A tensor of full size that takes no room in a file: one number, repeated."""
    return torch.full((1,), 0.01).expand(shape)


def rival(path: Path, kind: type[torch.nn.Module]) -> Path:
    """A file with the keys and shapes of a released checkpoint of TCMR or VIBE."""
    with torch.device("meta"):
        parts = {"encoder": kind(), "regressor": Regressor()}
    state = {
        f"{prefix}.{key}": thin(value.shape)
        for prefix, module in parts.items()
        for key, value in module.state_dict().items()
    }
    state["regressor.smpl.v_template"] = torch.zeros(4, 3)
    torch.save({"epoch": 29, "performance": np.float64(52.7), "gen_state_dict": state}, path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Full-size files of SPIN, TCMR and VIBE."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(1)
    spin = folder / "spin_model_checkpoint.pth.tar"
    torch.save({"model": {**ResNet50().state_dict(), **Regressor().state_dict()}}, spin)
    tcmr = rival(folder / "tcmr_table4_3dpw_test.pth.tar", TCMR)
    return {"spin": spin, "tcmr": tcmr, "vibe": rival(folder / "vibe_model_w_3dpw.pth.tar", VIBE)}


def person() -> Observation:
    points = (np.random.default_rng(0).random((33, 2)) * 200 + 200).astype(np.float32)
    box = Box(320.0, 240.0, 300.0)
    seen = Person(box, points, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)
    return Observation(seen, Crop(np.zeros((224, 224, 3), np.uint8), box))


def refused(pattern: str, front_end: str, **given: object) -> None:
    """The files are refused with a sentence that says what to do."""
    with pytest.raises(WeightsError, match=pattern) as error:
        load_model(front_end, **given)
    assert "\n" not in str(error.value)


def test_our_own_weights_bring_the_heads_that_they_have(tmp_path):
    path = save(tmp_path / "mine.safetensors", "str", "vibe")
    model = load_model("landmarks", weights=[path])
    assert (model.info.name, model.info.networks) == ("mine", ("str", "vibe", "frame"))
    assert set(missing_networks(model.info)) == {"tcmr"}
    assert missing_networks(model.info)["tcmr"].startswith("TCMR has no weights in mine: give")


def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path):
    path = save(tmp_path / "mine.safetensors", "str")
    assert is_ours(path.rename(tmp_path / "vibe.pth.tar"))
    assert load_model("landmarks", weights=[tmp_path / "vibe.pth.tar"]).info.networks == ("str", "frame")
    assert not is_ours(rival(tmp_path / "str.pt", VIBE))
    assert is_ours(tmp_path / "to_come.safetensors")


def test_spin_alone_runs_frame_by_frame(files):
    model = load_model("resnet", backbone=files["spin"])
    assert (model.info.name, model.info.networks) == ("spin_model_checkpoint", ("frame",))
    state = torch.load(files["spin"], weights_only=True)["model"]
    assert torch.equal(model.network.head("frame").regressor.fc1.weight, state["fc1.weight"])
    assert torch.equal(model.network.encoder.layer4[2].conv3.weight, state["layer4.2.conv3.weight"])
    assert model.observe([person()])[0].shape == (2048,)
    assert {name: text.split(" (")[0] for name, text in missing_networks(model.info).items()} == {
        "str": "STR has no weights in spin_model_checkpoint: give the best.safetensors of "
        "`python -m str_live.train paper`",
        "tcmr": "TCMR has no weights in spin_model_checkpoint: give tcmr_table4_3dpw_test.pth.tar",
        "vibe": "VIBE has no weights in spin_model_checkpoint: give vibe_model_w_3dpw.pth.tar",
    }


def test_published_rivals_run_over_spin(files):
    model = load_model("resnet", weights=[files["vibe"], files["tcmr"]], backbone=files["spin"])
    assert model.info.networks == ("tcmr", "vibe", "frame")
    assert model.info.name == "spin_model_checkpoint + vibe_model_w_3dpw + tcmr_table4_3dpw_test"
    window = still_window(model.observe([person()]))
    (predictions,) = model.predict([window], [NetworkSettings(name) for name in model.info.networks])
    assert all(np.isfinite(prediction.rotmat).all() for prediction in predictions)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> dict[str, Path]:
    """Checkpoints of trainings on SPIN's features, with small regressors."""
    folder = tmp_path_factory.mktemp("trained")
    torch.manual_seed(2)
    paths = {name: folder / f"{name}.safetensors" for name in ("str", "vibe")}
    for name, path in paths.items():
        save_network(Network(features_config(name, regressor_hidden=16)), path)
    return paths


def test_what_was_trained_on_features_runs_over_spin(files, trained):
    model = load_model("resnet", weights=list(trained.values()), backbone=files["spin"])
    assert model.info.networks == ("str", "vibe", "frame")
    assert model.info.name == "spin_model_checkpoint + str + vibe"
    window = still_window(model.observe([person()]))
    (predictions,) = model.predict([window], [NetworkSettings(name) for name in trained])
    for path, prediction in zip(trained.values(), predictions, strict=True):
        with torch.inference_mode():
            alone = load_network(path).eval().only_head(torch.from_numpy(mixed(window))[None])
        torch.testing.assert_close(torch.from_numpy(prediction.betas), alone.betas[0])


def test_two_trained_networks_of_a_kind_and_those_on_other_features_are_refused(files, trained, tmp_path):
    spin = files["spin"]
    refused("both hold VIBE", "resnet", weights=[trained["vibe"], files["vibe"]], backbone=spin)
    save_network(Network(features_config(width=16, regressor_hidden=8)), tmp_path / "narrow.safetensors")
    refused("16 channels", "resnet", weights=[tmp_path / "narrow.safetensors"], backbone=spin)


@pytest.mark.parametrize("choice", [{"temporal": "frame"}, {"bypassed": ("ttr",)}])
def test_only_whole_trained_networks_run_in_the_app(files, tmp_path, choice):
    part = Network(features_config(width=16, regressor_hidden=8, **choice))
    save_network(part, tmp_path / "part.safetensors")
    refused("whole", "resnet", weights=[tmp_path / "part.safetensors"], backbone=files["spin"])


def test_what_was_trained_on_features_wants_a_front_end(trained):
    wanted = r"--front-end resnet --backbone PATH/spin_model_checkpoint\.pth\.tar"
    refused(wanted, "landmarks", weights=[trained["str"]])
    refused(r"needs SPIN's checkpoint: give --backbone", "resnet", weights=[trained["str"]])


def test_a_rival_wants_the_front_end_that_it_was_trained_on(files, tmp_path):
    mine = save(tmp_path / "mine.safetensors", "str")
    wanted = r"--front-end resnet --backbone PATH/spin_model_checkpoint\.pth\.tar"
    refused(wanted, "landmarks", weights=[files["vibe"]])
    refused(wanted, "landmarks", weights=[mine, files["vibe"]], backbone=files["spin"])
    refused(
        r"vibe_model_w_3dpw.* needs SPIN's checkpoint: give --backbone", "resnet", weights=[files["vibe"]]
    )


def test_two_files_with_one_head_are_refused(files, tmp_path):
    twice = {"weights": [files["vibe"], files["vibe"]], "backbone": files["spin"]}
    refused("both hold VIBE: give one of them", "resnet", **twice)
    first, second = (save(tmp_path / f"{name}.safetensors", "str") for name in ("a", "b"))
    refused("hold the same parts: give one of them", "landmarks", weights=[first, second])


def test_spin_among_the_weights_is_told_where_it_belongs(files):
    refused("give it with --backbone", "resnet", weights=[files["spin"]], backbone=files["spin"])


def test_weights_of_the_other_front_end_are_refused(tmp_path):
    refused("'landmarks', not 'resnet'", "resnet", weights=[save(tmp_path / "a.safetensors")])


def test_missing_files_are_named(files, tmp_path):
    refused("does not exist", "landmarks", weights=[tmp_path / "none.safetensors"])
    refused("does not exist", "resnet", weights=[tmp_path / "none.pth.tar"], backbone=files["spin"])
    refused("does not exist: give the path", "resnet", backbone=tmp_path / "none.pt")
    (tmp_path / "text.mp4").write_text("not a network")
    refused("text.mp4 is not one of STR-Live's", "landmarks", weights=[tmp_path / "text.mp4"])


def test_resnet_without_a_file_says_what_it_needs(monkeypatch, tmp_path):
    for front_end in ("resnet", "both"):
        monkeypatch.setitem(DEFAULT_WEIGHTS, front_end, tmp_path / "none.safetensors")
    refused("--backbone", "resnet")
    refused("make train-images", "both")
    assert "SPIN" in unavailable_front_ends()["resnet"]
    assert unavailable_front_ends(backbone="spin.pt").keys() == {"both"}
    assert "resnet" not in unavailable_front_ends(weights=("mine.safetensors",))


@pytest.fixture
def change_spin(files, tmp_path) -> Callable[..., Path]:
    """Makes a file of SPIN's with other weights in it."""

    def change(**changes: object) -> Path:
        state = torch.load(files["spin"], weights_only=True)["model"] | changes
        torch.save(
            {"model": {key: value for key, value in state.items() if value is not None}}, tmp_path / "a.pt"
        )
        return tmp_path / "a.pt"

    return change


def test_spin_with_a_missing_weight_or_another_shape_is_refused(change_spin):
    lacking = change_spin(**{"layer1.0.conv1.weight": None})
    refused(r"a\.pt lacks 1 .*'layer1\.0\.conv1\.weight': take SPIN's", "resnet", backbone=lacking)
    odd = change_spin(**{"fc1.weight": torch.zeros(3, 3)})
    refused(r"'fc1\.weight' is \(3, 3\), expected \(1024, 2205\)", "resnet", backbone=odd)


def test_spin_of_a_torch_that_counted_no_batches_is_read(change_spin, files):
    state = torch.load(files["spin"], weights_only=True)["model"]
    counts = {key: None for key in state if key.endswith("num_batches_tracked")}
    assert counts
    assert load_model("resnet", backbone=change_spin(**counts)).info.networks == ("frame",)


class Hostile:
    def __reduce__(self):
        return print, ("a pickle ran code",)


def test_hostile_pickles_run_nothing(tmp_path, files, capsys):
    torch.save({"model": Hostile()}, tmp_path / "evil.pt")
    refused("was not read", "resnet", backbone=tmp_path / "evil.pt")
    torch.save({"gen_state_dict": Hostile()}, tmp_path / "evil.pth.tar")
    refused("was not read", "resnet", weights=[tmp_path / "evil.pth.tar"], backbone=files["spin"])
    assert "ran code" not in capsys.readouterr().out
