"""The three conditions of the free benchmark: views whose errors are those of the detector in each of them.

"normal" is what training simulates. "light" (dark, over-exposed and flickering pictures) and "blur" (motion
blur with something in the way) were fitted to what mediapipe reports on clips damaged in these ways; how, and
what was measured, stands in docs/conditions.md.
"""

from __future__ import annotations

from str_live.datasets.simulated.views import ViewConfig

CONDITIONS: dict[str, ViewConfig] = {
    "normal": ViewConfig(),
    "light": ViewConfig(
        bias=(0.02, 0.036),
        slow=(0.018, 0.039),
        white=(0.005, 0.016),
        unsteady=0.5,
        limb=0.05,
        limb_frames=3.0,
        limb_size=0.33,
        swapped=0.06,
        swapped_frames=25.0,
        lost=0.047,
        lost_frames=20.0,
    ),
    "blur": ViewConfig(
        bias=(0.02, 0.036),
        slow=(0.024, 0.053),
        white=(0.008, 0.024),
        unsteady=0.3,
        limb=0.085,
        limb_frames=3.0,
        limb_size=0.37,
        swapped=0.2,
        swapped_frames=45.0,
        lost=0.036,
        lost_frames=6.0,
    ),
}
"""Name -> the errors of its observations."""
