"""From results to scenes: BodyResult and mesh in, Scene out, for the window and for films alike."""

from __future__ import annotations

import numpy as np

from str_live.messages import BodyResult
from str_live.settings import ViewSettings
from str_live.view.scene import GroundLevel, Scene, SpeedMeter

Mesh = tuple[np.ndarray, np.ndarray]
"""(F, 3) int32 faces, (V,) the joint that moves each vertex most."""
COMPARE_SEPARATION_M = 0.9
"""Metres between A and B in the 3D view: far enough for two pairs of elbows."""
COMPARE_DISTANCE_M = 4.4
"""Metres from which two bodies side by side fit into the view."""
_NO_MESH: Mesh = np.empty((0, 3), dtype=np.int32), np.empty(0)


class Stage:
    """Places the bodies of one stream; remembers ground and speed from frame to frame. One thread."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._ground = GroundLevel()
        self._speed = SpeedMeter()

    def scene(self, result: BodyResult, mesh: Mesh | None, view: ViewSettings) -> Scene | None:
        """What the views draw; None where `mesh` belongs to another body than the result's.

        No mesh: none is loaded yet, then there is a picture and no body.
        """
        frame = result.frame
        if frame.epoch != self._epoch:
            self._epoch = frame.epoch
            self._ground.reset()
            self._speed.reset()
        faces, parts = mesh or _NO_MESH
        if any(len(body.vertices) != len(parts) for body in result.bodies):
            return None  # just loaded, or about to be: faces and vertices of two bodies do not fit
        return Scene(
            result=result,
            faces=faces,
            view=view,
            parts=parts,
            separate=COMPARE_SEPARATION_M if len(result.bodies) > 1 else 0.0,
            floors=self._ground.update(result.bodies, frame.time_s),
            speeds=self._speed.update(result.bodies, frame.time_s) if view.colour_mode == "speed" else (),
        )
