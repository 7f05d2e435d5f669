"""Made-up .vrm files of both versions: the body's bones at other places, with turned rests in VRM 1.0."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.export.names import NAMES
from str_live.skeleton import PARENTS
from tests.export.made_up import REST

BONES = NAMES["vrm"]


def avatar_joints(scale: float = 1.3) -> np.ndarray:
    """(22, 3) metres at rest, facing +z, soles near y = 0."""
    joints = REST[: len(BONES)].astype(np.float64) * scale
    return joints - [joints[0, 0], joints[:, 1].min(), joints[0, 2]]


def write_vrm(
    path: Path, version: str, *, without: tuple[str, ...] = (), seed: int = 5
) -> dict[str, Rotation]:
    """Write it; gives each bone's rotation in the model at rest (the file's frame), identity in VRM 0.x."""
    joints = avatar_joints()
    rng = np.random.default_rng(seed)
    world = {
        bone: Rotation.from_rotvec(rng.normal(scale=0.6, size=3)) if version == "1.0" else Rotation.identity()
        for bone in BONES
    }
    if version == "0.x":
        joints = joints * [-1, 1, -1]  # its files face -z
    nodes, number = [{"name": "root", "children": []}], {}
    for joint, bone in enumerate(BONES):
        parent = PARENTS[joint]
        above = Rotation.identity() if parent < 0 else world[BONES[parent]]
        offset = joints[joint] - (joints[parent] if parent >= 0 else np.zeros(3))
        number[bone] = len(nodes)
        nodes.append(
            {
                "name": f"node of {bone}",
                "translation": above.inv().apply(offset).tolist(),
                "rotation": (above.inv() * world[bone]).as_quat().tolist(),
                "children": [],
            }
        )
        nodes[0 if parent < 0 else number[BONES[parent]]]["children"].append(number[bone])
    has = [bone for bone in BONES if bone not in without]
    if version == "1.0":
        extension = {"VRMC_vrm": {"humanoid": {"humanBones": {b: {"node": number[b]} for b in has}}}}
    else:
        extension = {"VRM": {"humanoid": {"humanBones": [{"bone": b, "node": number[b]} for b in has]}}}
    write_glb_json(path, {"asset": {"version": "2.0"}, "nodes": nodes, "extensions": extension})
    return world


def write_glb_json(path: Path, gltf: object) -> None:
    """A binary glTF of nothing but its JSON."""
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(struct.pack("<5I", 0x46546C67, 2, 20 + len(text), len(text), 0x4E4F534A) + text)
