"""`make exchange-check`: exported files as Blender, OpenSim, USD, Rerun, three.js and others find them.

Run by a Python that has usd-core and rerun-sdk beside our own dependencies. Each reader runs in a Python of
its own (.exchange/) or under Node.js and says where it finds every joint and every 100th vertex; that has to
be where our forward kinematics put them. Two takes: the made-up body, whose
pelvis lies off its origin, and the free body for ten seconds. Prints a table, ends with 1 where one is off.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from str_live.body.skinning import load_body
from str_live.export import EXPORTERS, FormatOptions, Take, TakeOptions, export_take, make_take
from str_live.export.angles import pelvis_origin
from str_live.export.names import NAMES
from str_live.export.rig import Rig, make_rig
from str_live.joint_angles import OPENSIM_FROM_WORLD
from str_live.skeleton import JOINT_NAMES
from str_live.stream.placing import Placing
from str_live.stream.vmc import VmcStream
from tests.export.made_up import made_up_recording, made_up_take
from tests.export.node import joints_of, read_with_three
from tests.export.test_formats import GAP, READ_C3D, every_corner, every_hundredth, posed
from tests.stream.results import BODY, make_results

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PYTHONS = ROOT / ".exchange"
METRES = 1e-5
MODEL = "Pose2Sim/OpenSim_Setup/Model_Pose2Sim_simple.osim"
"""Its joints are Rajagopal's; its hips lie elsewhere in the pelvis, so that the pelvis is compared."""
SEGMENTS = {"pelvis": 0, "femur_r": 2, "femur_l": 1, "torso": 9, "humerus_r": 17, "humerus_l": 16}
BENT_SEGMENTS = {"tibia_r": 5, "tibia_l": 4, "ulna_r": 19, "ulna_l": 18}
BENT_DEGREES = 11.0
"""What oblique knees and elbows of the model may differ by from pure flexion."""
DEGREES = 0.01

Points = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    format: str
    reader: str
    joints_m: float
    vertices_m: float | None
    write_s: float
    read_s: float | None
    size: int
    remark: str = ""

    @property
    def good(self) -> bool:
        return self.joints_m < METRES and (self.vertices_m is None or self.vertices_m < METRES)


@dataclass(frozen=True, slots=True)
class File:
    """An exported file and what is in it."""

    path: Path
    take: Take
    rig: Rig
    write_s: float


def main() -> int:
    logging.disable(logging.WARNING)
    takes = {
        "made-up body": made_up_take(5),
        "made-up body, one frame": made_up_take(1),
        "made-up body, a gap": made_up_take(5, person=GAP),
        "free body": free_take(300),
    }
    status = 0
    for name, take in takes.items():
        with tempfile.TemporaryDirectory() as folder:
            rows = list(rows_of(take, Path(folder)))
        print(f"\n{name}, {take.frames} frames at {take.fps:g} frames/s\n")
        print_table(rows)
        status |= any(not row.good for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(live_rows(Path(folder)))
    print("\nmade-up body, live, 30 bodies\n")
    print_table(rows)
    status |= any(not row.good for row in rows)
    print_long_take()
    return int(status)


def print_long_take() -> None:
    """How long ten minutes take to write, in every format, and how large they are."""
    take = free_take(18000)
    print("\nfree body, ten minutes at 30 frames/s\n\n| format | written, s | kB |\n|---|---|---|")
    for suffix in EXPORTERS:
        with tempfile.TemporaryDirectory() as folder:
            file = exported(take, Path(folder), suffix)
            print(f"| {suffix} | {file.write_s:.1f} | {file.path.stat().st_size / 1000:.0f} |")


def free_take(frames: int) -> Take:
    """The made-up motion on the delivered body."""
    return make_take(made_up_recording(frames, fps=30.0), load_body(), TakeOptions(), name="free body")


def print_table(rows: list[Row]) -> None:
    print("| format | reader | joints, m | every 100th vertex, m | written, s | read, s | kB | |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        vertices = "" if row.vertices_m is None else f"{row.vertices_m:.0e}"
        read = "" if row.read_s is None else f"{row.read_s:.2f}"
        remark = row.remark if row.good else f"OFF {row.remark}"
        print(
            f"| {row.format} | {row.reader} | {row.joints_m:.0e} | {vertices} | {row.write_s:.2f} | {read} "
            f"| {row.size / 1000:.0f} | {remark} |"
        )


def rows_of(take: Take, folder: Path) -> Iterator[Row]:
    yield from blender_rows(take, folder)
    yield from usd_rows(take, folder)
    yield from opensim_rows(take, folder)
    yield from rerun_rows(take, folder)
    yield from three_rows(take, folder)
    yield from c3d_rows(take, folder)


def exported(take: Take, folder: Path, suffix: str, **options: Any) -> File:
    form = FormatOptions(**options)
    path = folder / f"{'_'.join(['take', *map(str, options.values())])}{suffix}"
    begun = time.perf_counter()
    export_take(take, path, form)
    return File(path, take, make_rig(take, form), time.perf_counter() - begun)


def answers(python: str, script: str, jobs: list[dict], folder: Path) -> list[dict]:
    """What a reader says of all jobs; [] where it is not installed."""
    interpreter = PYTHONS / python / "bin" / "python"
    if not interpreter.exists():
        print(f"{interpreter} is missing: {script} is left out", file=sys.stderr)
        return []
    (folder / "jobs.json").write_text(json.dumps(jobs))
    command = [str(interpreter), str(HERE / script), str(folder / "jobs.json"), str(folder / "out.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return json.loads((folder / "out.json").read_text())


def row(
    file: File, reader: str, said: dict, *, scale: float = 1.0, remark: str = "", holes: bool = False
) -> Row:
    """Errors of joints and vertices that were said in metres times `scale`.

    `holes`: nothing but holes may be where nobody was seen, as formats of measurements have it.
    """
    joints = np.stack(list(said["joints"].values()), axis=1) / scale
    assert not holes or np.isnan(joints[~file.take.person]).all()
    truth, skin = file.rig.joints(), None
    seen = file.take.person if holes else np.ones(file.take.frames, bool)
    if said.get("vertices") and len(said["vertices"][0]):
        skin = float(np.abs(np.array(said["vertices"]) / scale - every_hundredth(file.rig)).max())
    return Row(
        file.path.suffix,
        reader,
        float(np.abs(joints - truth)[seen].max()),
        skin,
        file.write_s,
        said.get("seconds"),
        file.path.stat().st_size,
        remark,
    )


def blender_rows(take: Take, folder: Path) -> Iterator[Row]:
    readers = {
        "glb": ".glb",
        "bvh": ".bvh",
        "fbx (Python)": ".fbx",
        "fbx (ufbx)": ".fbx",
        "usd": ".usda",
    }
    files = [
        exported(take, folder, suffix, root_bone=root)
        for suffix in readers.values()
        for root in (False, True)
    ]
    names = [reader for reader in readers for _ in range(2)]
    jobs = [
        {"file": str(file.path), "reader": name, "fps": take.fps, "frames": take.frames}
        for file, name in zip(files, names, strict=True)
    ]
    for file, name, said in zip(
        files, names, answers("blender", "read_with_blender.py", jobs, folder), strict=False
    ):
        said["joints"] = {bone: said["joints"][bone] for bone in file.rig.names}
        assert said["steps"] == take.frames - 1, (name, said["steps"])
        remark = "root bone" if file.rig.names[0] == "root" else ""
        yield row(file, f"Blender, {name}", said, remark=remark)


def live_rows(folder: Path) -> Iterator[Row]:
    """What extras/blender makes of VMC: on the body that it makes, and on an exported file's."""
    placing, stream = Placing(BODY), VmcStream("127.0.0.1")
    bodies = [placing.place(result) for result in make_results(30)]
    begun = time.perf_counter()
    packets = [stream.packets(body, number / 30) for number, body in enumerate(bodies)]
    seconds = (time.perf_counter() - begun) / len(bodies)
    glb = exported(made_up_take(2), folder, ".glb").path
    hexed = [[packet.hex() for packet in each] for each in packets]
    jobs = [{"bodies": hexed, "file": file} for file in ("", str(glb))]
    truth = np.stack([body.joints for body in bodies])[:, : len(NAMES["unity"])]
    for job, found in zip(jobs, answers("blender", "receive_with_blender.py", jobs, folder), strict=False):
        joints = np.stack([found["joints"][name] for name in NAMES["unity"]], axis=1)
        off, size = float(np.abs(joints - truth).max()), sum(map(len, packets[0]))
        where = "on an imported .glb" if job["file"] else "on its own body"
        yield Row("VMC", f"Blender add-on, {where}", off, None, seconds, found["seconds"], size)


def usd_rows(take: Take, folder: Path) -> Iterator[Row]:
    files = [exported(take, folder, suffix) for suffix in (".usda", ".usdc", ".usdz")]
    files += [exported(take, folder, ".usda", names=names) for names in ("mixamo", "rigify")]
    jobs = [{"file": str(file.path), "frames": take.frames} for file in files]
    for file, said in zip(files, answers("scene", "read_with_usd.py", jobs, folder), strict=False):
        assert (said["fps"], said["metres"], said["up"]) == (take.fps, 1.0, "Y"), said
        assert said["steps"] == take.frames - 1
        yield row(file, "usd-core", said, remark=f"{file.rig.names[0]}, {len(said['complaints'])} complaints")


def opensim_rows(take: Take, folder: Path) -> Iterator[Row]:
    trc = [exported(take, folder, ".trc", unit=unit) for unit in ("m", "mm")]
    limber = replace(posed(left_knee=(50, 0, 0), right_elbow=(0, 60, 0)), fps=take.fps)
    mot = [exported(take, folder, ".mot"), exported(limber, folder, ".mot", names="vrm")]
    model = next((PYTHONS / "opensim").glob(f"lib/python*/site-packages/{MODEL}"), None)
    jobs = [{"file": str(file.path), "model": str(model)} for file in (*trc, *mot)]
    said = answers("opensim", "read_with_opensim.py", jobs, folder)
    for file, found in zip(trc, said, strict=False):
        assert found["rate"] == take.fps, found["rate"]
        np.testing.assert_allclose(found["times"], take.times, atol=1e-6)
        turned = {name: np.array(points) @ OPENSIM_FROM_WORLD for name, points in found["joints"].items()}
        found["joints"] = {name: turned[name] for name in JOINT_NAMES}
        yield row(
            file,
            "OpenSim",
            found,
            scale={"m": 1, "mm": 1000}[found["units"]],
            remark=found["units"],
            holes=True,
        )
    for file, found in zip(mot, said[2:], strict=False):
        yield angle_row(file, found, bent_only=file.take is limber)


def angle_row(file: File, said: dict, *, bent_only: bool) -> Row:
    """How a real model's segments stand against the take's bones: joints_m is of the pelvis."""
    take = file.take
    world = (OPENSIM_FROM_WORLD @ take.world_rotations() @ OPENSIM_FROM_WORLD.T)[take.person]
    assert said["in degrees"]
    assert said["rows"] == take.person.sum()
    worst = max(
        angle_between(said["turns"][name], segment(world, name, bone)) for name, bone in SEGMENTS.items()
    )
    assert worst < DEGREES, worst
    bent = max(
        angle_between(said["turns"][name], segment(world, name, bone)) for name, bone in BENT_SEGMENTS.items()
    )
    off = float(np.abs(np.array(said["pelvis"]) - pelvis_origin(take)[take.person]).max())
    assert off < METRES, off
    remark = f"pelvis, thighs, trunk, upper arms {worst:.0e} degrees"
    if bent_only:
        remark += f"; bent knee and elbow {bent:.0f} degrees"
    return Row(
        ".mot",
        "OpenSim, a model's segments",
        off,
        None,
        file.write_s,
        said["seconds"],
        file.path.stat().st_size,
        remark,
    )


def segment(world: np.ndarray, name: str, bone: int) -> np.ndarray:
    """(N, 3, 3): arms hang in the model's zero and are stretched out in SMPL's."""
    if not name.startswith(("humerus", "ulna")):
        return world[:, bone]
    sign = 1.0 if name.endswith("r") else -1.0
    return world[:, bone] @ np.array([[1.0, 0, 0], [0, 0, sign], [0, -sign, 0]])


def angle_between(first: list, second: np.ndarray) -> float:
    """The largest over the frames, degrees."""
    off = np.array(first) @ second.transpose(0, 2, 1)
    sine = np.linalg.norm(off - off.transpose(0, 2, 1), axis=(1, 2)) / 8**0.5
    return float(np.degrees(np.arctan2(sine, (np.trace(off, axis1=1, axis2=2) - 1) / 2)).max())


def rerun_rows(take: Take, folder: Path) -> Iterator[Row]:
    file = exported(take, folder, ".rrd")
    for said in answers("scene", "read_with_rerun.py", [{"file": str(file.path)}], folder):
        np.testing.assert_allclose(said["times"], take.times[take.person], atol=1e-6)
        said["joints"] = {name: with_holes(points, take.person) for name, points in said["joints"].items()}
        yield row(file, "Rerun", said, holes=True)


def with_holes(points: list, person: np.ndarray) -> np.ndarray:
    """(M, 3) of the frames with a person -> (N, 3), NaN in the others."""
    full = np.full((len(person), 3), np.nan)
    full[person] = points
    return full


def three_rows(take: Take, folder: Path) -> Iterator[Row]:
    for suffix, scale in ((".glb", 1), (".bvh", 100), (".fbx", 100)):
        file = exported(take, folder, suffix)
        begun = time.perf_counter()
        try:
            said = read_with_three(file.path, take.frames, take.fps)
        except pytest.skip.Exception as reason:
            print(reason, file=sys.stderr)
            return
        said["seconds"] = time.perf_counter() - begun
        said["joints"] = dict(
            zip(file.rig.names, joints_of(said, file.rig.names).transpose(1, 0, 2), strict=True)
        )
        if suffix == ".fbx":
            corners = np.array(said.pop("vertices")) / scale
            found = row(file, "three.js", said, scale=scale)
            yield replace(found, vertices_m=float(np.abs(corners - every_corner(file.rig)).max()))
        else:
            yield row(file, "three.js", said, scale=scale)


def c3d_rows(take: Take, folder: Path) -> Iterator[Row]:
    file = exported(take, folder, ".c3d")
    for name, read in READ_C3D.items():
        begun = time.perf_counter()
        _, rate, points, missing = read(file.path)
        assert rate == take.fps
        points = np.where(missing[..., None], np.nan, points)
        x, z, y = np.moveaxis(points / 1000, -1, 0)
        joints = np.stack([x, y, -z], axis=-1)
        said = {"joints": dict(zip(JOINT_NAMES, joints.transpose(1, 0, 2), strict=True))}
        yield row(file, name, said | {"seconds": time.perf_counter() - begun}, holes=True)


if __name__ == "__main__":
    sys.exit(main())
