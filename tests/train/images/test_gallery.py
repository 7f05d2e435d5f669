"""Features of sequences that the window stage learns from."""

from __future__ import annotations

import pytest
from train.images.image_training_fakes import INPUT, FakePictures, landmark_network, recipe

from str_live.image_encoder import ImageConfig
from str_live.train.images.lesson import Pupil
from str_live.train.images.windows import hang


@pytest.mark.parametrize(("until", "hung"), [(float("inf"), 6), (0.0, 2)], ids=["time enough", "no time"])
def test_sequences_are_taken_until_there_are_enough_or_time_is_over(until, hung):
    pupil = Pupil(ImageConfig("resnet18", INPUT), landmark_network(), learn_trunk=True, keep_statistics=False)
    gallery = hang(pupil, FakePictures(recipe(), frames=3, sequences=2), 5, 3, until)
    assert gallery.features["resnet"].shape[:2] == (hung, 3)
    assert len(gallery.target.rotmat) == hung * 3
