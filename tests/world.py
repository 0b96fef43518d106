"""A small, good world for commands: pictures, labels, an experiment, a run, its bundle, an app."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import yaml

from train2edge.cli import run

SIZE = (96, 64)


def make(world: Path) -> Path:
    """Eight pictures, an experiment, an untrained run, its bundle and its app."""
    _draw(world / "images", world / "labels")
    (world / "spec.yaml").write_text(yaml.safe_dump(_experiment()))
    (world / "text").write_text("hello\n")
    (world / "empty").touch()
    with inside(world):
        _untrained_run(world)
        for command in (
            "export run -o bundle --precision fp32 --no-check",
            "stream pictures images -o film.avi",
            "stream config bundle -o app --target t4 --deepstream 7.1 --input film.avi --sink fake",
        ):
            assert run(command.split()) == 0, command
    return world


def _draw(images: Path, labels: Path) -> None:
    images.mkdir()
    labels.mkdir()
    rng = np.random.default_rng(3)
    for number in range(8):
        picture = rng.integers(0, 80, (SIZE[1], SIZE[0], 3), np.uint8)
        picture[20:44, 30:70] = (0, 0, 220)
        cv2.imwrite(str(images / f"{number}.jpg"), picture)
        (labels / f"{number}.txt").write_text("car 0 0 0 30 20 70 44 0 0 0 0 0 0 0\n")


def _experiment() -> dict[str, object]:
    source = {"format": "kitti", "images": "images", "labels": "labels"}
    return {
        "name": "toy",
        "dataset": {"classes": ["car"], "train": source, "test": source},
        "model": {"backbone": "resnet10", "input": {"width": 96, "height": 64}},
        "training": {"epochs": 1, "batch_size": 2, "workers": 0},
        "pruning": {"keep": 0.5},
    }


def _untrained_run(world: Path) -> None:
    from train2edge.spec.loader import load, save
    from trainer.checkpoint import Architecture, Checkpoint, build, initial_contract

    experiment = load(world / "spec.yaml")
    architecture = Architecture("detectnet_v2", "resnet10", ("car",), 96, 64)
    contract = initial_contract(experiment.model, ("car",))
    Checkpoint.of(build(architecture), architecture, contract).save(
        world / "run" / "best.safetensors"
    )
    save(experiment, world / "run" / "spec.yaml")


class inside:
    """The working directory for a block."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.back = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self.folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self.back)
