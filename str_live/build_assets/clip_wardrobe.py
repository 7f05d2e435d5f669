"""Dresses the free body: which vertex wears what, and how far the cloth stands off the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEFT_HIP, LEFT_ANKLE, NECK, LEFT_ELBOW = 1, 7, 12, 18
"""SMPL joints that the seams hang on."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the shader needs to know of each vertex."""

    rest: np.ndarray
    """(V, 3) float32 metres: the T-pose, for patterns that move with the body."""
    garments: np.ndarray
    """(V, 4) float32 metres from the seam, positive inside: shirt, trousers, socks, hair."""
    face: np.ndarray
    """(V, 4) float32: lips, eyeball and iris as 0 or 1, and metres from the line of the brow."""
    offset: np.ndarray
    """(V,) float32 metres that the surface stands off the skin, along the normal."""


def dress(template: np.ndarray, joints: np.ndarray, vertex_part: np.ndarray, part_names: list[str]) -> Outfit:
    """The outfit of a T-posed body (V, 3), its joints (24, 3) and its parts (V,)."""
    part = {name: index for index, name in enumerate(part_names)}
    garments = _garments(template, joints)
    eyes = np.isin(vertex_part, [part["eye_white"], part["iris"]])
    garments[:, 3] = _hair(template, template[eyes])
    head = np.isin(
        vertex_part, [part[name] for name in ("face", "hair", "neck", "lips", "eye_white", "iris")]
    )
    garments[:, 3] = np.where(head & ~eyes, garments[:, 3], -0.05)
    chin = head & (vertex_part != part["neck"])
    garments[:, 0] = np.where(chin, np.minimum(garments[:, 0], -0.01), garments[:, 0])
    face = np.stack(
        [
            vertex_part == part["lips"],
            eyes,
            vertex_part == part["iris"],
            np.where(head, _brow(template, template[eyes]), 0.1),
        ],
        axis=1,
    )
    offset = _offset(template, garments)
    return Outfit(*(array.astype(np.float32) for array in (template, garments, face, offset)))


def _garments(template: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """(V, 4) distances from the seams of shirt, trousers and socks; the hair is left empty."""
    x, y, z = np.abs(template[:, 0]), template[:, 1], template[:, 2]
    neck = joints[NECK]
    collar = np.linalg.norm((template - neck - (0.0, 0.045, 0.03)) * (1.0, 1.0, 0.9), axis=1) - 0.088
    below_head = neck[1] + 0.05 - y
    shirt = np.minimum.reduce(
        [y - (joints[LEFT_HIP, 1] + 0.005), 0.80 * joints[LEFT_ELBOW, 0] - x, collar, below_head]
    )
    ankle = joints[LEFT_ANKLE, 1]
    trousers = np.minimum(joints[LEFT_HIP, 1] + 0.12 - y, y - (ankle + 0.015))
    trousers = np.where(x > 0.45, -0.1, trousers)  # hanging hands would count as hips
    socks = ankle + 0.035 - y
    return np.stack([shirt, trousers, socks, np.zeros_like(z)], axis=1)


def _hair(template: np.ndarray, eyeballs: np.ndarray) -> np.ndarray:
    """(V,) metres behind the hairline: a fringe over the forehead, free ears, down to the nape."""
    up = template[:, 1] - eyeballs[:, 1].mean()
    back = eyeballs[:, 2].max() - template[:, 2]
    parting = 0.012 * np.cos(template[:, 0] * 40.0 + 0.8)
    over_forehead = up - (0.058 + parting - 0.30 * back)
    behind_ears = np.minimum(back - 0.112, up + 0.06)
    return np.maximum(np.minimum(over_forehead, up - 0.012), behind_ears)


def _brow(template: np.ndarray, eyeballs: np.ndarray) -> np.ndarray:
    """(V,) metres from the middle line of the nearer eyebrow, on the front of the face."""
    left = eyeballs[eyeballs[:, 0] > 0]
    along = (np.abs(template[:, 0]) - left[:, 0].mean()) / 0.024
    line = left[:, 1].mean() + 0.0245 - 0.005 * along**2 + 0.0005 * along
    behind = np.maximum(left[:, 2].max() - template[:, 2] - 0.02, 0.0)
    return np.abs(template[:, 1] - line) + 0.02 * np.maximum(np.abs(along) - 0.95, 0.0) + behind


def _offset(template: np.ndarray, garments: np.ndarray) -> np.ndarray:
    """(V,) metres off the skin: cloth, folds in it, locks of hair."""
    shirt, trousers, socks, hair = garments.T
    x, y, z = template.T
    folds = np.sin(31 * y + 11 * x + 5 * np.sin(17 * z)) + np.sin(23 * x - 19 * y + 13 * z)
    locks = np.sin(90 * x + 40 * z) + np.sin(70 * z - 55 * y)
    offset = _edge(trousers, 0.012) * (0.010 + 0.0020 * folds)
    offset = np.maximum(offset, _edge(shirt, 0.010) * (0.015 + 0.0025 * folds))
    offset = np.maximum(offset, _edge(socks, 0.012) * 0.008)
    return np.maximum(offset, _edge(hair, 0.022) * (0.020 + 0.003 * locks))


def _edge(distance: np.ndarray, width: float) -> np.ndarray:
    """0 outside a seam, 1 from `width` metres inside it, smooth between."""
    t = np.clip(distance / width, 0.0, 1.0)
    return t * t * (3 - 2 * t)
