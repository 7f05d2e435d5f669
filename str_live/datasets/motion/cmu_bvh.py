"""Reader for BVH motion with iClone or CMU joint names, loose or in a .tar.xz archive.  Out: SourceMotion.

World y up, facing +z, left +x.  Only some recordings open with a T-pose, but bones that share names share
their rest rotations, so the first T-pose found (in order of names) serves all files of one naming.
Forward kinematics of the named bones, because files split the offset between root and hip differently.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from str_live.datasets.motion.clip import CMU_LICENCE, SourceMotion
from str_live.datasets.motion.retarget import slerp
from str_live.datasets.motion.skeleton import LIMB_CHILD
from str_live.skeleton import JOINT, JOINT_NAMES

T_POSE_TOLERANCE_DEG = 25.0
# The head of iClone's T-pose leans back: measured against the takes that the exponential maps hold as well
# (walking_1 = 002_01, basketball_1 to 5 = 006_02 to 06), whose rest pose has a level head.
HEAD_LEAN_DEG = {"iclone": 16.0, "cmu": 0.0}


def _both_sides(core: dict[str, str], sides: tuple[str, str], limbs: dict[str, str]) -> dict[str, str]:
    """Return a full naming: target joint -> source bone; "{}" in a limb's bone stands for the side's mark."""
    named = dict(core)
    for side, mark in zip(("left", "right"), sides, strict=True):
        named |= {f"{side}_{joint}": bone.format(mark) for joint, bone in limbs.items()}
    return named


# Hands follow the wrists: finger channels are mostly noise.
NAMINGS: dict[str, dict[str, str]] = {
    "iclone": _both_sides(
        {"pelvis": "CC_Base_Pelvis", "spine1": "CC_Base_Waist", "spine2": "CC_Base_Spine01",
         "spine3": "CC_Base_Spine02", "neck": "CC_Base_NeckTwist01", "head": "CC_Base_Head"},
        ("L", "R"),
        {"hip": "CC_Base_{}_Thigh", "knee": "CC_Base_{}_Calf", "ankle": "CC_Base_{}_Foot",
         "foot": "CC_Base_{}_ToeBase", "collar": "CC_Base_{}_Clavicle", "shoulder": "CC_Base_{}_Upperarm",
         "elbow": "CC_Base_{}_Forearm", "wrist": "CC_Base_{}_Hand", "hand": "CC_Base_{}_Hand"},
    ),
    "cmu": _both_sides(
        {"pelvis": "Hips", "spine1": "LowerBack", "spine2": "Spine", "spine3": "Spine1", "neck": "Neck1",
         "head": "Head"},
        ("Left", "Right"),
        {"hip": "{}UpLeg", "knee": "{}Leg", "ankle": "{}Foot", "foot": "{}ToeBase", "collar": "{}Shoulder",
         "shoulder": "{}Arm", "elbow": "{}ForeArm", "wrist": "{}Hand", "hand": "{}Hand"},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bvh:
    """One parsed file: a tree of joints and its channels over time."""

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray  # (J, 3) from the parent
    channels: tuple[tuple[str, ...], ...]  # per joint, e.g. ("Zrotation", "Yrotation", "Xrotation")
    values: np.ndarray  # (N, sum of channels) degrees and source units
    frame_time_s: float


@dataclass(frozen=True, slots=True)
class RestPose:
    """Globals of a T-pose for the 24 target joints."""

    rotmat: np.ndarray  # (24, 3, 3)
    positions: np.ndarray  # (24, 3) source units


def read_cmu_bvh(folder: Path) -> Iterator[SourceMotion]:
    """Yield every BVH file in the folder and in its .tar.xz archives."""
    files = sorted(_bvh_texts(Path(folder)), key=lambda item: item[0])
    rest_by_naming: dict[str, RestPose] = {}
    parsed = [parse_bvh(name, text) for name, text in files]
    for bvh in parsed:
        if (naming := naming_of(bvh)) not in rest_by_naming and (rest := t_pose(bvh)) is not None:
            rest_by_naming[naming] = rest
    for bvh in parsed:
        if (naming := naming_of(bvh)) not in rest_by_naming:
            raise ValueError(
                f"{bvh.name}: no file with {naming} names opens with a T-pose; add one that does"
            )
        yield source_from_bvh(bvh, rest_by_naming[naming])


def _bvh_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of loose and archived files; archives are read in memory, nothing is unpacked."""
    for path in folder.glob("*.bvh"):
        yield path.stem, path.read_text()
    for path in folder.glob("*.tar.xz"):
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.name.endswith(".bvh") else None
                if stream is not None:
                    yield Path(member.name).stem, stream.read().decode()


def parse_bvh(name: str, text: str) -> Bvh:
    """Return the tree and the channels of one file."""
    hierarchy, found, motion = text.partition("MOTION")
    if not found:
        raise ValueError(f"{name}: not a BVH file, the word MOTION is missing")
    joints, parents, offsets, channels = _parse_hierarchy(hierarchy)
    lines = motion.strip().splitlines()
    values = np.array(" ".join(lines[2:]).split(), dtype=np.float64)
    count = int(lines[0].split(":")[1])
    width = sum(map(len, channels))
    if values.size != count * width:
        raise ValueError(f"{name}: {values.size} values do not fill {count} frames of {width} channels")
    frame_time_s = float(lines[1].split(":")[1])
    return Bvh(
        name,
        joints,
        parents,
        offsets,
        channels,
        values.reshape(count, width),
        _exact_frame_time(frame_time_s),
    )


def _exact_frame_time(frame_time_s: float) -> float:
    """Undo the six decimals of the file: 0.016667 s drifts against 30 fps, 1/60 s does not."""
    fps = round(1 / frame_time_s)
    return 1 / fps if abs(fps * frame_time_s - 1) < 1e-3 else frame_time_s


def _parse_hierarchy(
    text: str,
) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray, tuple[tuple[str, ...], ...]]:
    """Return joints, parents, offsets (J, 3) and channels; end sites are left out."""
    joints: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    stack: list[int] = []  # open braces: joint index, or -1 for an end site
    pending = -1
    for line in text.splitlines():
        word, *rest = line.split() or [""]
        if word in ("ROOT", "JOINT"):
            pending = len(joints)
            joints.append(" ".join(rest))
            parents.append(stack[-1] if stack else -1)
        elif word == "End":
            pending = -1
        elif word == "{":
            stack.append(pending)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET" and stack[-1] >= 0:
            offsets.append([float(value) for value in rest])
        elif word == "CHANNELS":
            channels.append(tuple(rest[1:]))
    return tuple(joints), tuple(parents), np.array(offsets), tuple(channels)


def naming_of(bvh: Bvh) -> str:
    """Return the key of NAMINGS all of whose bones the file has."""
    for key, bones in NAMINGS.items():
        if set(bones.values()) <= set(bvh.joints):
            return key
    raise ValueError(f"{bvh.name}: joint names fit none of {', '.join(NAMINGS)}")


def target_globals(bvh: Bvh, frames: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
    """Return globals of the target joints' bones: (N, 24, 3, 3) and positions (N, 24, 3) in source units."""
    bones = NAMINGS[naming_of(bvh)]
    chosen = [bvh.joints.index(bones[joint]) for joint in JOINT_NAMES]
    needed = set(chosen)
    for index in reversed(range(len(bvh.joints))):
        if index in needed and bvh.parents[index] >= 0:
            needed.add(bvh.parents[index])
    first = np.cumsum([0, *map(len, bvh.channels)])
    values = bvh.values[frames]
    rotmat: dict[int, np.ndarray] = {}
    position: dict[int, np.ndarray] = {}
    for index in sorted(needed):
        local, shift = _local_transform(bvh, index, values[:, first[index] : first[index + 1]])
        parent = bvh.parents[index]
        if parent < 0:
            rotmat[index], position[index] = local, shift
        else:
            rotmat[index] = rotmat[parent] @ local
            position[index] = position[parent] + (rotmat[parent] @ shift[..., None])[..., 0]
    return np.stack([rotmat[i] for i in chosen], axis=1), np.stack([position[i] for i in chosen], axis=1)


def _local_transform(bvh: Bvh, index: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the local rotation (N, 3, 3) and shift (N, 3) of one joint from its channel values (N, C)."""
    names = bvh.channels[index]
    turning = [k for k, name in enumerate(names) if name.endswith("rotation")]
    order = "".join(names[k][0] for k in turning)  # capital letters: intrinsic, in the order of the channels
    rotation = Rotation.from_euler(order, values[:, turning], degrees=True).as_matrix()
    shift = np.tile(bvh.offsets[index], (len(values), 1))
    for k, name in enumerate(names):
        if name.endswith("position"):  # added to the offset: iClone's root channels start near zero
            shift[:, "XYZ".index(name[0])] += values[:, k]
    return rotation, shift


def t_pose(bvh: Bvh) -> RestPose | None:
    """Return the first frame's globals if it is a T-pose that faces +z, else None."""
    rotmat, positions = (array[0] for array in target_globals(bvh, slice(0, 1)))
    cosine = np.cos(np.radians(T_POSE_TOLERANCE_DEG))
    for joint, child in LIMB_CHILD.items():
        side = 1.0 if JOINT_NAMES[joint].startswith("left") else -1.0
        expected = (side, 0.0, 0.0) if joint >= JOINT["left_shoulder"] else (0.0, -1.0, 0.0)
        bone = positions[child] - positions[joint]
        if bone @ expected < cosine * np.linalg.norm(bone):
            return None
    lean = Rotation.from_euler("X", HEAD_LEAN_DEG[naming_of(bvh)], degrees=True).as_matrix()
    rotmat[JOINT["head"]] = lean @ rotmat[JOINT["head"]]
    return RestPose(rotmat, positions)


def source_from_bvh(bvh: Bvh, rest: RestPose) -> SourceMotion:
    """Return one recording; its own opening T-pose, if any, is dropped."""
    frames = slice(1, None) if t_pose(bvh) is not None else slice(None)
    rotmat, positions = target_globals(bvh, frames)
    if len(rotmat) < 2:
        raise ValueError(f"{bvh.name}: needs at least two frames of motion")
    rest_bones = np.full((len(JOINT), 3), np.nan)
    for joint, child in LIMB_CHILD.items():
        rest_bones[joint] = rest.positions[child] - rest.positions[joint]
    turns = rotmat @ np.swapaxes(rest.rotmat, -1, -2)
    chest, neck, head = (JOINT[joint] for joint in ("spine3", "neck", "head"))
    turns[:, neck] = slerp(
        turns[:, chest], turns[:, head], np.full(len(turns), 0.5)
    )  # how files split it differs
    legs = [np.linalg.norm(rest_bones[joint]) for joint in LIMB_CHILD if joint < JOINT["left_ankle"]]
    return SourceMotion(
        name=bvh.name,
        source="cmu_bvh",
        licence=CMU_LICENCE,
        times_s=np.arange(len(rotmat)) * bvh.frame_time_s,
        turns=turns,
        rest_bones=rest_bones,
        root=positions[:, JOINT["pelvis"]],
        leg_length=float(np.sum(legs) / 2),
    )
