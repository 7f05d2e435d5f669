"""The three conditions of the free benchmark: views whose errors are those of the detector in each of them.

"normal" is what training simulates. "light" (dark, over-exposed and flickering pictures) and "blur" (motion
blur with something in the way) were fitted to what mediapipe reports on clips that were damaged in these ways:
docs/conditions.md says how, and what was measured.
"""

from __future__ import annotations

from str_live.train.simulation.views import ViewConfig

CONDITIONS: dict[str, ViewConfig] = {
    "normal": ViewConfig(),
    "light": ViewConfig(
        bias=(0.025, 0.05),
        slow=(0.02, 0.05),
        white=(0.01, 0.05),
        unsteady=0.4,
        limb=0.03,
        lost=0.03,
    ),
    "blur": ViewConfig(
        bias=(0.025, 0.045),
        slow=(0.025, 0.06),
        white=(0.01, 0.03),
        limb=0.06,
        lost=0.01,
    ),
}
"""Name -> the errors of its observations."""
