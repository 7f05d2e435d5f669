"""What the shaders read of each person and each picture: named columns of a float texture.

One table in Python; the shaders include its names as constants, so the two sides cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

PERSON_COLUMNS = {
    "PLACE": 1,  # picture, 1 if labelled
    "JOINTS": 72,  # 24 times 3 rows of the transform from the rest pose to the camera frame
    "BETAS": 3,
    "SKIN": 1,  # colour, seed
    "HAIR": 1,  # colour, gloss
    "HEAD": 1,  # hairline's shift, hair's thickness, -, cap's height above the eyes or 0
    "FACE": 1,  # beard, glasses, thickness of their rim, lipstick
    "LONG_HAIR": 1,  # length, volume, seed
    "CAP": 1,
    "UPPER_A": 1,  # colour, pattern
    "UPPER_B": 1,  # colour, size of the pattern
    "UPPER_CUT": 1,  # hem y, sleeve's end |x|, collar's radius, collar's depth
    "UPPER_FIT": 1,  # thickness, looseness of the trunk, of the sleeves, seed
    "LOGO": 1,  # x, -, half size or 0
    "JACKET": 1,  # -, -, -, half width of the opening or 0
    "INNER_A": 1,
    "INNER_B": 1,
    "LOWER_A": 1,
    "LOWER_B": 1,
    "LOWER_CUT": 1,  # waist y, end y
    "LOWER_FIT": 1,  # thickness, flare, -, seed
    "SKIRT": 1,  # waist y, hem y, flare
    "FEET": 1,  # shoe's top y, sock's top y, 1 if the upper garment is tucked in
    "SHOE": 1,  # colour, lightness of the sole
    "SOCK": 1,
}
"""Name -> number of columns, four floats each."""

TILE_COLUMNS = {
    "CROP": 1,  # crop coordinate = x * X / Z + (y, z)
    "WINDOW": 1,  # the camera's picture within the crop: low x, low y, high x, high y
    "WORLD": 3,  # rows of the rotation from camera to world; w: the eye's place in the world
    "UP": 1,  # the world's up in the camera frame; exposure
    "SKY_LIGHT": 1,
    "GROUND_LIGHT": 1,
    "KEY_DIRECTION": 1,  # w: softness of its shadows
    "KEY_COLOUR": 1,
    "FILL_DIRECTION": 1,
    "FILL_COLOUR": 1,
    "SHADOW": 1,  # what the shadow map covers: middle in the camera frame, half its side
    "BACKGROUND": 1,  # kind (room, photograph, wash), photograph, its blur, seed
    "PHOTO_CUT": 1,  # left, top, width, height in the photograph
    "PHOTO_LIGHT": 1,
    "ROOM_LOW": 1,
    "ROOM_HIGH": 1,
    "ROOM_STYLE": 1,  # coarseness of a wash, -, -, share of furnished wall cells
    "WALL_A": 1,
    "WALL_B": 1,
    "FLOOR": 1,  # colour, kind
    "SPOTS": 3,  # x, z, height, size of what stands on the floor
}


def width(columns: Mapping[str, int]) -> int:
    """Columns in a row."""
    return sum(columns.values())


def starts(columns: Mapping[str, int]) -> dict[str, int]:
    """Name -> its first column."""
    return dict(zip(columns, np.cumsum([0, *columns.values()]).tolist(), strict=False))


def as_glsl() -> str:
    """Both tables as GLSL constants."""
    both = starts(PERSON_COLUMNS) | starts(TILE_COLUMNS)
    assert len(both) == len(PERSON_COLUMNS) + len(TILE_COLUMNS), "one name in both tables"
    return "".join(f"const int {name} = {column};\n" for name, column in both.items())


def pack(columns: Mapping[str, int], values: Mapping[str, Tensor]) -> Tensor:
    """(N, columns, 4) float32 from (N, up to 4 * columns of the name) tensors, the rest zero."""
    count = len(next(iter(values.values())))
    table = torch.zeros(count, width(columns), 4)
    first = starts(columns)
    for name, value in values.items():
        flat = value.reshape(count, -1).float()
        room = table[:, first[name] : first[name] + columns[name]].reshape(count, -1)
        assert flat.shape[1] <= room.shape[1], f"{name} has {flat.shape[1]} numbers"
        room[:, : flat.shape[1]] = flat
        table[:, first[name] : first[name] + columns[name]] = room.reshape(count, -1, 4)
    return table
