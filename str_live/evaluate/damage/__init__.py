"""Damages of pictures: what bad light, blur and things in the way do to a film, and to mediapipe.

`DAMAGES[name](Film(frames), seed)` gives the damaged pictures. To add one: a function in light.py or
motion.py and a line here. `python -m str_live.evaluate.damage` measures what each does to the app's
observations.
"""

from __future__ import annotations

from str_live.evaluate.damage.film import Damage, Film
from str_live.evaluate.damage.light import (
    banding,
    dark,
    deep_flicker,
    flicker,
    over_exposed,
    very_dark,
)
from str_live.evaluate.damage.motion import motion_blur, motion_blur_and_occlusion, occlusion

DAMAGES: dict[str, Damage] = {
    "dark": dark,
    "very_dark": very_dark,
    "over_exposed": over_exposed,
    "flicker": flicker,
    "deep_flicker": deep_flicker,
    "banding": banding,
    "motion_blur": motion_blur,
    "occlusion": occlusion,
    "motion_blur_and_occlusion": motion_blur_and_occlusion,
}

CONDITION_DAMAGES = {
    "light": ("very_dark", "over_exposed", "deep_flicker"),
    "blur": ("motion_blur_and_occlusion",),
}
"""Condition of the benchmark -> the damages that its simulated errors were fitted to."""

__all__ = ["CONDITION_DAMAGES", "DAMAGES", "Damage", "Film"]
