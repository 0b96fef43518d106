"""Small folders of labelled pictures, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.spec.dataset import Dataset, Source

SIZE = (64, 48)
ZEROS = "0 0 0 0 0 0 0"


def noise(seed: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def picture(path: Path, seed: int = 0, size: tuple[int, int] = SIZE, quality: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), noise(seed, size), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def kitti(root: Path, labels: dict[str, str | None]) -> Source:
    """``labels``: stem -> its file's text (``None``: no file); ``car 1 2 3 4`` becomes KITTI."""
    (root / "labels").mkdir(parents=True, exist_ok=True)
    for seed, (stem, content) in enumerate(labels.items()):
        picture(root / "images" / f"{stem}.jpg", seed)
        if content is not None:
            text(root / "labels" / f"{stem}.txt", content)
    return Source(format="kitti", images=root / "images", labels=root / "labels")


def line(label: str, *box: float) -> str:
    return f"{label} 0 0 0 {' '.join(map(str, box))} {ZEROS}\n"


def coco(root: Path, data: Any, stems: tuple[str, ...] = ("a",)) -> Source:
    for seed, stem in enumerate(stems):
        picture(root / "images" / f"{stem}.jpg", seed)
    labels = text(root / "labels.json", data if isinstance(data, str) else json.dumps(data))
    return Source(format="coco", images=root / "images", labels=labels)


def dataset(train: Source, **more: Any) -> Dataset:
    values = {"classes": ("car", "bus"), "split": {"validation": 0.0}, **more}
    return Dataset.model_validate({"train": [train], **values})


def samples(classes_of: list[list[int]], sequence: str = "") -> list[Sample]:
    return [
        Sample(
            Path(f"/nowhere/{sequence}{index:04d}.jpg"),
            *SIZE,
            np.tile(np.array([[0, 0, 9, 9]], np.float32), (len(ids), 1)),
            np.array(ids, np.int32),
            np.zeros(len(ids), np.bool_),
        )
        for index, ids in enumerate(classes_of)
    ]
