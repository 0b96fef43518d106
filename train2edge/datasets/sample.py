"""One labelled picture, as every reader gives it and every stage takes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.geometry import Rect


@dataclass(frozen=True)
class Sample:
    """A picture and its labelled objects.

    ``boxes`` float32 ``[N, 4]`` left, top, right, bottom in pixels of the upright picture as
    ``read_picture`` gives it, right and bottom exclusive; ``class_ids`` int32 ``[N]`` into the
    experiment's classes; ``ignore`` bool ``[N]``: neither a hit nor a miss (VOC difficult, COCO
    crowd, KITTI DontCare, which is one box for every class). ``where`` names the label file (and
    line) that the objects came from. ``sequence`` groups pictures that belong together (a video,
    a camera); splits by sequence keep a group whole. ``region``: the part of the picture, in its
    pixels, that a network looks at which works on objects; ``None``: it looks at all of it. Such a
    sample has one box, the object's.
    """

    image: Path
    width: int
    height: int
    boxes: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    ignore: NDArray[np.bool_]
    where: str = ""
    sequence: str = ""
    region: Rect | None = None

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes, np.float32).reshape(-1, 4)
        class_ids = np.asarray(self.class_ids, np.int32).reshape(-1)
        ignore = np.asarray(self.ignore, np.bool_).reshape(-1)
        if not len(boxes) == len(class_ids) == len(ignore):
            found = f"{len(boxes)} boxes, {len(class_ids)} class_ids, {len(ignore)} ignore"
            raise ValueError(f"{self.where}: {found}")
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "class_ids", class_ids)
        object.__setattr__(self, "ignore", ignore)

    @property
    def name(self) -> str:
        return self.image.name
