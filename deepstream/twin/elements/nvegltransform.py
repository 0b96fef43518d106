"""``nvegltransform``: stands before a window on old Jetsons; here frames pass as they are."""

from __future__ import annotations

from deepstream.twin.elements.nvmm import FEATURE as NVMM
from deepstream.twin.elements.nvmm import Relabel, either, template


class EglTransform(Relabel):
    __gtype_name__ = "nvegltransform"
    __gstmetadata__ = ("EGL transform", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", either()))
    sink_side = (NVMM, "")
    src_side = (NVMM, "")


ELEMENT = EglTransform
