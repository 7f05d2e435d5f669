"""Exporters: write a recording in other programs' formats. A new one is a file and a line in EXPORTERS."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from str_live.export.amass import write_amass
from str_live.export.angles import write_angles
from str_live.export.bvh import write_bvh
from str_live.export.c3d import write_c3d
from str_live.export.contract import Exporter, ExportError, FormatOptions, Smoothing, TakeOptions
from str_live.export.csv_table import write_csv
from str_live.export.fbx import write_fbx
from str_live.export.gltf import write_glb, write_vrma
from str_live.export.making import make_take
from str_live.export.mot import write_mot
from str_live.export.rrd import write_rrd
from str_live.export.saving import whole_file
from str_live.export.take import Take
from str_live.export.targets import TARGETS, Target
from str_live.export.trc import write_trc
from str_live.export.usd import write_usd_text, write_usdc, write_usdz
from str_live.record.content import person_suffix

__all__ = [
    "EXPORTERS",
    "TARGETS",
    "ExportError",
    "Exporter",
    "FormatOptions",
    "Smoothing",
    "Take",
    "TakeOptions",
    "Target",
    "check_outputs",
    "export_take",
    "exporter_of",
    "make_take",
    "output_of",
    "suffix_of",
]

_USD_CORE = ("pxr", "pip install usd-core")

EXPORTERS: dict[str, Exporter] = {
    ".glb": Exporter(write_glb, "glTF", "animate"),
    ".bvh": Exporter(write_bvh, "BVH", "animate"),
    ".fbx": Exporter(write_fbx, "FBX", "animate"),
    ".vrma": Exporter(write_vrma, "VRM animation", "animate"),
    ".usda": Exporter(write_usd_text, "USD, text", "animate"),
    ".usd": Exporter(write_usd_text, "USD, text", "animate"),
    ".usdc": Exporter(write_usdc, "USD, binary", "animate", *_USD_CORE),
    ".usdz": Exporter(write_usdz, "USD, package", "animate", *_USD_CORE),
    ".csv": Exporter(write_csv, "Table of all", "measure"),
    ".angles.csv": Exporter(write_angles, "Table of joint angles", "measure"),
    ".trc": Exporter(write_trc, "OpenSim markers", "measure"),
    ".mot": Exporter(write_mot, "OpenSim joint angles", "measure"),
    ".c3d": Exporter(write_c3d, "C3D", "measure", "ezc3d", "pip install ezc3d==1.7.2"),
    ".npz": Exporter(write_amass, "AMASS", "measure"),
    ".rrd": Exporter(write_rrd, "Rerun", "show", "rerun", "pip install rerun-sdk==0.23.1 pyarrow==20.0.0"),
}
"""Suffix of a file -> how it is written."""


def suffix_of(path: Path) -> str:
    """What chooses a file's format: the longest of EXPORTERS' suffixes that it ends in, else its own."""
    name = path.name.lower()
    fitting = [suffix for suffix in EXPORTERS if name.endswith(suffix)]
    return max(fitting, key=len, default=path.suffix.lower())


def output_of(path: Path, number: int) -> Path:
    """What the file of one of several people is called: walk.angles.csv -> walk_p1.angles.csv."""
    stem = path.name[: len(path.name) - len(suffix_of(path))]
    return path.with_name(f"{stem}{person_suffix(number)}{path.name[len(stem) :]}")


def exporter_of(path: Path) -> Exporter:
    """The exporter of a file's suffix; ExportError where there is none, or where it lacks a library."""
    exporter = EXPORTERS.get(suffix_of(path))
    if exporter is None:
        known = " ".join(EXPORTERS)
        raise ExportError(f"{path.name} has no format that can be written: choose among {known}.")
    if exporter.missing:
        raise ExportError(f"{suffix_of(path)} files need a library that is not installed: {exporter.missing}")
    return exporter


def check_outputs(recording: Path, outputs: Iterable[Path]) -> None:
    """Refuse what is certain to fail before anything is computed; raises ExportError."""
    for path in outputs:
        exporter_of(path)
        if path.resolve() == recording.resolve():
            raise ExportError(f"{path} is the recording itself: choose another name.")


def export_take(take: Take, path: Path, options: FormatOptions | None = None) -> None:
    """Write one file of a take, whole or not at all; raises ExportError with the reason."""
    exporter = exporter_of(path)
    with whole_file(path) as temporary:
        exporter.write(take, temporary, options or FormatOptions())
