"""Every shader compiles, every declared uniform is used, and errors say where."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import moderngl
import pytest

from str_live.files import SHADERS
from str_live.view.programs import NAMES, Programs, ShaderError, load, source

UNIFORM = re.compile(r"^\s*uniform\s+\w+\s+(\w+)", re.MULTILINE)


def _stems() -> list[str]:
    """The window's; those of shaders/synthetic/ have their own includes and tests."""
    return sorted(path.stem for path in SHADERS.glob("*.vert"))


def test_every_named_program_has_its_pair_of_files() -> None:
    assert set(NAMES) <= set(_stems())
    for name in _stems():
        assert (SHADERS / f"{name}.frag").exists()


@pytest.mark.parametrize("name", _stems())
def test_shaders_are_gl_3_3_core(name: str) -> None:
    for suffix in (".vert", ".frag"):
        assert source((SHADERS / name).with_suffix(suffix)).startswith("#version 330 core\n")


@pytest.mark.gl
@pytest.mark.parametrize("name", _stems())
def test_every_shader_compiles_and_uses_what_it_declares(ctx: moderngl.Context, name: str) -> None:
    shader = load(ctx, SHADERS / name)
    for suffix in (".vert", ".frag"):
        for uniform in UNIFORM.findall(source((SHADERS / name).with_suffix(suffix))):
            assert uniform in shader.program, uniform
    shader.program.release()


@pytest.mark.gl
def test_a_misspelt_uniform_is_an_error(ctx: moderngl.Context) -> None:
    shader = load(ctx, SHADERS / "present")
    with pytest.raises(KeyError, match="u_opacitty"):
        shader.set(u_opacitty=1.0)
    shader.program.release()


@pytest.mark.gl
def test_a_broken_shader_names_its_file(ctx: moderngl.Context, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHADERS, tmp_path / "shaders"))
    (folder / "mesh.frag").write_text("#version 330 core\nvoid main() { nonsense; }\n")
    with pytest.raises(ShaderError, match="mesh"):
        Programs(ctx, folder)


def test_a_missing_include_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.frag").write_text('#include "gone.glsl"\n')
    with pytest.raises(ShaderError, match=r"gone\.glsl"):
        source(tmp_path / "a.frag")


def test_included_texts_may_be_generated(tmp_path):
    (tmp_path / "a.frag").write_text('#version 330 core\n#include "part.glsl"\n#include "made up"\n')
    (tmp_path / "part.glsl").write_text('#include "made up"\n')
    text = source(tmp_path / "a.frag", {"made up": "int x;"})
    assert [line for line in text.split("\n") if line] == ["#version 330 core", "int x;", "int x;"]
