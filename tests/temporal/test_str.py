"""STR: counts, shapes, the paper's identities, every switch."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.settings import SWITCHES, NetworkSettings
from str_live.temporal import STR, STRConfig
from str_live.temporal.str import CHOICES, NEAR_FRAMES, STE, Integration, variant_b

COMMON_COUNTING = 30_452_218
"""What the field's tables add to an encoder: regressor, SPIN's HMR, smplx's parameters."""


def small(**changes: object) -> STR:
    torch.manual_seed(0)
    return STR(STRConfig(width=16, attention_width=8, **changes)).eval()


def windows(batch: int = 2, width: int = 16) -> torch.Tensor:
    return torch.rand(batch, 16, width, generator=torch.Generator().manual_seed(1))


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_full_width_has_the_published_number_of_parameters():
    with torch.device("meta"):
        encoder, other, regressor = STR(), STR(variant_b()), Regressor()
    assert count(encoder) == 96_737_544
    assert count(encoder) + COMMON_COUNTING == 127_189_762
    assert count(other) + COMMON_COUNTING == 127_185_666
    assert count(regressor) == 3_469_469


def test_gives_one_feature_at_test_time_and_three_in_training():
    network = small()
    assert network(windows()).features.shape == (2, 1, 16)
    network.train()
    assert network(windows()).features.shape == (2, 3, 16)


def test_refuses_windows_of_another_length():
    with pytest.raises(ValueError, match="windows of 16 frames"):
        small()(torch.rand(1, 15, 16))


def test_gradient_of_the_output_reaches_all_frames():
    features = windows().requires_grad_()
    small()(features).features.square().sum().backward()
    assert (features.grad.abs().sum((0, 2)) > 0).all()


@pytest.mark.parametrize(
    ("readout", "dead"),
    [
        ("mid", {"grus.2", "grus.0.gru.weight_hh_l0", "grus.1.gru.weight_hh_l0"}),
        ("last", {f"grus.{i}.gru.weight_hh_l0_reverse" for i in range(3)}),
        ("mean", set()),
        ("near", set()),
    ],
)
def test_dead_weights_of_ttr_are_those_of_the_analysis(readout, dead):
    network = small(ttr_readout=readout)
    network(windows()).features.square().sum().backward()
    found = {
        name.removeprefix("ttr.")
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    }
    expected = set()
    for name, _ in network.ttr.named_parameters():
        if name in dead or any(name.startswith(prefix + ".") for prefix in dead):
            expected.add(name)
    assert found == expected


def test_without_a_first_fragment_no_frame_of_it_reaches_the_middle_of_ttr():
    features = windows().requires_grad_()
    for first, reached in (("raw", True), ("none", False)):
        (gradient,) = torch.autograd.grad(small(ttr_first=first).ttr(features).sum(), features)
        assert bool(gradient[:, :4].any()) is reached


def test_the_read_out_near_weighs_frames_by_their_distance_from_the_middle():
    network = small(ttr_readout="near", ttr_first="none")
    with torch.no_grad():
        for parameter in network.ttr.parameters():
            parameter.zero_()  # GRUs that say nothing
    features = torch.zeros(1, 16, 16)
    weights = []
    for frame in range(16):
        features.zero_()[:, frame] = 1
        weights.append(network.ttr(features)[0, 0].item())
    assert sum(weights) == pytest.approx(1)
    assert weights[8] == max(weights)
    assert weights[7] == pytest.approx(weights[9])
    assert weights[6] / weights[8] == pytest.approx(math.exp(-0.5 * (2 / NEAR_FRAMES) ** 2), rel=1e-4)


def test_number_of_dead_parameters_at_full_width():
    with torch.device("meta"):
        grus = STR().ttr.grus
    hidden = sum(grus[i].gru.weight_hh_l0.numel() for i in (0, 1))
    assert count(grus[2]) + hidden == 25_178_112


def test_literal_fft_changes_nothing():
    plain, literal = small(), small(ste_fft="literal")
    literal.load_state_dict(plain.state_dict())
    torch.testing.assert_close(plain(windows()).features, literal(windows()).features, atol=1e-5, rtol=1e-5)


def test_the_learnt_gain_starts_as_the_identity_and_learns():
    plain, gain = small(), small(ste_fft="gain")
    missing = gain.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing == ["ste.gain"]
    output = gain(windows()).features
    torch.testing.assert_close(plain(windows()).features, output, atol=1e-5, rtol=1e-5)
    output.square().sum().backward()
    assert gain.ste.gain is not None
    assert gain.ste.gain.grad is not None
    assert gain.ste.gain.grad.any()


@pytest.mark.parametrize("name", CHOICES)
def test_an_unknown_reading_is_refused_with_the_choices(name):
    with pytest.raises(ValueError, match=f"{name} 'other': choose {CHOICES[name][0]}"):
        STRConfig(**{name: "other"})


def test_signed_differences_telescope_to_the_end_frames():
    ste = STE(STRConfig(width=16, attention_width=8)).double()
    features = windows().double()
    smoothed = ste.conv(features.mT).mT
    ends = ((smoothed[:, -1] - smoothed[:, 0]) - (features[:, -1] - features[:, 0])) / 15
    torch.testing.assert_close(ste.time_gate(features), torch.sigmoid(ends))


def test_attention_weights_sum_to_one_within_the_bounds_of_tanh():
    attention = small()(windows() * 50).attention
    assert set(attention) == {"str", "final", "self_before", "self_after", "cross_before", "cross_after"}
    for weights in attention.values():
        torch.testing.assert_close(weights.sum(-1), torch.ones(2))
    final = attention["final"]
    assert (final > 0.063).all()
    assert (final < 0.788).all()


def test_bypassed_input_leaves_the_softmax():
    integration = Integration(3, STRConfig(width=16, attention_width=8))
    vector = torch.rand(2, 16)
    mixed, weights = integration([vector, None, vector])
    torch.testing.assert_close(mixed, vector)
    assert (weights[:, 1] == 0).all()


def test_all_32_combinations_run_and_each_changes_the_output():
    network, outputs = small(), []
    for length in range(len(SWITCHES) + 1):
        for off in itertools.combinations(SWITCHES, length):
            outputs.append(network(windows(), NetworkSettings().without(*off)).features[:, 0])
    assert len(outputs) == 32
    for first, second in itertools.combinations(outputs, 2):
        assert not torch.allclose(first, second, atol=1e-7)


def test_everything_bypassed_is_the_frame_s_own_feature():
    features = windows()
    output = small()(features, NetworkSettings().without(*SWITCHES)).features
    assert torch.equal(output[:, 0], features[:, 8])


@pytest.mark.parametrize(
    "changes",
    [
        {"ttr_mode": "cascade"},
        {"ttr_mode": "tea"},
        {"ttr_fragments": 1},
        {"ttr_fragments": 2},
        {"ttr_fragments": 8},
        {"ttr_share": True},
        {"ste_conv": "full3"},
        {"ste_conv": "pointwise1"},
        {"ste_conv": "time_as_channels"},
        {"ste_conv": "none"},
        {"ste_abs": True},
        {"ste_zero_pad": True},
        {"ste_share_gru": False},
        {"integration_fc": True},
        {"integration_act": "relu"},
        {"self_mode": "all"},
        {"self_mode": "repeat"},
        {"integration_share": False},
        {"halves_share": False},
        {"cross_step": "flip_last"},
        {"gru_bidirectional": False, "halves_layers": 2, "cross_step": "flip_last"},
    ],
)
def test_every_reading_builds_and_differs_from_the_default(changes):
    output = small(**changes)(windows()).features
    assert output.shape == (2, 1, 16)
    assert torch.isfinite(output).all()
    assert not torch.allclose(output, small()(windows()).features)


def test_a_window_does_not_depend_on_the_rest_of_the_batch():
    network, features = small(), windows(3)
    together = network(features).features
    alone = torch.cat([network(features[i : i + 1]).features for i in range(3)])
    torch.testing.assert_close(together, alone)


def test_input_is_not_written_to():
    features = windows()
    before = features.clone()
    small()(features)
    assert torch.equal(features, before)


def test_variants_that_share_their_parts_are_what_they_are_alone():
    network, features = small(), windows()
    variants = [NetworkSettings(), NetworkSettings().without("ttr"), NetworkSettings().without(*SWITCHES)]
    parts = network.parts(features, variants)
    for variant in variants:
        torch.testing.assert_close(network.mix(parts, variant).features, network(features, variant).features)


def test_what_no_variant_asks_for_is_not_computed():
    network = small()
    parts = network.parts(windows(), [NetworkSettings().without(*SWITCHES)])
    assert parts.reasoned is parts.time is parts.frequency is parts.early is parts.late is None


def test_own_attentions_cost_what_the_analysis_says():
    with torch.device("meta"):
        assert count(STR(STRConfig(integration_share=False))) - count(STR()) == 2 * 787_971 + 722_178
