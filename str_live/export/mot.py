"""MOT: OpenSim's joint angles over time, for the model Rajagopal 2016 and its kind. Degrees and metres.

How exact each angle is stands in joint_angles.py. Frames without a person are left out: their times are
missing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.export.angles import OPENSIM_ANGLES, opensim_angles, pelvis_origin
from str_live.export.contract import FormatOptions
from str_live.export.take import Take

_PLACES = ("pelvis_tx", "pelvis_ty", "pelvis_tz")


def write_mot(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the coordinates of all frames with a person; the options change nothing here."""
    del options
    angles = opensim_angles(take)
    columns = [take.times, *(angles[name] for name in OPENSIM_ANGLES), *pelvis_origin(take).T]
    rows = np.stack(columns, axis=1)[take.person]
    header = [
        take.name,
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={rows.shape[1]}",
        "inDegrees=yes",
        "endheader",
        "\t".join(["time", *OPENSIM_ANGLES, *_PLACES]),
    ]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(header) + "\n")
        np.savetxt(file, rows, fmt="%.8f", delimiter="\t")
