"""Houses along the street: fronts with windows, shops, doors, gables, roofs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from train2edge.datasets.synth.camera import Camera, Points
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Colour, Light

_WALLS: tuple[Colour, ...] = (
    (172, 92, 74), (186, 112, 86), (214, 196, 164), (228, 214, 188), (196, 178, 156),
    (168, 176, 182), (142, 150, 158), (206, 168, 126), (222, 186, 172), (180, 198, 206),
    (236, 232, 222), (152, 124, 104), (196, 206, 184), (226, 200, 124), (128, 84, 76),
)  # fmt: skip
_ROOFS: tuple[Colour, ...] = ((142, 70, 56), (96, 92, 98), (120, 84, 68), (76, 82, 92))
_SHOPS: tuple[Colour, ...] = (
    (150, 40, 44), (34, 84, 70), (36, 62, 112), (206, 152, 48), (88, 50, 92), (60, 62, 66),
)  # fmt: skip


@dataclass(frozen=True)
class Building:
    """A box from ``near`` to ``far`` (Z), its front at ``x``, on ``side`` -1 (left) or +1."""

    side: int
    x: float
    near: float
    far: float
    height: float
    floors: int
    wall: Colour
    roof: Colour
    trim: Colour
    gable: bool
    shop: Colour | None
    window: tuple[float, float]
    seed: int


def choose_row(rng: np.random.Generator, side: int, front: float) -> list[Building]:
    """One side of the street, from behind the camera to where the haze takes over."""
    row: list[Building] = []
    z = float(rng.uniform(-75, -65))
    tall = rng.uniform(0.6, 1.5)
    while z < 190:
        if rng.random() < 0.14:
            z += float(rng.uniform(4, 14))
        width = float(rng.uniform(8, 20))
        row.append(_choose(rng, side, front + float(rng.uniform(0, 1.2)), z, z + width, tall))
        z += width + (0.0 if rng.random() < 0.7 else float(rng.uniform(1, 4)))
    return row


def _choose(
    rng: np.random.Generator, side: int, x: float, near: float, far: float, tall: float
) -> Building:
    floors = int(np.clip(round(rng.uniform(2, 6) * tall), 1, 9))
    wall = _WALLS[rng.integers(len(_WALLS))]
    tint = rng.uniform(0.9, 1.08)
    return Building(
        side,
        side * x,
        near,
        far,
        floors * 3.1 + 1.0,
        floors,
        (wall[0] * tint, wall[1] * tint, wall[2] * tint),
        _ROOFS[rng.integers(len(_ROOFS))],
        (232, 228, 220) if rng.random() < 0.6 else (86, 78, 74),
        bool(floors <= 4 and rng.random() < 0.5),
        _SHOPS[rng.integers(len(_SHOPS))] if rng.random() < 0.55 else None,
        (float(rng.uniform(0.34, 0.62)), float(rng.uniform(0.72, 0.9))),
        int(rng.integers(1 << 30)),
    )


def draw_buildings(canvas: Canvas, camera: Camera, light: Light, row: list[Building]) -> None:
    def distance(one: Building) -> float:
        nearest = float(np.clip(0.0, one.near, one.far))
        return (one.x - camera.x) ** 2 + nearest**2

    for one in sorted(row, key=distance, reverse=True):
        _draw(canvas, camera, light, one)


def _draw(canvas: Canvas, camera: Camera, light: Light, one: Building) -> None:
    corners = [(one.x, one.near), (one.x, one.far)]
    ahead = [camera.depth(x, z) for x, z in corners]
    if max(ahead) < 0.5:
        return
    if min(ahead) > 0.5:
        ground = [[x, 0.0, z] for x, z in corners]
        columns = camera.image(camera.view(np.array(ground)))[:, 0]
        if columns.max() < -0.3 * camera.width or columns.min() > 1.3 * camera.width:
            return
    far = max(sum(ahead) / 2, min(ahead), 0.0)
    normal = np.array([-float(one.side), 0.0, 0.0])
    back = one.x + one.side * 12.0
    _roof(canvas, camera, light, one, back, far)
    if one.near > 0:
        low, high, end = 0.0, one.height, one.near
        gable = [[one.x, low, end], [back, low, end], [back, high, end], [one.x, high, end]]
        shaded = light.shade(one.wall, np.array([0.0, 0.0, -1.0]), far)
        canvas.polygons([camera.outline(np.array(gable))], shaded)
        _gable_windows(canvas, camera, light, one, back, far)
    front = _panel(one, 0.0, 1.0, 0.0, one.height)
    canvas.polygons([camera.outline(front)], light.shade(one.wall, normal, far))
    _windows(canvas, camera, light, one, normal, far)
    _street_level(canvas, camera, light, one, normal, far)
    for low, high in ((one.height - 0.45, one.height), (3.35, 3.55)):
        strip = _panel(one, 0.0, 1.0, low, high)
        canvas.polygons([camera.outline(strip)], light.shade(one.trim, normal, far))


def _panel(one: Building, start: float, end: float, low: float, high: float) -> Points:
    """A rectangle of the front: ``start`` and ``end`` are shares of its length."""
    length = one.far - one.near
    a, b = one.near + start * length, one.near + end * length
    return np.array([[one.x, low, a], [one.x, low, b], [one.x, high, b], [one.x, high, a]])


def _roof(
    canvas: Canvas, camera: Camera, light: Light, one: Building, back: float, far: float
) -> None:
    if not one.gable:
        return
    ridge, top = (one.x + back) / 2, one.height + 3.2
    low, high = one.near - 0.3, one.far + 0.3
    slope = np.array(
        [
            [one.x - one.side * 0.4, one.height - 0.1, low],
            [one.x - one.side * 0.4, one.height - 0.1, high],
            [ridge, top, high],
            [ridge, top, low],
        ]
    )
    normal = np.array([-one.side * 0.5, 0.86, 0.0])
    if one.near > 0:
        end = np.array(
            [[one.x, one.height, one.near], [back, one.height, one.near], [ridge, top, one.near]]
        )
        facing = np.array([0.0, 0.0, -1.0])
        canvas.polygons([camera.outline(end)], light.shade(one.wall, facing, far))
    canvas.polygons([camera.outline(slope)], light.shade(one.roof, normal, far))


def _windows(
    canvas: Canvas, camera: Camera, light: Light, one: Building, normal: Points, far: float
) -> None:
    rng = np.random.default_rng(one.seed)
    glass = _glass(light)
    columns = max(2, round((one.far - one.near) / 2.8))
    floors = np.arange(1 if one.shop else 0, one.floors)
    middles, sills = np.meshgrid((np.arange(columns) + 0.5) / columns, floors * 3.1 + 0.95)
    wide, high = one.window[0] / columns / 2, 3.1 * (one.window[1] - 0.3)
    rim = 0.14 / (one.far - one.near)
    outer = _panels(one, middles, wide + rim, sills - 0.14, high + 0.28)
    canvas.many(camera.outlines(outer), light.shade(one.trim, normal, far))
    tones = rng.integers(len(glass) - 1, size=middles.size)
    tones[rng.random(middles.size) < light.lit] = len(glass) - 1
    inner = _panels(one, middles, wide, sills, high)
    for tone, colour in enumerate(glass):
        canvas.many(camera.outlines(inner[tones == tone]), light.fade(colour, far))


def _gable_windows(
    canvas: Canvas, camera: Camera, light: Light, one: Building, back: float, far: float
) -> None:
    """Two or three windows a floor in the end wall, or none: it was built to be built against."""
    rng = np.random.default_rng(one.seed + 2)
    columns = int(rng.integers(0, 4))
    glass = _glass(light)
    for middle in (np.arange(columns) + 0.5) / max(columns, 1):
        x = one.x + (back - one.x) * middle
        for floor in range(one.floors):
            low, high = floor * 3.1 + 1.0, floor * 3.1 + 2.5
            corners = np.array([[x - 0.6, low], [x + 0.6, low], [x + 0.6, high], [x - 0.6, high]])
            pane = np.insert(corners, 2, one.near, axis=1)
            tone = -1 if rng.random() < light.lit else int(rng.integers(2))
            canvas.many([camera.outline(pane)], light.fade(glass[tone], far))


def _panels(one: Building, middles: Points, half: float, low: Points, high: float) -> Points:
    """Many rectangles of the front as ``[N, 4, 3]``; ``high`` is their height in metres."""
    length = one.far - one.near
    near = (one.near + (middles - half) * length).ravel()
    far, bottom = near + 2 * half * length, low.ravel()
    x, top = np.full_like(near, one.x), bottom + high
    corners = [(x, bottom, near), (x, bottom, far), (x, top, far), (x, top, near)]
    return np.stack([np.stack(corner, axis=1) for corner in corners], axis=1)


def _glass(light: Light) -> list[Colour]:
    """Dark panes, panes that mirror the sky, and, last, lit ones."""
    low, top = light.sky_low, light.sky_top
    mirror = [(a * 0.5 + b * 0.25, c * 0.5 + d * 0.25, e * 0.5 + f * 0.25)
              for (a, c, e), (b, d, f) in ((top, low), (low, top))]  # fmt: skip
    dim = light.ambient[1]
    return [
        (52 * dim + 8, 62 * dim + 8, 74 * dim + 10),
        (mirror[0][0] * 0.7, mirror[0][1] * 0.7, mirror[0][2] * 0.7),
        mirror[1],
        (250, 214, 138),
    ]


def _street_level(
    canvas: Canvas, camera: Camera, light: Light, one: Building, normal: Points, far: float
) -> None:
    rng = np.random.default_rng(one.seed + 1)
    if one.shop is None:
        at = float(rng.uniform(0.1, 0.85))
        share = 1.2 / (one.far - one.near)
        door = _panel(one, at, at + share, 0.0, 2.5)
        canvas.polygons([camera.outline(door)], light.shade((92, 66, 50), normal, far))
        return
    base = _panel(one, 0.02, 0.98, 0.0, 3.3)
    canvas.polygons([camera.outline(base)], light.shade(one.shop, normal, far))
    bays = max(2, round((one.far - one.near) / 3.4))
    inside: Colour = (236, 208, 150) if light.lit > 0.2 else (92, 104, 112)
    panes = [
        camera.outline(_panel(one, (bay + 0.08) / bays, (bay + 0.92) / bays, 0.5, 2.5))
        for bay in range(bays)
    ]
    canvas.many(panes, light.fade(inside, far))
    name = _panel(one, 0.2, 0.8, 2.75, 3.1)
    canvas.polygons([camera.outline(name)], light.shade((238, 234, 222), normal, far))
    if rng.random() < 0.6:
        _awning(canvas, camera, light, one, bays, far)


def _awning(
    canvas: Canvas, camera: Camera, light: Light, one: Building, bays: int, far: float
) -> None:
    """Striped cloth over the shop's windows."""
    assert one.shop is not None
    stripes = bays * 4
    edges = one.near + (one.far - one.near) * np.linspace(0.04, 0.96, stripes + 1)
    out = one.x - one.side * 1.3
    cloth = np.array(
        [
            [[one.x, 2.9, a], [one.x, 2.9, b], [out, 2.35, b], [out, 2.35, a]]
            for a, b in pairwise(edges)
        ]
    )
    normal = np.array([-one.side * 0.4, 0.9, 0.0])
    white: Colour = (240, 236, 226)
    for start, colour in ((0, one.shop), (1, white)):
        canvas.many(camera.outlines(cloth[start::2]), light.shade(colour, normal, far))
