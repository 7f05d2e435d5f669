"""Draws whole scenes, with the truth that a network shall say: poses, people, cameras -> Scenes."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from str_live.body.skinning import Body
from str_live.datasets.rendered.columns import PERSON_COLUMNS, TILE_COLUMNS, pack
from str_live.datasets.rendered.dice import Dice
from str_live.datasets.rendered.framing import Framing, FramingConfig, frame_people, rays
from str_live.datasets.rendered.surroundings import (
    SurroundingsConfig,
    draw_background,
    draw_boxes,
    draw_flats,
    draw_light,
)
from str_live.datasets.rendered.wardrobe import draw_looks
from str_live.datasets.simulated.poses import PoseSampler, slow_noise
from str_live.datasets.simulated.views import ViewConfig, camera_orientation
from str_live.datasets.target import Target
from str_live.features.landmarks import points_from_landmarks
from str_live.rotation import rotmat_from_axis_angle

SHADOW_REACH_M = 1.45
"""How far around the lower spine people throw shadows."""
FEET = (29, 30, 31, 32)
"""Mediapipe's heels and toes."""


@dataclass(frozen=True, slots=True)
class SceneConfig:
    """All chances of a synthetic picture."""

    views: ViewConfig = field(default_factory=lambda: ViewConfig(roll=0.12))
    framing: FramingConfig = field(default_factory=FramingConfig)
    surroundings: SurroundingsConfig = field(default_factory=SurroundingsConfig)
    facing: float = 0.45
    """Share of people who face the camera more or less."""
    seated: float = 0.16
    """Share of people on a chair."""
    bystander: float = 0.15
    """Share of pictures with somebody else, behind or beside."""
    shape: float = 1.0
    """Sigma of the betas."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """N pictures: what is drawn, and the truth. B sequences of T frames, N = B * T, sequence by sequence."""

    people: Tensor
    """(P, columns, 4) PERSON_COLUMNS; the first N are the labelled ones, picture by picture."""
    tiles: Tensor
    """(N, columns, 4) TILE_COLUMNS."""
    boxes: Tensor
    """(K, 4, 4) furniture."""
    flats: Tensor
    """(M, 4, 4) things before the lens."""
    skirts: Tensor
    """(S,) int32 rows of the people with one."""
    long_hair: Tensor
    """(L,) int32 rows."""
    target: Target
    inside: Tensor
    """(N, 21) bool: the landmark point lies within the camera's picture."""
    ray: Tensor
    """(N, 3, 3) the optical axis onto the crop's ray: rotations in the camera frame = ray @ the target's."""
    projection: Tensor
    """(N, 3, 4): (x, y, z, 1) as `target.points` has them -> homogeneous, in [-1, 1] of the crop."""


class SceneSampler:
    """Draws scenes. One per thread; all randomness comes from the generator passed in."""

    def __init__(self, config: SceneConfig, poses: PoseSampler, body: Body, photographs: int) -> None:
        self.config, self.poses, self.body, self.photographs = config, poses, body, photographs

    def draw(self, sequences: int, frames: int, generator: torch.Generator) -> Scenes:
        """B sequences of T frames at 30 frames a second."""
        config, dice = self.config, Dice(generator, sequences)
        rotmat = self.poses.sample(sequences, frames, generator)  # (B, T, 24, 3, 3), world
        self._sit_down(rotmat, dice)
        camera = camera_orientation(sequences, config.views, generator)  # (B, 3, 3) world to camera
        self._turn_to(camera, rotmat, dice)
        betas = dice.normal(0, config.shape, 10).clamp(-2.5, 2.5)
        return self.film(rotmat, betas, camera, dice)

    def film(self, rotmat: Tensor, betas: Tensor, camera: Tensor, dice: Dice) -> Scenes:
        """Known motion (B, T, 24, 3, 3) in the y-up world, of people (B, 10) before cameras (B, 3, 3).

        `camera`: world to camera axes; where it stands, and all that is around, `dice` decide.
        """
        frames = rotmat.shape[1]
        betas = betas.repeat_interleave(frames, 0)
        flat = rotmat.flatten(0, 1)
        turns, joints, shifts = self.body.transforms(flat, betas)
        landmarks = self.body.landmarks(flat, betas)
        ground = self._on_the_floor(joints, landmarks, frames, dice)[:, None]  # (N, 1, 3)
        joints, landmarks, shifts = joints + ground, landmarks + ground, shifts + ground

        framing = frame_people(_seen(landmarks, camera, frames), self.config.framing, dice)
        ray = rays(framing).flatten(0, 1)  # (N, 3, 3)
        eye = -torch.einsum("nji,nj->ni", camera, framing.translation)  # (B, 3) world
        people = self._people(turns, shifts, camera, framing, betas, dice, frames)
        target, inside = self._truth(flat, betas, joints, landmarks, camera, framing, ray)
        lists = self._things(eye, dice, frames)
        tiles = self._tiles(camera, eye, framing, joints, landmarks, dice, frames)
        rows = torch.arange(len(people["BETAS"]), dtype=torch.int32)
        return Scenes(
            people=pack(PERSON_COLUMNS, people),
            tiles=pack(TILE_COLUMNS, tiles),
            boxes=lists[0],
            flats=lists[1],
            skirts=rows[people["SKIRT"][:, 2] > 0],
            long_hair=rows[people["LONG_HAIR"][:, 0] > 0],
            target=target,
            inside=inside,
            ray=ray,
            projection=projections(joints[:, 0], camera, framing, ray),
        )

    def _sit_down(self, rotmat: Tensor, dice: Dice) -> None:
        """Legs as on a chair, trunk upright, for some. In place."""
        chosen = dice.chance(self.config.seated)[:, None, None, None]
        upright = torch.eye(3).expand(dice.count, 1, 3, 3)
        lean = rotmat_from_axis_angle(dice.normal(0, 1, 3) * torch.tensor([0.16, 0.0, 0.06]))[:, None]
        rotmat[:, :, 0] = torch.where(chosen, lean @ upright, rotmat[:, :, 0])
        for side, hip, knee in ((1.0, 1, 4), (-1.0, 2, 5)):
            angles = torch.stack(
                [-dice.normal(1.45, 0.12), side * dice.normal(0.1, 0.2), side * dice.normal(0.1, 0.12)], 1
            )
            thigh = rotmat_from_axis_angle(angles)[:, None]
            bend = rotmat_from_axis_angle(dice.normal(1.4, 0.25, 1) * torch.tensor([1.0, 0.0, 0.0]))[:, None]
            rotmat[:, :, hip] = torch.where(chosen, thigh, rotmat[:, :, hip])
            rotmat[:, :, knee] = torch.where(chosen, bend, rotmat[:, :, knee])

    def _turn_to(self, camera: Tensor, rotmat: Tensor, dice: Dice) -> None:
        """Turn some people about the vertical until they face the camera more or less. In place."""
        chosen = dice.chance(self.config.facing)
        forward = rotmat[:, 0, 0, :, 2]  # where the body's +z points at first
        back = -camera[:, 2]  # from the scene to the camera, world
        heading = torch.atan2(forward[:, 0], forward[:, 2])
        facing = torch.atan2(back[:, 0], back[:, 2]) + dice.normal(0, 0.55)
        angle = torch.where(chosen, facing - heading, torch.zeros_like(heading))
        zero = torch.zeros_like(angle)
        turn = rotmat_from_axis_angle(torch.stack([zero, angle, zero], 1))
        rotmat[:, :, 0] = turn[:, None] @ rotmat[:, :, 0]

    @staticmethod
    def _on_the_floor(joints: Tensor, landmarks: Tensor, frames: int, dice: Dice) -> Tensor:
        """(N, 3) shifts: each frame's lowest point to the floor, the pelvis strolling about the origin."""
        lowest = torch.minimum(joints[..., 1].amin(1) - 0.03, landmarks[..., 1].amin(1) - 0.015)
        stroll = 0.15 * slow_noise(dice.count, frames, (3,), dice.generator).flatten(0, 1)
        stroll[:, 1] = 0
        ground = stroll - joints[:, 0] * torch.tensor([1.0, 0.0, 1.0])
        ground[:, 1] = -lowest
        return ground

    def _truth(
        self,
        rotmat: Tensor,
        betas: Tensor,
        joints: Tensor,
        landmarks: Tensor,
        camera: Tensor,
        framing: Framing,
        ray: Tensor,
    ) -> tuple[Target, Tensor]:
        """What the network shall predict, relative to the crop's ray, and which points lie in the picture."""
        frames = framing.side.shape[1]
        to_ray = ray.transpose(1, 2) @ camera.repeat_interleave(frames, 0)
        relative = rotmat.clone()
        relative[:, 0] = to_ray @ rotmat[:, 0]
        points = points_from_landmarks(landmarks)
        together = torch.cat([joints, points], 1)
        together = (together - joints[:, :1]) @ to_ray.transpose(1, 2)
        placed = _seen(points, camera, frames) + framing.translation[:, None, None]
        pixels = framing.project(placed)
        inside = ((pixels >= 0) & (pixels <= framing.size[:, None, None])).all(-1) & (placed[..., 2] > 0.05)
        image = framing.to_crop(pixels)
        return Target(relative, betas, together, image.flatten(0, 1)), inside.flatten(0, 1)

    def _people(
        self,
        turns: Tensor,
        shifts: Tensor,
        camera: Tensor,
        framing: Framing,
        betas: Tensor,
        dice: Dice,
        frames: int,
    ) -> dict[str, Tensor]:
        """Columns of the labelled people, then of bystanders: the next sequence's pose in other clothes."""
        count = len(turns)
        view = camera.repeat_interleave(frames, 0)[:, None]
        place = framing.translation.repeat_interleave(frames, 0)[:, None]

        def transforms(turn: Tensor, shift: Tensor) -> Tensor:
            moved = (view @ shift[..., None])[..., 0] + place
            return torch.cat([view @ turn, moved[..., None]], -1).flatten(1)  # (N, 24 * 3 * 4)

        numbers = torch.arange(count, dtype=torch.float32)
        looks = {name: value.repeat_interleave(frames, 0) for name, value in draw_looks(dice).items()}
        people = {
            "PLACE": torch.stack([numbers, torch.ones(count)], 1),
            "JOINTS": transforms(turns, shifts),
            "BETAS": betas,
            **looks,
        }
        chosen = dice.chance(self.config.bystander).repeat_interleave(frames)
        if not chosen.any():
            return people
        beside = self._beside(framing, camera, dice).repeat_interleave(frames, 0)[:, None]
        others = {name: draw.repeat_interleave(frames, 0) for name, draw in draw_looks(dice).items()}
        others |= {
            "PLACE": torch.stack([numbers, torch.zeros(count)], 1),
            "JOINTS": transforms(turns.roll(frames, 0), shifts.roll(frames, 0) + beside),
            "BETAS": betas.roll(frames, 0),
        }
        return {name: torch.cat([value, others[name][chosen]]) for name, value in people.items()}

    @staticmethod
    def _beside(framing: Framing, camera: Tensor, dice: Dice) -> Tensor:
        """(B, 3) where a bystander stands, world: further from the camera, or next to the person."""
        away = camera[:, 2] * torch.tensor([1.0, 0.0, 1.0])
        away = away / away.norm(dim=1, keepdim=True).clamp_min(0.1)
        aside = torch.stack([away[:, 2], torch.zeros(dice.count), -away[:, 0]], 1)
        side = torch.where(dice.chance(0.5), -1.0, 1.0)[:, None]
        behind = dice.uniform(-0.25, 2.5, 1)
        return away * behind + aside * side * dice.uniform(0.45, 1.2, 1)

    def _things(self, eye: Tensor, dice: Dice, frames: int) -> tuple[Tensor, Tensor]:
        """Furniture and flat things of all pictures, without the absent ones."""
        lists = []
        for drawn, number in (
            (draw_boxes(dice, eye, self.config.surroundings), (0, 3)),
            (draw_flats(dice, self.config.surroundings), (0, 3)),
        ):
            each = drawn.repeat_interleave(frames, 0)
            each[:, :, number[0], number[1]] = torch.arange(len(each))[:, None].float()
            lists.append(each[each[:, :, 1, 0] > 0])
        return lists[0], lists[1]

    def _tiles(
        self,
        camera: Tensor,
        eye: Tensor,
        framing: Framing,
        joints: Tensor,
        landmarks: Tensor,
        dice: Dice,
        frames: int,
    ) -> dict[str, Tensor]:
        """Columns of each picture."""
        surroundings = self.config.surroundings
        once = draw_light(dice, camera, surroundings) | draw_background(
            dice, eye, self.photographs, surroundings
        )
        once["WORLD"] = torch.cat([camera.transpose(1, 2), eye[..., None]], -1).flatten(1)
        tiles = {name: value.repeat_interleave(frames, 0) for name, value in once.items()}
        scale = 2 * framing.focal[:, None] / framing.side  # (B, T)
        middle = (framing.size[:, None] / 2 - framing.centre) / (framing.side[..., None] / 2)
        tiles["CROP"] = torch.cat([scale[..., None], middle], -1).flatten(0, 1)
        low = framing.to_crop(torch.zeros(*framing.side.shape, 1, 2))
        high = framing.to_crop(framing.size[:, None, None].expand(-1, framing.side.shape[1], -1, -1))
        window = torch.cat([low.clamp_min(-1), high.clamp_max(1)], -1)
        tiles["WINDOW"] = window.flatten(0, 1)
        middle = torch.einsum("nij,nj->ni", camera.repeat_interleave(frames, 0), joints[:, 3])
        middle = middle + framing.translation.repeat_interleave(frames, 0)
        tiles["SHADOW"] = torch.cat([middle, torch.full((len(middle), 1), SHADOW_REACH_M)], 1)
        feet = (landmarks[:, FEET[:2]] + landmarks[:, FEET[2:]]) / 2
        spots = torch.cat([feet, joints[:, :1]], 1)[..., [0, 2, 1]]
        size = torch.tensor([0.0, 0.0, 0.08]).expand(len(spots), -1)[..., None]
        tiles["SPOTS"] = torch.cat([spots, size], -1).flatten(1)
        return tiles


def projections(pelvis: Tensor, camera: Tensor, framing: Framing, ray: Tensor) -> Tensor:
    """(N, 3, 4) from the crop ray's axes, origin at the pelvis (N, 3; world), to the crop."""
    frames = framing.side.shape[1]
    scale = 2 / framing.side  # (B, T)
    lens = torch.zeros(*framing.side.shape, 3, 3)
    lens[..., 0, 0] = lens[..., 1, 1] = scale * framing.focal[:, None]
    lens[..., :2, 2] = scale[..., None] * (framing.size[:, None] / 2 - framing.centre)
    lens[..., 2, 2] = 1
    place = _seen(pelvis[:, None], camera, frames) + framing.translation[:, None, None]  # (B, T, 1, 3)
    return lens.flatten(0, 1) @ torch.cat([ray, place.flatten(0, 1).transpose(1, 2)], 2)


def _seen(points: Tensor, camera: Tensor, frames: int) -> Tensor:
    """(N, P, 3) in the world -> (B, T, P, 3) in the camera's axes."""
    return points.unflatten(0, (-1, frames)) @ camera.transpose(1, 2)[:, None]
