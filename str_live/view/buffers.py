"""Mesh buffers: positions, normals and speeds are streamed, faces and parts are uploaded once."""

from __future__ import annotations

import moderngl
import numpy as np

from str_live.view.programs import Shader


class MeshBuffers:
    """One body on the GPU. Any number of vertices and faces; everything is remade when they change."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._faces: np.ndarray | None = None
        self._parts: np.ndarray | None = None
        self._vertices: np.ndarray | None = None
        self._speeds: np.ndarray | None = None
        self._buffers: dict[str, moderngl.Buffer] = {}
        self._arrays: dict[tuple[int, bool], moderngl.VertexArray] = {}

    def upload(
        self,
        vertices: np.ndarray,
        normals: np.ndarray,
        faces: np.ndarray,
        *,
        parts: np.ndarray | None = None,
        speeds: np.ndarray | None = None,
    ) -> None:
        """(V, 3) positions and normals, (F, 3) faces, (V,) parts, speeds. Arrays seen before are skipped."""
        n_before = -1 if self._vertices is None else len(self._vertices)
        if faces is not self._faces or parts is not self._parts or len(vertices) != n_before:
            self._rebuild(len(vertices), faces, parts)
        if vertices is not self._vertices:
            self._buffers["in_position"].write(np.ascontiguousarray(vertices, dtype=np.float32))
            self._buffers["in_normal"].write(np.ascontiguousarray(normals, dtype=np.float32))
            self._vertices = vertices
        if speeds is not None and speeds is not self._speeds:
            self._buffers["in_speed"].write(np.ascontiguousarray(speeds, dtype=np.float32))
            self._speeds = speeds

    def draw(self, shader: Shader, *, coarse: bool = False) -> None:
        """Draw with this program, whose attributes are bound by name; `coarse` draws far fewer faces."""
        key = id(shader), coarse
        if key not in self._arrays:
            faces = self._coarse() if coarse else self._buffers["faces"]
            used = [name for name in self._buffers if name.startswith("in_") and name in shader.program]
            content = [(self._buffers[name], "3f" if name in VECTORS else "1f", name) for name in used]
            self._arrays[key] = self._ctx.vertex_array(shader.program, content, faces)
        self._arrays[key].render(moderngl.TRIANGLES)

    def _coarse(self) -> moderngl.Buffer:
        """The simplified faces, made at their first use."""
        if "coarse" not in self._buffers:
            assert self._vertices is not None
            assert self._faces is not None
            parts = np.zeros(len(self._vertices)) if self._parts is None else self._parts
            self._buffers["coarse"] = self._ctx.buffer(coarse_faces(self._vertices, self._faces, parts))
        return self._buffers["coarse"]

    def _rebuild(self, n_vertices: int, faces: np.ndarray, parts: np.ndarray | None) -> None:
        """Make all buffers for this topology."""
        if int(faces.max()) >= n_vertices:
            raise ValueError(f"the faces name vertex {int(faces.max())}, the body has {n_vertices}")
        self.release()
        for name in ("in_position", "in_normal"):
            self._buffers[name] = self._ctx.buffer(reserve=n_vertices * 12, dynamic=True)
        owners = np.zeros(n_vertices, np.float32) if parts is None else np.asarray(parts, dtype=np.float32)
        self._buffers["in_part"] = self._ctx.buffer(np.ascontiguousarray(owners))
        self._buffers["in_speed"] = self._ctx.buffer(np.zeros(n_vertices, np.float32), dynamic=True)
        self._buffers["faces"] = self._ctx.buffer(np.ascontiguousarray(faces, dtype=np.int32))
        self._faces, self._parts = faces, parts

    def release(self) -> None:
        """Free the buffers; the context must be current."""
        for item in (*self._arrays.values(), *self._buffers.values()):
            item.release()
        self._arrays.clear()
        self._buffers.clear()
        self._faces = self._parts = self._vertices = self._speeds = None


def coarse_faces(vertices: np.ndarray, faces: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(F', 3) int32 faces between a few of the vertices (V, 3): all of a part (V,) in a cell become one.
    A body smaller than a cell keeps its faces.

    Only vertices of one part are merged, as the faces stay while the body moves: a hand must not grow onto a
    hip.
    """
    cells = np.column_stack([np.floor(vertices / CELL_M), parts]).astype(np.int64)
    _, first, cell = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    merged = first[cell.reshape(-1)][faces].astype(np.int32)  # (F, 3)
    a, b, c = merged.T
    triangles = merged[(a != b) & (b != c) & (c != a)]
    return np.ascontiguousarray(triangles if len(triangles) else faces)


CELL_M = 0.03
"""Metres, side of a cell: the shadow's edge is blurred as much."""
VECTORS = ("in_position", "in_normal")
