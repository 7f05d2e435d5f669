"""The training of the image front ends, as a recipe of train/loop.py: a frame stage, then a window stage.

In: what to train, free data, the landmark weights to build on. Out: the file of the image front ends.
"""

from __future__ import annotations

import copy
import itertools
import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from str_live.dataclass_json import ConfigError, as_json
from str_live.datasets.motion.split import Split
from str_live.datasets.simulated.bodies import read_point_body
from str_live.features.backbones import PreactivationResNet50, load_imagenet
from str_live.files import FREE_BODY
from str_live.network.precision import convolution, training_precision
from str_live.train.images.batches import Pictures
from str_live.train.images.config import ImageTraining, recipe_identity
from str_live.train.images.feature_cache import FeatureCache, extract_features
from str_live.train.images.frame_stage import FrameStage
from str_live.train.images.free_data import FreeData
from str_live.train.images.observation import Observation
from str_live.train.images.scores import held_out_scores, log_scores
from str_live.train.images.student import Student, TrunkFeatures, prepare
from str_live.train.images.window_stage import WindowStage
from str_live.train.loop import Stage
from str_live.train.windows import sequence_length
from str_live.weights.own import load_network
from str_live.weights.own_images import BEST, digest, save_images

logger = logging.getLogger(__name__)

SCORES = "scores.jsonl"
MEASURED, CHANNELS, LATE_STAGE = 4, 256, 16
"""Pictures, channels and pixels a cell of the convolution by which the faster precision is found."""
HELD_OUT_SEED = 20_000
SEQUENCES_SEED = 30_000
"""Seeds of the held-out pictures and of the window stage's sequences."""
SEQUENCES_AT_ONCE = 16
FRAME, WINDOW = 0, 1
"""Numbers of the stages."""


class ImageTrainer:
    """A recipe of train/loop.py. Everything lies on `device`, except the renderer."""

    is_first = True

    def __init__(
        self,
        config: ImageTraining,
        data: FreeData,
        folder: Path,
        *,
        landmarks: Path,
        device: str = "cpu",
        workers: int = 0,
        precision: str = "float32",
    ) -> None:
        """`folder`: where the log of scores lies. `precision`: one of settings.PRECISIONS; with 'auto' a
        training that goes on keeps its own."""
        self.config, self.data, self.scores_path = config, data, folder / SCORES
        self.workers, self._wish = workers, precision
        self.device = torch.device(device)
        torch.manual_seed(config.seed)
        self.landmarks = load_network(landmarks)
        self.student = Student(
            config.image,
            self.landmarks,
            learn_trunk=config.trunk_rate > 0,
            keep_statistics=config.keep_statistics,
        )
        backbone = self.student.encoder.image.backbone
        if isinstance(backbone, PreactivationResNet50):
            load_imagenet(backbone, data.imagenet)
        # torch's own stubs do not know that modules take a memory format
        self.student.to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.heads = {name: copy.deepcopy(self.landmarks.head("str")) for name in config.own_heads}
        for head in self.heads.values():
            head.to(self.device)
        with self.device:
            self.body = read_point_body(FREE_BODY)
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.pictures = 0
        """Learnt from in the frame stage."""
        self._stage: FrameStage | WindowStage = self._make_stage(FRAME)
        self._held_out: list[Observation] = []

    @property
    def stages(self) -> tuple[Stage, Stage]:
        """Single pictures first, counted in batches; then windows, if a front end has a head of its own."""
        config = self.config
        frame = Stage("frame", "the frame stage", math.ceil(config.pictures / config.batch))
        return frame, Stage("window", "the window stage", config.window_steps if self.heads else 0)

    def identity(self) -> str:
        """The recipe but for its amounts, and the landmark weights that it builds on."""
        return json.dumps({"recipe": recipe_identity(self.config), "landmarks": digest(self.landmarks)})

    def begin(self, stage: int) -> None:
        """A stage starts with a new optimiser, and the first one with the choice of the precision."""
        if stage == FRAME:
            self._settle_precision()
        self._stage = self._make_stage(stage)

    def _make_stage(self, stage: int) -> FrameStage | WindowStage:
        if stage == FRAME:
            return FrameStage(self.config, self.student, self.body, self.generator)
        return WindowStage(self.config, self.heads, self.body, self.generator)

    @contextmanager
    def batches(self, stage: int, first: int) -> Iterator[Iterable[Observation | FeatureCache]]:
        """Rendered pictures, or again and again the features of rendered sequences."""
        left = self.stages[stage].steps - first
        if stage == WINDOW:
            yield itertools.repeat(self._features(), left)
            return
        with self._rendered("train", self.config.seed, workers=self.workers, first=first) as pictures:
            yield itertools.islice(pictures, left)

    def learn(self, batch: Observation | FeatureCache, stage: int, step: int) -> dict[str, float]:
        """Learn from a batch."""
        with self.device:
            if isinstance(self._stage, FrameStage):
                assert isinstance(batch, Observation)
                figures = self._stage.learn(batch, self.pictures)
                self.pictures += len(batch.landmarks)
                return figures
            assert isinstance(batch, FeatureCache)
            return self._stage.learn(batch, step)

    def end(self, stage: int, means: Mapping[str, float]) -> Mapping[str, float]:
        """Nothing more is measured than `on_save` does."""
        return means

    def on_save(self, stage: int, step: int) -> None:
        """Log the scores on held-out motion."""
        scores = held_out_scores(self.student, self._held_out_features(), self.body)
        log_scores(self.scores_path, {"pictures": self.pictures, **scores})

    def state(self) -> dict[str, Any]:
        """Weights, what the stage learns with, and where the random numbers are."""
        return {
            "weights": self._parts().state_dict(),
            "heads": list(self.heads),
            "stage": self._stage.state(),
            "generator": self.generator.get_state(),
            "pictures": self.pictures,
            "precision": self.student.precision.name,
        }

    def restore(self, state: Mapping[str, Any], stage: int) -> None:
        """Go on from what `state` gave."""
        if stage == WINDOW and state["heads"] != list(self.heads):
            heads = " ".join(state["heads"])
            raise ConfigError(
                f"the window stage began with --own-heads {heads}: give those, or another --state"
            )
        weights = dict(state["weights"])
        if stage == FRAME:  # heads have not learnt yet, and may be others than before
            weights = {name: value for name, value in weights.items() if not name.startswith("heads.")}
            weights |= {
                f"heads.{name}": value for name, value in nn.ModuleDict(self.heads).state_dict().items()
            }
        self._parts().load_state_dict(weights)
        self._settle_precision(state["precision"])
        self._stage = self._make_stage(stage)
        self._stage.restore(state["stage"])
        self.generator.set_state(state["generator"])
        self.pictures = state["pictures"]

    def write(self, path: Path, precision: str = "int8", *, best: str | None = None) -> None:
        """Write the file that the app reads; `best`: the front end that measured best on real clips."""
        notes = {"training": as_json(self.config), "pictures": str(self.pictures)}
        chosen = self.student.precision.name
        notes["carried_out"] = json.dumps({"precision": chosen, "torch": torch.__version__})
        if best is not None:
            notes[BEST] = best
        if self.scores_path.exists():
            notes["scores"] = self.scores_path.read_text(encoding="utf-8").splitlines()[-1]
        heads = {name: {"str": head} for name, head in self.heads.items()}
        save_images(path, self.student.encoder, self.landmarks, heads=heads, precision=precision, notes=notes)
        logger.info("%s written, %.1f MB", path, path.stat().st_size / 1e6)

    def _settle_precision(self, began_in: str = "") -> None:
        """What the backbone computes in."""
        side = self.config.image.input.size // LATE_STAGE
        work = convolution(MEASURED, side, CHANNELS, self.device)
        self.student.precision = training_precision(self._wish, self.device, work, began_in)

    def _parts(self) -> nn.ModuleDict:
        """All that learns, by the names in the state."""
        encoder = self.student.encoder
        heads = nn.ModuleDict(dict(self.heads))
        return nn.ModuleDict({"image": encoder.image, "join": encoder.join, "heads": heads})

    def _features(self) -> FeatureCache:
        """Of the sequences that the window stage learns from; the same ones each time."""
        frames = sequence_length(self.landmarks.config.switches.window)
        options = {"workers": self.workers, "frames": frames, "sequences": SEQUENCES_AT_ONCE}
        with self._rendered("train", SEQUENCES_SEED, **options) as pictures:
            return extract_features(self.student, pictures, self.config.sequences, frames)

    def _rendered(self, split: Split, seed: int, **options: int) -> Pictures:
        return Pictures(self.config, self.data, split, self.device, seed=seed, **options)

    @torch.inference_mode()
    def _held_out_features(self) -> TrunkFeatures:
        """Of pictures of motion that is never learnt from; they are the same ones each time."""
        if not self._held_out:
            count = math.ceil(self.config.held_out / self.config.batch)
            with self._rendered("validation", HELD_OUT_SEED, workers=0) as pictures:
                self._held_out = list(itertools.islice(pictures, count))
        self.student.eval()
        return TrunkFeatures.joined([prepare(self.student, observation) for observation in self._held_out])
