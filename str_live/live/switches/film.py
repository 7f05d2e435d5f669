"""STR's switches over a whole film, every frame once. In: Settings and Parts, out: SwitchFigures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from str_live.camera import frames, open_source
from str_live.live.engine import Engine
from str_live.live.switches.cases import WHOLE
from str_live.live.switches.meter import SwitchFigures, SwitchMeter
from str_live.live.ticks import overlapped_ticks
from str_live.messages import Alternatives, BodyResult
from str_live.settings import NetworkSettings, Settings, VariantSettings
from str_live.stats import StageTimer
from str_live.weights.load import Parts, missing_networks
from str_live.weights.own import WeightsError

Progress = Callable[[int, int | None], bool]
"""Takes the frames that are done and how many the film has (None: not known) -> whether to go on."""


def measure_film(
    settings: Settings,
    parts: Parts,
    networks: Sequence[NetworkSettings],
    *,
    progress: Progress = lambda done, frames: True,
    take: Callable[[BodyResult], None] = lambda result: None,
) -> SwitchFigures | None:
    """Figures of `networks` over the film `settings.source`, with its look-ahead; None where not gone on.

    `take` gets every result with its alternatives. Raises SourceError, or WeightsError where STR has none.
    """
    info = parts.runner.info if parts.runner is not None else None
    if info is not None and WHOLE.temporal not in info.networks:
        raise WeightsError(missing_networks(info)[WHOLE.temporal])
    source = replace(settings.source, loop=False, realtime=False)
    # As many as keep pace is a question of this machine's speed; here one person alone is measured.
    people = settings.people or 1
    settings = replace(
        settings, source=source, people=people, compare=False, variant_a=VariantSettings(WHOLE)
    )
    film, meter, engine = open_source(source), SwitchMeter(), Engine(settings, parts)
    engine.alternatives = Alternatives(tuple(networks))
    ticks = overlapped_ticks(engine, frames(film), StageTimer())
    try:
        with closing(ticks):
            for done, (_, results) in enumerate(ticks, start=1):
                _add(results, meter, take)
                if not progress(done, film.frame_count):
                    return None
        _add(engine.flush(), meter, take)
    finally:
        engine.close()
        film.close()
    return meter.figures()


def _add(results: list[BodyResult], meter: SwitchMeter, take: Callable[[BodyResult], None]) -> None:
    for result in results:
        meter.add(result)
        take(result)
