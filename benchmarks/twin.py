"""How fast the CPU twin runs an app, against what bounds it and against the usual OpenCV loop.

``python -m benchmarks.twin APP.txt [--frames N]``: one run, five figures in frames a second, taken
one after the other on the same machine and the same first source: decoding alone; the network
alone (prepare, infer, cluster); the usual loop (VideoCapture, network, rectangle, VideoWriter); the
twin without a sink; the twin as configured. A pipeline cannot be faster than its slowest part, nor
than all parts together on the cores there are.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream import app_config
from deepstream.app_config import AppConfig
from deepstream.twin import detector
from deepstream.twin.detector import Detector
from deepstream.twin.run import run_config

Picture = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app", type=Path)
    parser.add_argument("--frames", type=int, default=200)
    options = parser.parse_args()
    config = app_config.load(options.app)
    network = detector.load(_network(config), batch_size=1)
    figures: dict[str, Callable[[], float]] = {
        "decoding alone (GStreamer, all cores)": lambda: decoding(config, options.frames),
        "the network alone": lambda: inference(config, network, options.frames),
        "the usual OpenCV loop": lambda: opencv_loop(config, network, options.frames),
        "the twin, no display, no video": lambda: twin(options.app, options.frames, bare=True),
        "the twin as configured": lambda: twin(options.app, options.frames, bare=False),
    }
    print(f"{len(os.sched_getaffinity(0))} cores, {network.description}")
    for name, measure in figures.items():
        cpu = time.process_time()
        rate = measure()
        milliseconds = 1000 * (time.process_time() - cpu) / options.frames
        print(f"{name:40s} {rate:7.1f} frames/s  {milliseconds:6.1f} ms CPU a frame")


def decoding(config: AppConfig, frames: int) -> float:
    """The twin's own sources and mux into nothing."""
    alone = dataclasses.replace(
        config,
        primary_gie=dataclasses.replace(config.primary_gie, enable=False),
        tracker=dataclasses.replace(config.tracker, enable=False),
        osd=dataclasses.replace(config.osd, enable=False),
    )
    return _run(alone, frames, bare=True)


def inference(config: AppConfig, network: Detector, frames: int) -> float:
    pictures = [cv2.cvtColor(one, cv2.COLOR_BGR2RGB) for one in _pictures(config, 8)]
    start = time.perf_counter()
    for one in itertools.islice(itertools.cycle(pictures), frames):
        network([np.asarray(one, np.uint8)])
    return frames / (time.perf_counter() - start)


def opencv_loop(config: AppConfig, network: Detector, frames: int) -> float:
    size = (config.streammux.width, config.streammux.height)
    with tempfile.TemporaryDirectory() as folder:
        writer = cv2.VideoWriter(f"{folder}/v.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 25, size)
        start = time.perf_counter()
        for picture in _pictures(config, frames):
            _show(cv2.resize(picture, size), network, writer)
        writer.release()
        return frames / (time.perf_counter() - start)


def _show(picture: Any, network: Detector, writer: Any) -> None:
    (found,) = network([np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)])
    for left, top, right, bottom in found.boxes.round().astype(int).tolist():
        cv2.rectangle(picture, (left, top), (right, bottom), (255, 200, 0), 2)
    writer.write(picture)


def twin(app: Path, frames: int, *, bare: bool) -> float:
    return _run(app_config.load(app), frames, bare=bare)


def _run(config: AppConfig, frames: int, *, bare: bool) -> float:
    """Frames a second of the first source, played again and again."""
    changed = dataclasses.replace(config, sources=config.sources[:1], file_loop=True)
    if bare:
        changed = dataclasses.replace(
            changed,
            tiled_display=dataclasses.replace(config.tiled_display, enable=0),
            sinks=(app_config.Sink(enable=True, sync=False),),
            osd=dataclasses.replace(config.osd, enable=False),
        )
    with tempfile.TemporaryDirectory() as folder:
        return run_config(changed, Path(folder), limit=frames).fps[0]


def _pictures(config: AppConfig, count: int) -> Iterator[Picture]:
    """BGR pictures of the first source, from the start again when it ends."""
    path = unquote(config.sources[0].uri.removeprefix("file://"))
    given = 0
    while given < count:
        reader = cv2.VideoCapture(path)
        while given < count:
            more, picture = reader.read()
            if not more:
                break
            given += 1
            yield np.asarray(picture, np.uint8)
        if not given:
            sys.exit(f"{path} cannot be read")


def _network(config: AppConfig) -> Path:
    if config.primary_gie.config_file is None:
        sys.exit(f"{config.path} has no network")
    return config.primary_gie.config_file


if __name__ == "__main__":
    main()
