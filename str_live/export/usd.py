"""USD with UsdSkel: skeleton, skin, animation for Omniverse, Houdini, Blender, Apple's viewers. y up, metres.

.usda and .usd are text and need no library; .usdc (small and quick) and .usdz (one file for phones) are made
of it by usd-core.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from str_live.export.contract import FormatOptions
from str_live.export.rig import Rig, make_rig
from str_live.export.take import Mesh, Take


def write_usd_text(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the text."""
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for line in _lines(make_rig(take, options)):
            file.write(line + "\n")


def write_usdc(take: Take, path: Path, options: FormatOptions) -> None:
    """Write USD's binary format."""
    with tempfile.TemporaryDirectory() as folder:
        path.write_bytes(_crate(take, Path(folder), options).read_bytes())


def write_usdz(take: Take, path: Path, options: FormatOptions) -> None:
    """Write a package of one binary file."""
    from pxr import UsdUtils

    with tempfile.TemporaryDirectory() as folder:
        crate, package = _crate(take, Path(folder), options), Path(folder) / "take.usdz"
        if not UsdUtils.CreateNewUsdzPackage(str(crate), str(package)):
            raise OSError("usd-core made no package")
        path.write_bytes(package.read_bytes())


def _crate(take: Take, folder: Path, options: FormatOptions) -> Path:
    from pxr import Sdf

    text, crate = folder / "take.usda", folder / "take.usdc"
    write_usd_text(take, text, options)
    if not Sdf.Layer.FindOrOpen(str(text)).Export(str(crate)):
        raise OSError("usd-core wrote no file")
    return crate


def joint_paths(rig: Rig) -> list[str]:
    """pelvis, pelvis/left_hip ...: what USD calls joints; only letters, digits and _ may be in a name."""
    paths: list[str] = []
    for name, parent in zip(rig.names, rig.parents, strict=True):
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        paths.append(plain if parent < 0 else f"{paths[parent]}/{plain}")
    return paths


def _lines(rig: Rig) -> Iterator[str]:
    """The file, a line or a paragraph at a time."""
    rate = f"{rig.fps:.10g}"
    joints = ", ".join(f'"{path}"' for path in joint_paths(rig))
    yield _HEAD.format(end=rig.frames - 1, rate=rate)
    yield _SKELETON.format(joints=joints, bind=_matrices(rig.rest), rest=_matrices(rig.offsets()))
    yield '    def SkelAnimation "Animation"'
    yield "    {"
    yield f"        uniform token[] joints = [{joints}]"
    yield from _tracks(rig)
    yield "    }"
    if rig.mesh is not None:
        yield _mesh(rig.mesh)
    yield "}"


_HEAD = """#usda 1.0
(
    defaultPrim = "Person"
    endTimeCode = {end}
    framesPerSecond = {rate}
    metersPerUnit = 1
    startTimeCode = 0
    timeCodesPerSecond = {rate}
    upAxis = "Y"
)

def SkelRoot "Person" (
    prepend apiSchemas = ["SkelBindingAPI"]
)
{{"""

_SKELETON = """    def Skeleton "Skeleton" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {{
        uniform token[] joints = [{joints}]
        uniform matrix4d[] bindTransforms = [{bind}]
        uniform matrix4d[] restTransforms = [{rest}]
        rel skel:animationSource = </Person/Animation>
    }}
"""

_MESH = """
    def Mesh "Body" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {{
        float3[] extent = [{low}, {high}]
        int[] faceVertexCounts = [{counts}]
        int[] faceVertexIndices = [{faces}]
        point3f[] points = [{points}]
        normal3f[] normals = [{normals}] (
            interpolation = "vertex"
        )
        uniform token subdivisionScheme = "none"
        color3f[] primvars:displayColor = [(0.72, 0.62, 0.56)]
        matrix4d primvars:skel:geomBindTransform = {identity}
        int[] primvars:skel:jointIndices = [{joints}] (
            elementSize = 4
            interpolation = "vertex"
        )
        float[] primvars:skel:jointWeights = [{weights}] (
            elementSize = 4
            interpolation = "vertex"
        )
        rel skel:skeleton = </Person/Skeleton>
    }}"""


def _tracks(rig: Rig) -> Iterator[str]:
    """Scales, translations, rotations: all three have to be there, each of all joints."""
    ones = ", ".join(["(1, 1, 1)"] * len(rig.names))
    yield f"        half3[] scales = [{ones}]"
    yield "        float3[] translations.timeSamples = {"
    still = [_tuple(offset) for offset in rig.offsets()[rig.places.shape[1] :]]
    for frame, places in enumerate(rig.places):
        yield f"            {frame}: [{', '.join([*map(_tuple, places), *still])}],"
    yield "        }"
    yield "        quatf[] rotations.timeSamples = {"
    for frame, rotations in enumerate(rig.rotations[..., [3, 0, 1, 2]]):  # w first
        yield f"            {frame}: [{', '.join(map(_tuple, rotations))}],"
    yield "        }"


def _mesh(mesh: Mesh) -> str:
    return _MESH.format(
        low=_tuple(mesh.vertices.min(axis=0)),
        high=_tuple(mesh.vertices.max(axis=0)),
        counts=", ".join(["3"] * len(mesh.faces)),
        faces=", ".join(map(str, mesh.faces.reshape(-1))),
        points=", ".join(map(_tuple, mesh.vertices)),
        normals=", ".join(map(_tuple, mesh.normals)),
        identity=_matrices(np.zeros((1, 3))),
        joints=", ".join(map(str, mesh.joints.reshape(-1))),
        weights=", ".join(f"{weight:.9g}" for weight in mesh.weights.reshape(-1)),
    )


def _tuple(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:.9g}" for value in values) + ")"


def _matrices(places: np.ndarray) -> str:
    """Matrices of translations, their three numbers in the last row."""
    return ", ".join(
        f"( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), ({x:.17g}, {y:.17g}, {z:.17g}, 1) )"
        for x, y, z in places
    )
