"""Features of sequences that the window stage learns from."""

from __future__ import annotations

import torch

from str_live.features.image_encoder import ImageConfig
from str_live.train.images.feature_cache import extract_features
from str_live.train.images.student import Student
from tests.features.small_backbone import SMALL_BACKBONE
from tests.train.images.image_training_fakes import INPUT, FakePictures, landmark_network, recipe


def test_sequences_are_taken_until_there_are_enough():
    student = Student(
        ImageConfig(SMALL_BACKBONE, INPUT), landmark_network(), learn_trunk=True, keep_statistics=False
    )
    cache = extract_features(student, FakePictures(recipe(), frames=3, sequences=2), 5, 3)
    assert cache.sequences == 6
    assert cache.features.keys() == {"landmarks", "resnet", "both"}
    assert all(feature.shape == (6, 3, 16) for feature in cache.features.values())
    assert len(cache.target.rotmat) == 18
    assert not any(feature.requires_grad for feature in cache.features.values())


def test_the_features_are_those_of_the_front_ends():
    student = Student(
        ImageConfig(SMALL_BACKBONE, INPUT), landmark_network(), learn_trunk=False, keep_statistics=False
    )
    pictures = FakePictures(recipe(), frames=3, sequences=2)
    cache = extract_features(student, pictures, 2, 3)
    seen = next(iter(FakePictures(recipe(), frames=3, sequences=2)))
    expected = student.encoder.landmarks(seen.landmarks).unflatten(0, (2, 3))
    torch.testing.assert_close(cache.features["landmarks"], expected)
