"""What all temporal networks have in common, and the published sizes and names of TCMR and VIBE."""

from __future__ import annotations

import pytest
import torch

from str_live.temporal import STR, TCMR, TEMPORAL, VIBE, Identity, STRConfig

WIDTH = 16
SMALL = {
    "str": lambda: STR(STRConfig(width=WIDTH, attention_width=8)),
    "tcmr": lambda: TCMR(WIDTH, attention_width=8),
    "vibe": lambda: VIBE(WIDTH),
    "frame": Identity,
}
TRAINING_OUTPUTS = {"str": 3, "tcmr": 3, "vibe": 1, "frame": 1}
GRU = {TCMR: "gru_bef", VIBE: "gru"}
FRAMES_SEEN = {"str": range(16), "tcmr": range(16), "vibe": range(9), "frame": [8]}


def build(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    return SMALL[name]().eval()


def windows(batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, 16, WIDTH, generator=torch.Generator().manual_seed(1))


def gru_names(gru: str, width: int, layers: int = 2, both: bool = False) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a GRU's weights, hidden size width // 2, as torch calls them."""
    hidden, shapes = width // 2, {}
    for layer in range(layers):
        taken = width if layer == 0 else hidden * (1 + both)
        for direction in ("", "_reverse") if both else ("",):
            suffix = f"l{layer}{direction}"
            shapes[f"{gru}.weight_ih_{suffix}"] = (3 * hidden, taken)
            shapes[f"{gru}.weight_hh_{suffix}"] = (3 * hidden, hidden)
            shapes[f"{gru}.bias_ih_{suffix}"] = shapes[f"{gru}.bias_hh_{suffix}"] = (3 * hidden,)
    return shapes


def linear_names(name: str, taken: int, given: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (given, taken), f"{name}.bias": (given,)}


TCMR_NAMES = {
    **gru_names("gru_cur", 2048, both=True),
    **gru_names("gru_bef", 2048),
    **gru_names("gru_aft", 2048),
    **linear_names("linear_cur", 2048, 2048),
    **linear_names("linear_bef", 1024, 2048),
    **linear_names("linear_aft", 1024, 2048),
    **linear_names("attention.fc", 2048, 256),
    **linear_names("attention.attention.0", 768, 256),
    **linear_names("attention.attention.2", 256, 256),
    **linear_names("attention.attention.4", 256, 3),
}
VIBE_NAMES = {**gru_names("gru", 2048), **linear_names("linear", 1024, 2048)}


def test_every_registered_network_is_tested_here():
    assert set(SMALL) == set(TEMPORAL)


@pytest.mark.parametrize("name", SMALL)
def test_window_and_middle_are_declared(name):
    network = build(name)
    assert (network.window, network.middle) == (16, 8)


@pytest.mark.parametrize("name", SMALL)
def test_one_feature_at_test_time_and_what_is_supervised_in_training(name):
    network = build(name)
    assert network(windows()).features.shape == (2, 1, WIDTH)
    assert network.train()(windows()).features.shape == (2, TRAINING_OUTPUTS[name], WIDTH)


@pytest.mark.parametrize("name", SMALL)
def test_the_last_feature_of_training_is_the_one_of_test_time(name):
    network = build(name)
    at_test = network(windows()).features[:, -1]
    torch.testing.assert_close(network.train()(windows()).features[:, -1], at_test)


@pytest.mark.parametrize("name", SMALL)
def test_a_window_does_not_depend_on_its_batch(name):
    network, features = build(name), windows(3)
    alone = torch.cat([network(features[i : i + 1]).features for i in range(3)])
    torch.testing.assert_close(network(features).features, alone)


@pytest.mark.parametrize("name", SMALL)
def test_gradient_reaches_exactly_the_frames_the_network_may_see(name):
    features = windows().requires_grad_()
    build(name)(features).features.square().sum().backward()
    seen = features.grad.abs().sum((0, 2)) > 0
    assert seen.nonzero().flatten().tolist() == list(FRAMES_SEEN[name])


@pytest.mark.parametrize("name", SMALL)
def test_input_is_not_written_to(name):
    features = windows()
    build(name)(features)
    assert torch.equal(features, windows())


@pytest.mark.parametrize("name", SMALL)
def test_attention_weights_sum_to_one(name):
    for weights in build(name)(windows()).attention.values():
        torch.testing.assert_close(weights.sum(-1), torch.ones(2))


@pytest.mark.parametrize("name", ["str", "tcmr", "vibe"])
def test_windows_of_another_length_are_refused(name):
    with pytest.raises(ValueError, match="windows of 16 frames"):
        build(name)(torch.rand(1, 15, WIDTH))


@pytest.mark.parametrize(
    ("kind", "parameters"), [(STR, 96_737_544), (TCMR, 78_437_891), (VIBE, 17_840_128), (Identity, 0)]
)
def test_full_width_has_the_published_number_of_parameters(kind, parameters):
    with torch.device("meta"):
        network = kind()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize("kind", [TCMR, VIBE])
def test_another_hidden_size_changes_the_weights_and_not_the_features(kind):
    network = kind(WIDTH, hidden=12).eval()
    assert network(windows()).features.shape == (2, 1, WIDTH)
    assert network.state_dict()[f"{GRU[kind]}.weight_hh_l0"].shape == (36, 12)
    assert kind(WIDTH).state_dict()[f"{GRU[kind]}.weight_hh_l0"].shape == (24, 8)


@pytest.mark.parametrize(("kind", "names"), [(TCMR, TCMR_NAMES), (VIBE, VIBE_NAMES)])
def test_weights_are_named_and_shaped_as_in_the_released_checkpoints(kind, names):
    with torch.device("meta"):
        state = kind().state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == names


def test_tcmr_mixes_its_three_descriptions_by_its_attention():
    network = build("tcmr")
    said = network(windows())
    before, after = network.train()(windows()).features[:, :2].unbind(1)
    current = network.linear_cur(torch.relu(network.gru_cur(windows())[0][:, 8]))
    vectors = torch.stack([before, current, after], dim=1)
    mixed = (said.attention["tcmr"][..., None] * vectors).sum(1)
    torch.testing.assert_close(said.features[:, 0], mixed)


def test_tcmr_forecasts_the_middle_frame_without_seeing_it():
    network = build("tcmr").train()
    features, changed = windows(), windows()
    changed[:, 8] += 1
    torch.testing.assert_close(network(features).features[:, :2], network(changed).features[:, :2])
    late = windows()
    late[:, 9:] += 1
    torch.testing.assert_close(network(features).features[:, 0], network(late).features[:, 0])


def test_vibe_gives_all_frames_and_the_window_s_middle_one_is_among_them():
    network = build("vibe")
    everything = network.all_frames(windows())
    assert everything.shape == (2, 16, WIDTH)
    torch.testing.assert_close(network(windows()).features[:, 0], everything[:, 8])
    assert network.all_frames(torch.rand(1, 40, WIDTH)).shape == (1, 40, WIDTH)


def test_vibe_with_zero_weights_returns_its_input():
    network = build("vibe")
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    torch.testing.assert_close(network.all_frames(windows()), windows())
