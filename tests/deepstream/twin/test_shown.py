"""The README's app of four streams, everything at once, as its commands stand there."""

from __future__ import annotations

import json
import shlex
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.deepstream.twin import toy
from tests.deepstream.twin.elements.networks import SIDE, write_classifier
from tests.deepstream.twin.test_rtsp import free_port
from tests.test_readme import block
from train2edge.bundle import ModelBundle
from train2edge.cli import run
from train2edge.contract import ClassThresholds, Contract, InputContract, OutputContract

pytestmark = pytest.mark.usefixtures("gstreamer")
SIZE = (1280, 720)  # of the mux
FRAMES, PROBATION = 16, 3  # the tracker tells of nothing younger
LINES = """[property]
enable=1
config-width=1280
config-height=720
[line-crossing-stream-1]
enable=1
line-crossing-Right=600;360;700;360;640;0;640;720
"""


def large(frames: list[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    for one in frames:
        yield np.asarray(cv2.resize(one, SIZE, interpolation=cv2.INTER_NEAREST), np.uint8)


def world(folder: Path) -> None:
    """The README's two bundles, its videos and its file of lines."""
    for name in ("detector", "kinds"):
        (folder / name).mkdir()
    toy.write_network(folder / "detector/model.onnx")
    frame = InputContract(toy.WIDTH, toy.HEIGHT, maintain_aspect_ratio=False)
    one = ClassThresholds(operating=0.5, nms_iou=0.2)
    found = OutputContract(("car", "bus"), thresholds=(one, one))
    _bundle(folder / "detector", Contract(frame, found))
    write_classifier(folder / "kinds").rename(folder / "kinds/infer.txt")
    (folder / "kinds/classifier.onnx").rename(folder / "kinds/model.onnx")
    frame = InputContract(SIDE, SIDE, maintain_aspect_ratio=False, tensor="input")
    names = OutputContract(
        toy.CLASSES, parser="classifier", scores="scores", classifier_threshold=0.2
    )
    _bundle(folder / "kinds", Contract(frame, names, "classification"))
    for name, color in zip("abcd", ("red", "blue") * 2, strict=True):
        video = toy.write_video(folder / f"{name}.avi", large(toy.moving(FRAMES, color)))
        video.rename(folder / f"{name}.mp4")
    (folder / "lines.txt").write_text(LINES)


def _bundle(folder: Path, contract: Contract) -> None:
    (folder / "labels.txt").write_text("\n".join(contract.output.classes))
    files = {"model": "model.onnx", "labels": "labels.txt"}
    ModelBundle(folder, folder.name, "fp32", contract, files).write_manifest()


def test_four_streams_with_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world(tmp_path)
    monkeypatch.chdir(tmp_path)
    for line in block("streams"):
        words = shlex.split(line, comments=True)
        assert run(words[1:]) == 0, capsys.readouterr().err
        if words[2] == "config":
            _another_port(tmp_path / "streams/app.txt")
    assert "rtsp://localhost:" in capsys.readouterr().err
    for folder in ("kitti", "kitti_track"):
        files = [one.name[:6] for one in (tmp_path / "out" / folder).iterdir()]
        assert Counter(files) == {f"00_00{n}": FRAMES for n in range(4)}
    streams = json.loads((tmp_path / "out/stream.json").read_text())["details"]["streams"]
    named = [("car", "red"), ("bus", "blue")] * 2
    assert [one["objects"] for one in streams] == [
        {label: FRAMES - PROBATION} for label, _ in named
    ]
    assert [one["names"] for one in streams] == [{name: FRAMES - PROBATION} for _, name in named]
    assert [one["tracks"] for one in streams] == [1] * 4
    assert [one["crossed"] for one in streams] == [{}, {"Right": 1}, {}, {}]


def _another_port(app: Path) -> None:
    """Not the README's: two runs on one machine would meet."""
    text = app.read_text()
    for given, kind in (("8554", socket.SOCK_STREAM), ("5400", socket.SOCK_DGRAM)):
        text = text.replace(f"port={given}", f"port={free_port(kind)}")
    app.write_text(text)
