"""Real clips as they are read and damaged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from str_live.evaluate.clips.clip import LIMB_MARKERS, NONE, Clip, damaged, read_clip, read_limbs
from str_live.messages import Box
from tests.evaluate.clips.made_up import noisy_frames
from tests.live.engine_fakes import make_frame, make_person


def test_damage_is_the_same_each_time_and_another_in_each_film():
    clip = Clip("made up", noisy_frames(4, films=2), 30.0)
    persons = [make_person(index) for index in range(4)]
    assert damaged(clip, NONE, persons) is clip.frames
    first, again = (damaged(clip, "flicker", persons) for _ in range(2))
    assert all((a.image == b.image).all() for a, b in zip(first, again, strict=True))
    assert (first[0].image != first[2].image).any()
    assert [(frame.index, frame.epoch) for frame in first] == [(0, 0), (1, 0), (2, 1), (3, 1)]


def test_what_hides_the_person_is_put_where_the_person_is():
    frames = [replace(make_frame(index), image=np.zeros((400, 800, 3), np.uint8)) for index in range(30)]
    persons = [replace(make_person(0), box=Box(700, 200, 100)) for _ in frames]
    covered = np.any(
        [frame.image.any(-1) for frame in damaged(Clip("", frames, 30.0), "occlusion", persons)], 0
    )
    assert covered.any()
    assert not covered[:, :600].any()


def test_a_missing_clip_is_said_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"skier.jpg is missing: give the folder of the clips with --clips$"):
        read_clip("skier", tmp_path)


def test_limbs_are_read_from_a_trc_file_by_name(tmp_path):
    names = ["Nose", *reversed(LIMB_MARKERS)]
    cells = np.arange(2 * len(names) * 3, dtype=float).reshape(2, len(names), 3)
    rows = [[index + 1, index / 60, *cells[index].ravel()] for index in range(2)]
    header = ["PathFileType\t4", "DataRate", "60", "Frame#\tTime\t" + "\t\t\t".join(names), "\t\tX1\tY1\tZ1"]
    path = tmp_path / "joints.trc"
    path.write_text("\n".join([*header, *("\t".join(map(str, row)) for row in rows)]))
    assert (read_limbs(path) == cells[:, :0:-1][..., [2, 0, 1]]).all()
