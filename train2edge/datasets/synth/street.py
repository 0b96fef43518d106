"""The whole synthetic data set: training and test pictures, a labelled video, an experiment file.

    FOLDER/train/images, train/labels    KITTI
    FOLDER/test/images,  test/labels     KITTI
    FOLDER/video.mp4                     H.264
    FOLDER/video/labels/000000.txt       KITTI, a file a frame
    FOLDER/video/tracks.txt              KITTI tracking: frame, object id, then KITTI's fields
    FOLDER/experiment.yaml               for t2e train and t2e go

The same seed draws the same pixels; a picture's content depends on its number alone, so more
pictures are the same ones and then some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from train2edge.datasets.kitti import line
from train2edge.datasets.synth.render import Drawing, Labelled, draw, draw_background
from train2edge.datasets.synth.scene import CLASSES, choose, choose_moving
from train2edge.datasets.synth.video import check_encoder, encoding
from train2edge.errors import InputError
from train2edge.files import write_text
from train2edge.folders import building, check_free

_STREAMS = {"train": 1, "test": 2, "video": 3}  # independent random streams of one seed
_QUALITY = 92
_ENOUGH = 3  # scenes that are tried for a picture with somebody in it


@dataclass(frozen=True)
class StreetPlan:
    """How much to draw. ``width`` and ``height`` in pixels, ``rate`` in frames per second."""

    pictures: int = 240
    test: int = 60
    frames: int = 150
    width: int = 640
    height: int = 384
    seed: int = 1
    rate: int = 25

    def __post_init__(self) -> None:
        for name, least in (("pictures", 1), ("test", 0), ("frames", 0), ("seed", 0), ("rate", 1)):
            value = getattr(self, name)
            if value < least:
                raise InputError(f"{value} is too few", where=f"--{name}", hint=f"{least} or more")
        for value in (self.width, self.height):
            if value % 2 or not 128 <= value <= 4096:
                size = f"{self.width}x{self.height}"
                hint = "even numbers from 128 to 4096, e.g. 640x384"
                raise InputError(f"'{size}' cannot be drawn", where="--size", hint=hint)

    def as_record(self) -> dict[str, Any]:
        return {**asdict(self), "classes": list(CLASSES)}


@dataclass
class StreetReport:
    """What was drawn: part -> class -> boxes (``DontCare`` too)."""

    objects: dict[str, Counter[str]] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        return {"objects": {part: dict(count) for part, count in self.objects.items()}}


def write_street(
    plan: StreetPlan, out: Path, advance: Callable[[], None] = lambda: None
) -> StreetReport:
    """Draw everything into the new folder ``out``; ``advance`` is called after each picture.

    Raises ``InputError`` if ``out`` is not empty, ``MissingError`` if a video is wanted and
    GStreamer is not installed, ``WorkError`` if encoding fails.
    """
    check_free(out)
    if plan.frames:
        check_encoder()
    report = StreetReport()
    with building(out) as folder:
        for part, count in (("train", plan.pictures), ("test", plan.test)):
            report.objects[part] = _part(plan, folder / part, part, count, advance)
        if plan.frames:
            report.objects["video"] = _video(plan, folder, advance)
        write_text(folder / "experiment.yaml", experiment(plan, out.name))
    return report


def experiment(plan: StreetPlan, name: str) -> str:
    """An experiment file for the drawn pictures, paths relative to it."""
    safe = "".join(letter if letter.isalnum() or letter in "_.-" else "-" for letter in name)
    dataset: dict[str, Any] = {"classes": list(CLASSES), "train": _source("train")}
    if plan.test:
        dataset["test"] = _source("test")
    values: dict[str, Any] = {"name": safe.lstrip("_.-") or "street", "dataset": dataset}
    values["model"] = {"input": {"width": _input(plan.width), "height": _input(plan.height)}}
    if plan.frames:
        values["stream"] = {"inputs": ["video.mp4"], "width": plan.width, "height": plan.height}
    return yaml.safe_dump(values, sort_keys=False)


def _source(part: str) -> dict[str, str]:
    return {"format": "kitti", "images": f"{part}/images", "labels": f"{part}/labels"}


def _input(size: int) -> int:
    return max(16, round(size / 16) * 16)


def _part(
    plan: StreetPlan, folder: Path, part: str, count: int, advance: Callable[[], None]
) -> Counter[str]:
    total: Counter[str] = Counter()
    if not count:
        return total
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        drawing = _drawn(plan, part, index)
        name = f"{part}_{index:05d}"
        _write_picture(folder / "images" / f"{name}.jpg", drawing.picture)
        _write_labels(folder / "labels" / f"{name}.txt", drawing.objects)
        total += _counted(drawing.objects)
        advance()
    return total


def _drawn(plan: StreetPlan, part: str, index: int) -> Drawing:
    """One picture; now and then a street without anybody in it, as in life."""
    for attempt in range(_ENOUGH):
        rng = np.random.default_rng([plan.seed, _STREAMS[part], index, attempt])
        drawing = draw(choose(rng, plan.width, plan.height), frame=index)
        if any(not one.box.ignore for one in drawing.objects):
            break
    return drawing


def _video(plan: StreetPlan, folder: Path, advance: Callable[[], None]) -> Counter[str]:
    total: Counter[str] = Counter()
    rng = np.random.default_rng([plan.seed, _STREAMS["video"]])
    scene = choose_moving(rng, plan.width, plan.height, plan.frames / plan.rate)
    background = draw_background(scene)
    labels = folder / "video" / "labels"
    labels.mkdir(parents=True)
    tracks: list[str] = []
    with encoding(folder, "video.mp4", (plan.width, plan.height), plan.rate) as encoder:
        for frame in range(plan.frames):
            drawing = draw(scene.at(frame / plan.rate), background, frame)
            encoder.write(drawing.picture)
            _write_labels(labels / f"{frame:06d}.txt", drawing.objects)
            tracks += [_track(frame, one) for one in drawing.objects]
            total += _counted(drawing.objects)
            advance()
    (folder / "video" / "tracks.txt").write_text("".join(f"{one}\n" for one in tracks))
    return total


def _track(frame: int, one: Labelled) -> str:
    """KITTI tracking: DontCare regions have the id -1."""
    number = -1 if one.box.ignore else one.number
    return f"{frame} {number} {line(one.box)}"


def _write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    path.write_bytes(data.tobytes())


def _write_labels(path: Path, objects: Iterable[Labelled]) -> None:
    path.write_text("".join(f"{line(one.box)}\n" for one in objects))


def _counted(objects: Iterable[Labelled]) -> Counter[str]:
    return Counter(one.box.label for one in objects)
