"""Boxes to the grid: which cells an object owns, and what they shall say (TLT's rasteriser).

Every box covers an ellipse; a cell whose centre lies in it is positive and learns the distances
to the box's edges. Around the ellipse is a dead zone whose cells are not counted. Smaller boxes
are painted over larger ones of the same class, dead zone and all, which keeps neighbours apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import OutputContract
from train2edge.spec.training import Rasterizer

FLOOR = 0.1  # grid cells; TLT's smallest radius before bbox_min_radius

Floats = NDArray[np.float32]


class Targets(NamedTuple):
    """What the grid of one picture shall say; all float32.

    ``coverage`` ``[C, h, w]`` 1 in an object's ellipse, else 0; ``bbox`` ``[4C, h, w]`` distances
    left, top, right, bottom in units of the contract's ``box_norm``, 0 where nothing is covered;
    ``norm`` ``[C, h, w]`` weight of a covered cell, about 1 / cells of its object; ``counted``
    ``[C, h, w]`` 0 in dead zones and ignored boxes.
    """

    coverage: Floats
    bbox: Floats
    norm: Floats
    counted: Floats


class Ellipses(NamedTuple):
    """Centres and radii of ``N`` boxes, each ``[N, 2]`` (x, y) in pixels."""

    centre: Floats
    radius: Floats
    dead: Floats


def rasterize(
    boxes: Floats,
    class_ids: NDArray[np.int32],
    ignore: NDArray[np.bool_],
    size: tuple[int, int],
    contract: OutputContract,
    spec: Rasterizer,
) -> Targets:
    """Targets of one picture of ``size`` (width, height).

    ``boxes`` ``[N, 4]`` left, top, right, bottom in network pixels; cells of ``ignore`` boxes that
    no object covers are not counted (in the box's class; in all if its class is negative).
    """
    x, y = cell_centres(size, contract)
    classes = np.arange(len(contract.classes))
    order = np.argsort(-_area(boxes[~ignore]), kind="stable")
    objects, owned = boxes[~ignore][order], class_ids[~ignore][order]
    ellipses = measure(objects, contract.stride, spec)
    mine = (owned[None] == classes[:, None])[..., None, None]
    dead = mine & _within(ellipses.centre, ellipses.dead, x, y)[None]
    owner, any_owner = _last(dead)
    positive = any_owner & _pick(_within(ellipses.centre, ellipses.radius, x, y), owner)
    ignored = _ignored(boxes[ignore], class_ids[ignore], x, y, classes)
    counted = positive | ~(any_owner | ignored)
    coverage = positive.astype(np.float32)
    cells = 4 * np.prod(ellipses.radius / contract.stride, axis=1)
    norm = _gather(1 / np.maximum(cells, 1), owner) * coverage
    bbox = _distances(_gather(objects, owner), x, y) / contract.box_norm * coverage[:, None]
    return Targets(
        coverage,
        bbox.reshape(-1, len(y), len(x)).astype(np.float32),
        norm.astype(np.float32),
        counted.astype(np.float32),
    )


def cell_centres(size: tuple[int, int], contract: OutputContract) -> tuple[Floats, Floats]:
    """x ``[w]`` and y ``[h]`` of the cells' centres in pixels, where boxes are measured from."""
    columns, rows = (-(-pixels // contract.stride) for pixels in size)
    x = np.arange(columns, dtype=np.float32) * contract.stride + contract.box_offset
    y = np.arange(rows, dtype=np.float32) * contract.stride + contract.box_offset
    return x.astype(np.float32), y.astype(np.float32)


def measure(boxes: Floats, stride: int, spec: Rasterizer) -> Ellipses:
    """The ellipses and dead zones of ``boxes`` ``[N, 4]``.

    The radius is a fraction of the way from the centre to the nearest edge, at least
    ``bbox_min_radius`` cells; both axes grow together, but none beyond the box for that.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    centre = low + (high - low) * np.array([spec.cov_center_x, spec.cov_center_y], np.float32)
    half = np.minimum(centre - low, high - centre) / stride
    radius = np.maximum(half * np.array([spec.cov_radius_x, spec.cov_radius_y]), FLOOR)
    least = spec.bbox_min_radius
    grown = radius * np.maximum(1, least / radius.min(1, keepdims=True, initial=np.inf))
    radius = np.clip(grown, least, np.maximum(np.maximum(half, radius), least))
    dead = np.maximum(radius, (1 - spec.deadzone_radius) * radius + spec.deadzone_radius * half)
    return Ellipses(
        centre.astype(np.float32),
        (radius * stride).astype(np.float32),
        (dead * stride).astype(np.float32),
    )


def _area(boxes: Floats) -> Floats:
    area: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return area


def _within(centre: Floats, radius: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """bool ``[N, h, w]``: cells in each ellipse."""
    across = ((x[None] - centre[:, :1]) / radius[:, :1]) ** 2
    down = ((y[None] - centre[:, 1:]) / radius[:, 1:]) ** 2
    inside: NDArray[np.bool_] = down[:, :, None] + across[:, None, :] <= 1
    return inside


def _last(dead: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The last box ``[C, h, w]`` that has each cell in its zone, and whether there is one."""
    if dead.shape[1] == 0:
        shape = (dead.shape[0], *dead.shape[2:])
        return np.zeros(shape, np.intp), np.zeros(shape, np.bool_)
    owner: NDArray[np.intp] = dead.shape[1] - 1 - dead[:, ::-1].argmax(1)
    return owner, np.asarray(dead.any(1), np.bool_)


def _pick(masks: NDArray[np.bool_], owner: NDArray[np.intp]) -> NDArray[np.bool_]:
    """``masks[owner[c, i, j], i, j]``."""
    if not len(masks):
        return np.zeros(owner.shape, np.bool_)
    rows, columns = np.ogrid[: owner.shape[1], : owner.shape[2]]
    picked: NDArray[np.bool_] = masks[owner, rows, columns]
    return picked


def _gather(values: NDArray[np.floating], owner: NDArray[np.intp]) -> NDArray[np.floating]:
    if not len(values):
        return np.zeros((*owner.shape, *values.shape[1:]), np.float32)
    return values[owner]


def _distances(boxes: NDArray[np.floating], x: Floats, y: Floats) -> NDArray[np.floating]:
    """``[C, h, w, 4]`` boxes to ``[C, 4, h, w]`` distances from the cells' centres."""
    left, top, right, bottom = np.moveaxis(boxes, -1, 0)
    across, down = x[None, None, :], y[None, :, None]
    return np.stack([across - left, down - top, right - across, bottom - down], axis=1)


def _ignored(
    boxes: Floats,
    class_ids: NDArray[np.int32],
    x: Floats,
    y: Floats,
    classes: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """bool ``[C, h, w]``: cells inside ``boxes``, which are to be ignored."""
    left, top, right, bottom = boxes.T[..., None]
    across = (x[None] >= left) & (x[None] < right)
    down = (y[None] >= top) & (y[None] < bottom)
    inside = down[:, :, None] & across[:, None, :]
    concerns = (class_ids[None] == classes[:, None]) | (class_ids[None] < 0)
    covered: NDArray[np.bool_] = (concerns[..., None, None] & inside[None]).any(1)
    return covered
