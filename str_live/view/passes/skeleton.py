"""Lines and dots of a fixed width in pixels, on top of everything: skeletons, landmarks, frames."""

from __future__ import annotations

import moderngl
import numpy as np

from str_live.messages import BodyPose, Person
from str_live.skeleton import PARENTS
from str_live.view.person_colours import Colour
from str_live.view.programs import Programs
from str_live.view.scene import LANDMARK_BONES

LANDMARK_COLOUR: Colour = (0.36, 0.93, 0.66)
COLUMNS = 11
"""Of one mark: start (3), end (3), colour and opacity (4), width in pixels (1)."""


class MarksPass:
    """Draws marks, an (N, 11) float32 array each (see `line_marks`)."""

    def __init__(self, ctx: moderngl.Context, programs: Programs) -> None:
        self._ctx = ctx
        self._shader = programs["marks"]
        self._reserve(256)

    def _reserve(self, n_marks: int) -> None:
        """Make room for this many marks."""
        self._capacity = n_marks
        self._buffer = self._ctx.buffer(reserve=n_marks * COLUMNS * 4, dynamic=True)
        content = [(self._buffer, "3f 3f 4f 1f/i", "in_start", "in_end", "in_colour", "in_width_px")]
        self._array = self._ctx.vertex_array(self._shader.program, content)

    def draw(
        self,
        target: moderngl.Framebuffer,
        marks: np.ndarray,
        clip_from_marks: np.ndarray,
        viewport: tuple[int, int, int, int],
        *,
        mirror: bool = False,
        rim: float = 0.55,
    ) -> None:
        """Draw them into the target's viewport; `clip_from_marks` (4, 4) takes their points to clip space."""
        if len(marks) == 0:
            return
        if len(marks) > self._capacity:
            self.release()
            self._reserve(2 * len(marks))
        self._buffer.write(np.ascontiguousarray(marks, dtype=np.float32))
        target.use()
        target.viewport = viewport
        self._ctx.enable_only(moderngl.BLEND)
        self._ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        self._shader.set(
            u_clip_from_marks=clip_from_marks,
            u_size_px=(float(viewport[2]), float(viewport[3])),
            u_flip=-1.0 if mirror else 1.0,
            u_rim=rim,
        )
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4, instances=len(marks))

    def release(self) -> None:
        """Free it; the context must be current."""
        self._array.release()
        self._buffer.release()


def line_marks(
    starts: np.ndarray, ends: np.ndarray, colour: Colour, width_px: float, alpha: np.ndarray | float = 1.0
) -> np.ndarray:
    """(N, 3) starts and ends -> (N, 11) marks; alpha is one number or (N,). Equal points make a dot."""
    marks = np.empty((len(starts), COLUMNS), dtype=np.float32)
    marks[:, 0:3], marks[:, 3:6] = starts, ends
    marks[:, 6:9], marks[:, 9], marks[:, 10] = colour, alpha, width_px
    return marks


def skeleton_marks(body: BodyPose, colour: Colour, scale: float, alpha: float = 1.0) -> np.ndarray:
    """(47, 11) marks of a body's 23 bones and 24 joints, body frame; `scale`: screen pixels per mark unit."""
    parents = np.array(PARENTS[1:])
    pale = tuple(0.45 * channel + 0.55 for channel in colour)
    bones = line_marks(body.joints[parents], body.joints[1:], (pale[0], pale[1], pale[2]), 3.0 * scale, alpha)
    dots = line_marks(body.joints, body.joints, (1.0, 1.0, 1.0), 6.0 * scale, alpha)
    return np.concatenate([bones, dots])


def landmark_marks(points: np.ndarray, person: Person, scale: float) -> np.ndarray:
    """mediapipe's landmarks at `points` (33, 2 or 3), faint where mediapipe believes them hidden."""
    placed = np.zeros((len(points), 3), dtype=np.float32)
    placed[:, : points.shape[1]] = points
    alpha = 0.35 + 0.65 * np.clip(person.visibility, 0.0, 1.0)
    pairs = np.array(LANDMARK_BONES)
    starts, ends = placed[pairs[:, 0]], placed[pairs[:, 1]]
    lines = line_marks(starts, ends, LANDMARK_COLOUR, 2.0 * scale, alpha[pairs].min(axis=1))
    dots = line_marks(placed, placed, LANDMARK_COLOUR, 5.0 * scale, alpha)
    return np.concatenate([lines, dots])
