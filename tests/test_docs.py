"""The documents' figures and links."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_figure_of_the_architecture_shows_the_network_as_it_is():
    script = runpy.run_path(str(ROOT / "docs" / "draw_architecture.py"))
    assert script["FIGURE"].read_text(encoding="utf-8") == script["draw"]()
    assert "96,737,544 parameters" in script["draw"]()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not missing
