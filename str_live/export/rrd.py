"""RRD: joints and bones over time for the Rerun viewer. Written by rerun-sdk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from str_live.export.contract import FormatOptions
from str_live.export.take import Take
from str_live.skeleton import JOINT_NAMES, PARENTS


def write_rrd(take: Take, path: Path, options: FormatOptions) -> None:
    """Write all frames with a person; in the others nothing is shown. The options change nothing here."""
    import rerun as rr

    del options
    stream = rr.RecordingStream("str_live", make_default=False)
    # Into memory: to a file rerun writes from a thread of its own, where a full disk goes unnoticed.
    written = stream.binary_stream()
    stream.log("person", rr.ViewCoordinates.RIGHT_HAND_Y_UP, static=True)
    above = np.array(PARENTS[1:])
    for time, person, joints in zip(take.times, take.person, take.joints(), strict=True):
        stream.set_time("time", duration=float(time))
        if not person:
            stream.log("person", rr.Clear(recursive=True))
            continue
        points = joints.astype(np.float32)
        stream.log("person/joints", rr.Points3D(points, radii=0.015, labels=JOINT_NAMES, show_labels=False))
        bones = np.stack([points[above], points[1:]], axis=1)
        stream.log("person/bones", rr.LineStrips3D(bones, radii=0.006))
    path.write_bytes(written.read() or b"")
    stream.disconnect()
