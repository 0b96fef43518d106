"""Caps of ``memory:NVMM`` while the memory is ordinary: labels that let real pipelines negotiate.

Two in-place elements change nothing but the label, so that elements written in C (which handle
system memory) can stand between them.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded

FEATURE = "memory:NVMM"


def either(fields: str = "") -> Any:
    """Caps of raw video in NVMM or system memory, with ``fields`` such as ``format=RGBA``."""
    tail = f", {fields}" if fields else ""
    return Gst.Caps.from_string(f"video/x-raw({FEATURE}){tail}; video/x-raw{tail}")


def template(name: str, caps: Any, presence: Any = None) -> Any:
    """A pad template called ``sink...`` or ``src...``."""
    direction = Gst.PadDirection.SINK if name.startswith("sink") else Gst.PadDirection.SRC
    return Gst.PadTemplate.new(name, direction, presence or Gst.PadPresence.ALWAYS, caps)


def relabelled(caps: Any, features: tuple[str, ...]) -> Any:
    """Every structure of ``caps`` under each of ``features`` (``""`` is system memory)."""
    result = Gst.Caps.new_empty()
    for feature in features:
        for index in range(caps.get_size()):
            kind = Gst.CapsFeatures.from_string(feature) if feature else None
            result.append_structure_full(caps.get_structure(index).copy(), kind)
    return result


class Relabel(GstBase.BaseTransform):  # type: ignore[misc]
    """Base of both: buffers pass untouched, caps change their memory."""

    sink_side: tuple[str, ...]
    src_side: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)

    @guarded(None)
    def do_transform_caps(self, direction: Any, caps: Any, wanted: Any) -> Any:
        other = self.src_side if direction == Gst.PadDirection.SINK else self.sink_side
        result = relabelled(caps, other)
        if wanted is None:
            return result
        return wanted.intersect_full(result, Gst.CapsIntersectMode.FIRST)

    def do_transform_ip(self, buffer: Any) -> Any:
        return Gst.FlowReturn.OK


class Strip(Relabel):
    """NVMM or system memory in, system memory out."""

    __gstmetadata__ = ("NVMM label remover", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("video/x-raw")))
    sink_side = (FEATURE, "")
    src_side = ("",)


class Label(Relabel):
    """System memory in, NVMM or system memory out, as the next element wants it."""

    __gstmetadata__ = ("NVMM label", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", Gst.Caps("video/x-raw")), template("src", either()))
    sink_side = ("",)
    src_side = (FEATURE, "")


for _class in (Strip, Label):
    GObject.type_register(_class)


def of_parent(method: str) -> Any:
    """A pad function that calls ``method`` of the pad's element.

    A bound method would keep the element for ever: its pad would own the element that owns it.
    """

    def call(pad: Any, parent: Any, given: Any) -> Any:
        return getattr(parent, method)(pad, parent, given)

    return call


def weakly(method: Callable[..., Any]) -> Callable[..., Any]:
    """``method`` of an element, to be called by its own parts; ``None`` once the element is gone.

    As with ``of_parent``: a bound method would keep the element for ever.
    """
    found = weakref.WeakMethod(method)

    def call(*given: Any) -> Any:
        known = found()
        return known(*given) if known is not None else None

    return call


def alive(element: Any) -> bool:
    """Whether ``element`` still knows anything: its pads are released after its Python half."""
    return bool(vars(element))


def chain(parent: Any, *elements: Any) -> None:
    """Add ``elements`` to the bin, link them in a row, show their ends as ``sink`` and ``src``."""
    row(parent, *elements)
    for name, element in (("sink", elements[0]), ("src", elements[-1])):
        class_template = parent.get_pad_template(name)
        pad = element.get_static_pad(name)
        parent.add_pad(Gst.GhostPad.new_from_template(name, pad, class_template))


def encoding(parent: Any, encoder: Any, *behind: Any) -> None:
    """Fill the bin of an encoder: pictures of either memory become 4:2:0 for ``encoder``."""
    planes = make("capsfilter", caps="video/x-raw,format=I420")
    chain(parent, Strip(), make("videoconvertscale", **CONVERT), planes, encoder, *behind)


def row(parent: Any, *elements: Any) -> None:
    """Add ``elements`` to the bin and link them one after the other."""
    for element in elements:
        parent.add(element)
    for first, second in pairwise(elements):
        if not first.link(second):
            raise RuntimeError(f"cannot link {first.get_name()} to {second.get_name()}")


def make(factory: str, **properties: Any) -> Any:
    """An element with properties set (``_`` stands for ``-``); values may be given as text."""
    element = Gst.ElementFactory.make(factory, None)
    if element is None:
        raise RuntimeError(f"GStreamer has no element '{factory}'")
    put(element, **properties)
    return element


def put(element: Any, **properties: Any) -> None:
    """Set properties as ``make`` does, of an element that may be at work in a pipeline.

    PyGObject's ``set_property`` holds Python's lock while GObject asks every bin around the element
    for its parent. A thread that adds an element written in Python to such a bin has the bin's lock
    and waits for Python's: both would wait for ever.
    """
    for attribute, value in properties.items():
        name = attribute.replace("_", "-")
        if element.find_property(name) is None:
            raise RuntimeError(f"{element.get_name()} has no property '{name}'")
        Gst.util_set_object_arg(element, name, str(value))


CONVERT = {  # as near to a JPEG decoder's own picture as videoconvert comes (at most 4 of 255)
    "chroma_mode": "full",
    "dither": "none",
    "dither_quantization": 2,  # anything but 1 leaves the fast path, which repeats chroma pixels
    "n_threads": 1,  # GStreamer 1.22 mixes up rows of chroma with more (41 of 255)
    "qos": False,
}
