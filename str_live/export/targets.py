"""What each program takes best of a recording: the formats, and how they are written for it."""

from __future__ import annotations

from dataclasses import dataclass

from str_live.export.contract import FormatOptions


@dataclass(frozen=True, slots=True)
class Target:
    """A program, or a kind of programs, that recordings are exported for."""

    suffixes: tuple[str, ...]
    """Keys of EXPORTERS."""
    form: FormatOptions


TARGETS: dict[str, Target] = {
    "Blender": Target((".glb",), FormatOptions(names="rigify")),
    "Unity": Target((".fbx",), FormatOptions(names="unity")),
    "Unreal": Target((".fbx",), FormatOptions(names="unreal", root_bone=True)),
    "VTuber": Target((".vrma",), FormatOptions(names="vrm")),
    "OpenSim": Target((".trc", ".mot"), FormatOptions()),
    "Angles": Target((".angles.csv",), FormatOptions()),
    "Web": Target((".glb",), FormatOptions()),
}
"""Name on a button -> what is written for it; docs/export.md has the same table."""
