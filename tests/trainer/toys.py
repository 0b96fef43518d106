"""Toy pictures, experiments and networks that train in a second."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from train2edge.spec.experiment import Experiment
from trainer import checkpoint
from trainer.checkpoint import Architecture, Checkpoint

CLASSES = ("square", "disc")
NARROW = 8  # channels of every convolution
SIZE = 64


def pictures(folder: Path, count: int = 12) -> Path:
    """KITTI pictures of one white square or one grey disc each, on noise."""
    rng = np.random.default_rng(3)
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        picture = rng.integers(0, 60, (SIZE, SIZE, 3), np.uint8)
        left, top, side = (int(value) for value in rng.integers((4, 4, 20), (24, 24, 36)))
        right, bottom = left + side, top + side
        if number % 2:
            middle = (left + side // 2, top + side // 2)
            cv2.circle(picture, middle, side // 2, (140, 140, 140), -1)
        else:
            cv2.rectangle(picture, (left, top), (right, bottom), (255, 255, 255), -1)
        cv2.imwrite(str(folder / "images" / f"{number:03}.png"), picture)
        box = f"{left} {top} {right} {bottom}"
        line = f"{CLASSES[number % 2]} 0 0 0 {box} 0 0 0 0 0 0 0\n"
        (folder / "labels" / f"{number:03}.txt").write_text(line)
    return folder


def experiment(folder: Path, **training: object) -> Experiment:
    """An experiment on ``pictures(folder)``."""
    source = {"format": "kitti", "images": folder / "images", "labels": folder / "labels"}
    return Experiment.model_validate(
        {
            "name": "toy",
            "dataset": {"classes": CLASSES, "train": source, "split": {"validation": 0.34}},
            "model": {"backbone": "resnet10", "input": {"width": SIZE, "height": SIZE}},
            "augmentation": {"mosaic": 0.5, "rotate": 20},
            "training": {"batch_size": 2, "epochs": 3, "amp": "off", **training},
        }
    )


def classification(folder: Path, **training: object) -> Experiment:
    """An experiment on the crops of ``pictures(folder)``."""
    values = experiment(folder, **training).model_dump()
    values["model"] = {"backbone": "resnet10", "input": {"width": 32, "height": 32}}
    values["augmentation"] = {"rotate": 20}
    return Experiment.model_validate({**values, "task": "classification"})


def narrow(path: Path, of: Experiment | None = None) -> Path:
    """A checkpoint of a very thin ResNet10, as pruning would leave it."""
    spec = of or experiment(Path("nowhere"))
    settings, size = spec.model, spec.model.input
    names = ["conv1"]
    for stage in range(1, 5):
        block = f"layer{stage}.0"
        names += [f"{block}.conv1", f"{block}.conv2"]
        names += [f"{block}.downsample.0"] if stage > 1 else []
    table = {f"backbone.{name}": NARROW for name in names}
    plain = checkpoint.initial_architecture(settings, CLASSES)
    thin = Architecture(plain.name, plain.backbone, CLASSES, size.width, size.height, table)
    contract = checkpoint.initial_contract(settings, CLASSES)
    Checkpoint.of(checkpoint.build(thin), thin, contract).save(path)
    return path
