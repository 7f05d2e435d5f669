"""Who may import whom: the package's layers, checked on the source text."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "str_live").rglob("*.py"))

LAYERS = [
    {
        "files",
        "skeleton",
        "angle_names",
        "seconds",
        "dataclass_json",
        "addresses",
        "untrusted",
        "latest",
        "stats",
        "stopping",
        "interruption",
        "metrics",
    },
    {"settings", "rotation", "one_euro", "console"},
    {"messages", "temporal", "interruption"},
    {"geometry", "features", "network_text", "joint_angles"},
    {"angle_ranges"},
    {"person", "body", "record", "view"},
    {"camera", "network", "export", "film"},
    {"weights", "process", "stream"},
    {"live", "datasets"},
    {"ui", "evaluate", "build_assets"},
    {"train"},
    {"benchmark", "speed", "bench"},
    {"__main__"},
]
"""Rooms from the ground up: folders and files right under str_live/. A file may import its own room and the
rooms of the layers above its own in this list; rooms of one layer do not know each other."""

LIBRARIES = {
    "PyQt6": {"ui"},
    "pyqtgraph": {"ui"},
    "moderngl": {"view", "ui", "datasets", "build_assets"},  # ui: the context of its widget
    "mediapipe": {"person", "evaluate", "build_assets"},
    "smplx": {"body"},
    "h5py": {"datasets"},
    "ezc3d": {"export"},
    "pxr": {"export"},
    "rerun": {"export"},
    "websockets": {"stream"},
    "joblib": set(),  # its files are read without it, as it would run what is in them
}
"""Library -> rooms that may import it."""
WITHOUT_TORCH = {"view", "ui", "film", "settings", "messages", "console", "addresses"}
READERS = (
    "np.load(", "torch.load(", "safe_open(", "load_file(", "pickle.load", "zipfile.ZipFile(", "joblib.load("
)  # fmt: skip


def room(file: Path) -> str:
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


def test_imports_point_to_the_layers_below():
    height = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    wrong = []
    for file in FILES:
        own = room(file)
        if own == "__init__":
            continue
        assert own in height, f"say in LAYERS where {own} stands"
        for name in imports(file):
            parts = name.split(".")
            other = parts[1] if parts[0] == "str_live" else ""
            if other and other not in (own, "__version__") and height[other] >= height[own]:
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_libraries_stay_in_their_rooms_and_every_file_says_what_it_does():
    wrong = []
    for file in FILES:
        own, where = room(file), file.relative_to(ROOT)
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))):
            wrong.append(f"{where} has no docstring at its top")
        for name in imports(file):
            library = name.split(".")[0]
            if own not in LIBRARIES.get(library, {own}) or (library == "torch" and own in WITHOUT_TORCH):
                wrong.append(f"{where} imports {library}")
    assert not wrong, "\n".join(wrong)
    assert not {path.stem for path in FILES} & {"utils", "helpers", "common", "misc", "lib"}


def test_files_from_outside_are_opened_in_one_room():
    texts = {file: file.read_text(encoding="utf-8") for file in FILES if room(file) != "untrusted"}
    wrong = [str(file) for file, text in texts.items() if any(call in text for call in READERS)]
    assert not wrong, f"read them with str_live/untrusted: {wrong}"
