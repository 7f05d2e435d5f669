"""Exporters: what makes a recording a file of other programs. A new one is a file and a line in EXPORTERS."""

from __future__ import annotations

from pathlib import Path

from str_live.export.amass import write_amass
from str_live.export.bvh import write_bvh
from str_live.export.contract import Exporter, ExportError, FormatOptions, Smoothing, TakeOptions
from str_live.export.csv_table import write_csv
from str_live.export.gltf import write_glb, write_vrma
from str_live.export.making import make_take
from str_live.export.saving import whole_file
from str_live.export.take import Take
from str_live.export.trc import write_trc

__all__ = [
    "EXPORTERS",
    "ExportError",
    "Exporter",
    "FormatOptions",
    "Smoothing",
    "Take",
    "TakeOptions",
    "export_take",
    "exporter_of",
    "make_take",
]

EXPORTERS: dict[str, Exporter] = {
    ".glb": Exporter(write_glb, "glTF", "animate"),
    ".bvh": Exporter(write_bvh, "BVH", "animate"),
    ".vrma": Exporter(write_vrma, "VRM animation", "animate"),
    ".csv": Exporter(write_csv, "table", "measure"),
    ".trc": Exporter(write_trc, "OpenSim markers", "measure"),
    ".npz": Exporter(write_amass, "AMASS", "measure"),
}
"""Suffix of a file -> how it is written."""


def exporter_of(path: Path) -> Exporter:
    """The exporter of a file's suffix; ExportError where there is none, or where it lacks a library."""
    exporter = EXPORTERS.get(path.suffix.lower())
    if exporter is None:
        known = " ".join(EXPORTERS)
        raise ExportError(f"{path.name} has no format that can be written: choose among {known}.")
    if exporter.missing:
        raise ExportError(f"{path.suffix} files need a library that is not installed: {exporter.missing}")
    return exporter


def export_take(take: Take, path: Path, options: FormatOptions | None = None) -> None:
    """Write one file of a take, whole or not at all; ExportError says in words why not."""
    exporter = exporter_of(path)
    with whole_file(path) as temporary:
        exporter.write(take, temporary, options or FormatOptions())
