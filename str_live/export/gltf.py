"""glTF binary (.glb): skeleton, skinned mesh, animation. y up, metres, +z forward, quaternions x y z w.

Also .vrma, VRM's animation file: the same without a mesh, with an extension that names the bones.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from str_live import __version__
from str_live.export.contract import FormatOptions
from str_live.export.names import NAMES
from str_live.export.rig import Rig, make_rig
from str_live.export.take import Take

_FLOAT, _BYTE, _INT = 5126, 5121, 5125
_VERTICES, _INDICES = 34962, 34963
_COLOUR = (0.72, 0.62, 0.56, 1.0)


def write_glb(take: Take, path: Path, options: FormatOptions) -> None:
    """Write skeleton, mesh where the take has one, and animation."""
    rig = make_rig(take, options)
    document = _document(rig)
    _add_skin(document, rig)  # also without a mesh: only a skin's joints are bones in Blender and three.js
    _save(document, path)


def write_vrma(take: Take, path: Path, options: FormatOptions) -> None:
    """Write the animation of VRM's 22 humanoid bones; whatever the names asked for, VRM's are written."""
    options = replace(options, names="vrm", root_bone=False)
    document = _document(replace(make_rig(take, options), mesh=None))
    bones = {name: {"node": node} for node, name in enumerate(NAMES["vrm"])}
    document.json["extensions"] = {
        "VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones": bones}}
    }
    document.json["extensionsUsed"] = ["VRMC_vrm_animation"]
    _save(document, path)


class _Document:
    """The two chunks of a .glb while they grow."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": f"STR-Live {__version__}"},
            "scene": 0,
            "accessors": [],
            "bufferViews": [],
        }
        self._parts: list[bytes] = []
        self._length = 0

    def add(self, array: np.ndarray, kind: str, *, target: int | None = None, bounds: bool = False) -> int:
        """Store an array ("SCALAR", "VEC3" ...) and return its accessor's number."""
        component = {"f": _FLOAT, "B": _BYTE, "I": _INT}[array.dtype.char]
        data = np.ascontiguousarray(array).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        data += bytes(-len(data) % 4)
        self._parts.append(data)
        self._length += len(data)
        self.json["bufferViews"].append(view)
        accessor: dict[str, Any] = {
            "bufferView": len(self.json["bufferViews"]) - 1,
            "componentType": component,
            "count": len(array),
            "type": kind,
        }
        if bounds:
            table = array.reshape(len(array), -1)
            accessor["min"], accessor["max"] = table.min(axis=0).tolist(), table.max(axis=0).tolist()
        self.json["accessors"].append(accessor)
        return len(self.json["accessors"]) - 1

    def chunks(self) -> tuple[bytes, bytes]:
        """JSON and binary, each padded to four bytes."""
        self.json["buffers"] = [{"byteLength": self._length}]
        text = json.dumps(self.json, separators=(",", ":")).encode()
        return text + b" " * (-len(text) % 4), b"".join(self._parts)


def _document(rig: Rig) -> _Document:
    document = _Document()
    document.json["nodes"] = _nodes(rig)
    roots = [0]
    if rig.mesh is not None:
        roots.append(_add_mesh(document, rig))
    document.json["scenes"] = [{"nodes": roots}]
    _add_animation(document, rig)
    return document


def _nodes(rig: Rig) -> list[dict[str, Any]]:
    """A node a bone, numbered as the bones."""
    nodes: list[dict[str, Any]] = []
    for joint, (name, offset) in enumerate(zip(rig.names, rig.offsets(), strict=True)):
        node: dict[str, Any] = {"name": name, "translation": offset.astype(np.float32).tolist()}
        children = [child for child, parent in enumerate(rig.parents) if parent == joint]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _add_mesh(document: _Document, rig: Rig) -> int:
    """Mesh, material and the node that holds them, a root; returns its number."""
    mesh = rig.mesh
    assert mesh is not None
    floats = np.float32
    attributes = {
        "POSITION": document.add(mesh.vertices.astype(floats), "VEC3", target=_VERTICES, bounds=True),
        "NORMAL": document.add(mesh.normals.astype(floats), "VEC3", target=_VERTICES),
        "JOINTS_0": document.add(mesh.joints.astype(np.uint8), "VEC4", target=_VERTICES),
        "WEIGHTS_0": document.add(_float_weights(mesh.weights), "VEC4", target=_VERTICES),
    }
    indices = document.add(mesh.faces.reshape(-1).astype(np.uint32), "SCALAR", target=_INDICES)
    document.json["materials"] = [
        {
            "name": "skin",
            "pbrMetallicRoughness": {
                "baseColorFactor": _COLOUR,
                "metallicFactor": 0.0,
                "roughnessFactor": 0.9,
            },
        }
    ]
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    document.json["meshes"] = [{"name": "body", "primitives": [primitive]}]
    document.json["nodes"].append({"name": "body", "mesh": 0, "skin": 0})
    return len(document.json["nodes"]) - 1


def _add_skin(document: _Document, rig: Rig) -> None:
    """Which nodes are bones, and where they rest."""
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(rig.names), 1, 1))
    inverse[:, 3, :3] = -rig.rest  # a column-major matrix: its rows here are its columns
    matrices = document.add(inverse, "MAT4")
    joints = list(range(len(rig.names)))
    document.json["skins"] = [{"joints": joints, "inverseBindMatrices": matrices, "skeleton": 0}]


def _float_weights(weights: np.ndarray) -> np.ndarray:
    """(V, 4) float32 that sum to one as closely as float32 can."""
    rounded = weights.astype(np.float32)
    rest = 1 - rounded[:, 1:].sum(axis=1, dtype=np.float64)
    return np.concatenate([rest[:, None].astype(np.float32), rounded[:, 1:]], axis=1)


def _add_animation(document: _Document, rig: Rig) -> None:
    """A channel for each bone's rotation, and for the way of those that move."""
    times = document.add(rig.times.astype(np.float32), "SCALAR", bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def add(joint: int, path: str, values: np.ndarray, kind: str) -> None:
        output = document.add(values.astype(np.float32), kind)
        channels.append({"sampler": len(samplers), "target": {"node": joint, "path": path}})
        samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})

    for joint in range(len(rig.names)):
        if joint < rig.places.shape[1]:
            add(joint, "translation", rig.places[:, joint], "VEC3")
        add(joint, "rotation", rig.rotations[:, joint], "VEC4")
    document.json["animations"] = [{"name": rig.name, "channels": channels, "samplers": samplers}]


def _save(document: _Document, path: Path) -> None:
    text, binary = document.chunks()
    with open(path, "wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(binary)))
        file.write(struct.pack("<I4s", len(text), b"JSON") + text)
        file.write(struct.pack("<I4s", len(binary), b"BIN\0") + binary)
