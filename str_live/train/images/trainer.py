"""The whole training in slices of time: resume, learn, score, keep, deliver.

In: a recipe, free data, the landmark weights to build on. Out: a folder to go on from (state.py), and the
file of the image front ends.
"""

from __future__ import annotations

import copy
import json
import logging
import time
from pathlib import Path

import torch
from torch import nn

from str_live.datasets.motion.split import Split
from str_live.datasets.simulated.bodies import read_point_body
from str_live.features.backbones import PreactivationResNet50, load_imagenet
from str_live.files import FREE_BODY
from str_live.interruption import Interrupted, Interruption
from str_live.network.precision import BEGAN_IN, Precision, choose_precision, convolution
from str_live.train.images.batches import Pictures
from str_live.train.images.config import ImageTraining, to_json
from str_live.train.images.feature_cache import (
    FeatureCache,
    encoders_digest,
    extract_features,
    load_feature_cache,
    save_feature_cache,
)
from str_live.train.images.frame_stage import FrameStage
from str_live.train.images.free_data import FreeData
from str_live.train.images.scores import held_out_scores
from str_live.train.images.state import LOG, load_state, log_scores, save_state
from str_live.train.images.student import Student, TrunkFeatures, prepare
from str_live.train.images.window_stage import WindowStage
from str_live.train.windows import sequence_length
from str_live.weights.own import load_network
from str_live.weights.own_images import BEST, digest, save_images

logger = logging.getLogger(__name__)

SAVE_EVERY_S = 300.0
MEASURED, CHANNELS, LATE_STAGE = 4, 256, 16
"""Pictures, channels and pixels a cell of the convolution by which the faster precision is found."""
HELD_OUT_SEED = 20_000
"""Seed of the held-out pictures, the same in every slice."""
GALLERY_SEED = 30_000
"""Seed of the first slice's sequences; each slice films others."""
SEQUENCES_AT_ONCE = 16
FILMING_SHARE = 0.5
"""Of what is left of a slice, at most, for filming sequences: the rest is for learning from them."""


class ImageTrainer:
    """One slice of the training. Everything lies on `device`, except the renderer."""

    def __init__(
        self,
        config: ImageTraining,
        data: FreeData,
        folder: Path,
        *,
        landmarks: Path,
        device: str = "cpu",
        workers: int = 0,
        keep: str = "half",
        gallery: Path | None = None,
        precision: str = "float32",
    ) -> None:
        """`gallery`: a file that keeps the window stage's sequences; without one each slice films anew.

        `keep`: how the folder holds numbers. `precision`: one of settings.PRECISIONS; with 'auto' a training
        that goes on keeps its own.
        """
        self.config, self.data, self.folder = config, data, folder
        self.workers, self.keep, self.kept_gallery = workers, keep, gallery
        self.device = torch.device(device)
        self._interruption = Interruption()
        torch.manual_seed(config.seed)
        self.landmarks = load_network(landmarks)
        self.progress, weights = load_state(folder, to_json(config), digest(self.landmarks))
        self.student = Student(
            config.image,
            self.landmarks,
            learn_trunk=config.trunk_rate > 0,
            keep_statistics=config.keep_statistics,
            precision=self._settle_precision(precision, begun=bool(weights)),
        )
        self.heads = {name: copy.deepcopy(self.landmarks.head("str")) for name in config.own_heads}
        self._fill(weights)
        # torch's own stubs do not know that modules take a memory format
        self.student.to(self.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        for head in self.heads.values():
            head.to(self.device)
        with self.device:
            self.body = read_point_body(FREE_BODY)
        # Another seed in each slice: the same pictures again would teach nothing.
        self.generator = torch.Generator(self.device).manual_seed(config.seed + self.progress.pictures)

    def _settle_precision(self, wish: str, *, begun: bool) -> Precision:
        """What the backbone computes in: chosen at the beginning, or asked for."""
        if begun and wish == "auto":
            chosen = Precision(self.progress.precision, BEGAN_IN)
        else:
            side = self.config.image.input.size // LATE_STAGE
            chosen = choose_precision(wish, self.device, convolution(MEASURED, side, CHANNELS, self.device))
        logger.info("learns in %s: %s", chosen.name, chosen.reason)
        self.progress.precision = chosen.name
        return chosen

    def _fill(self, weights: dict[str, torch.Tensor]) -> None:
        """The weights of the last slice, or ImageNet's where there are any for the backbone."""
        backbone = self.student.encoder.image.backbone
        if weights:
            parts = self._parts()
            parts.load_state_dict({**parts.state_dict(), **weights})
        elif isinstance(backbone, PreactivationResNet50):
            load_imagenet(backbone, self.data.imagenet)

    def _parts(self) -> nn.ModuleDict:
        """All that learns, by the names in the state."""
        encoder = self.student.encoder
        heads = nn.ModuleDict(dict(self.heads))
        return nn.ModuleDict({"image": encoder.image, "join": encoder.join, "heads": heads})

    @property
    def finished(self) -> bool:
        """Whether all stages are done."""
        windows = not self.heads or self.progress.window_steps >= self.config.window_steps
        return self._frames_done and windows

    @property
    def _frames_done(self) -> bool:
        return self.progress.pictures >= self.config.pictures

    def run(self, minutes: float) -> None:
        """Train until the end or for that long; 0: as long as it takes. Interrupted when told to end."""
        until = time.monotonic() + 60 * minutes if minutes else float("inf")
        self.progress.slices += 1
        with Interruption() as self._interruption:
            if not self._frames_done:
                self._learn_frames(until)
            if self._frames_done and not self.finished and not self._is_over(until):
                self._learn_windows(until)
        if self._interruption.requested and not self.finished:
            done = f"{self.progress.pictures} pictures and {self.progress.window_steps} window steps"
            raise Interrupted(f"stopped after {done}: the same command goes on there")

    def _is_over(self, until: float) -> bool:
        """Whether this slice is to end now."""
        return self._interruption.requested or time.monotonic() > until

    def _learn_frames(self, until: float) -> None:
        stage = FrameStage(self.config, self.student, self.body, self.generator)
        held_out = self._held_out()
        saved = logged = time.monotonic()
        since = self.progress.pictures
        first = self.progress.pictures // self.config.batch
        with self._pictures("train", self.config.seed, workers=self.workers, first=first) as batches:
            for observation in batches:
                with self.device:
                    figures = stage.learn(observation, self.progress.pictures)
                self.progress.pictures += len(observation.landmarks)
                if stage.steps % 100 < self.config.replay:
                    now = time.monotonic()
                    rate = (self.progress.pictures - since) / (now - logged)
                    done = f"{self.progress.pictures}/{self.config.pictures}"
                    logger.info("%s  %.1f pictures/s  %s", done, rate, _line(figures))
                    logged, since = now, self.progress.pictures
                late = self._is_over(until) or self._frames_done
                if late or time.monotonic() - saved > SAVE_EVERY_S:
                    self._keep(held_out)
                    saved = time.monotonic()
                if late:
                    return

    def _learn_windows(self, until: float) -> None:
        stage = WindowStage(self.config, self.heads, self.body, self.generator)
        gallery = self._gallery(until)
        logger.info("features of %d sequences", gallery.sequences)
        saved = time.monotonic()
        while not self._is_over(until) and not self.finished:
            with self.device:
                figures = stage.learn(gallery, self.progress.window_steps)
            self.progress.window_steps += 1
            if stage.steps % 50 == 0:
                done = f"{self.progress.window_steps}/{self.config.window_steps}"
                logger.info("windows %s %s", done, _line(figures))
            if time.monotonic() - saved > SAVE_EVERY_S:
                save_state(self.folder, self.progress, self._parts().state_dict(), self.keep)
                saved = time.monotonic()
        self._keep(self._held_out())

    def _gallery(self, until: float) -> FeatureCache:
        """Sequences to learn from: those kept, or new ones."""
        kept, encoders = self.kept_gallery, encoders_digest(self.student)
        if kept is not None and kept.exists():
            return load_feature_cache(kept, encoders, self.device, self.config.sequences)
        frames = sequence_length(self.landmarks.config.switches.window)
        options = {"workers": self.workers, "frames": frames, "sequences": SEQUENCES_AT_ONCE}
        filmed = time.monotonic() + FILMING_SHARE * (until - time.monotonic())
        with self._pictures("train", GALLERY_SEED + self.progress.slices, **options) as pictures:
            gallery = extract_features(self.student, pictures, self.config.sequences, frames, filmed)
        if kept is not None and gallery.sequences >= self.config.sequences:
            save_feature_cache(kept, gallery, encoders)
        return gallery

    def _pictures(self, split: Split, seed: int, **options: int) -> Pictures:
        return Pictures(self.config, self.data, split, self.device, seed=seed, **options)

    @torch.inference_mode()
    def _held_out(self) -> TrunkFeatures:
        """Pictures of motion that is never learnt from; they are the same ones each time."""
        parts: list[TrunkFeatures] = []
        with self._pictures("validation", HELD_OUT_SEED, workers=0) as pictures:
            for observation in pictures:
                parts.append(prepare(self.student.eval(), observation))
                if sum(map(len, parts)) >= self.config.held_out:
                    return TrunkFeatures.joined(parts)
        raise AssertionError("pictures never end")

    def _keep(self, held_out: TrunkFeatures) -> None:
        """Save, and log the scores."""
        save_state(self.folder, self.progress, self._parts().state_dict(), self.keep)
        scores = held_out_scores(self.student, held_out, self.body)
        steps = {"pictures": self.progress.pictures, "window_steps": self.progress.window_steps}
        log_scores(self.folder, {**steps, **scores})

    def deliver(self, path: Path, precision: str = "int8", *, best: str | None = None) -> None:
        """Write the file that the app reads; `best`: the front end that measured best on real clips."""
        notes = {"training": to_json(self.config), "pictures": str(self.progress.pictures)}
        notes["carried_out"] = json.dumps({"precision": self.progress.precision, "torch": torch.__version__})
        if best is not None:
            notes[BEST] = best
        log = self.folder / LOG
        if log.exists():
            notes["scores"] = log.read_text(encoding="utf-8").splitlines()[-1]
        heads = (
            {name: {"str": head} for name, head in self.heads.items()} if self.progress.window_steps else {}
        )
        save_images(path, self.student.encoder, self.landmarks, heads=heads, precision=precision, notes=notes)
        logger.info("%s written, %.1f MB", path, path.stat().st_size / 1e6)


def _line(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
