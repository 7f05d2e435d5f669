"""Encoders that see pixels: they start from what is known, and each input reaches the feature."""

from __future__ import annotations

import pytest
import torch

from str_live.features.image_encoder import ImageConfig, ImageEncoder, JoinedEncoder, places
from str_live.features.landmarks import LANDMARK_INPUTS, LandmarkEncoder
from str_live.features.pixels import ImageInput, InputConfig
from tests.features.small_backbone import SMALL_BACKBONE

SMALL = ImageConfig(SMALL_BACKBONE, InputConfig(64, joints=True))
WIDTH = 16


def inputs(config: ImageConfig = SMALL) -> ImageInput:
    torch.manual_seed(1)
    maps = torch.rand(2, config.input.maps, 16, 16)
    return ImageInput(torch.randn(2, 3, 64, 64), maps)


def joined() -> JoinedEncoder:
    torch.manual_seed(0)
    landmarks = LandmarkEncoder(WIDTH, hidden=32, blocks=1)
    return JoinedEncoder(landmarks, ImageEncoder(SMALL, WIDTH), WIDTH, hidden=24).eval()


def test_features_lie_in_the_range_of_the_landmark_encoder_s():
    feature = ImageEncoder(SMALL, WIDTH).eval()(inputs())
    assert feature.shape == (2, WIDTH)
    assert feature.abs().max() < 1


def test_untrained_maps_change_nothing_in_the_backbone_s_feature():
    encoder, seen = ImageEncoder(SMALL, WIDTH).eval(), inputs()
    between = encoder.backbone.trunk(seen.pixels)
    width = encoder.backbone.width
    with_maps, without = (encoder.pooled(between, maps) for maps in (seen.maps, torch.zeros_like(seen.maps)))
    assert torch.equal(with_maps[:, :width], without[:, :width])
    assert not torch.equal(with_maps[:, width:], without[:, width:])


def test_places_are_where_a_map_s_content_is():
    maps = torch.zeros(1, 2, 4, 4)
    maps[0, 1, 0, 3] = 1.0  # upper right
    found = places(maps)[0] / 10
    torch.testing.assert_close(found[2:].reshape(2, 2), torch.tensor([[0.0, 0.75], [0.0, -0.75]]))
    assert found[0] == 0
    assert found[1] > 0


def test_the_projection_starts_with_a_landmark_encoder_s_knowledge():
    """Told the right points, it says what the landmark encoder says of them."""
    encoder = ImageEncoder(SMALL, WIDTH, hidden=32, blocks=1).eval()
    known = LandmarkEncoder(WIDTH, hidden=32, blocks=1).eval()
    encoder.lift.load_state_dict(known.state_dict())
    feature, landmarks = encoder.projected(torch.randn(3, encoder.points.in_features))
    torch.testing.assert_close(feature, known(landmarks))


def test_maps_and_pixels_both_teach():
    encoder = ImageEncoder(SMALL, WIDTH)
    torch.nn.init.normal_(encoder.map_encoder.leave.weight)
    encoder(inputs()).square().sum().backward()
    assert encoder.map_encoder.conv1.weight.grad.abs().sum() > 0
    assert encoder.backbone.conv1.weight.grad.abs().sum() > 0


def test_the_join_starts_as_the_landmark_front_end():
    encoder, seen = joined(), inputs()
    points = torch.randn(2, LANDMARK_INPUTS)
    assert torch.equal(encoder(points, seen), encoder.landmarks(points))


def test_a_trained_join_listens_to_the_image():
    encoder, seen = joined(), inputs()
    torch.nn.init.normal_(encoder.join[-1].weight)
    points = torch.randn(2, LANDMARK_INPUTS)
    other = seen._replace(pixels=-seen.pixels)
    assert not torch.allclose(encoder(points, seen), encoder(points, other))


def test_without_maps_there_is_no_encoder_for_them():
    encoder = ImageEncoder(ImageConfig(SMALL_BACKBONE, InputConfig(64)), WIDTH)
    assert encoder.map_encoder is None
    assert not any(name.startswith("map_encoder") for name in encoder.state_dict())


def test_an_unknown_backbone_is_refused():
    with pytest.raises(ValueError, match="resnet50v2"):
        ImageConfig("vgg")
