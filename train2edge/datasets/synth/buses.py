"""City buses, single and double deckers, and coaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from train2edge.datasets.synth.light import Colour
from train2edge.datasets.synth.mesh import Decal, Face, Mesh, face, patch
from train2edge.datasets.synth.vehicles import GLASS, box, wheel

_LIVERIES: tuple[tuple[Colour, Colour], ...] = (
    ((188, 30, 36), (232, 228, 220)), ((232, 232, 228), (30, 84, 150)),
    ((40, 110, 80), (236, 228, 200)), ((240, 184, 40), (46, 46, 50)),
    ((46, 92, 160), (238, 238, 236)), ((230, 224, 214), (196, 60, 44)),
    ((120, 176, 60), (244, 244, 240)), ((224, 110, 36), (240, 236, 228)),
    ((96, 44, 110), (228, 222, 232)),
)  # fmt: skip
_LAMP: Colour = (250, 246, 226)


@dataclass(frozen=True)
class Bus:
    """A bus: measures in metres, its paint, and the colour of its stripe."""

    length: float
    height: float
    decks: int
    paint: Colour
    stripe: Colour
    low_stripe: bool
    width: float = 2.52

    @cached_property
    def mesh(self) -> Mesh:
        return bus(self)


def choose_bus(rng: np.random.Generator) -> Bus:
    decks = 2 if rng.random() < 0.22 else 1
    paint, stripe = _LIVERIES[rng.integers(len(_LIVERIES))]
    height = 4.25 if decks == 2 else float(rng.uniform(2.95, 3.25))
    length = float(rng.uniform(9.5, 12.2)) if decks == 1 else float(rng.uniform(9.8, 11.0))
    return Bus(length, height, decks, paint, stripe, bool(rng.random() < 0.6))


def bus(livery: Bus) -> Mesh:
    length, height, half = livery.length, livery.height, livery.width / 2
    outline = [
        (-0.5, 0.32), (-0.5, height - 0.3), (-0.49, height - 0.06), (-0.47, height),
        (0.465, height), (0.49, height - 0.1), (0.498, height - 0.45), (0.5, 1.2), (0.5, 0.32),
    ]  # fmt: skip
    scaled = [(x * length, y) for x, y in outline]
    inside = np.array([0.0, height / 2, 0.0])
    faces: list[Face] = []
    for (x0, y0), (x1, y1) in pairwise(scaled):
        quad = [[x0, y0, -half], [x0, y0, half], [x1, y1, half], [x1, y1, -half]]
        faces.append(face(quad, livery.paint, inside))
    faces[0].decals += _rear(faces[0], livery)
    faces[5].decals += _sign(faces[5])
    faces[6].decals += _windscreen(faces[6], livery)
    faces[7].decals += _bumper(faces[7])
    for side in (-1, 1):
        flank = face([[x, y, side * half] for x, y in scaled], livery.paint, inside)
        flank.decals += _flank(livery, side * (half + 0.01), doors=side > 0)
        faces.append(flank)
    faces += box(
        (-0.46 * length, 0.46 * length), (0.14, 0.4), (-half + 0.1, half - 0.1), (22, 22, 24)
    )
    return Mesh(faces)


def _flank(livery: Bus, z: float, *, doors: bool) -> list[Decal]:
    length, height = livery.length, livery.height
    low, high = -0.5 * length, 0.5 * length
    stripe = (0.75, 1.0) if livery.low_stripe else (height - 0.42, height - 0.2)
    details = [
        Decal(_panel(low, high, 0.32, 0.5, z), (52, 52, 54)),
        Decal(_panel(low, high, *stripe, z), livery.stripe),
    ]
    bands = [(1.25, 2.3)] if livery.decks == 2 else [(1.3, height - 0.6)]
    if livery.decks == 2:
        bands.append((2.75, 3.75))
    for bottom, top in bands:
        details += _windows(low + 0.35, high - 0.2, bottom, top, z)
    if doors:
        for x in (high - 1.75, -0.05 * length):
            details.append(Decal(_panel(x, x + 1.25, 0.42, 2.35, z), (40, 42, 46)))
            details.append(Decal(_panel(x + 0.08, x + 0.58, 0.55, 2.2, z), (84, 100, 110)))
            details.append(Decal(_panel(x + 0.67, x + 1.17, 0.55, 2.2, z), (84, 100, 110)))
    for x in (-0.29 * length, 0.27 * length):
        details += wheel(x, 0.47, z)
    return details


def _windows(start: float, end: float, low: float, high: float, z: float) -> list[Decal]:
    count = max(5, round((end - start) / 1.5))
    edges = np.linspace(start, end, count + 1)
    details = [Decal(_panel(start, end, low, high, z), (30, 36, 42), 0.0)]
    for left, right in pairwise(edges):
        pane = _panel(left + 0.06, right - 0.06, low + 0.06, high - 0.06, z)
        details.append(Decal(pane, (66, 82, 94)))
        shine = _panel(left + 0.06, right - 0.06, high - 0.34, high - 0.06, z)
        details.append(Decal(shine, (98, 116, 128)))
    return details


def _panel(left: float, right: float, low: float, high: float, z: float) -> np.ndarray:
    return np.array([[left, low, z], [right, low, z], [right, high, z], [left, high, z]])


def _windscreen(front: Face, livery: Bus) -> list[Decal]:
    """Corner 0 of this strip is its top, so shares count downwards."""
    quad = front.points
    if livery.decks == 1:
        return [
            Decal(patch(quad, 0.05, 0.95, 0.04, 0.92), GLASS),
            Decal(patch(quad, 0.05, 0.95, 0.04, 0.3), (72, 88, 100)),
            Decal(patch(quad, 0.495, 0.505, 0.04, 0.92), (30, 32, 34)),
        ]
    return [
        Decal(patch(quad, 0.05, 0.95, 0.02, 0.36), GLASS),
        Decal(patch(quad, 0.05, 0.95, 0.02, 0.14), (72, 88, 100)),
        Decal(patch(quad, 0.2, 0.8, 0.41, 0.52), (246, 170, 50), 0.35),
        Decal(patch(quad, 0.05, 0.95, 0.57, 0.97), GLASS),
    ]


def _sign(top: Face) -> list[Decal]:
    return [
        Decal(patch(top.points, 0.1, 0.9, 0.05, 0.95), (26, 26, 28)),
        Decal(patch(top.points, 0.2, 0.8, 0.25, 0.75), (246, 170, 50), 0.35),
    ]


def _bumper(low: Face) -> list[Decal]:
    quad = low.points
    return [
        Decal(patch(quad, 0.0, 1.0, 0.72, 1.0), (44, 44, 46)),
        Decal(patch(quad, 0.05, 0.22, 0.3, 0.58), _LAMP, 0.7),
        Decal(patch(quad, 0.78, 0.95, 0.3, 0.58), _LAMP, 0.7),
        Decal(patch(quad, 0.4, 0.6, 0.52, 0.68), (236, 236, 230)),
    ]


def _rear(back: Face, livery: Bus) -> list[Decal]:
    quad = back.points
    red: Colour = (196, 24, 28)
    window = (0.55, 0.88) if livery.decks == 1 else (0.68, 0.9)
    return [
        Decal(patch(quad, 0.12, 0.88, *window), GLASS),
        Decal(patch(quad, 0.22, 0.78, 0.12, 0.36), (52, 54, 56)),
        Decal(patch(quad, 0.02, 0.1, 0.14, 0.44), red, 0.35),
        Decal(patch(quad, 0.9, 0.98, 0.14, 0.44), red, 0.35),
        Decal(patch(quad, 0.0, 1.0, 0.0, 0.07), (44, 44, 46)),
        Decal(patch(quad, 0.4, 0.6, 0.4, 0.46), (232, 226, 190)),
    ]
