"""Features are those of the network whose weights are given."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from str_live.body.regressor import Regressor
from str_live.datasets.from_videos.encoders import LandmarkFrontEnd, PixelEncoder, make_encoder
from str_live.datasets.from_videos.rows import ExtractError, Row
from str_live.datasets.published.checksums import md5_of
from str_live.features.landmarks import IMAGE_DEVIATION, IMAGE_MEAN
from str_live.features.resnet import ResNet50
from str_live.messages import Box, Person
from str_live.person.crop import cut_crop
from str_live.weights.own import DEFAULT_WEIGHTS, WeightsError
from tests.datasets.from_videos.small_films import picture

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """The md5 of a file that is gone tomorrow is not the user's to remember."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def spin(tmp_path_factory):
    """A file of SPIN's exact keys, and its backbone."""
    torch.manual_seed(0)
    backbone = ResNet50().eval()
    path = tmp_path_factory.mktemp("spin") / "spin_model_checkpoint.pth.tar"
    torch.save({"model": {**backbone.state_dict(), **Regressor().state_dict()}}, path)
    return path, backbone


def row(index: int) -> Row:
    rng = np.random.default_rng(index)
    landmarks = rng.uniform(30, 90, (33, 2)).astype(np.float32)
    box = Box(60.0 + index, 60.0, 100.0)
    person = Person(box, landmarks, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None, (160, 120))
    return Row(cut_crop(picture(index), box), person, {})


def test_a_batch_gives_spins_backbone_of_each_normalised_crop(spin):
    path, backbone = spin
    encoder = PixelEncoder(path, CPU)
    rows = [row(0), row(5)]
    found = encoder(rows)
    assert found.shape == (2, 2048)
    assert found.dtype == np.float32
    for feature, each in zip(found, rows, strict=True):
        pixels = each.crop.image[..., ::-1] / 255
        normalised = ((pixels - IMAGE_MEAN) / IMAGE_DEVIATION).transpose(2, 0, 1)[None]
        with torch.inference_mode():
            expected = backbone(torch.from_numpy(normalised).float())[0]
        np.testing.assert_allclose(feature, expected, rtol=1e-4, atol=1e-5)
    assert encoder.origin.md5 == md5_of(path)
    assert encoder.origin.channels == 2048


def test_files_without_a_backbone_are_refused(tmp_path, spin):
    path = tmp_path / "spin.pth.tar"
    torch.save({"model": Regressor(8, 8).state_dict()}, path)
    with pytest.raises(WeightsError, match=r"lacks \d+ of the weights.*take SPIN's"):
        PixelEncoder(path, CPU)
    torch.save({"weights": {}}, path)
    with pytest.raises(WeightsError, match="no weights under the key 'model'"):
        PixelEncoder(path, CPU)
    with pytest.raises(ExtractError, match="--front-end landmarks"):
        make_encoder("resnet", backbone=None, weights=None, device=CPU)


def test_the_free_front_end_needs_no_file():
    encoder = make_encoder("landmarks", backbone=None, weights=None, device=CPU)
    assert isinstance(encoder, LandmarkFrontEnd)
    rows = [row(0), row(1)]
    found = encoder(rows)
    assert found.shape == (2, encoder.origin.channels) == (2, 256)
    assert np.abs(found[0] - found[1]).max() > 0.01
    assert encoder.origin.md5 == md5_of(DEFAULT_WEIGHTS["landmarks"])
