"""Run where rerun-sdk is: what Rerun finds in an exported file. usage: read_with_rerun.py JOBS OUT"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import rerun as rr


def read(job: dict) -> dict:
    begun = time.perf_counter()
    recording = rr.dataframe.load_recording(job["file"])
    table = recording.view(index="time", contents="/person/joints").select().read_all().to_pydict()
    column = next(name for name in table if "Position3D" in name)
    labels = next(name for name in table if "Text" in name)
    times = [value / np.timedelta64(1, "s") if hasattr(value, "astype") else value for value in table["time"]]
    times = [value.total_seconds() if hasattr(value, "total_seconds") else float(value) for value in times]
    points = np.array(table[column], dtype=np.float64)
    names = table[labels][0]
    return {
        "joints": {name: points[:, joint].tolist() for joint, name in enumerate(names)},
        "vertices": [],
        "times": times,
        "seconds": time.perf_counter() - begun,
    }


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps([read(job) for job in jobs]))
