"""A whole tick on the device: from what is seen of a frame to posed bodies, in buffers that never move.

In: Person and Crop of each frame, then the Samples of a window. Out: Predictions with their posed bodies.

    upload -> encoder -> ring of features -> window -> temporal networks -> regressors -> body -> download

On CUDA each set of network variants is captured once as a graph: some four hundred small kernels then start
with one call, and the CPU waits once, for the download. Elsewhere, and where a capture fails, the same steps
run call by call. Owned by one thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from str_live.body.skinning import Body
from str_live.messages import Crop, Person, Posed, Prediction
from str_live.network.runner import NetworkRunner
from str_live.settings import NetworkSettings
from str_live.temporal.window import CAPACITY, WINDOW, Samples

logger = logging.getLogger(__name__)

KEPT = 8
"""Sets of variants whose graphs are kept: going back and forth in the window captures nothing anew."""
WARM_UPS = 3
"""Runs before a capture, in which libraries choose their algorithms and allocate."""


@dataclass(frozen=True, slots=True)
class _CapturedGraph:
    """What a set of variants runs."""

    whole: Callable[[], None]
    """The encoder on the newest frame, then the window."""
    window: Callable[[], None]
    """The window alone: a second one that the same frame made ready."""
    output: Tensor
    """(N,) float32 on the device: all results in a row."""
    host: Tensor
    """(N,) where they are downloaded to."""
    layout: list[dict[str, tuple[int, torch.Size]]]
    """Per variant: where each result begins, and its shape."""


class GraphedRunner:
    """Takes the place of `NetworkRunner.feature`, `NetworkRunner.predict` and the posing of their bodies."""

    @torch.inference_mode()
    def __init__(self, model: NetworkRunner, body: Body) -> None:
        self._model, self._body, self._device = model, body, model.device
        self._on_gpu = self._device.type == "cuda"
        self._pool = torch.cuda.graph_pool_handle() if self._on_gpu else None
        self._ring = torch.zeros(CAPACITY, model.width, device=self._device)
        # The newest frame's place in the ring, then left, right and weight of each sample: exact as float32.
        self._plan = torch.zeros(1 + 3 * WINDOW, device=self._device)
        self._plan_host = self._on_host(self._plan.shape, torch.float32)
        self._seen: tuple[Tensor, ...] = ()
        self._seen_host: tuple[Tensor, ...] = ()
        self._slot = -1
        self._staged = False
        """Whether the newest frame still has to go through the encoder."""
        self._encode_alone: Callable[[], None] | None = None
        self._programmes: dict[tuple[NetworkSettings, ...], _CapturedGraph] = {}

    @torch.inference_mode()
    def see(self, person: Person, crop: Crop) -> np.ndarray:
        """Take a frame; gives () int, its place in the ring: what stands for its feature in the window."""
        self._finish_encoding()
        seen = self._model.observe(person, crop)
        if not self._seen:
            self._seen = tuple(torch.zeros_like(part, device=self._device) for part in seen)
            self._seen_host = tuple(self._on_host(part.shape, part.dtype) for part in seen)
        for part, host, device in zip(seen, self._seen_host, self._seen, strict=True):
            device.copy_(host.copy_(part), non_blocking=True)
        self._slot = (self._slot + 1) % CAPACITY
        self._staged = True
        return np.array(self._slot)

    @torch.inference_mode()
    def predict(self, samples: Samples, networks: Sequence[NetworkSettings]) -> list[Prediction]:
        """Samples of places in the ring -> one Prediction with its posed body per network variant."""
        self._send_plan(samples)
        programme = self._programme(tuple(networks))
        (programme.whole if self._staged else programme.window)()
        self._staged = False
        programme.host.copy_(programme.output, non_blocking=True)
        self._wait()
        return [_unpacked(programme.host.numpy(), layout) for layout in programme.layout]

    def _finish_encoding(self) -> None:
        """Encode the newest frame where no window has: the next one takes its place in the buffers."""
        if not self._staged:
            return
        self._send_plan(None)
        if self._encode_alone is None:
            self._encode_alone = self._captured(self._encode)
        self._encode_alone()
        self._staged = False
        self._wait()

    def _send_plan(self, samples: Samples | None) -> None:
        """Say where the newest feature goes, and of what the window consists."""
        plan = self._plan_host.numpy()
        plan[0] = self._slot
        if samples is not None:
            plan[1:] = np.concatenate(samples)
        self._plan.copy_(self._plan_host, non_blocking=True)

    def _programme(self, networks: tuple[NetworkSettings, ...]) -> _CapturedGraph:
        """What these variants run, captured if they are new. The plan must have been sent."""
        if networks not in self._programmes:
            if len(self._programmes) == KEPT:
                del self._programmes[next(iter(self._programmes))]
            self._programmes[networks] = self._make_programme(networks)
        return self._programmes[networks]

    def _make_programme(self, networks: tuple[NetworkSettings, ...]) -> _CapturedGraph:
        layout, end = [], 0
        for results in self._describe(networks):
            layout.append({})
            for name, value in results.items():
                layout[-1][name] = end, value.shape
                end += value.numel()
        output = torch.zeros(end, device=self._device)

        def window() -> None:
            torch.cat(
                [part.flatten() for one in self._describe(networks) for part in one.values()], out=output
            )

        def whole() -> None:
            self._encode()
            window()

        host = self._on_host(output.shape, output.dtype)
        return _CapturedGraph(self._captured(whole), self._captured(window), output, host, layout)

    def _encode(self) -> None:
        """The newest frame's feature into its place of the ring."""
        self._ring.index_copy_(0, self._plan[:1].long(), self._model.encode(*self._seen))

    def _window(self) -> Tensor:
        """(1, 16, C) of the samples: `Samples.mixed` on the device."""
        left, right, weight = self._plan[1:].view(3, WINDOW)
        weight = weight[:, None]
        return ((1 - weight) * self._ring[left.long()] + weight * self._ring[right.long()])[None]

    def _describe(self, networks: Sequence[NetworkSettings]) -> list[dict[str, Tensor]]:
        """What each variant says of the window's frame, with its body; attentions by their own names."""
        described = self._model.describe(self._window(), networks)
        rotmat = torch.cat([one.rotmat for one in described])
        betas = torch.cat([one.betas for one in described])
        body = self._body.forward(rotmat, betas)
        parts = {
            "rotmat": rotmat,
            "betas": betas,
            "camera": torch.cat([one.camera for one in described]),
            "vertices": body.vertices,
            "joints": body.joints,
            "normals": body.normals,
        }
        return [
            {**{name: part[index] for name, part in parts.items()}, **_first(one.attention)}
            for index, one in enumerate(described)
        ]

    def _captured(self, steps: Callable[[], None]) -> Callable[[], None]:
        """`steps` as one CUDA graph; on other devices, and where that fails, the steps themselves."""
        if not self._on_gpu:
            return steps
        try:
            with torch.cuda.device(self._device), torch.backends.cudnn.flags(enabled=True, benchmark=True):
                return self._capture(steps)
        except RuntimeError as error:
            logger.warning("no CUDA graph (%s): the tick runs call by call", error)
            return steps

    def _capture(self, steps: Callable[[], None]) -> Callable[[], None]:
        warming = torch.cuda.Stream()
        warming.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(warming):
            for _ in range(WARM_UPS):
                steps()
        torch.cuda.current_stream().wait_stream(warming)
        graph = torch.cuda.CUDAGraph()
        # thread_local: what other threads do with CUDA meanwhile is theirs.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            steps()
        return graph.replay

    def _on_host(self, shape: torch.Size, dtype: torch.dtype) -> Tensor:
        """A buffer on the CPU that a GPU can copy to and from by itself."""
        return torch.zeros(shape, dtype=dtype, pin_memory=self._on_gpu)

    def _wait(self) -> None:
        if self._on_gpu:
            torch.cuda.current_stream(self._device).synchronize()


def _first(attention: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the batch's dimension."""
    return {name: weights[0] for name, weights in attention.items()}


def _unpacked(results: np.ndarray, layout: dict[str, tuple[int, torch.Size]]) -> Prediction:
    """A variant's part of the (N,) results, as arrays of its own: the buffer is written again."""
    parts = {
        name: results[start : start + shape.numel()].reshape(shape).copy()
        for name, (start, shape) in layout.items()
    }
    posed = Posed(parts.pop("vertices"), parts.pop("joints"), parts.pop("normals"))
    return Prediction(parts.pop("rotmat"), parts.pop("betas"), parts.pop("camera"), parts, posed)
