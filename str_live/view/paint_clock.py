"""How long the graphics card draws, by its own clock; read one paint later, so that nothing waits for it."""

from __future__ import annotations

from types import TracebackType

import moderngl


class PaintClock:
    """Use as a context manager around a paint. The processor's time would include the network's load."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._query = ctx.query(time=True)
        self._asked = False
        self.last_ms: float | None = None
        """Of the paint before; None at first."""

    def __enter__(self) -> PaintClock:
        if self._asked:
            self.last_ms = self._query.elapsed / 1e6
        self._query.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # moderngl declares the three as tuples.
        self._query.__exit__(kind, error, trace)  # pyright: ignore[reportArgumentType]
        self._asked = True
