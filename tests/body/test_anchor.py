"""Anchoring: the body's points come to lie on the landmarks of the frame."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.body.anchor import anchor, anchored_camera
from str_live.body.skinning import load_body
from str_live.features.landmarks import LANDMARK_POINTS
from str_live.geometry import crop_to_image, project
from str_live.messages import Box, Person, Prediction

TRUE = np.array([0.8, 0.1, -0.2], np.float32)
WRONG = np.array([0.9, 0.3, 0.1], np.float32)
BOX = Box(400.0, 300.0, 250.0)


def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(21, 3)) * [0.2, 0.5, 0.1]


def seen(camera: np.ndarray = TRUE) -> np.ndarray:
    return camera[0] * (points()[:, :2] + camera[1:])


def test_exact_landmarks_give_back_their_camera():
    np.testing.assert_allclose(anchored_camera(points(), seen(), WRONG), TRUE, atol=1e-6)


def test_a_gross_outlier_hardly_counts():
    spoiled = seen() + 0.005 * np.random.default_rng(1).normal(size=(21, 2))
    spoiled[3] += 2.0
    np.testing.assert_allclose(anchored_camera(points(), spoiled, WRONG), TRUE, atol=0.02)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_with_few_landmarks_in_the_picture_the_network_s_camera_stays(count):
    assert anchored_camera(points()[:count], seen()[:count], WRONG) is WRONG


def test_a_scale_that_no_person_has_is_not_believed():
    assert anchored_camera(points(), 3 * seen(), WRONG) is WRONG


@pytest.fixture(scope="module")
def body():
    return load_body()


def prediction() -> Prediction:
    rotmat = np.tile(np.eye(3, dtype=np.float32), (24, 1, 1))
    rotmat[0] = np.diag([1.0, -1.0, -1.0])
    return Prediction(rotmat, np.zeros(10, np.float32), WRONG, {})


def person(body, *, below: float = 0.0, image_size: tuple[int, int] | None = None) -> Person:
    """The prediction's own landmarks through the true camera; legs thrown off by `below` crop halves."""
    import torch

    said = prediction()
    marks = body.landmarks(torch.from_numpy(said.rotmat[None]), torch.from_numpy(said.betas[None]))[0].numpy()
    pixels = crop_to_image(project(marks, TRUE), BOX).astype(np.float32)
    pixels[25:, 1] += below * BOX.side / 2
    zeros = np.zeros((33, 3), np.float32)
    return Person(BOX, pixels, np.ones(33, np.float32), zeros, None, image_size)


def test_the_body_s_landmarks_come_to_lie_on_the_seen_ones(body):
    (anchored,) = anchor(body, [prediction()], [person(body)])
    np.testing.assert_allclose(anchored.camera, TRUE, atol=2e-3)  # weak against full perspective
    assert anchored.rotmat is not None
    assert len(LANDMARK_POINTS) == 21


def test_guesses_outside_the_picture_do_not_pull_the_body(body):
    cut = person(body, below=0.7, image_size=(800, int(BOX.cy + 0.35 * BOX.side / 2)))
    (anchored,) = anchor(body, [prediction()], [cut])
    np.testing.assert_allclose(anchored.camera, TRUE, atol=0.02)


def test_a_body_without_landmark_points_is_anchored_by_its_limbs(body):
    class LimbsOnly:
        has_landmarks = False
        template = body.template
        joints_only = staticmethod(body.joints_only)

    (anchored,) = anchor(LimbsOnly(), [prediction()], [person(body)])
    np.testing.assert_allclose(anchored.camera, TRUE, atol=0.05)
