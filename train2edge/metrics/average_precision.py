"""Average precision of one class, from its curve of precision over recall, by three readings.

``coco``: mean of the interpolated precision at 101 recalls (COCO). ``integrate``: area under the
interpolated curve (TLT's INTEGRATE, VOC since 2010). ``sample``: mean at 11 recalls (TLT's SAMPLE,
VOC until 2009).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Mode = Literal["coco", "integrate", "sample"]
MODES: tuple[Mode, ...] = get_args(Mode)
Floats = NDArray[np.float64]

_COCO_RECALLS = np.linspace(0.0, 1.0, 101)
_VOC_RECALLS = np.linspace(0.0, 1.0, 11)
_EDGE = 1e-9  # 3 of 10 objects are a recall of 0.3, whatever 3/10 and 0.1*3 are in binary


def average_precision(recall: Floats, precision: Floats, mode: Mode) -> float:
    """AP in 0..1 of points ordered by falling score; recall rises along them. No points: 0."""
    envelope = interpolated(precision)
    if mode == "integrate":
        return float(np.sum(np.diff(recall, prepend=0.0) * envelope))
    if mode == "coco":
        return float(_at(recall, envelope, _COCO_RECALLS).mean())
    return float(_at(recall, envelope, _VOC_RECALLS - _EDGE).mean())


def interpolated(precision: Floats) -> Floats:
    """The best precision at each point's recall or at any higher one."""
    return np.asarray(np.maximum.accumulate(precision[::-1])[::-1], np.float64)


def _at(recall: Floats, envelope: Floats, wanted: Floats) -> Floats:
    """The interpolated precision at each recall of ``wanted``; 0 where it is never reached."""
    first = np.searchsorted(recall, wanted, side="left")
    return np.append(envelope, 0.0)[first]
