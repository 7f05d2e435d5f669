"""Many sources in one call: a recording of each in one folder, and exports beside it. No Qt.

In: `--headless --source a.mp4 b.mp4 --out FOLDER --export fbx,trc`. Out: FOLDER/a.npz, a.fbx, a.trc ..., and
a line of JSON for each source. What is there already is left as it is, so that the same command goes on where
one was stopped; what was recorded of a source until then is FOLDER/a_stopped.npz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from str_live.addresses import public_address
from str_live.body.skinning import Body, load_body
from str_live.camera.kinds import is_url
from str_live.console import complain, program_name
from str_live.export import ExportError, TakeOptions, export_take, exporter_of, make_take
from str_live.live.command_line import Options
from str_live.live.headless import Run, report
from str_live.live.progress import on_terminal
from str_live.record import move_recording, people_files
from str_live.record.read import RecordingError, load_recording
from str_live.seconds import Seconds
from str_live.settings import Settings
from str_live.stopping import Stopping
from str_live.weights.load import Parts


def run_batch(settings: Settings, options: Options, stopping: Stopping, *, bar: bool | None = None) -> int:
    """All sources, one after the other; the process's exit status.

    0; 1 where something went wrong with one of them; 2 where a format cannot be written at all; 128 and the
    signal's number where a signal ended it. `bar`: show how far it is; None: where stderr is a terminal.
    """
    assert options.out is not None
    try:
        for suffix in options.export:
            exporter_of(Path(f"take{suffix}"))
        options.out.mkdir(parents=True, exist_ok=True)
    except ExportError as error:
        complain(f"{program_name()}: {error}")
        return 2
    except OSError as error:
        complain(f"{program_name()}: {options.out} cannot be made ({error.strerror}): give another folder")
        return 2
    batch = Batch(settings, options, stopping, on_terminal() if bar is None else bar)
    troubled = [not batch.process(source, record) for source, record in _records(options)]
    return stopping.status or int(any(troubled))


class Batch:
    """What sources have in common: network and body are loaded once."""

    def __init__(self, settings: Settings, options: Options, stopping: Stopping, bar: bool) -> None:
        self._settings, self._options, self._stopping, self._bar = settings, options, stopping, bar
        self._parts: Parts | None = None
        self._export_body: Body | None = None
        self._number = 0

    def process(self, source: str, record: Path) -> bool:
        """One source; whether all went well. Nothing once the end was requested."""
        self._number += 1
        if self._stopping.requested:
            return True
        name = public_address(source)
        line, troubles = {"source": name, "recording": str(record)}, list[str]()
        if not record.exists():
            line, troubles = self._run(source, record)
            if self._stopping.requested:  # the line is printed already
                return True
        exports = self._export(record, troubles) if record.exists() else []
        report({**line, "exports": exports}, [f"{name}:", *troubles] if troubles else [])
        return not troubles

    def _run(self, source: str, record: Path) -> tuple[dict[str, Any], list[str]]:
        settings = replace(self._settings, source=replace(self._settings.source, spec=source))
        name = public_address(source)
        title = f"[{self._number}/{len(self._options.sources)}] {Path(name).name}"
        line, troubles = {"source": name, "recording": None}, list[str]()

        def keep(run_line: dict[str, Any] | None, run_troubles: list[str]) -> None:
            line.update(run_line or {})
            troubles.extend(run_troubles)
            if self._stopping.requested:
                report({**line, "recording": _set_aside(record), "exports": []}, troubles)

        options = replace(self._options, record=record)
        run = Run(
            settings, options, self._stopping, bar=self._bar, title=title, parts=self._parts, report=keep
        )
        run.run()
        self._parts = run.parts
        return line, troubles

    def _export(self, record: Path, troubles: list[str]) -> list[str]:
        """Write the formats that are not there yet, of each person; the paths of all that are there then."""
        files = list(people_files(record).values()) or [record]
        return [path for file in files for path in self._export_one(file, troubles)]

    def _export_one(self, record: Path, troubles: list[str]) -> list[str]:
        """The same for one person's recording."""
        paths = [_export_path(record, suffix) for suffix in self._options.export]
        missing = [path for path in paths if not path.exists()]
        try:
            if missing:
                take = make_take(load_recording(record), self._body(), TakeOptions(), name=record.stem)
            for path in missing:
                export_take(take, path)
        except (ExportError, RecordingError) as error:
            troubles.append(str(error))
        return [str(path) for path in paths if path.exists()]

    def _body(self) -> Body:
        """The body that ran, on the CPU."""
        if self._export_body is None:
            self._export_body = load_body(Path(self._settings.body) if self._settings.body else None)
        return self._export_body


def _records(options: Options) -> Iterator[tuple[str, Path]]:
    """Each source with the recording that it gets: by its name, with a number where two have the same."""
    assert options.out is not None
    taken: set[str] = set()
    for source in options.sources:
        stem = _stem(public_address(source)) + _range_text(options.range_s)
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        yield source, options.out / f"{name}.npz"


def _range_text(range_s: Seconds | None) -> str:
    """What tells the files of a range from those of the whole: '_2.5-7'."""
    if range_s is None:
        return ""
    return f"_{range_s[0]:g}-{range_s[1]:g}".replace("inf", "end")


def _set_aside(record: Path) -> str | None:
    """Rename what was recorded until the end was requested, which is not the whole; its path, if any."""
    if not record.exists():
        return None
    aside = record.with_name(f"{record.stem}_stopped.npz")
    number = 1
    while aside.exists():
        number += 1
        aside = record.with_name(f"{record.stem}_stopped_{number}.npz")
    return str(move_recording(record, aside))


def _export_path(record: Path, suffix: str) -> Path:
    """Beside the recording; AMASS's own .npz must not take its name."""
    if suffix == record.suffix:
        return record.with_name(f"{record.stem}_amass{suffix}")
    return record.with_suffix(suffix)


def _stem(source: str) -> str:
    """The name of a source's files: a film's without its suffix, or what of another makes a file's name."""
    name = source.rstrip("/").rpartition("/")[2] if is_url(source) else Path(source).name
    stem = Path(name).stem if "." in name else name
    return "".join(sign if sign.isalnum() or sign in "-_. " else "_" for sign in stem) or "source"
