"""How fast the CPU twin runs an app, against what bounds it and against the usual OpenCV loop.

``python -m benchmarks.twin APP.txt [--frames N] [--streams 1 4 8] [--rounds 2]``, taken in turns on
the same machine and the same first source (played again and again), for each number of streams,
in frames a second of all streams together:

- decode bound: the twin's own sources and mux into nothing;
- inference bound: the same model in OpenVINO on ready tensors, the faster of its latency and its
  throughput mode at that batch;
- the twin: detection and tracking, KITTI files and all, into nothing; then with tiles, display and
  H.264;
- the usual loop: VideoCapture, the same network, rectangles, VideoWriter.

``of the bound`` is the twin against the tighter of the two bounds. Each bound has all cores for
itself, the twin shares them between both: with ``d`` and ``i`` CPU seconds a frame no program can
come nearer than ``max(d, i) / (d + i)``, which is printed as ``possible``.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream import app_config
from deepstream.app_sections import AppConfig, Sink
from deepstream.twin.inference import network as networks
from deepstream.twin.inference.network import Network
from deepstream.twin.run import run_config
from train2edge.nvinfer import settings as infer_settings
from train2edge.nvinfer.frame_filter import to_frame
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.runtime import open_model

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Speed:
    """Frames a second of all streams, and CPU milliseconds a frame."""

    rate: float
    cpu: float


Measure = Callable[[], Speed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("app", type=Path)
    parser.add_argument("--frames", type=int, default=200, help="of all streams together")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    config = app_config.load(options.app)
    network = networks.load(dataclasses.replace(infer_settings.read(_file(config)), batch_size=1))
    print(f"{len(os.sched_getaffinity(0))} cores, {network.description}")
    for count in options.streams:
        tell(count, measured(config, network, count, options.frames, options.rounds))


def measured(
    config: AppConfig, network: Network, count: int, frames: int, rounds: int
) -> dict[str, Speed]:
    """Every figure ``rounds`` times in turns, the median of each."""
    each = max(2, frames // count)
    several = _streams(config, count)
    figures: dict[str, Measure] = {
        "decode bound": lambda: twin(_decoding(several), each),
        "inference bound": lambda: inference(network, count, frames),
        "the twin": lambda: twin(_bare(several), each),
        "the twin, display and H.264": lambda: twin(several, each),
        "the usual loop": lambda: opencv_loop(config, network, frames),
    }
    taken: dict[str, list[Speed]] = {name: [] for name in figures}
    for _ in range(rounds):
        for name, measure in figures.items():
            taken[name].append(measure())
    return {
        name: Speed(
            statistics.median(one.rate for one in speeds),
            statistics.median(one.cpu for one in speeds),
        )
        for name, speeds in taken.items()
    }


def tell(count: int, speeds: dict[str, Speed]) -> None:
    print(f"{count} streams")
    for name, speed in speeds.items():
        print(f"  {name:30s} {speed.rate:7.1f} frames/s  {speed.cpu:6.1f} ms CPU a frame")
    decode, infer = speeds["decode bound"], speeds["inference bound"]
    bound = min(decode.rate, infer.rate)
    possible = max(decode.cpu, infer.cpu) / (decode.cpu + infer.cpu)
    loop = speeds["the usual loop"].rate
    print(
        f"  of the bound {speeds['the twin'].rate / bound:.2f} (possible {possible:.2f});"
        f" with display and H.264 {speeds['the twin, display and H.264'].rate / loop:.2f}"
        " of the usual loop"
    )


def inference(network: Network, batch: int, frames: int) -> Speed:
    """The network alone, by OpenVINO itself, at its better mode."""
    import openvino

    modes = (("LATENCY", 1), ("THROUGHPUT", len(os.sched_getaffinity(0))))
    taken = [_mode(openvino, network, batch, frames, *mode) for mode in modes]
    return max(taken, key=lambda one: one.rate)


def _mode(openvino: Any, network: Network, batch: int, frames: int, hint: str, jobs: int) -> Speed:
    frame = network.input
    core = openvino.Core()
    graph = core.read_model(str(network.model.path))
    size = network.model.inputs[0].shape[0] or batch
    graph.reshape([size, frame.channels, frame.height, frame.width])
    settings = {
        "PERFORMANCE_HINT": hint,
        "INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)),
        "INFERENCE_PRECISION_HINT": "f32",
    }
    requests = openvino.AsyncInferQueue(core.compile_model(graph, "CPU", settings), jobs)
    shape = (size, frame.channels, frame.height, frame.width)
    tensor = np.random.default_rng(0).random(shape, np.float32)
    for _ in range(jobs):
        requests.start_async({0: tensor})
    requests.wait_all()
    start, spent = time.perf_counter(), time.process_time()
    rounds = max(1, frames // size)
    for _ in range(rounds):
        requests.start_async({0: tensor})
    requests.wait_all()
    return _speed(rounds * size, start, spent)


def _speed(frames: int, start: float, spent: float) -> Speed:
    cpu = 1000 * (time.process_time() - spent) / frames
    return Speed(frames / (time.perf_counter() - start), cpu)


def opencv_loop(config: AppConfig, network: Network, frames: int) -> Speed:
    """One picture after the other, each by all cores, as such a loop runs its network."""
    one_by_one = open_model(network.model.path, engine=network.choice.engine)
    network = dataclasses.replace(network, model=one_by_one)
    network.warm_up()
    size = (config.streammux.width, config.streammux.height)
    with tempfile.TemporaryDirectory() as folder:
        writer = cv2.VideoWriter(f"{folder}/v.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 25, size)
        start, spent = time.perf_counter(), time.process_time()
        for picture in _pictures(config, frames):
            _show(cv2.resize(picture, size), network, writer)
        writer.release()
        return _speed(frames, start, spent)


def _show(picture: Any, network: Network, writer: Any) -> None:
    found = _detect(network, np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))
    for left, top, right, bottom in found.boxes.round().astype(int).tolist():
        cv2.rectangle(picture, (left, top), (right, bottom), (255, 200, 0), 2)
    writer.write(picture)


def _detect(network: Network, picture: Picture) -> Objects:
    tensor, geometry = prepare(picture, network.input)
    found = network.read(of_picture(network.model(tensor[None]), 0))
    if not isinstance(found, Objects):
        sys.exit(f"{network.settings.path} is no detector's")
    return to_frame(found, geometry, (picture.shape[1], picture.shape[0]), network.filters)


def twin(config: AppConfig, frames: int) -> Speed:
    """Steady state: from the first batch to the last."""
    with tempfile.TemporaryDirectory() as folder:
        report = run_config(config, Path(folder), limit=frames)
    done = report.frames - len(config.sources)
    return Speed(done / report.seconds, 1000 * report.cpu_seconds / done)


def _streams(config: AppConfig, count: int) -> AppConfig:
    """The first source ``count`` times, played again when it ends."""
    columns = int(np.ceil(np.sqrt(count)))
    tiles = config.tiled_display
    return dataclasses.replace(
        config,
        sources=config.sources[:1] * count,
        file_loop=True,
        streammux=dataclasses.replace(config.streammux, batch_size=count),
        primary_gie=dataclasses.replace(config.primary_gie, batch_size=count),
        tiled_display=dataclasses.replace(tiles, rows=-(-count // columns), columns=columns),
    )


def _bare(config: AppConfig) -> AppConfig:
    return dataclasses.replace(
        config,
        tiled_display=dataclasses.replace(config.tiled_display, enable=0),
        sinks=(Sink(enable=True, sync=False),),
        osd=dataclasses.replace(config.osd, enable=False),
    )


def _decoding(config: AppConfig) -> AppConfig:
    return dataclasses.replace(
        _bare(config),
        primary_gie=dataclasses.replace(config.primary_gie, enable=False),
        tracker=dataclasses.replace(config.tracker, enable=False),
    )


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


def _file(config: AppConfig) -> Path:
    if config.primary_gie.config_file is None:
        sys.exit(f"{config.path} has no network")
    return config.primary_gie.config_file


if __name__ == "__main__":
    main()
