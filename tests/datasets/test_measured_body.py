"""The body cut down to what the 49 joints need gives the very joints of the whole one."""

from __future__ import annotations

import pytest
import torch

from str_live.body.smpl_files import BodyFileError
from str_live.datasets.measured_body import load_measured_body
from str_live.rotation import rotmat_from_axis_angle
from tests.paper_material import Size, write_base


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base_data")
    write_base(folder, Size(width=8, hidden=8))
    return folder


def pose() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return rotmat_from_axis_angle(torch.randn(2, 24, 3) * 0.4), torch.randn(2, 10)


def test_skeleton_is_the_whole_bodys(base):
    body = load_measured_body(base)
    torch.testing.assert_close(body.joints_49(*pose()), body(*pose()).joints_49, atol=1e-5, rtol=0)
    assert body.skeleton.body.template.shape[1] < body.body.template.shape[1] / 5
    assert "J_regressor_h36m.npy" in body.description


def test_free_body_needs_no_files_and_says_that_it_is_one():
    body = load_measured_body(None)
    posed = body(*pose())
    torch.testing.assert_close(body.joints_49(*pose()), posed.joints_49)
    assert body.common_14(posed).shape == (2, 14, 3)
    assert "not comparable" in body.description


def test_missing_body_is_named(tmp_path):
    with pytest.raises(BodyFileError, match="no neutral SMPL file"):
        load_measured_body(tmp_path)
