"""The free body as the graphics card wants it: one row per vertex, fewer vertices on request, two shells.

In: free_body.npz. Out: Figure. The shells are what no displaced skin can be: a skirt and long hair. Their
places follow from each person's cut in the vertex shader; here they have their own coordinates (direction and
share of the way down) and the shape directions of the skin below.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from str_live.untrusted.arrays import read_arrays

HEAD_PARTS = ("face", "hair", "lips", "eye_white", "iris")
CELL_SHARE = {
    "left_hand": 0.5,
    "right_hand": 0.5,
    "face": 0.55,
    "lips": 0.4,
    "left_foot": 0.8,
    "right_foot": 0.8,
}
"""Side of the clusters in a part, relative to those elsewhere."""
FLOATS = 48
"""Per vertex: rest place and head flag, normal, 4 joints, 4 weights, 10 x 3 shape directions, padding."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles with all that the vertex shader reads."""

    vertices: np.ndarray
    """(V, 48) float32."""
    faces: np.ndarray
    """(F, 3) int32, counter-clockwise from outside."""


@dataclass(frozen=True, slots=True)
class Figure:
    """All that is drawn of a person."""

    body: Mesh
    skirt: Mesh
    long_hair: Mesh


def load_figure(path: Path, cell_m: float = 0.0) -> Figure:
    """The figure of a body file; vertices closer than `cell_m` metres become one (0: all are kept)."""
    data = read_arrays(path, ("v_template", "weights", "f", "shapedirs", "part_names", "vertex_part"))
    template = data["v_template"].astype(np.float64)
    weights, faces = data["weights"], data["f"]
    shapedirs = data["shapedirs"].astype(np.float32)
    parts = np.array([str(name) for name in data["part_names"]])[data["vertex_part"]]
    head = np.isin(parts, HEAD_PARTS)
    rows = vertex_rows(template, head, rest_normals(template, faces), weights, shapedirs)
    if cell_m > 0:
        kept, faces = clustered(template, faces, parts, weights.argmax(1), cell_m)
        rows = rows[kept]
    body = Mesh(rows, faces.astype(np.int32))
    return Figure(body, skirt(template, shapedirs), long_hair(template, shapedirs))


def vertex_rows(
    place: np.ndarray, head: np.ndarray, normals: np.ndarray, weights: np.ndarray, shapedirs: np.ndarray
) -> np.ndarray:
    """(V, 48) float32; of the skinning weights (V, 24) the four largest, which then sum to one."""
    rows = np.zeros((len(place), FLOATS), np.float32)
    joints = np.argsort(-weights, axis=1)[:, :4]
    largest = np.take_along_axis(weights, joints, axis=1)
    rows[:, 0:3], rows[:, 3] = place, head
    rows[:, 4:7] = normals
    rows[:, 8:12] = joints
    rows[:, 12:16] = largest / largest.sum(1, keepdims=True)
    rows[:, 16:46] = shapedirs.transpose(0, 2, 1).reshape(len(place), -1)
    return rows


def rest_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) unit, weighted by the area of the faces around."""
    first, second, third = (vertices[faces[:, corner]] for corner in range(3))
    area = np.cross(second - first, third - first)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], area)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def clustered(
    vertices: np.ndarray, faces: np.ndarray, parts: np.ndarray, joint: np.ndarray, cell_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Vertex clustering: ids of the kept vertices (K,), and the faces between them.

    Vertices of one part and joint in one cell of a grid become the one nearest to their mean.
    """
    names, part = np.unique(parts, return_inverse=True)
    side = cell_m * np.array([CELL_SHARE.get(name, 1.0) for name in names])[part]
    # Mirrored cells, so that the right half of the body stays the mirror of the left.
    cell = np.floor(np.abs(vertices) / side[:, None]) * np.where(vertices < 0, -1, 1) + (vertices < 0) * 0.5
    _, cluster = np.unique(np.column_stack([cell, part, joint]), axis=0, return_inverse=True)
    cluster = cluster.reshape(-1)
    count = np.bincount(cluster)
    mean = np.stack([np.bincount(cluster, vertices[:, axis]) / count for axis in range(3)], axis=1)
    distance = np.linalg.norm(vertices - mean[cluster], axis=1)
    order = np.lexsort((distance, cluster))
    kept = order[np.concatenate([[0], np.cumsum(count)[:-1]])]
    corners = cluster[faces]
    whole = (
        (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    )
    return kept, corners[whole]


def skirt(template: np.ndarray, shapedirs: np.ndarray, rings: int = 9, around: int = 24) -> Mesh:
    """A tube from the waist down; coordinates: direction (x, z) and share of the way (y)."""
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    down, turn = np.meshgrid(np.linspace(0, 1, rings), angle, indexing="ij")
    below = np.stack([0.18 * np.cos(turn), 0.1 - 0.5 * down, 0.025 + 0.13 * np.sin(turn)], axis=-1)
    trunk = np.abs(template[:, 0]) < 0.25
    return _shell(
        np.stack([np.cos(turn), down, np.sin(turn)], -1), below, template, trunk, shapedirs, closed=True
    )


def long_hair(template: np.ndarray, shapedirs: np.ndarray, rings: int = 12, around: int = 17) -> Mesh:
    """A sheet around the back of the head, from the crown down, on a (V, 3) body with (V, 3, 10) shapes."""
    angle = np.radians(np.linspace(-118, 118, around))
    down, turn = np.meshgrid(np.linspace(0, 1, rings), angle, indexing="ij")
    direction = np.stack([np.sin(turn), down, -np.cos(turn)], axis=-1)
    below = np.stack([0.09 * np.sin(turn), 0.70 - 0.35 * down, 0.035 - 0.1 * np.cos(turn)], axis=-1)
    trunk = np.abs(template[:, 0]) < 0.25
    return _shell(direction, below, template, trunk, shapedirs, closed=False)


def _shell(
    own: np.ndarray,
    below: np.ndarray,
    template: np.ndarray,
    usable: np.ndarray,
    shapedirs: np.ndarray,
    *,
    closed: bool,
) -> Mesh:
    """A grid (R, A, 3) of own coordinates that takes its shape directions from the skin near `below`."""
    rings, around = own.shape[:2]
    gaps = np.linalg.norm(below.reshape(-1, 1, 3) - template[usable][None], axis=2)
    nearest = np.flatnonzero(usable)[gaps.argmin(1)]
    rows = np.zeros((rings * around, FLOATS), np.float32)
    rows[:, 0:3] = own.reshape(-1, 3)
    rows[:, 16:46] = shapedirs[nearest].transpose(0, 2, 1).reshape(len(rows), -1)
    ring, place = np.meshgrid(
        np.arange(rings - 1), np.arange(around if closed else around - 1), indexing="ij"
    )
    first, after = ring * around + place, ring * around + (place + 1) % around
    quads = np.stack([first, after, first + around, after, after + around, first + around], axis=-1)
    return Mesh(rows, quads.reshape(-1, 3).astype(np.int32))
