"""Files that others read: what their programs find is what our forward kinematics say, in every format."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import bvh
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from str_live.body.skinning import Body
from str_live.export import EXPORTERS, ExportError, FormatOptions, TakeOptions, export_take
from str_live.export.angles import OPENSIM_ANGLES, angle_ranges, opensim_angles
from str_live.export.kinematics import joint_positions, skinned_vertices, world_rotations
from str_live.export.making import make_take
from str_live.export.names import NAMES
from str_live.export.rig import Rig, make_rig
from str_live.joint_angles import OPENSIM_FROM_WORLD
from str_live.record.read import load_recording
from str_live.skeleton import JOINT, JOINT_NAMES, PARENTS
from tests.export.made_up import made_up_arrays, made_up_body, made_up_recording, made_up_take
from tests.export.node import joints_of, read_with_three, run_reader

METRES = 1e-5
RAW = TakeOptions(floor="none")
GAP = np.array([True, True, False, True, True])


@pytest.fixture(scope="module")
def take():
    return made_up_take(5)


def exported(folder: Path, suffix: str, take, **options) -> tuple[Path, Rig]:
    path, form = folder / f"take{suffix}", FormatOptions(**options)
    export_take(take, path, form)
    return path, make_rig(take, form)


def every_hundredth(rig: Rig) -> np.ndarray:
    """(N, V/100, 3) of the rig's skin."""
    mesh, world = rig.mesh, world_rotations(rig.rotations, rig.parents)
    which = slice(None, None, 100)
    return skinned_vertices(
        world, rig.joints(), rig.rest, mesh.vertices[which], mesh.joints[which], mesh.weights[which]
    )


@pytest.mark.parametrize("options", [{}, {"names": "mixamo", "root_bone": True}, {"t_pose_first": True}])
def test_three_shows_joints_and_skin_of_a_glb_where_they_are(tmp_path, take, options):
    path, rig = exported(tmp_path, ".glb", take, **options)
    said = read_with_three(path, rig.frames, rig.fps)
    np.testing.assert_allclose(joints_of(said, rig.names), rig.joints(), atol=METRES)
    np.testing.assert_allclose(np.array(said["vertices"]), every_hundredth(rig), atol=METRES)
    assert said["duration"] == pytest.approx((rig.frames - 1) / rig.fps)


@pytest.mark.parametrize("suffix", [".glb", ".vrma"])
@pytest.mark.parametrize("frames", [1, 5])
@pytest.mark.parametrize("mesh", ["free", "none"])
def test_khronos_validator_finds_nothing(tmp_path, suffix, frames, mesh):
    take = made_up_take(frames, options=TakeOptions(mesh=mesh))
    path, _ = exported(tmp_path, suffix, take, names="vrm")
    issues = run_reader("validate.mjs", path)["issues"]
    found = {message["code"] for message in issues["messages"]}
    remarks = {("free", ".glb"): set(), ("none", ".glb"): {"UNUSED_OBJECT"}}  # bones without a mesh
    # It knows no VRM, in whose files the last bones hold nothing.
    assert found == remarks.get((mesh, suffix), {"UNSUPPORTED_EXTENSION", "NODE_EMPTY"})
    assert issues["numErrors"] == issues["numWarnings"] == 0


def test_vrm_s_own_reader_finds_the_motion_of_the_22_bones(tmp_path, take):
    path, _ = exported(tmp_path, ".vrma", take)
    said = read_with_three(path, take.frames, take.fps)
    assert set(said["rotations"]) == set(NAMES["vrm"])
    rotations = np.stack([said["rotations"][name] for name in NAMES["vrm"]], axis=1)
    world = world_rotations(rotations, PARENTS[:22])
    joints = joint_positions(world, take.rest[:22], PARENTS[:22], np.array(said["hips"])[:, None])
    np.testing.assert_allclose(joints, take.joints()[:, :22], atol=METRES)
    np.testing.assert_allclose(said["restHips"], take.rest[0], atol=METRES)


@pytest.mark.parametrize(
    "options",
    [{}, {"names": "cmu", "unit": "m", "root_bone": True}, {"t_pose_first": True, "names": "unity"}],
)
def test_three_shows_the_joints_of_a_bvh_where_they_are(tmp_path, take, options):
    path, rig = exported(tmp_path, ".bvh", take, **options)
    said = read_with_three(path, rig.frames, rig.fps)
    per_metre = 1 if options.get("unit") == "m" else 100
    np.testing.assert_allclose(joints_of(said, rig.names) / per_metre, rig.joints(), atol=METRES)


def test_the_bvh_package_reads_names_rate_and_the_same_joints(tmp_path, take):
    path, _ = exported(tmp_path, ".bvh", take, names="mixamo")
    said = bvh.Bvh(path.read_text())
    assert sorted(said.get_joints_names()) == sorted(NAMES["mixamo"])
    assert said.nframes == take.frames
    assert said.frame_time == pytest.approx(1 / take.fps)
    names = NAMES["mixamo"]
    angles = np.stack(
        [said.frames_joint_channels(name, ["Zrotation", "Xrotation", "Yrotation"]) for name in names], axis=1
    )
    rotations = Rotation.from_euler("ZXY", angles.reshape(-1, 3), degrees=True).as_quat()
    way = np.array(said.frames_joint_channels(names[0], ["Xposition", "Yposition", "Zposition"])) / 100
    rest = np.zeros((22, 3))
    for joint, parent in enumerate(PARENTS[1:22], start=1):
        rest[joint] = rest[parent] + np.array(said.joint_offset(names[joint])) / 100
    world = world_rotations(rotations.reshape(-1, 22, 4), PARENTS[:22])
    joints = joint_positions(world, rest, PARENTS[:22], way[:, None])
    np.testing.assert_allclose(joints, take.joints()[:, :22], atol=METRES)


def read_trc(path: Path) -> tuple[dict[str, str], list[str], np.ndarray]:
    """Header, marker names and (N, 2 + 3M) numbers, by the format's own description."""
    lines = path.read_text().split("\n")
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    names = [name for name in lines[3].split("\t")[2:] if name]
    assert lines[5] == ""
    rows = [[float(cell) for cell in line.split("\t")] for line in lines[6:] if line]
    return header, names, np.array(rows)


@pytest.mark.parametrize(("unit", "per_metre"), [("", 1), ("mm", 1000)])
def test_a_trc_holds_the_joints_in_opensim_s_axes_and_no_number_in_gaps(tmp_path, unit, per_metre):
    take = made_up_take(5, person=GAP)
    path, _ = exported(tmp_path, ".trc", take, unit=unit)
    header, names, rows = read_trc(path)
    assert names == list(JOINT_NAMES)
    assert header["Units"] == (unit or "m")
    assert float(header["DataRate"]) == take.fps
    np.testing.assert_allclose(rows[:, 1], take.times, atol=1e-6)
    points = rows[:, 2:].reshape(5, 24, 3) / per_metre
    np.testing.assert_allclose(points[GAP], take.joints()[GAP] @ OPENSIM_FROM_WORLD.T, atol=METRES)
    assert np.isnan(points[2]).all()
    left, right = points[0, JOINT["left_hip"]], points[0, JOINT["right_hip"]]
    assert left[2] < right[2]  # z is to the right of somebody who faces us


def test_halpe_names_lie_at_their_joints(tmp_path, take):
    path, _ = exported(tmp_path, ".trc", take, markers="halpe26")
    _, names, rows = read_trc(path)
    points, joints = rows[:, 2:].reshape(5, -1, 3), take.joints() @ OPENSIM_FROM_WORLD.T
    np.testing.assert_allclose(points[:, names.index("LWrist")], joints[:, JOINT["left_wrist"]], atol=METRES)
    np.testing.assert_allclose(points[:, names.index("Hip")], joints[:, 1:3].mean(axis=1), atol=METRES)


def test_a_csv_holds_joints_and_rotations_and_leaves_gaps_empty(tmp_path):
    take = made_up_take(5, person=GAP)
    path, _ = exported(tmp_path, ".csv", take)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [row["person"] for row in rows] == ["1", "1", "0", "1", "1"]
    assert rows[2]["head.y"] == ""
    for frame in np.flatnonzero(GAP):
        row, truth = rows[frame], take.joints()[frame]
        said = [[float(row[f"{name}.{axis}"]) for axis in "xyz"] for name in JOINT_NAMES]
        np.testing.assert_allclose(said, truth, atol=METRES)
        angles = [[float(row[f"{name}.{axis}"]) for axis in ("rz", "rx", "ry")] for name in JOINT_NAMES]
        turned = Rotation.from_euler("ZXY", angles, degrees=True)
        off = (turned * Rotation.from_quat(take.rotations[frame]).inv()).magnitude()
        np.testing.assert_allclose(off, 0, atol=1e-6)


@pytest.mark.parametrize("height", [None, 2.0])
def test_smplx_puts_an_amass_file_where_it_is_with_z_up(tmp_path, height):
    lbs = pytest.importorskip("smplx.lbs").lbs
    arrays = made_up_arrays()
    options = TakeOptions(height_m=height)
    take = make_take(made_up_recording(5), Body(arrays), options, name="a")
    path, _ = exported(tmp_path, ".npz", take)
    with np.load(path, allow_pickle=False) as file:
        said = dict(file)
    assert said["mocap_framerate"] == said["mocap_frame_rate"] == take.fps
    assert said["gender"].item() == "neutral"
    _, joints = lbs(
        torch.from_numpy(np.tile(said["betas"], (5, 1))).float(),
        torch.from_numpy(said["poses"]).float(),
        torch.from_numpy(arrays.v_template),
        torch.from_numpy(arrays.shapedirs),
        torch.zeros(207, 3 * len(arrays.v_template)),
        torch.from_numpy(arrays.joint_regressor),
        torch.tensor(PARENTS),
        torch.from_numpy(arrays.weights),
    )
    placed = (joints.numpy() + said["trans"][:, None]) * said["scale"]
    x, y, z = np.moveaxis(take.joints(), -1, 0)
    np.testing.assert_allclose(placed, np.stack([x, -z, y], axis=-1), atol=METRES)


def test_the_free_body_s_shape_is_not_passed_on_as_smpl_s(tmp_path, take):
    path, _ = exported(tmp_path, ".npz", take)
    with np.load(path) as file:
        assert not file["betas"].any()


def test_str_live_opens_an_exported_amass_file_again(tmp_path):
    """Twice exported is once exported: what we read as motion capture comes out as it went in."""
    body = made_up_body(free=False)
    first = make_take(made_up_recording(5), body, TakeOptions(), name="a")
    path, _ = exported(tmp_path, ".npz", first)
    recording = load_recording(path)
    assert recording.measured
    second = make_take(recording, body, RAW, name="b")
    moved = second.joints() - second.joints()[:1, :1]
    np.testing.assert_allclose(moved, first.joints() - first.joints()[:1, :1], atol=2e-5)


@pytest.mark.parametrize("suffix", [suffix for suffix, exporter in EXPORTERS.items() if not exporter.missing])
def test_a_take_of_one_frame_is_written(tmp_path, suffix):
    path, _ = exported(tmp_path, suffix, made_up_take(1))
    assert path.stat().st_size > 100


@pytest.mark.parametrize("suffix", [suffix for suffix, exporter in EXPORTERS.items() if not exporter.missing])
def test_a_take_of_any_name_is_written(tmp_path, suffix):
    take = make_take(made_up_recording(), made_up_body(), RAW, name="Größe\n走 {0} </x>")
    assert exported(tmp_path, suffix, take)[0].stat().st_size > 100


@pytest.mark.parametrize("names", NAMES)
def test_names_are_of_one_skeleton_without_doubles(names):
    assert len(NAMES[names]) in (22, 24)
    assert len(set(NAMES[names])) == len(NAMES[names])
    for left, right in ((1, 2), (4, 5), (16, 17), (20, 21)):
        assert NAMES[names][left] != NAMES[names][right]


def test_without_hands_the_wrists_move_the_hands_skin(take):
    rig = make_rig(take, FormatOptions(names="mixamo"))
    assert rig.mesh.joints.max() == 21
    assert len(rig.names) == 22


def test_ten_minutes_are_written(tmp_path):
    recording = made_up_recording(18000, fps=30.0)
    take = make_take(recording, made_up_body(), replace(RAW, mesh="none"), name="long")
    assert take.frames == 18000
    path, rig = exported(tmp_path, ".glb", take)
    said = read_with_three(path, 2, 30.0)
    assert said["duration"] == pytest.approx(17999 / 30, abs=1e-3)
    np.testing.assert_allclose(joints_of(said, rig.names), rig.joints()[:2], atol=METRES)


@pytest.mark.parametrize("options", [{}, {"names": "mixamo", "root_bone": True}, {"t_pose_first": True}])
def test_three_shows_joints_and_skin_of_an_fbx_where_they_are(tmp_path, take, options):
    path, rig = exported(tmp_path, ".fbx", take, **options)
    said = read_with_three(path, rig.frames, rig.fps)
    np.testing.assert_allclose(joints_of(said, rig.names) / 100, rig.joints(), atol=METRES)
    np.testing.assert_allclose(np.array(said["vertices"]) / 100, every_corner(rig), atol=METRES)
    assert said["duration"] == pytest.approx((rig.frames - 1) / rig.fps)


def every_corner(rig: Rig) -> np.ndarray:
    """(N, 3F/100, 3): three.js gives each corner of a face of an FBX a vertex of its own."""
    mesh = rig.mesh
    which = mesh.faces.reshape(-1)[::100]
    world = world_rotations(rig.rotations, rig.parents)
    return skinned_vertices(
        world, rig.joints(), rig.rest, mesh.vertices[which], mesh.joints[which], mesh.weights[which]
    )


@pytest.mark.parametrize("reader", ["ezc3d", "c3d"])
def test_a_c3d_holds_the_joints_in_millimetres_with_z_up_and_marks_gaps(tmp_path, reader):
    pytest.importorskip("ezc3d")
    take = made_up_take(5, person=GAP)
    path, _ = exported(tmp_path, ".c3d", take)
    names, rate, points, missing = READ_C3D[reader](path)
    assert [name.strip() for name in names] == list(JOINT_NAMES)
    assert rate == take.fps
    x, y, z = np.moveaxis(take.joints(), -1, 0)
    truth = 1000 * np.stack([x, -z, y], axis=-1)
    np.testing.assert_allclose(points[GAP], truth[GAP], atol=1000 * METRES)
    np.testing.assert_array_equal(missing.all(axis=1), ~GAP)
    np.testing.assert_array_equal(missing.any(axis=1), ~GAP)


def _by_ezc3d(path: Path) -> tuple[list[str], float, np.ndarray, np.ndarray]:
    import ezc3d

    file = ezc3d.c3d(str(path))
    point = file["parameters"]["POINT"]
    assert point["UNITS"]["value"] == ["mm"]
    assert point["X_SCREEN"]["value"] + point["Y_SCREEN"]["value"] == ["+X", "+Z"]
    missing = file["data"]["meta_points"]["residuals"][0].T < 0
    return (
        point["LABELS"]["value"],
        point["RATE"]["value"][0],
        file["data"]["points"][:3].transpose(2, 1, 0),
        missing,
    )


def _by_c3d(path: Path) -> tuple[list[str], float, np.ndarray, np.ndarray]:
    import c3d

    with open(path, "rb") as file:
        reader = c3d.Reader(file)
        points = np.stack([points for _, points, _ in reader.read_frames()])
    return list(reader.point_labels), reader.point_rate, points[..., :3], points[..., 3] < 0


READ_C3D = {"ezc3d": _by_ezc3d, "c3d": _by_c3d}


def test_more_frames_than_a_c3d_can_count_are_refused(tmp_path, take):
    pytest.importorskip("ezc3d")
    many = 65_536
    long = replace(
        take,
        rotations=np.broadcast_to(take.rotations[:1], (many, 24, 4)),
        pelvis=np.zeros((many, 3)),
        person=np.ones(many, bool),
    )
    with pytest.raises(ExportError, match="trim"):
        export_take(long, tmp_path / "a.c3d")
    assert not list(tmp_path.iterdir())


def read_mot(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The header's settings and the columns, by the format's own description."""
    head, _, body = path.read_text().partition("endheader\n")
    names, *rows = body.strip().split("\n")
    table = np.array([[float(cell) for cell in row.split("\t")] for row in rows])
    header = dict(line.split("=") for line in head.splitlines() if "=" in line)
    return header, dict(zip(names.split("\t"), table.T, strict=True))


def test_a_mot_names_its_size_and_leaves_out_frames_of_a_gap(tmp_path):
    take = made_up_take(5, person=GAP)
    path, _ = exported(tmp_path, ".mot", take)
    header, columns = read_mot(path)
    assert header == {"version": "1", "nRows": "4", "nColumns": str(len(columns)), "inDegrees": "yes"}
    np.testing.assert_allclose(columns["time"], take.times[GAP])


def posed(**rotations: tuple[float, float, float]):
    """One frame of somebody in the rest pose but for some joints, turned by axis-angles in degrees."""
    take = made_up_take(1, options=RAW)
    quaternions = np.zeros((1, 24, 4))
    quaternions[..., 3] = 1.0
    for name, turn in rotations.items():
        quaternions[0, JOINT[name]] = Rotation.from_rotvec(turn, degrees=True).as_quat()
    return replace(take, rotations=quaternions)


@pytest.mark.parametrize(
    ("pose", "angles"),
    [
        # Turns about our x tip the upper end forwards, those about z to the person's right.
        ({"left_hip": (-30, 0, 0)}, {"hip_flexion_l": 30, "hip_flexion_r": 0, "knee_angle_l": 0}),
        ({"right_hip": (0, 0, -20)}, {"hip_adduction_r": -20, "hip_adduction_l": 0}),
        ({"left_hip": (0, 0, 20)}, {"hip_adduction_l": -20}),
        ({"left_knee": (50, 0, 0)}, {"knee_angle_l": 50, "knee_angle_r": 0, "hip_flexion_l": 0}),
        ({"right_ankle": (-15, 0, 0)}, {"ankle_angle_r": 15}),
        ({"spine2": (25, 0, 0)}, {"lumbar_extension": -25, "pelvis_tilt": 0}),
        ({"pelvis": (20, 0, 0)}, {"pelvis_tilt": -20}),
        ({"pelvis": (0, 40, 0)}, {"pelvis_rotation": 40}),
        ({"left_shoulder": (0, 0, -70)}, {"arm_add_l": -20, "arm_flex_l": 0}),
        ({"right_shoulder": (0, 0, 70)}, {"arm_add_r": -20, "arm_flex_r": 0}),
        ({"left_shoulder": (0, 0, -90), "left_elbow": (0, -60, 0)}, {"arm_add_l": 0, "elbow_flex_l": 60}),
        ({"right_shoulder": (0, 0, 90), "right_elbow": (0, 60, 0)}, {"arm_add_r": 0, "elbow_flex_r": 60}),
    ],
)
def test_opensim_s_angles_of_simple_poses(tmp_path, pose, angles):
    path, _ = exported(tmp_path, ".mot", posed(**pose))
    _, columns = read_mot(path)
    for name, degrees in angles.items():
        assert columns[name][0] == pytest.approx(degrees, abs=1e-5), name


def test_a_table_of_angles_holds_those_of_the_mot_with_their_unit_and_empty_gaps(tmp_path):
    take = made_up_take(5, person=GAP)
    path, _ = exported(tmp_path, ".angles.csv", take)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    _, columns = read_mot(exported(tmp_path, ".mot", take)[0])
    assert [row["person"] for row in rows] == ["1", "1", "0", "1", "1"]
    assert [float(row["time_s"]) for row in rows] == pytest.approx(take.times)
    for name in OPENSIM_ANGLES:
        assert rows[2][f"{name}_deg"] == ""
        values = [float(rows[frame][f"{name}_deg"]) for frame in np.flatnonzero(GAP)]
        np.testing.assert_allclose(values, columns[name], atol=1e-4, err_msg=name)


def test_ranges_leave_out_frames_without_a_person():
    take = made_up_take(5, person=GAP)
    knee = opensim_angles(take)["knee_angle_l"]
    one = angle_ranges(take)["knee_angle_l"]
    assert (one.least, one.greatest) == pytest.approx((knee[GAP].min(), knee[GAP].max()))
    assert one.mean == pytest.approx(knee[GAP].mean())


def samples(text: str, track: str, width: int) -> np.ndarray:
    """(N, J, width) numbers of a track in a USD text."""
    block = text.split(f"{track}.timeSamples = {{")[1].split("}")[0]
    rows = [re.findall(r"[-+.\de]+", line.split(":")[1]) for line in block.split("\n") if ":" in line]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1, width)


def test_a_usd_text_holds_the_motion_of_all_joints(tmp_path, take):
    """What usd-core finds in it is a matter of `make exchange-check`."""
    path, rig = exported(tmp_path, ".usda", take, names="rigify", root_bone=True)
    text = path.read_text()
    assert text.startswith("#usda 1.0")
    assert f"timeCodesPerSecond = {rig.fps:g}" in text
    assert '"root/spine/thigh_L/shin_L"' in text
    places, turns = samples(text, "translations", 3), samples(text, "rotations", 4)[..., [1, 2, 3, 0]]
    world = world_rotations(turns, rig.parents)
    joints = joint_positions(world, np.zeros((23, 3)), rig.parents, places)
    np.testing.assert_allclose(joints, rig.joints(), atol=METRES)
