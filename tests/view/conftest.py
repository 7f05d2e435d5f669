"""One GL context for all view tests."""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import pytest

from str_live.view.headless import create_context, release_context


@pytest.fixture(scope="session")
def gl_context() -> Iterator[moderngl.Context]:
    """A standalone context, or a skip that says why."""
    try:
        ctx = create_context()
    except RuntimeError as error:
        pytest.skip(str(error))
    with ctx:
        pass  # nobody holds it between tests: Qt cannot draw in a thread that does
    yield ctx
    release_context(ctx)


@pytest.fixture
def ctx(gl_context: moderngl.Context) -> Iterator[moderngl.Context]:
    """The context, held by this test alone, without errors before and after it."""
    with gl_context:
        assert gl_context.error == "GL_NO_ERROR"
        yield gl_context
        assert gl_context.error == "GL_NO_ERROR"
