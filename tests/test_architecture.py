"""Who may import whom: the layers of the package, checked on the source text."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "str_live").rglob("*.py"))

BASE = {
    "geometry",
    "messages",
    "settings",
    "latest",
    "stats",
    "files",
    "skeleton",
    "one_euro",
    "dataclass_json",
}
BASE |= {
    "screen",
    "free_names",
    "progress",
    "palette",
    "history",
    "network_text",
    "stopping",
    "interruption",
    "said",
    "addresses",
}
NETWORK = BASE | {
    "rotation",
    "body_files",
    "body_kinds",
    "untrusted",
    "left_right",
    "appearance",
    "camera",
    "person",
    "crop",
    "feature",
    "resnet",
    "backbones",
    "packed",
    "precision",
    "image_input",
    "image_encoder",
    "image_weights",
    "weights_file",
    "window",
}
NETWORK |= {
    "temporal",
    "regressor",
    "body",
    "model",
    "network",
    "network_files",
    "loading",
    "device",
    "process",
    "front_end",
    "smooth",
    "acceleration",
    "record",
    "checkpoints",
    "joints",
}
PIPELINE = NETWORK | {"anchor", "posing", "engine", "inference", "pipeline", "tick"}
MAY_IMPORT = {
    **dict.fromkeys(BASE, BASE),
    **dict.fromkeys(NETWORK - BASE, NETWORK),
    "rotation": BASE,
    "anchor": NETWORK,
    "posing": NETWORK,
    "tick": NETWORK,
    "engine": NETWORK | {"anchor", "posing", "tick"},
    "inference": NETWORK | {"posing", "engine"},
    "pipeline": PIPELINE,
    "film": BASE | {"view", "record"},
    "view": {"messages", "geometry", "settings", "files", "skeleton", "view"},
    "ui": {
        "film",
        "free_names",
        "files",
        "pipeline",
        "front_end",
        "record",
        "stopping",
        "addresses",
        "process",
        "view",
        "settings",
        "stats",
        "messages",
        "camera",
        "latest",
        "geometry",
        "palette",
        "history",
        "network_text",
        "ui",
    },
    "export": NETWORK | {"export"},
    "arguments": BASE | {"camera"},
    "summary": BASE,
    "headless": NETWORK | {"engine", "arguments", "summary", "film", "progress"},
    "without_screen": BASE | {"arguments", "headless", "record", "view"},
    "train": NETWORK | {"train", "evaluate"},  # evaluate: validation while training
    "evaluate": NETWORK | {"posing", "engine", "evaluate", "train"},
    "benchmark": NETWORK | {"train", "evaluate", "benchmark"},
    "bench": NETWORK | {"posing", "engine", "arguments", "view", "evaluate"},  # evaluate: throughput
}
"""Part of the package -> parts it may import. A part is a file or a folder right under str_live/."""

LIBRARIES = {
    "PyQt6": {"ui"},
    "pyqtgraph": {"ui"},
    "moderngl": {"view", "ui", "train"},  # ui: the context of its widget
    "mediapipe": {"person", "train", "evaluate"},
    "smplx": {"body"},
    "h5py": {"train"},
    "tensorboard": {"train"},
    "tqdm": {"train", "progress"},
    "matplotlib": {"evaluate", "benchmark"},
    "ezc3d": {"export"},
    "pxr": {"export"},
    "rerun": {"export"},
    "joblib": set(),  # its files are read without it, as it would run what is in them
    "torch": set(MAY_IMPORT) - (BASE - {"geometry"}) - {"view", "ui", "arguments", "summary"},
}
"""Library -> parts that may import it."""


def part(file: Path) -> str:
    return file.relative_to(ROOT / "str_live").parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    """Dotted names of all that a file imports, anywhere in it, except for the type checker only."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_downwards(file):
    me = part(file)
    if me == "__init__":
        assert not imports(file) - {"__future__.annotations"}
        return
    assert me in MAY_IMPORT, f"say in MAY_IMPORT what {me} may import"
    for name in imports(file):
        top, *rest = name.split(".")
        if top == "str_live":
            assert rest[0] in MAY_IMPORT[me] | {me, "__version__"}, f"{me} must not import {name}"
        assert me in LIBRARIES.get(top, {me}), f"{me} must not import {top}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_says_what_it_does(file):
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), "a docstring at the top, please"


READERS = (
    "np.load(", "torch.load(", "safe_open(", "load_file(", "pickle.load", "zipfile.ZipFile(", "joblib.load("
)  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_from_outside_are_opened_in_one_place(file):
    if part(file) == "untrusted":
        return
    text = file.read_text(encoding="utf-8")
    assert not [call for call in READERS if call in text], "read it with str_live/untrusted"


def test_no_drawers_of_odds_and_ends():
    names = {path.stem for path in FILES}
    assert not names & {"utils", "helpers", "common", "misc", "lib"}


def test_no_two_test_files_share_a_name():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, count in names.items() if count > 1], "pytest takes them for one module"
