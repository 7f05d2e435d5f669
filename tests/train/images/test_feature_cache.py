"""Features of sequences that the window stage learns from."""

from __future__ import annotations

import pytest
import torch

from str_live.features.image_encoder import ImageConfig
from str_live.train.images.feature_cache import (
    encoders_digest,
    extract_features,
    load_feature_cache,
    save_feature_cache,
)
from str_live.train.images.student import Student
from tests.train.images.image_training_fakes import INPUT, FakePictures, landmark_network, recipe


def small_student() -> Student:
    return Student(
        ImageConfig("resnet18", INPUT), landmark_network(), learn_trunk=True, keep_statistics=False
    )


@pytest.mark.parametrize(("until", "taken"), [(float("inf"), 6), (0.0, 2)], ids=["time enough", "no time"])
def test_sequences_are_taken_until_there_are_enough_or_time_is_over(until, taken):
    gallery = extract_features(small_student(), FakePictures(recipe(), frames=3, sequences=2), 5, 3, until)
    assert gallery.features["resnet"].shape[:2] == (taken, 3)
    assert len(gallery.target.rotmat) == taken * 3
    assert gallery.sequences == taken


def test_a_file_gives_back_what_was_filmed_to_half_precision(tmp_path):
    student = small_student()
    gallery = extract_features(student, FakePictures(recipe(), frames=3, sequences=2), 4, 3)
    save_feature_cache(tmp_path / "kept.safetensors", gallery, encoders_digest(student))
    kept = load_feature_cache(tmp_path / "kept.safetensors", encoders_digest(student), torch.device("cpu"), 4)
    assert kept.features.keys() == gallery.features.keys()
    for name, feature in gallery.features.items():
        torch.testing.assert_close(kept.features[name], feature, atol=1e-3, rtol=1e-3)
    for part, whole in zip(kept.target, gallery.target, strict=True):
        torch.testing.assert_close(part, whole, atol=2e-3, rtol=1e-3)


def test_features_of_other_encoders_and_foreign_files_are_refused(tmp_path):
    student = small_student()
    kept = tmp_path / "kept.safetensors"
    save_feature_cache(
        kept,
        extract_features(student, FakePictures(recipe(), frames=3, sequences=2), 2, 3),
        encoders_digest(student),
    )
    with pytest.raises(ValueError, match="holds 2 sequences, fewer than 3: remove it"):
        load_feature_cache(kept, encoders_digest(student), torch.device("cpu"), 3)
    torch.nn.init.normal_(student.encoder.image.points.weight)
    with pytest.raises(ValueError, match="other encoders: remove it"):
        load_feature_cache(kept, encoders_digest(student), torch.device("cpu"), 2)
    kept.write_bytes(b"something else")
    with pytest.raises(ValueError, match="no gallery, or is damaged"):
        load_feature_cache(kept, encoders_digest(student), torch.device("cpu"), 2)
