"""The presets name formats and options that exist, and need nothing that has to be installed."""

from __future__ import annotations

import pytest

from str_live.export import EXPORTERS, TARGETS
from str_live.export.contract import UNITS
from str_live.export.names import NAMES
from str_live.export.trc import MARKERS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_formats_and_names_that_can_be_written(name):
    target = TARGETS[name]
    assert target.suffixes
    assert not [EXPORTERS[suffix].missing for suffix in target.suffixes if EXPORTERS[suffix].missing]
    assert target.form.names in NAMES
    assert target.form.markers in MARKERS
    assert target.form.unit in ("", *UNITS)


def test_unreal_gets_its_root_bone_and_a_vrm_avatar_its_own_format():
    assert TARGETS["Unreal"].form.root_bone
    assert TARGETS["VTuber"].suffixes == (".vrma",)
