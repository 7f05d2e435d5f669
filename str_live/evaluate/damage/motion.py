"""What moves: blur of a moving camera and a moving person, and things in the way. In: Film, out: pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from str_live.evaluate.damage.film import Film
from str_live.evaluate.damage.light import encoded, linear_light
from str_live.messages import Box

EXPOSURE_S = 1 / 30
"""As long as a camera of 30 frames a second can expose."""
SHAKE = 0.6
"""Sigma of the camera's own speed, in heights of the picture a second, on either axis."""
SHAKE_MEMORY = 0.8
"""Correlation of that speed from one frame to the next, at 30 frames a second."""
LONGEST_STREAK = 0.12
"""Of the picture's height: what optical flow says beyond is taken for a mistake of it."""
STREAK_STEP_PX = 4.0
"""How far apart the places are, at most in all but a few pixels, whose mean a streak is."""
FLOW_HEIGHT = 320
"""Pixels; optical flow is found in smaller pictures."""

OCCLUDERS = 4
OCCLUDER_SIZE = (0.06, 0.16)
"""Half axes, in sides of the person's square."""
OCCLUDER_REACH = 0.35
"""How far from the square's centre an occluder swings, in its sides."""
OCCLUDER_PRESENT = 0.6
"""Share of the time that each is there."""


def motion_blur(film: Film, seed: int) -> Iterator[np.ndarray]:
    """Every pixel drawn out along its way during the exposure: the film's own motion and a shaken camera.

    The camera's shake blurs but does not move the picture, so that places stay comparable.
    """
    rng = np.random.default_rng(seed)
    memory = SHAKE_MEMORY ** (30 / film.rate)
    speed = rng.normal(size=2)
    for image, flow in _with_flow(film):
        height = len(image)
        way = flow * (film.rate * EXPOSURE_S)
        longest = LONGEST_STREAK * height
        length = np.linalg.norm(way, axis=-1, keepdims=True)
        way = way * np.minimum(1, longest / np.maximum(length, 1e-6))
        yield streaked(image, (way + SHAKE * height * EXPOSURE_S * speed).astype(np.float32))
        speed = memory * speed + math.sqrt(1 - memory**2) * rng.normal(size=2)


def occlusion(film: Film, seed: int) -> Iterator[np.ndarray]:
    """Opaque rectangles and ellipses that come, swing over the person, and go."""
    rng = np.random.default_rng(seed)
    occluders = [_Occluder(rng) for _ in range(OCCLUDERS)]
    for index, image in enumerate(film.frames):
        box = _whole(image) if film.boxes is None else film.boxes[index]
        covered = image.copy()
        for occluder in occluders:
            occluder.draw(covered, box, index / film.rate)
        yield covered


def motion_blur_and_occlusion(film: Film, seed: int) -> Iterator[np.ndarray]:
    """Both, as a camera would see it: what is in the way is blurred too."""
    return motion_blur(replace(film, frames=occlusion(film, seed)), seed)


def streaked(image: np.ndarray, way: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 picture, (H, W, 2) float32 pixels that each moves -> the mean light on its way."""
    height, width = image.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    light = linear_light(image)
    total = np.zeros_like(light)
    longest = np.percentile(np.linalg.norm(way[::4, ::4], axis=-1), 99)
    count = 1 + math.ceil(longest / STREAK_STEP_PX)
    for part in (np.arange(count, dtype=np.float32) + 0.5) / count - 0.5:
        across, down = columns - part * way[..., 0], rows - part * way[..., 1]
        total += cv2.remap(light, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return encoded(total / count)


def _with_flow(film: Film) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each picture with its (H, W, 2) flow in pixels to the next; the last has that of the one before."""
    frames = iter(film.frames)
    image = next(frames, None)
    if image is None:
        return
    finder = cv2.DISOpticalFlow.create(cv2.DISOpticalFlow_PRESET_FAST)
    flow = np.zeros((*image.shape[:2], 2), np.float32)
    for following in frames:
        flow = _flow(finder, image, following)
        yield image, flow
        image = following
    yield image, flow


def _flow(finder: cv2.DISOpticalFlow, image: np.ndarray, following: np.ndarray) -> np.ndarray:
    """(H, W, 2) float32 pixels from one (H, W, 3) picture to the next."""
    height, width = image.shape[:2]
    size = max(round(width * FLOW_HEIGHT / height), 1), FLOW_HEIGHT
    first, second = (
        cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        for picture in (image, following)
    )
    flow = finder.calc(first, second, None)  # pyright: ignore  # no first guess, which OpenCV's stubs forget
    scale = np.array([width / size[0], height / size[1]], np.float32)
    return cv2.resize(flow, (width, height)) * scale


class _Occluder:
    """A shape of one colour on its way around the person; lengths in sides of the person's square."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._half_axes = rng.uniform(*OCCLUDER_SIZE, size=2)
        self._angle = rng.uniform(0, 180)
        self._round = rng.uniform() < 0.5
        self._colour = tuple(int(value) for value in rng.integers(20, 236, size=3))
        self._swing_s, self._visit_s = rng.uniform(2, 6, size=2), rng.uniform(2, 5)
        self._phase, self._visit_phase = rng.uniform(size=2), rng.uniform()

    def draw(self, image: np.ndarray, box: Box, time_s: float) -> None:
        """Cover what lies behind the shape at `time_s` seconds, where it is there then. In place."""
        if (time_s / self._visit_s + self._visit_phase) % 1 >= OCCLUDER_PRESENT:
            return
        swing = OCCLUDER_REACH * np.sin(2 * np.pi * (time_s / self._swing_s + self._phase))
        centre = (box.cx + box.side * swing[0], box.cy + box.side * swing[1])
        size = tuple(2 * box.side * self._half_axes)
        if self._round:
            cv2.ellipse(image, (centre, size, self._angle), self._colour, cv2.FILLED)
        else:
            corners = cv2.boxPoints((centre, size, self._angle))
            cv2.fillConvexPoly(image, np.round(corners).astype(np.int32), self._colour)


def _whole(image: np.ndarray) -> Box:
    """The largest square in the middle of the picture."""
    height, width = image.shape[:2]
    return Box(width / 2, height / 2, min(height, width))
