"""Small renderers of simple poses; a skip that says why where there is no GL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from str_live.body.skinning import Body, load_body
from str_live.datasets.rendered.atlas import Atlas
from str_live.datasets.rendered.figure import load_figure
from str_live.datasets.rendered.renderer import Renderer, RendererConfig, read_photographs
from str_live.datasets.rendered.scenes import Scenes
from str_live.datasets.simulated.poses import PoseSampler
from str_live.files import FREE_BODY
from tests.datasets.rendered.scene_material import Draw, MakeRenderer, standing_poses


@pytest.fixture(scope="session")
def poses() -> PoseSampler:
    """See standing_poses."""
    return standing_poses()


@pytest.fixture(scope="session")
def body() -> Body:
    """The free body."""
    return load_body(FREE_BODY)


@pytest.fixture(scope="session")
def make_renderer(poses: PoseSampler, body: Body) -> Iterator[MakeRenderer]:
    """Gives the renderer of a configuration; they are built once and released at the end."""
    made: dict[RendererConfig, Renderer] = {}
    with ExitStack() as stack:

        def make(**values) -> Renderer:
            config = RendererConfig(**{"size": 64, "tiles": 8, "cell_m": 0.04, "samples": 0, **values})
            try:
                if config not in made:
                    made[config] = stack.enter_context(Renderer(config, poses, body))
            except RuntimeError as error:
                pytest.skip(str(error))
            return made[config]

        yield make


@pytest.fixture(scope="session")
def draw() -> Iterator[Draw]:
    """Draws given scenes, 96 pixels a picture."""
    with ExitStack() as stack:
        atlases: dict[bool, Atlas] = {}

        def draw_scenes(scenes: Scenes, *, shadows: bool = True) -> np.ndarray:
            nothing = read_photographs(None)
            try:
                if shadows not in atlases:
                    figure = load_figure(FREE_BODY, 0.03)
                    atlas = Atlas(figure, nothing, size=96, tiles=16, samples=0, shadows=shadows)
                    atlases[shadows] = stack.enter_context(atlas)
            except RuntimeError as error:
                pytest.skip(str(error))
            return atlases[shadows].draw(scenes).numpy()

        yield draw_scenes
