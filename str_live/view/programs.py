"""Shader programs from `shaders/`: `#include`, uniforms by name, compile errors that name the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import moderngl

from str_live.files import SHADERS

NAMES = (
    "background",
    "mesh",
    "mesh_quick",
    "depth",
    "ground",
    "outline",
    "present",
    "present_quick",
    "marks",
)
"""The pairs `<name>.vert` and `<name>.frag` of the live views."""

_INCLUDE = re.compile(r'^\s*#include\s+"([^"]+)"\s*$', re.MULTILINE)


class ShaderError(RuntimeError):
    """A shader does not compile or link; the message carries the file's name and the compiler's log."""


class Shader:
    """One linked program and its uniforms."""

    def __init__(self, program: moderngl.Program) -> None:
        self.program = program

    def set(self, **values: Any) -> None:
        """Set uniforms by name: numbers, tuples, or row-major matrices of any float type.

        An unknown name is an error.
        """
        for name, value in values.items():
            if name not in self.program:
                raise KeyError(f"the shader has no uniform {name!r}: misspelt, or optimised away")
            uniform = self.program[name]
            assert isinstance(uniform, moderngl.Uniform), f"{name} is no uniform"
            if hasattr(value, "astype"):
                # GL wants matrices by columns.
                uniform.write((value.T if value.shape == (4, 4) else value).astype(_dtype(uniform)).tobytes())
            else:
                uniform.value = value


class Programs:
    """All programs of one context, compiled at once. Read them by name: `programs["mesh"]`."""

    def __init__(self, ctx: moderngl.Context, folder: Path = SHADERS, names: tuple[str, ...] = NAMES) -> None:
        self._shaders: dict[str, Shader] = {}
        try:
            for name in names:
                self._shaders[name] = load(ctx, folder / name)
        except ShaderError:
            self.release()
            raise

    def __getitem__(self, name: str) -> Shader:
        return self._shaders[name]

    def release(self) -> None:
        """Free the programs; the context must be current."""
        for shader in self._shaders.values():
            shader.program.release()
        self._shaders.clear()


def load(ctx: moderngl.Context, stem: Path) -> Shader:
    """Compile and link `<stem>.vert` and `<stem>.frag`."""
    try:
        program = ctx.program(
            vertex_shader=source(stem.with_suffix(".vert")), fragment_shader=source(stem.with_suffix(".frag"))
        )
    except moderngl.Error as error:
        raise ShaderError(f"{stem.name}: {error}") from error
    return Shader(program)


def source(path: Path, generated: Mapping[str, str] | None = None) -> str:
    """The text of a shader with `#include "file"` lines replaced by those files of the same folder.

    `generated`: texts that no file holds, by the names that they are included under.
    """
    if generated is not None and path.name in generated:
        return generated[path.name]
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ShaderError(f"{path.name}: not readable: {error}") from error
    return _INCLUDE.sub(lambda match: source(path.parent / match.group(1), generated), text)


def _dtype(uniform: moderngl.Uniform) -> str:
    """numpy's name of a uniform's base type: GL_INT and samplers are written as int32."""
    return "i4" if uniform.gl_type in (0x1404, 0x8B53, 0x8B54, 0x8B55) else "f4"
