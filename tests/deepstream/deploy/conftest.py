"""The ssh server and its devices, and an app that finds red squares."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deepstream import write as writing
from tests.deepstream.deploy.device import ToyDevice
from tests.deepstream.deploy.server import Server
from tests.deepstream.twin import toy
from train2edge.bundle import ModelBundle
from train2edge.contract import ClassThresholds, Contract, InputContract, OutputContract
from train2edge.spec.stream import Stream

FILM = 40  # frames


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if shutil.which("ssh") is None:
        pytest.fail("no ssh here: scripts/install")
    one = Server(tmp_path_factory.mktemp("ssh"))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def device(server: Server, request: pytest.FixtureRequest) -> ToyDevice:
    """A new one for every test, by the name of the test."""
    return server.add(request.node.name.replace("[", "-").replace("]", "")[:60])


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "street"
    folder.mkdir()
    toy.write_network(folder / "model.onnx")
    (folder / "labels.txt").write_text("\n".join(toy.CLASSES))
    frame = InputContract(toy.WIDTH, toy.HEIGHT, maintain_aspect_ratio=False)
    one = ClassThresholds(operating=0.5, nms_iou=0.2)
    contract = Contract(frame, OutputContract(toy.CLASSES, thresholds=(one, one)))
    files = {"model": "model.onnx", "labels": "labels.txt"}
    ModelBundle(folder, "street", "fp32", contract, files).write_manifest()
    toy.write_video(folder.parent / "a film.avi", toy.moving(4) * (FILM // 4))
    return folder


@pytest.fixture(scope="session")
def written(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    stream = Stream(
        inputs=(str(bundle.parent / "a film.avi"),),
        sink="fake",
        tracker="none",
        width=toy.WIDTH,
        height=toy.HEIGHT,
    )
    out = tmp_path_factory.mktemp("written") / "app"
    return writing.write(bundle, stream, "jetson-orin-nano", "7.1", out)


@pytest.fixture
def app(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "my app"))
