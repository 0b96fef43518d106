"""Which parts of a batch's frames become rows of a tensor: regions, whole frames or objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deepstream.preprocess.groups import Group, PreprocessSettings
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Geometry, Rect, plan


@dataclass(frozen=True)
class Thing:
    """An object of a frame; ``box`` in pixels of the frame."""

    box: Rect
    class_id: int
    component: int


@dataclass(frozen=True)
class View:
    """A frame of a batch."""

    source: int
    width: int
    height: int
    things: Sequence[Thing] = ()


@dataclass(frozen=True)
class Unit:
    """A part of frame ``frame``; ``thing``: the number of the object that it is.

    ``area``: in pixels of the frame, cut to it. ``draw``: the colour its outline is drawn in.
    """

    frame: int
    area: Rect
    geometry: Geometry
    thing: int | None = None
    draw: tuple[float, ...] | None = None


class Selection:
    """Chooses, batch by batch; a group with an interval sits batches out."""

    def __init__(self, settings: PreprocessSettings) -> None:
        self.settings = settings
        self.batches = 0

    def of(self, views: Sequence[View]) -> list[Unit]:
        """The units of the next batch, group by group and in each frame by frame."""
        due = [
            number
            for number, group in enumerate(self.settings.groups)
            if self.batches % (group.interval + 1) == 0
        ]
        self.batches += 1
        return [
            unit
            for number in due
            for index, view in enumerate(views)
            if self.settings.group_of(view.source) == number
            for unit in self._units(index, view, self.settings.groups[number])
        ]

    def _units(self, index: int, view: View, group: Group) -> Iterator[Unit]:
        regions = [self._cut(one, view) for one in group.of(view.source)]
        draw = group.color if group.draw else None
        whole = Rect(0, 0, view.width, view.height)
        if not self.settings.on_frame:
            yield from self._objects(index, view, group, regions)
            return
        for area in regions or [whole]:
            geometry = plan(view.width, view.height, self.settings.contract, area)
            yield Unit(index, area, geometry, draw=draw)

    def _objects(
        self, index: int, view: View, group: Group, regions: Sequence[Rect]
    ) -> Iterator[Unit]:
        """Every object once for each region that it touches, as NVIDIA's element has it."""
        areas: Sequence[Rect | None] = regions or [None]
        for area in areas:
            for number, thing in enumerate(view.things):
                if self._suits(thing, group) and (area is None or _touch(area, thing.box)):
                    box = self._cut(thing.box, view)
                    size = view.width, view.height
                    geometry = plan(*size, self.settings.contract, parent=box)
                    yield Unit(index, box, geometry, thing=number)

    def _suits(self, thing: Thing, group: Group) -> bool:
        wanted = self.settings.operate_on
        box, least, most = thing.box, group.least, group.most
        return (
            wanted in (-1, thing.component)
            and (not group.class_ids or thing.class_id in group.class_ids)
            and box.width >= least[0]
            and box.height >= least[1]
            and (not most[0] or box.width <= most[0])
            and (not most[1] or box.height <= most[1])
        )

    def _cut(self, area: Rect, view: View) -> Rect:
        """The part of ``area`` to the right and below that lies in the frame."""
        width = min(area.width, view.width - area.left)
        height = min(area.height, view.height - area.top)
        if width <= 0 or height <= 0:
            shown = f"{area.left:g};{area.top:g};{area.width:g};{area.height:g}"
            size = f"{view.width}x{view.height}"
            message = f"the region {shown} lies outside of source {view.source}'s frame of {size}"
            raise InputError(message, where=str(self.settings.path))
        return Rect(area.left, area.top, width, height)


def _touch(area: Rect, box: Rect) -> bool:
    return (
        area.left < box.left + box.width
        and box.left < area.left + area.width
        and area.top < box.top + box.height
        and box.top < area.top + area.height
    )
