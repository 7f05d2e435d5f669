"""The switches' figures of the source that plays; another source, network or look-ahead begins them anew."""

from __future__ import annotations

from str_live.live.switches.meter import SwitchFigures, SwitchMeter
from str_live.messages import BodyResult


class SwitchWatch:
    """Fed by one thread; any thread may read `figures`."""

    def __init__(self) -> None:
        self.figures: SwitchFigures | None = None
        """Replaced as a whole with every frame; None before the first."""
        self._meter = SwitchMeter()
        self._measured: tuple[object, ...] = ()
        """What the meter's figures are of."""

    def add(self, result: BodyResult) -> None:
        """The next result, with its source named in `made_by`."""
        made_by, found = result.made_by, result.alternatives
        if found is not None and made_by is not None:
            measured = made_by.source, made_by.weights, made_by.body, result.lookahead, found.networks
            if measured != self._measured:
                self._meter, self._measured = SwitchMeter(), measured
        self._meter.add(result)
        if found is not None:
            self.figures = self._meter.figures()
