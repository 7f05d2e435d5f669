"""The mesh that is drawn: thinned out, still whole and symmetric."""

from __future__ import annotations

import numpy as np
import pytest

from str_live.datasets.rendered.columns import PERSON_COLUMNS, TILE_COLUMNS, as_glsl, pack, starts, width
from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.figure import load_figure
from str_live.datasets.rendered.wardrobe import draw_looks
from str_live.files import FREE_BODY
from tests.datasets.rendered.scene_material import seeded


@pytest.mark.parametrize("cell_m", [0.0, 0.03])
def test_the_body_has_the_free_body_s_size_and_volume(cell_m: float):
    body = load_figure(FREE_BODY, cell_m).body
    place = body.vertices[:, :3].astype(np.float64)
    assert np.ptp(place[:, 1]) == pytest.approx(1.71, abs=0.02)
    first, second, third = (place[body.faces[:, corner]] for corner in range(3))
    volume = (first * np.cross(second, third)).sum() / 6
    assert volume == pytest.approx(0.068, rel=0.12)
    np.testing.assert_allclose(body.vertices[:, 12:16].sum(1), 1, atol=1e-5)


def test_clustering_thins_out_and_keeps_both_sides_alike():
    full, thin = load_figure(FREE_BODY).body, load_figure(FREE_BODY, 0.03).body
    assert len(thin.vertices) < 0.3 * len(full.vertices)
    place = thin.vertices[:, :3]
    left, right = place[place[:, 0] > 0.01], place[place[:, 0] < -0.01] * (-1, 1, 1)
    gaps = np.linalg.norm(left[:, None] - right[None], axis=2).min(1)
    assert np.quantile(gaps, 0.9) < 0.01


def test_columns_have_names_that_the_shaders_share():
    table = as_glsl()
    assert f"const int BETAS = {starts(PERSON_COLUMNS)['BETAS']};" in table
    assert table.count("const int") == len(PERSON_COLUMNS) + len(TILE_COLUMNS)


def test_looks_fill_columns_of_their_names():
    looks = draw_looks(Dice(seeded(0), 300))
    table = pack(PERSON_COLUMNS, looks)
    assert table.shape == (300, width(PERSON_COLUMNS), 4)
    assert set(looks) == set(PERSON_COLUMNS) - {"PLACE", "JOINTS", "BETAS"}
    for name in ("SKIN", "HAIR", "UPPER_A", "LOWER_A", "SHOE"):
        assert looks[name][:, :3].min() >= 0
        assert looks[name][:, :3].max() <= 1.2
    skirts = (looks["SKIRT"][:, 2] > 0).float().mean()
    assert 0.05 < skirts < 0.3
