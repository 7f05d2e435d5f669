"""`python -m str_live.export`: several files of one recording, and one clear sentence for what cannot be."""

from __future__ import annotations

import errno
import json
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest

from str_live.export import EXPORTERS, Exporter, export_take
from str_live.export import __main__ as command
from str_live.export.contract import ExportError, FormatOptions
from str_live.messages import RecordingInfo
from str_live.record import NpzRecorder, PeopleRecorder
from str_live.settings import Settings
from str_live.skeleton import PARENTS
from tests.export.made_up import made_up_arrays, made_up_take
from tests.record.synthetic_results import people_result, result


@pytest.fixture
def recording(tmp_path) -> Path:
    """Ten frames of the made-up chain of joints."""
    recorder = NpzRecorder()
    recorder.start(tmp_path / "walk.npz", RecordingInfo(Settings(), "weights", "free_body", ""))
    for index in range(10):
        recorder.write(result(index))
    path = recorder.stop()
    assert path is not None
    return path


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    status = command.main(list(map(str, arguments)))
    said = capsys.readouterr()
    return status, said.out, said.err


def test_several_files_of_one_recording(recording, tmp_path, capsys):
    before = recording.read_bytes()
    outputs = [tmp_path / "out" / f"walk{suffix}" for suffix in (".glb", ".bvh", ".trc", ".csv", ".npz")]
    status, out, err = run(capsys, recording, *outputs)
    assert (status, err) == (0, "")
    assert out.count("10 frames at 25 frames/s") == 5
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(p.name for p in outputs)
    assert recording.read_bytes() == before


def test_everybody_of_a_recording_gets_files_of_his_own(tmp_path, capsys):
    recorder = PeopleRecorder()
    recorder.start(tmp_path / "both.npz", RecordingInfo(Settings(), "weights", "free_body", ""))
    for index in range(3):
        recorder.write(people_result(index, 1, 2))
    outputs = [tmp_path / "out" / "both.bvh", tmp_path / "out" / "both.angles.csv"]
    status, out, err = run(capsys, recorder.stop(), *outputs)
    assert (status, err) == (0, "")
    assert out.count("3 frames") == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "both_p1.angles.csv",
        "both_p1.bvh",
        "both_p2.angles.csv",
        "both_p2.bvh",
    ]


def test_it_prints_how_far_joints_go(recording, tmp_path, capsys):
    status, out, err = run(capsys, recording, "--angles")
    assert (status, err) == (0, "")
    assert [line.split()[-5] for line in out.splitlines() if line.startswith("Elbow")] == ["left", "right"]
    assert list(tmp_path.glob("*.csv")) == []


def glb_json(path: Path) -> dict:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length])


def test_options_reach_the_file(recording, tmp_path, capsys):
    out = tmp_path / "a.glb"
    options = (
        "--fps 50 --trim 0.08:0.24 --floor lock --in-place --smooth butterworth --cutoff 5 --strength 0.5"
    )
    more = "--height 1.9 --focal 900 --names mixamo --t-pose-first --root-bone --no-mesh"
    status, said, _ = run(capsys, recording, out, *options.split(), *more.split())
    assert status == 0
    assert "9 frames at 50 frames/s" in said
    content = glb_json(out)
    names = [node["name"] for node in content["nodes"]]
    assert names[:2] == ["root", "mixamorig:Hips"]
    assert "meshes" not in content
    assert content["accessors"][content["animations"][0]["samplers"][0]["input"]]["count"] == 10


def test_a_list_of_formats_says_what_is_missing(capsys, monkeypatch):
    absent = Exporter(lambda *_: None, "absent", "show", "no_such_module", "pip install no-such-module")
    monkeypatch.setitem(EXPORTERS, ".abc", absent)
    _, said, _ = run(capsys, "--list")
    assert "first: pip install no-such-module" in said
    assert ".glb" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["out.docx"], "out.docx has no format"),
        (["out"], "has no format"),
        (["a.glb", "b.docx"], "b.docx has no format"),
        (["walk.npz"], "is the recording itself"),
        (["a.glb", "--trim", "50:60"], "no frame between 50 and 60"),
        (["a.glb", "--smooth", "butterworth", "--cutoff", "20"], "does not fit"),
        (["a.glb", "--calibration", "none.yml"], "none.yml cannot be read"),
        (["a.glb", "--body", "nobody.pkl"], "nobody.pkl cannot be used"),
    ],
)
def test_a_bad_wish_ends_in_one_sentence_and_no_file(
    recording, tmp_path, capsys, monkeypatch, arguments, reason
):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, recording, *arguments)
    assert status == 2
    assert reason in err
    assert err.count("\n") == 1
    assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["walk.npz"]


@pytest.mark.parametrize(
    "option", [("--fps", "0"), ("--height", "180"), ("--trim", "5:2"), ("--trim", "x"), ("--strength", "2")]
)
def test_numbers_that_make_no_sense_are_refused_at_once(recording, capsys, option):
    with pytest.raises(SystemExit) as ended:
        command.main([str(recording), "a.glb", *option])
    assert ended.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_a_library_that_is_not_there_is_told_with_the_line_that_brings_it(
    recording, tmp_path, capsys, monkeypatch
):
    absent = Exporter(lambda *_: None, "absent", "show", "no_such_module", "pip install no-such-module")
    monkeypatch.setitem(EXPORTERS, ".abc", absent)
    status, _, err = run(capsys, recording, tmp_path / "a.abc")
    assert status == 2
    assert "pip install no-such-module" in err


def test_an_empty_recording_is_refused(tmp_path, capsys):
    recorder = NpzRecorder()
    recorder.start(tmp_path / "nobody.npz", RecordingInfo(Settings(), "weights", "free_body", ""))
    recorder.write(result(0, body=False, person=False))
    status, _, err = run(capsys, recorder.stop(), tmp_path / "a.glb")
    assert status == 2
    assert "no frame with a person" in err


def test_a_recording_that_is_none_is_named(tmp_path, capsys):
    (tmp_path / "text.npz").write_text("no")
    status, _, err = run(capsys, tmp_path / "text.npz", tmp_path / "a.glb")
    assert status == 2
    assert "text.npz" in err


def test_a_folder_under_a_file_and_a_folder_in_place_of_a_file_are_refused(recording, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.glb").mkdir()
    for path, reason in (
        (tmp_path / "file" / "a.glb", "no folder"),
        (tmp_path / "folder.glb", "is a folder"),
    ):
        status, _, err = run(capsys, recording, path)
        assert status == 2
        assert reason in err
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.glb", "walk.npz"}


@pytest.fixture
def locked_folder():
    """A folder that may be looked into and not written to, and this process as somebody who heeds that."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as above:
        os.chmod(above, 0o755)
        folder = Path(above) / "locked"
        folder.mkdir(mode=0o555)
        if root:
            os.seteuid(65534)
        yield folder
        if root:
            os.seteuid(0)


def test_a_folder_that_may_not_be_written_to_is_named(locked_folder):
    for path in (locked_folder / "a.bvh", locked_folder / "new" / "a.bvh"):
        with pytest.raises(ExportError, match="a folder that you may write to") as told:
            export_take(made_up_take(), path)
        assert str(path) in str(told.value)
    assert not list(locked_folder.iterdir())


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.ENOSPC, "no room left"), (errno.EROFS, "may not be written")]
)
def test_what_the_disk_refuses_is_told_and_the_older_file_stays(tmp_path, monkeypatch, number, reason):
    def fails_half_way(take, path, options) -> None:
        path.write_bytes(b"half")
        raise OSError(number, os.strerror(number))

    older = tmp_path / "a.glb"
    older.write_bytes(b"older")
    monkeypatch.setitem(EXPORTERS, ".glb", Exporter(fails_half_way, "glTF", "animate"))
    with pytest.raises(ExportError, match=reason):
        export_take(made_up_take(), older, FormatOptions())
    assert older.read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["a.glb"]


def test_a_full_disk_leaves_nothing(tmp_path):
    """The real thing: a device that is always full, where the system has one."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    take = made_up_take(50)
    for exporter in EXPORTERS.values():
        if not exporter.missing:
            with pytest.raises(OSError, match="No space left"):
                exporter.write(take, Path("/dev/full"), FormatOptions())


def test_a_licensed_mesh_is_exported_with_a_warning(recording, tmp_path, capsys, caplog):
    arrays = made_up_arrays()
    body = tmp_path / "SMPL_NEUTRAL.npz"
    np.savez(
        body,
        v_template=arrays.v_template,
        shapedirs=arrays.shapedirs,
        posedirs=np.zeros((len(arrays.v_template), 3, 207), np.float32),
        J_regressor=arrays.joint_regressor,
        weights=arrays.weights,
        kintree_table=np.array([PARENTS, range(24)]),
        f=arrays.faces,
    )
    for options, meshes in (([], 0), (["--licensed-mesh"], 1)):
        caplog.clear()
        status, _, _ = run(capsys, recording, tmp_path / "a.glb", "--body", body, *options)
        assert status == 0
        assert len(glb_json(tmp_path / "a.glb").get("meshes", [])) == meshes
        assert ("licence" in caplog.text) == bool(meshes)
