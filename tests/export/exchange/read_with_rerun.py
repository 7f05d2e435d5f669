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
    table = recording.view(index="time", contents="/person/joints").select().read_all()
    points = np.array(table.column(named(table, "Position3D")).to_pylist(), dtype=np.float64)
    names = table.column(named(table, "Text")).to_pylist()[0]
    times = table.column("time").cast("int64").to_numpy() / 1e9
    return {
        "joints": {name: points[:, joint].tolist() for joint, name in enumerate(names)},
        "vertices": [],
        "times": times.tolist(),
        "seconds": time.perf_counter() - begun,
    }


def named(table, component: str) -> str:
    """The column of that component."""
    return next(name for name in table.column_names if component in name)


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps([read(job) for job in jobs]))
