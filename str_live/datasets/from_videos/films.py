"""The user's videos and folders of pictures. In: paths. Out: Films, and their frames with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from str_live.camera import SourceError, open_source
from str_live.camera import frames as frames_of
from str_live.camera.images import natural_key, pictures_in
from str_live.camera.kinds import VIDEO_SUFFIXES
from str_live.camera.picture_file import read_image
from str_live.datasets.from_videos.rows import ExtractError
from str_live.messages import Frame
from str_live.settings import SourceSettings


@dataclass(frozen=True, slots=True)
class Film:
    """A video file, or a folder whose pictures are its frames."""

    name: str
    """What `vid_name` begins with."""
    path: Path
    epoch: int
    """Its number: tells trackers that another film begins."""

    def frames(self, fps: float) -> Iterator[tuple[str, Frame | None]]:
        """Every frame with its `img_name`; None for a picture that cannot be read.

        `fps` is the rate of a folder's pictures; a video states its own. Raises ExtractError.
        """
        if self.path.is_dir():
            for index, path in enumerate(pictures_in(self.path)):
                image = read_image(path)
                frame = None if image is None else Frame(image, index, index / fps, 0, self.epoch)
                yield path.as_posix(), frame
            return
        settings = SourceSettings(spec=str(self.path), loop=False, realtime=False)
        try:
            for frame in frames_of(open_source(settings, self.epoch)):
                yield f"{self.path.as_posix()}#{frame.index}", frame
        except SourceError as error:
            raise ExtractError(str(error)) from error


def find_films(paths: Sequence[Path]) -> list[Film]:
    """The films that paths mean: videos, folders of pictures, or folders of these; raises ExtractError."""
    places = [place for path in paths for place in _places(path)]
    names = [place.stem if place.is_file() else place.name for place in places]
    for name in names:
        if names.count(name) > 1:
            first, second, *_ = (place for place, other in zip(places, names, strict=True) if other == name)
            raise ExtractError(f"{first} and {second} would both be called {name}: rename one of them")
    return [Film(name, place, number) for number, (name, place) in enumerate(zip(names, places, strict=True))]


def _places(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            kinds = ", ".join(sorted(suffix[1:] for suffix in VIDEO_SUFFIXES))
            raise ExtractError(f"{path} is no video: give a file of type {kinds}, or a folder of pictures")
        return [path]
    if not path.is_dir():
        raise ExtractError(f"there is no file or folder {path}: check the path")
    if pictures_in(path):
        return [path]
    within = [entry for entry in sorted(path.iterdir(), key=natural_key) if _is_film(entry)]
    if not within:
        raise ExtractError(f"{path} holds neither pictures nor videos nor folders of pictures")
    return within


def _is_film(path: Path) -> bool:
    return bool(pictures_in(path)) if path.is_dir() else path.suffix.lower() in VIDEO_SUFFIXES
