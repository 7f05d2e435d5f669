"""Both views without a window, to time the upload and the drawing of a body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from str_live.messages import BodyResult
from str_live.settings import ViewSettings
from str_live.stats import StageTimer
from str_live.view.buffers import MeshBuffers
from str_live.view.headless import HeadlessRenderer
from str_live.view.stage import Stage

OVERLAY_PX, SPACE_PX = (960, 720), (720, 720)


class Views:
    """Overlay and space, as large as in the app. Raises where there is no EGL."""

    def __init__(self, faces: np.ndarray) -> None:
        self._faces = faces
        self._overlay = HeadlessRenderer(*OVERLAY_PX)
        self._ctx = self._overlay.ctx
        self._space = HeadlessRenderer(*SPACE_PX, self._ctx)
        self._meshes = [MeshBuffers(self._ctx), MeshBuffers(self._ctx)]

    def time(self, result: BodyResult, timer: StageTimer) -> None:
        """Upload body A for both views, and draw both."""
        body = result.bodies[0]
        with timer.stage("upload"):
            for mesh in self._meshes:
                mesh.upload(body.vertices, body.normals, self._faces)
            self._ctx.finish()
        mesh = self._faces, np.zeros(len(body.vertices))
        scene = Stage().scene(replace(result, bodies=(body,), others=()), mesh, ViewSettings())
        assert scene is not None
        with timer.stage("draw overlay"):
            self._overlay.overlay(scene)
        with timer.stage("draw space"):
            self._space.space(scene)

    def release(self) -> None:
        """Free the GL context."""
        for item in (*self._meshes, self._space, self._overlay):
            item.release()


def make_views(faces: np.ndarray) -> Views | str:
    """The views of a mesh with (F, 3) faces, or why there are none."""
    try:
        return Views(faces)
    except Exception as error:  # GL drivers fail in many ways; the bench goes on without
        return f"the views are not timed: {error}"
