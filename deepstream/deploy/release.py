"""An app folder as a release: its files, their digests, and the one digest that is its name."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from deepstream.deploy.engine import EngineBuild
from deepstream.route import read_app
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import digest_file

SUMS = ".sums"
RESULTS = "out"  # what a run writes is none of the app's content
ENGINE = ".engine"  # built where it runs
_NAME = 16  # characters of the digest: a name that can be read aloud


@dataclass(frozen=True)
class AppFile:
    """``path`` is relative to the app, with ``/``."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class AppRelease:
    """What is sent of an app. ``written`` are folders that must be there before it runs."""

    app: Path
    name: str
    target: str
    deepstream: str
    tensorrt: str
    lane: str
    sink: str
    labels: tuple[str, ...]
    files: tuple[AppFile, ...]
    engines: tuple[EngineBuild, ...]
    written: tuple[str, ...]

    @property
    def sums(self) -> str:
        """The list of files as ``sha256sum -c`` reads it."""
        return "".join(f"{one.sha256}  {one.path}\n" for one in self.files)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sums.encode()).hexdigest()

    @property
    def short(self) -> str:
        """The release's folder on the device."""
        return self.digest[:_NAME]

    @property
    def display(self) -> str | None:
        """The X display of an app that shows its picture: that of whoever sits at the device."""
        return ":0" if self.sink == "display" else None

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files)

    def send(self, out: IO[bytes]) -> None:
        """Write all as a tar stream, the list of files first."""
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as stream:
            listed = self.sums.encode()
            stream.addfile(_member(SUMS, len(listed)), io.BytesIO(listed))
            for one in self.files:
                with (self.app / one.path).open("rb") as file:
                    stream.addfile(_member(one.path, one.size), file)


def open_release(app: Path) -> AppRelease:
    """Read the app folder; ``ProblemsError`` with everything that keeps it from being sent."""
    settings = read_app(app)
    engines = _engines(settings, app)
    paths = sorted(_paths(app))
    problems = [*_unnamed(app, paths), *_missing(app, settings)]
    if problems:
        raise ProblemsError(problems)
    files = tuple(AppFile(one, (app / one).stat().st_size, digest_file(app / one)) for one in paths)
    by_path = {one.path: one.sha256 for one in files}
    return AppRelease(
        app=app,
        name=str(settings["name"]),
        target=settings["target"],
        deepstream=settings["deepstream"],
        tensorrt=settings["tensorrt"],
        lane=settings["lane"],
        sink=settings["sink"],
        labels=tuple(settings["labels"]),
        files=files,
        engines=tuple(EngineBuild.of(one, by_path) for one in engines),
        written=tuple(one for one in _written(settings["files"]) if one),
    )


def _engines(settings: Mapping[str, Any], app: Path) -> list[dict[str, Any]]:
    if "engines" not in settings:
        raise InputError(
            "app.json does not say how its engines are built: an older t2e wrote it",
            where=str(app),
            hint="t2e stream config BUNDLE -o APP writes it again",
        )
    return list(settings["engines"])


def _written(files: Mapping[str, Any]) -> Iterator[str | None]:
    yield RESULTS
    yield files["kitti"]
    yield files["kitti_track"]


def _paths(app: Path) -> Iterator[str]:
    for folder, names, files in os.walk(app):
        inside = Path(folder).relative_to(app)
        linked = [one for one in names if (Path(folder) / one).is_symlink()]
        if linked:
            where = str(Path(folder) / linked[0])
            raise InputError("a link to a folder: an app is copied without it", where=where)
        names[:] = [one for one in names if (inside / one) != Path(RESULTS)]
        for one in files:
            if not one.endswith(ENGINE):
                yield str(PurePosixPath(inside / one))


def _unnamed(app: Path, paths: list[str]) -> Iterator[Problem]:
    for one in paths:
        if not (app / one).is_file():
            yield Problem(str(app / one), "no file that can be copied")
        if any(character in one for character in "\n\r"):
            yield Problem(repr(one), "a line break in a file's name")
        if one in (SUMS, ".engines"):
            yield Problem(str(app / one), "a name that releases take themselves")


def _missing(app: Path, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Files that ``app.json`` names and that a device reads."""
    for files in (settings["files"], *(one["files"] for one in settings["secondaries"])):
        keys = ("app", "infer", "labels", "tracker", "analytics", "onnx", "calibration_cache")
        for one in (files.get(key) for key in keys):
            if one and not (app / one).is_file():
                yield Problem(str(app / one), "app.json names it, and it is not there")


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Only the owner reads it: addresses of cameras hold passwords."""
    member = tarfile.TarInfo(f"./{name}")
    member.size, member.mode = size, 0o600
    return member
