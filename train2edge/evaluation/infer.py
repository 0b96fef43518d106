"""A model's boxes on pictures or a video that nobody has labelled."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.contract import Contract
from train2edge.datasets.header import SUFFIXES
from train2edge.datasets.picture import Skipped, picture_files, read_picture, whole
from train2edge.detections import FrameDetections, write_json_lines, write_kitti
from train2edge.errors import InputError, WorkError
from train2edge.evaluation.classify import with_threshold
from train2edge.evaluation.drawing import draw_detections, encode_jpeg
from train2edge.evaluation.evaluate import operating
from train2edge.evaluation.naming import stem, unique_names
from train2edge.evaluation.predictor import Predictor
from train2edge.evaluation.run import BATCH, batches
from train2edge.files import replacing
from train2edge.folders import filling
from train2edge.nvinfer.postprocess import frame_detections, of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.progress import track

Picture = NDArray[np.uint8]
Draw = Callable[[FrameDetections, Picture], None]


class Frame(NamedTuple):
    """A picture, uint8 HWC RGB, and its name."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class Feed:
    """What to look at: ``frames`` can be gone through once; ``rate`` is a video's frames/s.

    ``skipped`` are pictures of a folder that are broken.
    """

    source: Path
    count: int
    frames: Iterable[Frame]
    rate: float | None = None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class InferReport:
    """What was found: frames, and objects by class, above the operating thresholds.

    ``skipped`` says of every broken picture why it was left out.
    """

    frames: int
    objects: dict[str, int]
    seconds: float
    drawn: Path
    skipped: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        return {
            "frames": self.frames,
            "objects": self.objects,
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.frames / max(self.seconds, 1e-9), 2),
            "drawn": str(self.drawn),
            "skipped": list(self.skipped),
        }

    def lines(self) -> list[str]:
        """For people: the classes that were found, and what was left out."""
        found = ", ".join(f"{count} {label}" for label, count in self.objects.items() if count)
        left_out = [f"left out: {one}" for one in self.skipped]
        frames = "1 frame" if self.frames == 1 else f"{self.frames} frames"
        return [*left_out, f"{frames}: {found or 'nothing found'}"]


def infer(
    predictor: Predictor, path: Path, out: Path, *, threshold: float | None = None
) -> InferReport:
    """Draw what ``predictor`` sees in a picture, a folder of pictures or a video.

    Writes to the folder ``out``: annotated pictures in ``pictures/`` or a video ``.mp4``,
    ``detections.jsonl``, and ``kitti/`` (for a video named as deepstream-app names them).
    ``threshold`` takes the place of every class's operating threshold. What an earlier run left
    there under these names goes when all is written. Raises ``InputError`` for what is neither a
    picture nor a video.
    """
    feed = open_feed(path)
    contract = _visible(predictor.contract, threshold)
    classes = contract.output.classes
    start = time.perf_counter()
    with filling(out) as folder:
        drawn, found = _look(predictor, feed, contract, folder)
        write_json_lines(found, classes, folder / "detections.jsonl")
    counts = Counter(classes[label] for one in found for label in one.class_ids)
    return InferReport(
        len(found),
        {label: counts[label] for label in classes},
        time.perf_counter() - start,
        out / drawn.name,
        tuple(map(str, feed.skipped)),
    )


def _look(
    predictor: Predictor, feed: Feed, contract: Contract, folder: Path
) -> tuple[Path, list[FrameDetections]]:
    """Draw every frame and write its KITTI file; where the drawings are, and what was found."""
    classes = contract.output.classes
    (folder / "kitti").mkdir()
    found: list[FrameDetections] = []
    sink = _pictures(folder, classes) if feed.rate is None else _video(feed, folder, classes)
    with sink as (drawn, draw):
        pairs = detect_frames(predictor, feed.frames, contract)
        for frame, one in track(pairs, f"look at {feed.source.name}", feed.count, "frames"):
            draw(one, frame.picture)
            write_kitti(one, classes, folder / "kitti" / f"{_kitti_stem(one.name, feed)}.txt")
            found.append(one)
        if not found:
            raise InputError("not a single frame can be decoded", where=str(feed.source))
    return drawn, found


def open_feed(path: Path) -> Feed:
    """The frames of a picture, a folder of pictures, or a video; ``InputError`` for else."""
    if path.is_dir():
        pictures, broken = whole(picture_files(path, below=True))
        if not pictures:
            raise InputError(f"every picture is broken, first {broken[0]}", where=str(path))
        return replace(_picture_feed(path, pictures), skipped=tuple(broken))
    if path.suffix.lower() in SUFFIXES:
        return _picture_feed(path, [path])
    return _video_feed(path)


def detect_frames(
    predictor: Predictor, frames: Iterable[Frame], contract: Contract, batch_size: int = BATCH
) -> Iterator[tuple[Frame, FrameDetections]]:
    """Each frame with its detections, in its own pixels, as nvinfer would attach them."""
    for batch in batches(frames, batch_size):
        prepared = [prepare(frame.picture, contract.input) for frame in batch]
        outputs = predictor(np.stack([tensor for tensor, _ in prepared]))
        for index, (frame, (_, geometry)) in enumerate(zip(batch, prepared, strict=True)):
            size = (frame.picture.shape[1], frame.picture.shape[0])
            tensors = of_picture(outputs, index)
            yield frame, frame_detections(frame.name, tensors, contract, geometry, size)


def _visible(contract: Contract, threshold: float | None) -> Contract:
    if threshold is None:
        return operating(contract)
    if contract.task == "classification":
        return with_threshold(contract, threshold)
    thresholds = tuple(replace(one, operating=threshold) for one in contract.output.thresholds)
    return operating(replace(contract, output=replace(contract.output, thresholds=thresholds)))


def _picture_feed(path: Path, pictures: Sequence[Path]) -> Feed:
    pairs = zip(unique_names(pictures), pictures, strict=True)
    return Feed(path, len(pictures), (Frame(name, read_picture(one)) for name, one in pairs))


def _video_feed(path: Path) -> Feed:
    if not path.is_file():
        raise InputError("no such picture, folder or video", where=str(path))
    video = cv2.VideoCapture(str(path))
    if not video.isOpened():
        raise InputError(
            "neither a picture nor a video that OpenCV can read",
            where=str(path),
            hint=f"pictures end in {', '.join(SUFFIXES)}",
        )
    count = max(int(video.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
    return Feed(path, count, _video_frames(video), video.get(cv2.CAP_PROP_FPS) or 25.0)


def _video_frames(video: cv2.VideoCapture) -> Iterator[Frame]:
    number = 0
    try:
        while True:
            read, picture = video.read()
            if not read:
                return
            yield Frame(str(number), np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))
            number += 1
    finally:
        video.release()


def _kitti_stem(name: str, feed: Feed) -> str:
    return stem(name) if feed.rate is None else f"00_000_{int(name):06d}"


@contextmanager
def _pictures(out: Path, classes: Sequence[str]) -> Iterator[tuple[Path, Draw]]:
    folder = out / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def draw(found: FrameDetections, picture: Picture) -> None:
        drawn = encode_jpeg(draw_detections(picture, found, classes), quality=92)
        (folder / f"{stem(found.name)}.jpg").write_bytes(drawn)

    yield folder, draw


@contextmanager
def _video(feed: Feed, out: Path, classes: Sequence[str]) -> Iterator[tuple[Path, Draw]]:
    """An MPEG-4 video of the source's size and rate; it appears whole when all is written."""
    path = out / f"{feed.source.stem}.mp4"
    writers: list[cv2.VideoWriter] = []

    with replacing(path) as beside:

        def draw(found: FrameDetections, picture: Picture) -> None:
            if not writers:
                writers.append(_writer(beside, picture, feed.rate or 25.0))
            drawn = draw_detections(picture, found, classes, smallest=0)
            writers[0].write(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))

        try:
            yield path, draw
        finally:
            for one in writers:
                one.release()


def _writer(path: Path, picture: Picture, rate: float) -> cv2.VideoWriter:
    size = (picture.shape[1], picture.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
    if not writer.isOpened():
        raise WorkError("this build of OpenCV cannot write MPEG-4", where=str(path))
    return writer
