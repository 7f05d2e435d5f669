"""Run where opensim is: what OpenSim finds in exported files. usage: read_with_opensim.py JOBS OUT

Of a TRC the markers; of a MOT how the segments of a real model stand when its coordinates are set from it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import opensim

SEGMENTS = (
    "pelvis",
    "femur_r",
    "femur_l",
    "tibia_r",
    "tibia_l",
    "torso",
    "humerus_r",
    "humerus_l",
    "ulna_r",
    "ulna_l",
)
OTHER_NAMES = {
    "lumbar_extension": "L5_S1_Flex_Ext",
    "lumbar_bending": "L5_S1_Lat_Bending",
    "lumbar_rotation": "L5_S1_axial_rotation",
}
"""Coordinates that the model at hand calls otherwise than Rajagopal's."""


def read(job: dict) -> dict:
    return read_trc(job) if job["file"].endswith(".trc") else read_mot(job)


def read_trc(job: dict) -> dict:
    begun = time.perf_counter()
    table = opensim.TimeSeriesTableVec3(job["file"])
    labels, times = table.getColumnLabels(), np.array(table.getIndependentColumn())
    points = np.array([[list(v.to_numpy()) for v in column(table, label)] for label in labels])
    return {
        "joints": dict(zip(labels, points.tolist(), strict=True)),
        "times": times.tolist(),
        "units": table.getTableMetaDataString("Units"),
        "rate": float(table.getTableMetaDataString("DataRate")),
        "seconds": time.perf_counter() - begun,
    }


def column(table: opensim.TimeSeriesTableVec3, label: str) -> list:
    view = table.getDependentColumn(label)
    return [view[row] for row in range(table.getNumRows())]


def read_mot(job: dict) -> dict:
    begun = time.perf_counter()
    table = opensim.TimeSeriesTable(job["file"])
    seconds = time.perf_counter() - begun
    storage = opensim.Storage(job["file"])
    opensim.Logger.setLevelString("off")
    model = opensim.Model(job["model"])
    state = model.initSystem()
    turns: dict[str, list] = {name: [] for name in SEGMENTS}
    origins = []
    coordinates = model.getCoordinateSet()
    for row in range(table.getNumRows()):
        values = table.getRowAtIndex(row)
        for number, label in enumerate(table.getColumnLabels()):
            coordinate = coordinates.get(OTHER_NAMES.get(label, label))
            value = values[number]
            coordinate.setValue(
                state,
                value if label.startswith("pelvis_t") and label[-1] in "xyz" else np.radians(value),
                False,
            )
        model.realizePosition(state)
        for name in SEGMENTS:
            turn = model.getBodySet().get(name).getTransformInGround(state).R()
            turns[name].append([[turn.get(i, j) for j in range(3)] for i in range(3)])
        pelvis = model.getBodySet().get("pelvis").getPositionInGround(state)
        origins.append([pelvis.get(axis) for axis in range(3)])
    return {
        "turns": turns,
        "pelvis": origins,
        "times": list(table.getIndependentColumn()),
        "in degrees": storage.isInDegrees(),
        "rows": storage.getSize(),
        "seconds": seconds,
    }


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps([read(job) for job in jobs]))
