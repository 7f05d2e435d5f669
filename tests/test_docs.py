"""The documents' figures and links."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
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


WIDTH = 115


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_and_the_cells_of_tables_are_no_wider_than_a_screen(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    pieces = [
        cell.rstrip() for line in lines for cell in (line.split("|") if line.startswith("|") else [line])
    ]
    assert not [piece for piece in pieces if len(piece) > WIDTH]


MENTION = re.compile(r"(?<![\w/.-])((?:\.\./)*[\w-]+(?:/[\w-]+)*\.(?:py|md|vert|frag|glsl))\b")
ELSEWHERE = {"PATH.md", "hmr.py"}
"""A placeholder, and a file of SPIN's."""


def test_every_file_that_is_named_in_documents_and_docstrings_exists():
    files = [path for path in tracked_files() if path.suffix in (".md", ".py") and path.parts[0] != "tests"]
    known = {"/".join(path.parts[start:]) for path in tracked_files() for start in range(len(path.parts))}
    wrong = [
        f"{path}: {mention}"
        for path in files
        for mention in MENTION.findall(prose(ROOT / path))
        if mention.lstrip("./") not in known | ELSEWHERE
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_that_is_named_anywhere_exists():
    modules = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in tracked_files()
        if path.parts[0] == "str_live" and path.suffix == ".py"
    }
    wrong = []
    for path in tracked_files():
        if path.suffix not in (".md", ".py", "") or path.parts[0] == "tests":
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        for name in re.findall(r"\bstr_live(?!\.pth)(?:\.[a-z_]\w*)+", text):
            parts = name.split(".")
            if not any(".".join(parts[:count]) in modules for count in range(len(parts), 1, -1)):
                wrong.append(f"{path}: {name}")
    assert not wrong, "\n".join(wrong)


def tracked_files() -> list[Path]:
    """What belongs to the project, relative to its root; in an unpacked archive without git, all files."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    if listed.returncode == 0:
        return [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    folders = ("str_live", "docs", "shaders", "assets")
    return [path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.*")]


def prose(path: Path) -> str:
    """A document, or what a module says in docstrings, texts and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    nodes = ast.walk(ast.parse(text))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    return "\n".join([*texts, *comments])
