"""Bad light, as a webcam's sensor records it: dark, over-exposed, flickering. In: Film, out: pictures.

A picture is turned into linear light, weighed, and recorded anew: with shot noise, read noise, a largest
value, and eight bits behind sRGB's curve. No gain is turned up and nothing is denoised afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import repeat

import numpy as np

from str_live.evaluate.damage.film import Film

DARK_GAIN = 1 / 16
VERY_DARK_GAIN = 1 / 64
"""Just before mediapipe sees nothing: at 1/128 it loses the person in most frames of a dim room."""
BRIGHT_GAIN = 8.0
FLICKER_GAINS = (1 / 16, 4.0)
DEEP_FLICKER_GAINS = (1 / 256, 8.0)
FULL_WELL = 5000.0
"""Electrons of a pixel at its largest value: a small sensor of about 1.5 micrometres a pixel."""
READ_NOISE = 4.0
"""Electrons."""
LAMP_HZ = (100.0, 120.0)
"""A lamp flickers twice per period of the mains."""
LAMP_DEPTH = 0.9
"""Share of the lamp's light that comes and goes."""
READOUT_S = 1 / 40
"""Time between the first and the last row of a rolling shutter."""

_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LIGHTS = np.arange(65536) / 65535
_ENCODED = np.where(_LIGHTS <= 0.0031308, _LIGHTS * 12.92, 1.055 * _LIGHTS ** (1 / 2.4) - 0.055)
_ENCODED = np.round(_ENCODED * 255).astype(np.uint8)


def linear_light(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 sRGB picture -> float32 light in [0, 1]."""
    return _LINEAR[image]


def encoded(light: np.ndarray) -> np.ndarray:
    """(H, W, 3) light -> uint8 sRGB picture; what lies outside [0, 1] is clipped."""
    return _ENCODED[(np.clip(light, 0, 1) * 65535 + 0.5).astype(np.uint16)]


def recorded(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) float32 light, 1 the most that the sensor holds -> uint8 picture with the sensor's noise."""
    electrons = light * FULL_WELL
    noise = rng.standard_normal(light.shape, dtype=np.float32)
    return encoded((electrons + noise * np.sqrt(electrons + READ_NOISE**2)) / FULL_WELL)


def exposed(
    frames: Iterable[np.ndarray], gains: Iterable[float | np.ndarray], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Each picture's light times its gain, a number or one that broadcasts to (H, W, 3)."""
    for image, gain in zip(frames, gains, strict=False):
        yield recorded(linear_light(image) * np.float32(gain), rng)


def dark(film: Film, seed: int) -> Iterator[np.ndarray]:
    """A sixteenth of the light."""
    return exposed(film.frames, repeat(DARK_GAIN), np.random.default_rng(seed))


def very_dark(film: Film, seed: int) -> Iterator[np.ndarray]:
    """A sixty-fourth of the light: grey values up to 33."""
    return exposed(film.frames, repeat(VERY_DARK_GAIN), np.random.default_rng(seed))


def over_exposed(film: Film, seed: int) -> Iterator[np.ndarray]:
    """Eight times the light: all but shadows is white."""
    return exposed(film.frames, repeat(BRIGHT_GAIN), np.random.default_rng(seed))


def flicker(film: Film, seed: int) -> Iterator[np.ndarray]:
    """Another exposure in every frame, from a sixteenth to four times."""
    return _flickering(film, seed, FLICKER_GAINS)


def deep_flicker(film: Film, seed: int) -> Iterator[np.ndarray]:
    """The same from next to nothing to eight times: a lamp that fails."""
    return _flickering(film, seed, DEEP_FLICKER_GAINS)


def _flickering(film: Film, seed: int, limits: tuple[float, float]) -> Iterator[np.ndarray]:
    """A gain for each frame, its logarithm uniform between the limits'."""
    rng = np.random.default_rng(seed)
    low, high = np.log(limits)
    gains = (math.exp(rng.uniform(low, high)) for _ in repeat(None))
    return exposed(film.frames, gains, rng)


def banding(film: Film, seed: int) -> Iterator[np.ndarray]:
    """A lamp on the mains under a rolling shutter: dark bands that stand or travel."""
    rng = np.random.default_rng(seed)
    frequency, phase = rng.choice(LAMP_HZ), rng.uniform()
    for index, image in enumerate(film.frames):
        rows_s = index / film.rate + READOUT_S * np.linspace(0, 1, len(image))
        lamp = 1 + LAMP_DEPTH * np.cos(2 * np.pi * (frequency * rows_s + phase))
        yield recorded(linear_light(image) * lamp[:, None, None].astype(np.float32), rng)
