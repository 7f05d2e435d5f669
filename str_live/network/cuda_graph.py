"""The network and the posing of its bodies as CUDA graphs, in buffers on the device that never move.

In: the people of each frame, then Samples of windows. Out: Predictions with their posed bodies.

    upload -> encoder -> ring of features -> windows -> temporal networks -> regressors -> body -> download

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
from str_live.messages import NetworkInfo, Observation, Posed, Prediction
from str_live.network.runner import NetworkRunner
from str_live.settings import NetworkSettings
from str_live.temporal.window import CAPACITY, WINDOW, Samples

logger = logging.getLogger(__name__)

MAX_GRAPHS = 32
"""Captured graphs at a time: going back and forth between variants in the window captures nothing anew."""
WARM_UPS = 3
"""Runs before a capture, in which libraries choose their algorithms and allocate."""

Steps = Callable[[], None]
"""Work on the device, in which nothing comes from the CPU and nothing is waited for."""
Layout = dict[str, tuple[int, torch.Size]]
"""Result -> where in a row of numbers it begins, and its shape."""


class _Buffer:
    """A tensor on the device, and one on the CPU that a GPU can copy to and from by itself."""

    def __init__(self, shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> None:
        self.device = torch.zeros(tuple(shape), dtype=dtype, device=device)
        self.host = torch.zeros(tuple(shape), dtype=dtype, pin_memory=device.type == "cuda")

    def upload(self, values: Tensor) -> None:
        """Send `values` to the device; the last upload must have been waited for."""
        self.device.copy_(self.host.copy_(values), non_blocking=True)

    def download(self) -> None:
        """Have the device's content copied to the CPU; it is there after the next wait."""
        self.host.copy_(self.device, non_blocking=True)


@dataclass(frozen=True, slots=True)
class _People:
    """Where the P people of the newest frame are uploaded to."""

    inputs: tuple[_Buffer, ...]
    """What `NetworkRunner.encode` takes, of P people."""
    places: _Buffer
    """(P,) int64: where in the ring their features go."""


@dataclass(frozen=True, slots=True)
class _Graph:
    """What runs for a number of people to encode, of windows, and a set of variants."""

    steps: Steps
    output: _Buffer
    """(N,) float32: all results in a row."""
    layout: list[Layout]
    """Of each window and variant, window by window."""


class GraphedRunner:
    """The Runner whose features stay on the device: what stands for one is its place in a ring.

    The ring holds the `CAPACITY` newest features of all people together: two seconds of eight people at 60
    frames a second. Predictions come with their bodies posed. `observe` only uploads; the encoder runs with
    the windows that follow, or before the next people.
    """

    @torch.inference_mode()
    def __init__(
        self, model: NetworkRunner, body: Body, *, capture: Callable[[Steps], Steps] | None = None
    ) -> None:
        """`capture`: makes one call of many steps; None: a CUDA graph on GPUs."""
        self._model, self._body, self._device = model, body, model.device
        self._on_gpu = self._device.type == "cuda"
        self._capture = capture or (_CudaCapture(self._device) if self._on_gpu else _as_they_are)
        self._ring = torch.zeros(CAPACITY, model.network.config.width, device=self._device)
        self._next_place = 0
        self._to_encode = 0
        """How many people of the newest frame still have to go through the encoder."""
        self._people: dict[int, _People] = {}
        """By how many they are."""
        self._plans: dict[int, _Buffer] = {}
        """(Q, 3, 16) by the number Q of windows: left, right, weight of each sample; exact as float32."""
        self._graphs: dict[tuple[int, int, tuple[NetworkSettings, ...]], _Graph] = {}
        self._encoders: dict[int, Steps] = {}

    @property
    def info(self) -> NetworkInfo:
        """See Runner."""
        return self._model.info

    @torch.inference_mode()
    def observe(self, observations: Sequence[Observation]) -> list[int]:
        """See Runner: P people -> their P places in the ring."""
        self._finish_encoding()
        if not observations:
            return []
        inputs = self._model.inputs(observations)
        people = self._buffers(inputs)
        places = (self._next_place + np.arange(len(observations))) % CAPACITY
        self._next_place = int(places[-1] + 1) % CAPACITY
        for buffer, values in zip((*people.inputs, people.places), (*inputs, places), strict=True):
            buffer.upload(torch.as_tensor(values))
        self._to_encode = len(observations)
        return places.tolist()

    @torch.inference_mode()
    def predict(
        self, windows: Sequence[Samples[int]], variants: Sequence[NetworkSettings]
    ) -> list[list[Prediction]]:
        """See Runner; each Prediction is posed."""
        if not windows:
            return []
        self._plan(len(windows)).upload(torch.from_numpy(_plan_of(windows)))
        graph = self._graph(len(windows), tuple(variants))
        graph.steps()
        self._to_encode = 0
        graph.output.download()
        self._wait()
        found = [_unpacked(graph.output.host.numpy(), layout) for layout in graph.layout]
        return [found[start : start + len(variants)] for start in range(0, len(found), len(variants))]

    def _buffers(self, inputs: Sequence[Tensor]) -> _People:
        """Where as many people as in `inputs` are uploaded to."""
        count = len(inputs[0])
        if count not in self._people:
            buffers = tuple(_Buffer(part.shape, part.dtype, self._device) for part in inputs)
            self._people[count] = _People(buffers, _Buffer((count,), torch.int64, self._device))
        return self._people[count]

    def _plan(self, count: int) -> _Buffer:
        """Where the plan of `count` windows is uploaded to."""
        if count not in self._plans:
            self._plans[count] = _Buffer((count, 3, WINDOW), torch.float32, self._device)
        return self._plans[count]

    def _finish_encoding(self) -> None:
        """Encode the newest people where no window has: the next ones take their place in the buffers."""
        count = self._to_encode
        if count == 0:
            return
        if count not in self._encoders:
            self._encoders[count] = self._capture(lambda: self._encode(count))
        self._encoders[count]()
        self._to_encode = 0
        self._wait()

    def _graph(self, windows: int, variants: tuple[NetworkSettings, ...]) -> _Graph:
        """What these variants run, captured if it is new. The plan must have been sent."""
        key = (self._to_encode, windows, variants)
        if key not in self._graphs:
            if len(self._graphs) == MAX_GRAPHS:
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = self._make_graph(*key)
        return self._graphs[key]

    def _make_graph(self, people: int, windows: int, variants: tuple[NetworkSettings, ...]) -> _Graph:
        layout, count = _layout_of(self._describe(windows, variants))
        output = _Buffer((count,), torch.float32, self._device)

        def steps() -> None:
            if people:
                self._encode(people)
            described = self._describe(windows, variants)
            torch.cat([part.flatten() for one in described for part in one.values()], out=output.device)

        return _Graph(self._capture(steps), output, layout)

    def _encode(self, count: int) -> None:
        """The features of the `count` newest people into their places of the ring."""
        people = self._people[count]
        features = self._model.encode(*(buffer.device for buffer in people.inputs))
        self._ring.index_copy_(0, people.places.device, features)

    def _window(self, count: int) -> Tensor:
        """(Q, 16, C) of the samples: what window.py's `mixed` gives, on the device."""
        left, right, weight = self._plans[count].device.unbind(1)  # (Q, 16) each
        weight = weight[..., None]
        return (1 - weight) * self._ring[left.long()] + weight * self._ring[right.long()]

    def _describe(self, windows: int, variants: Sequence[NetworkSettings]) -> list[dict[str, Tensor]]:
        """What is predicted for each window and variant, window by window, with its body and attentions."""
        described = self._model.describe(self._window(windows), variants)
        rotmat = torch.cat([one.rotmat for one in described])  # (variants * Q, 24, 3, 3)
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
            {name: part[number * windows + place] for name, part in parts.items()}
            | {name: weights[place] for name, weights in one.attention.items()}
            for place in range(windows)
            for number, one in enumerate(described)
        ]

    def _wait(self) -> None:
        if self._on_gpu:
            torch.cuda.current_stream(self._device).synchronize()


def _as_they_are(steps: Steps) -> Steps:
    return steps


class _CudaCapture:
    """Captures steps as CUDA graphs that share one pool of memory; where that fails they run as they are."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._pool = device, torch.cuda.graph_pool_handle()

    def __call__(self, steps: Steps) -> Steps:
        try:
            with torch.cuda.device(self._device), torch.backends.cudnn.flags(enabled=True, benchmark=True):
                return self._graph(steps)
        except RuntimeError as error:
            logger.warning("no CUDA graph (%s): the network runs call by call", error)
            return steps

    def _graph(self, steps: Steps) -> Steps:
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


def _plan_of(windows: Sequence[Samples[int]]) -> np.ndarray:
    """(Q, 3, 16) float32: places on the left, on the right, and the weight of the latter, of Q windows."""
    return np.array([(samples.left, samples.right, samples.weight) for samples in windows], np.float32)


def _layout_of(results: Sequence[dict[str, Tensor]]) -> tuple[list[Layout], int]:
    """Where each of the results lies when all are put in a row, and how long that row is."""
    layouts, end = [], 0
    for one in results:
        layout = {}
        for name, value in one.items():
            layout[name] = end, value.shape
            end += value.numel()
        layouts.append(layout)
    return layouts, end


def _unpacked(results: np.ndarray, layout: Layout) -> Prediction:
    """A variant's part of the (N,) results, as arrays of its own: the buffer is written again."""
    parts = {
        name: results[start : start + shape.numel()].reshape(shape).copy()
        for name, (start, shape) in layout.items()
    }
    posed = Posed(parts.pop("vertices"), parts.pop("joints"), parts.pop("normals"))
    return Prediction(parts.pop("rotmat"), parts.pop("betas"), parts.pop("camera"), parts, posed)
