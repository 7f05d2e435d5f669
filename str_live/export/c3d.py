"""C3D: joint centres as points for Vicon, Visual3D, Mokka, MATLAB. Millimetres, z up. Written by ezc3d.

Frames without a person are marked as missing, by NaN and a residual of -1.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from str_live.export.amass import Z_UP
from str_live.export.contract import UNITS, ExportError, FormatOptions
from str_live.export.take import Take
from str_live.export.trc import markers

MAX_FRAMES = 65_535
"""What the header's two bytes can count."""


def write_c3d(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the joint centres of all frames; ExportError where there are more than the format can count."""
    import ezc3d

    if take.frames > MAX_FRAMES:
        raise ExportError(
            f"{take.frames} frames are more than a C3D file can hold ({MAX_FRAMES}): trim the take, or "
            "choose a lower rate."
        )
    names, points = markers(take, options.markers)
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [take.fps]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = names
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Z"])
    places = np.ones((4, len(names), take.frames))
    places[:3] = (points @ Z_UP.T * UNITS["mm"]).transpose(2, 1, 0)
    file["data"]["points"] = places
    residuals = np.where(take.person, 0.0, -1.0)
    file["data"]["meta_points"]["residuals"] = np.broadcast_to(residuals, (1, len(names), take.frames)).copy()
    with tempfile.TemporaryDirectory() as folder:  # ezc3d appends .c3d to other names, and reports no reasons
        whole = Path(folder) / "take.c3d"
        file.write(str(whole))
        path.write_bytes(whole.read_bytes())
