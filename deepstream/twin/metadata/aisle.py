"""A box of NVIDIA's 360-degree application."""

from __future__ import annotations

from deepstream.twin.metadata.record import CString, Record, real, whole


class RectDim(Record):
    left: float = real()
    top: float = real()
    width: float = real()
    height: float = real()
    class_id: int = whole()
    gie_unique_id: int = whole()
    tracking_id: int = whole(bits=64)
    roi_status: int = whole()
    text = CString()
