"""From the plan to a GStreamer pipeline: makes the elements, sets and links them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepstream.twin import elements
from deepstream.twin.gst import GObject, Gst, require, start
from deepstream.twin.pieces import Link, Piece, TwinPlan
from train2edge.errors import Problem, ProblemsError, WorkError


def build(plan: TwinPlan, locations: Mapping[Path, Path], *, stand_ins: bool = True) -> Any:
    """Make the pipeline of ``plan``; a file sink writes to ``locations[final path]`` meanwhile.

    ``stand_ins`` are registered where no plugin provides an element of NVIDIA's.
    ``MissingError`` names every plugin that is not installed, ``ProblemsError`` every element of
    NVIDIA's that has no twin, with the line that asks for it.
    """
    if stand_ins:
        elements.register()
        _check_twins(plan)
    else:
        start()
    require(*sorted({piece.factory for piece in plan.pieces}))
    pipeline = Gst.Pipeline.new("train2edge")
    for piece in plan.pieces:
        pipeline.add(_element(piece, locations))
    for link in plan.links:
        _link(pipeline, link)
    return pipeline


def _check_twins(plan: TwinPlan) -> None:
    absent = [one for one in plan.pieces if one.factory.startswith("nv") and not _known(one)]
    if absent:
        message = "the CPU twin has no {}, and no DeepStream is installed here"
        raise ProblemsError([Problem(one.where, message.format(one.factory)) for one in absent])


def _known(piece: Piece) -> bool:
    return Gst.ElementFactory.find(piece.factory) is not None


def _element(piece: Piece, locations: Mapping[Path, Path]) -> Any:
    element = Gst.ElementFactory.make(piece.factory, piece.name)
    if element is None:
        raise WorkError(f"GStreamer cannot make a {piece.factory}")
    for name, value in piece.properties.items():
        if name == "location":
            value = str(locations.get(Path(str(value)), value))
        _set(element, name, value)
    return element


def _set(element: Any, name: str, value: str | int | bool) -> None:
    spec = element.find_property(name)
    if spec is None:
        raise WorkError(f"{element.get_name()} has no property '{name}'")
    if spec.value_type == GObject.TYPE_STRING:  # taken as it is, quotes and all
        element.set_property(name, value)
    else:
        Gst.util_set_object_arg(element, name, str(value).lower() if value is True else str(value))


def _link(pipeline: Any, link: Link) -> None:
    source, source_pad = _ends(pipeline, link.source)
    sink, sink_pad = _ends(pipeline, link.sink)
    if source_pad is None or _has_pad(source, source_pad):
        if not source.link_pads(source_pad, sink, sink_pad):
            raise WorkError(f"cannot link {link.source} to {link.sink}")
        return
    # A sometimes pad comes once the source knows what it decodes; the mux waits for it.
    target = _pad(sink, sink_pad or "sink")
    source.connect("pad-added", _link_late, source_pad, target)


def _link_late(_element: Any, pad: Any, wanted: str, target: Any) -> None:
    if pad.get_name() == wanted:
        pad.link(target)


def _has_pad(element: Any, name: str) -> bool:
    templates = element.get_pad_template_list()
    return not any(
        one.presence == Gst.PadPresence.SOMETIMES and name.startswith(one.name_template[:4])
        for one in templates
    )


def _pad(element: Any, name: str) -> Any:
    return element.get_static_pad(name) or element.request_pad_simple(name)


def _ends(pipeline: Any, end: str) -> tuple[Any, str | None]:
    name, _, pad = end.partition(".")
    return pipeline.get_by_name(name), pad or None
