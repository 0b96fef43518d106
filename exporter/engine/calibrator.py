"""INT8 calibrators for TensorRT 8 to 10: one that only reads a cache, one that sees pictures.

Classes are made when TensorRT is there, since its own class is their base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exporter.engine.memory import Device
from train2edge.errors import WorkError
from train2edge.files import replacing

Picture = NDArray[np.float32]


def from_cache(trt: Any, text: bytes, batch: int) -> Any:
    """A calibrator that answers with the cache ``text`` and has no pictures."""

    class CacheReader(trt.IInt8EntropyCalibrator2):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IInt8EntropyCalibrator2.__init__(self)

        def get_batch_size(self) -> int:
            return batch

        def get_batch(self, names: Sequence[str]) -> None:
            return None

        def read_calibration_cache(self) -> bytes:
            return text

        def write_calibration_cache(self, cache: Any) -> None:
            return None

    return CacheReader()


def from_pictures(
    trt: Any, device: Device, pictures: Iterable[Picture], batch: int, out: Path
) -> Any:
    """A calibrator that shows ``pictures`` ``[C, H, W]`` and keeps the ranges in ``out``.

    What TensorRT raises in here gets lost in its C++: a failure is kept in ``failure`` and shows
    TensorRT an empty batch, so that whoever builds can tell it.
    """

    class PictureReader(trt.IInt8EntropyCalibrator2):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IInt8EntropyCalibrator2.__init__(self)
            self.failure: Exception | None = None
            self._batches = batches(pictures, batch)
            self._address: int | None = None

        def get_batch_size(self) -> int:
            return batch

        def get_batch(self, names: Sequence[str]) -> list[int] | None:
            try:
                shown = next(self._batches, None)
                return None if shown is None else [self._upload(shown)]
            except Exception as error:
                self.failure = error
                return None

        def read_calibration_cache(self) -> None:
            return None

        def write_calibration_cache(self, cache: Any) -> None:
            with replacing(out) as beside:
                beside.write_bytes(bytes(cache))

        def _upload(self, shown: NDArray[np.float32]) -> int:
            if self._address is None:
                self._address = device.allocate(shown.nbytes)
            device.upload(self._address, shown)
            device.synchronize()
            return self._address

    return PictureReader()


def batches(pictures: Iterable[Picture], size: int) -> Iterator[NDArray[np.float32]]:
    """Full batches ``[size, C, H, W]``; the last is filled up with its own first pictures."""
    waiting: list[Picture] = []
    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == size:
            yield np.ascontiguousarray(np.stack(waiting))
            waiting = []
    if waiting:
        full = [waiting[index % len(waiting)] for index in range(size)]
        yield np.ascontiguousarray(np.stack(full))


def check(calibrator: Any) -> None:
    """``WorkError`` with what went wrong while pictures were shown."""
    failure = getattr(calibrator, "failure", None)
    if failure is not None:
        raise WorkError(f"the calibration pictures could not be shown: {failure}") from failure
