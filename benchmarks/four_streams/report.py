"""Whether each part did its work, what was found, and some of the client's pictures in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.four_streams.client import Client
from benchmarks.four_streams.films import Film

SHOWN = 6  # pictures of the montage, three a row
TILE = (640, 360)


@dataclass(frozen=True)
class Check:
    """One part of the app: what it should have done, what it did."""

    what: str
    figure: str
    passed: bool


def checks(
    details: Mapping[str, Any], client: Client, results: Path, frames: int, films: Sequence[Film]
) -> list[Check]:
    """All checks of a run that ``details`` (``stream.json``) tells of."""
    return [
        *_files(results, len(films), frames),
        *_found(details["streams"], films),
        Check(
            "RTSP: a client reads half of the frames or more, none twice",
            f"{client.frames} of {frames}",
            frames <= 2 * client.frames <= 2 * frames,
        ),
    ]


def _files(results: Path, streams: int, frames: int) -> Iterator[Check]:
    for folder in ("kitti", "kitti_track"):
        names = [one.name for one in (results / folder).glob("*.txt")]
        counts = [sum(name.startswith(f"00_{n:03}_") for name in names) for n in range(streams)]
        yield Check(
            f"{folder}: a file for every frame of every stream",
            ", ".join(map(str, counts)),
            counts == [frames] * streams,
        )


def _found(streams: Sequence[Mapping[str, Any]], films: Sequence[Film]) -> Iterator[Check]:
    objects = [sum(one["objects"].values()) for one in streams]
    yield Check("detector: objects on every stream", _text(objects), all(objects))
    tracks = [one["tracks"] for one in streams]
    yield Check("tracker: tracks on every stream", _text(tracks), all(tracks))
    names = [sum(one["names"].values()) for one in streams]
    yield Check("classifier: names on every stream", _text(names), all(names))
    crossed = [sum(one["crossed"].values()) for one in streams]
    where = [number for number, film in enumerate(films) if film.counts]
    yield Check(
        "lines: crossed on the streams that film photos, twice each",
        _text(crossed),
        all(crossed[number] >= 2 for number in where),
    )


def tell(
    films: Sequence[Film],
    details: Mapping[str, Any],
    checked: Sequence[Check],
    client: Client,
    results: Path,
) -> None:
    """Print both tables and the places of the results; write the montage."""
    console = Console()
    table = Table("stream", "frames/s", "objects", "tracks", "named", "crossed")
    for number, (film, one) in enumerate(zip(films, details["streams"], strict=True)):
        found = (_counts(one[key]) for key in ("objects", "names", "crossed"))
        objects, names, crossed = found
        rate = f"{details['fps'][number]:.1f}"
        table.add_row(f"{number} {film.title}", rate, objects, str(one["tracks"]), names, crossed)
    console.print(table)
    table = Table("check", "", "")
    for check in checked:
        table.add_row(check.what, check.figure, "passed" if check.passed else "FAILED")
    console.print(table)
    print(f"KITTI files of every frame: {results / 'kitti'} and {results / 'kitti_track'}")
    if client.pictures:
        print(f"what the RTSP client saw: {montage(client.pictures)}")
    app = results.with_name("app")
    print(f"to watch it yourself: t2e stream run {app} --twin -o {results} --preview 8080")


def montage(pictures: Sequence[Path]) -> Path:
    """Some of the pictures, evenly spread, in one file beside them."""
    chosen = [pictures[one] for one in np.linspace(0, len(pictures) - 1, SHOWN).astype(int)]
    tiles = [cv2.resize(_read(one), TILE, interpolation=cv2.INTER_AREA) for one in chosen]
    rows = [np.hstack(tiles[start : start + 3]) for start in range(0, SHOWN, 3)]
    out = pictures[0].parent.with_name("montage.png")
    cv2.imwrite(str(out), np.vstack(rows))
    return out


def _read(path: Path) -> Any:
    return cv2.imread(str(path))


def _text(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _counts(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{name} {count}" for name, count in counts.items()) or "-"
