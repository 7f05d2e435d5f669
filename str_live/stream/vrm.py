"""How an avatar's bones rest, out of its .vrm file (VRM 0.x or 1.0), for streams that move that avatar.

In: a path. Out: Avatar, in Unity's frame (left-handed, y up, facing +z), metres. Only its JSON is read.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.export.names import NAMES
from str_live.stream.contract import StreamError

_MAGIC, _JSON = 0x46546C67, 0x4E4F534A
_LARGEST_JSON = 64 * 1024 * 1024
_REQUIRED = ("hips", "spine", "head")


@dataclass(frozen=True, slots=True)
class Avatar:
    """A model's humanoid bones that are also ours, by their names in VRM 1.0 ('hips', 'leftUpperLeg')."""

    name: str
    positions: dict[str, np.ndarray]
    """Bone -> (3,) metres, in its parent node."""
    local: dict[str, Rotation]
    """Bone -> its rotation in its parent node at rest."""
    world: dict[str, Rotation]
    """Bone -> its rotation in the model at rest. Both are the identity in VRM 0.x."""
    hips_height: float
    """Metres of the hips over the model's floor at rest."""


def read_avatar(path: Path) -> Avatar:
    """The avatar of a .vrm file; StreamError where it is none."""
    try:
        return _avatar(_json_of(path), path.stem)
    except OSError as error:
        raise StreamError(f"The avatar {path} cannot be read ({error.strerror}): check the file.") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        struct.error,
    ) as error:
        raise StreamError(f"{path} is no VRM avatar: give a .vrm file of a humanoid model.") from error


def _json_of(path: Path) -> dict[str, Any]:
    """The JSON chunk of a binary glTF."""
    with path.open("rb") as file:
        magic, _, _, length, kind = struct.unpack("<5I", file.read(20))
        if magic != _MAGIC or kind != _JSON or length > _LARGEST_JSON:
            raise ValueError("not a binary glTF")
        return json.loads(file.read(length))


def _avatar(gltf: Mapping[str, Any], name: str) -> Avatar:
    bones, mirror = _bones(gltf)
    nodes = gltf["nodes"]
    parent = {child: index for index, node in enumerate(nodes) for child in node.get("children", ())}
    positions, local, world = {}, {}, {}
    for bone, index in bones.items():
        positions[bone] = _place(nodes[index]) * mirror
        local[bone] = _turn(nodes[index], mirror)
        world[bone] = _world_turn(nodes, parent, index, mirror)
    height = float(_world_place(nodes, parent, bones["hips"])[1])
    if not 0 < height < np.inf:
        raise ValueError("its hips are not above its floor")
    return Avatar(name, positions, local, world, height)


def _bones(gltf: Mapping[str, Any]) -> tuple[dict[str, int], np.ndarray]:
    """Name -> node of our bones, and the (3,) signs that bring places into Unity's frame.

    Models of VRM 0.x face -z in their files and those of 1.0 face +z; in Unity both face +z.
    """
    extensions = gltf["extensions"]
    if "VRMC_vrm" in extensions:
        humanoid = extensions["VRMC_vrm"]["humanoid"]["humanBones"]
        found = {bone: int(entry["node"]) for bone, entry in humanoid.items()}
        mirror = np.array([-1.0, 1.0, 1.0])
    else:
        humanoid = extensions["VRM"]["humanoid"]["humanBones"]
        found = {entry["bone"]: int(entry["node"]) for entry in humanoid}
        mirror = np.array([1.0, 1.0, -1.0])
    if any(bone not in found for bone in _REQUIRED) or min(found.values()) < 0:
        raise ValueError("bones are missing")
    return {bone: found[bone] for bone in NAMES["vrm"] if bone in found}, mirror


def _place(node: Mapping[str, Any]) -> np.ndarray:
    """(3,) metres in the parent node, the file's frame."""
    place = np.array(node.get("translation", (0, 0, 0)), np.float64)
    if place.shape != (3,) or not np.isfinite(place).all():
        raise ValueError("a bone's place is no place")
    return place


def _turn(node: Mapping[str, Any], mirror: np.ndarray) -> Rotation:
    """The node's own rotation in Unity's frame: mirroring keeps the axis' part along the mirrored axis."""
    quaternion = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)
    return Rotation.from_quat(quaternion * [*-mirror, 1.0])


def _chain(parent: Mapping[int, int], index: int) -> list[int]:
    """The node and those above it, the root last; ValueError where they go round in a circle."""
    chain = [index]
    while chain[-1] in parent:
        chain.append(parent[chain[-1]])
        if len(chain) > len(parent) + 1:
            raise ValueError("nodes hold each other")
    return chain


def _world_turn(
    nodes: list[Mapping[str, Any]], parent: Mapping[int, int], index: int, mirror: np.ndarray
) -> Rotation:
    turn = Rotation.identity()
    for node in _chain(parent, index):
        turn = _turn(nodes[node], mirror) * turn
    return turn


def _world_place(nodes: list[Mapping[str, Any]], parent: Mapping[int, int], index: int) -> np.ndarray:
    """(3,) metres in the model, the file's frame."""
    place, unmirrored = np.zeros(3), -np.ones(3)
    for node in _chain(parent, index):
        place = _place(nodes[node]) + _turn(nodes[node], unmirrored).apply(place)
    return place
