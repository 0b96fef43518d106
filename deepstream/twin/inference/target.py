"""What a network looks at: a whole frame, an object in it, or a region of nvdspreprocess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta, NvDsUserMeta
from deepstream.twin.metadata.preprocess import NvDsRoiMeta
from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import Geometry, Rect, plan

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Target:
    """``picture`` is the whole frame, uint8 RGB; ``geometry`` the part of it and its place.

    A region's ``tensor`` is made already: it has no picture.
    """

    frame: NvDsFrameMeta
    geometry: Geometry
    picture: Picture | None = None
    tensor: NDArray[Any] | None = None
    one: NvDsObjectMeta | None = None
    region: NvDsRoiMeta | None = None

    @property
    def users(self) -> list[NvDsUserMeta]:
        """Where data of any kind about this is attached."""
        owner = self.region or self.one or self.frame
        return owner.users


def of_frame(frame: NvDsFrameMeta, picture: Picture, contract: InputContract) -> Target:
    """The whole frame."""
    return Target(frame, plan(frame.width, frame.height, contract), picture)


def of_object(
    frame: NvDsFrameMeta, one: NvDsObjectMeta, picture: Picture, contract: InputContract
) -> Target:
    """An object of the frame; ``InputError`` if nothing is left of it after rounding."""
    box = one.rect_params
    parent = Rect(box.left, box.top, box.width, box.height)
    geometry = plan(frame.width, frame.height, contract, parent=parent)
    return Target(frame, geometry, picture, one=one)


def of_region(region: NvDsRoiMeta, tensor: NDArray[Any]) -> Target:
    """A region that nvdspreprocess has cut, scaled and made a tensor of."""
    assert region.frame_meta is not None
    box = region.roi
    roi = Rect(box.left, box.top, box.width, box.height)
    size = Rect(
        region.offset_left,
        region.offset_top,
        box.width * region.scale_ratio_x,
        box.height * region.scale_ratio_y,
    )
    geometry = Geometry(
        src=roi,
        dst=size,
        ratio_x=region.scale_ratio_x,
        ratio_y=region.scale_ratio_y,
        offset_left=int(region.offset_left),
        offset_top=int(region.offset_top),
        roi=roi,
    )
    return Target(region.frame_meta, geometry, tensor=tensor, region=region)
