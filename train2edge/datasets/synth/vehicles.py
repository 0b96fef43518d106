"""Cars and buses: a side view as a list of points, pulled across the width, with its details.

x forward and y up in metres, z to the right; a shape's x are shares of its length, 0 the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from train2edge.datasets.synth.camera import Points
from train2edge.datasets.synth.light import Colour
from train2edge.datasets.synth.mesh import Decal, Face, Mesh, face, patch, ring

GLASS: Colour = (46, 58, 68)
_TYRE: Colour = (30, 30, 32)
_DARK: Colour = (34, 34, 36)
_CHROME: Colour = (196, 200, 204)
_PAINT: tuple[Colour, ...] = (
    (236, 236, 234), (36, 38, 42), (150, 154, 160), (96, 102, 110), (178, 34, 38), (32, 70, 148),
    (58, 108, 170), (40, 92, 66), (222, 190, 60), (206, 100, 36), (122, 78, 52), (214, 206, 186),
    (108, 30, 48), (98, 150, 160),
)  # fmt: skip
_OFTEN = np.array([5, 4, 4, 4, 3, 3, 2, 1.2, 1, 1, 0.8, 1.5, 1, 1])


@dataclass(frozen=True)
class Shape:
    """A car's side view. ``belt`` and ``roof`` are the two indices each where glass begins."""

    points: tuple[tuple[float, float], ...]
    length: tuple[float, float]
    width: float
    clearance: float
    wheel: float
    pillars: tuple[float, ...]


# rear bumper, boot, foot of the rear window, roof rear, roof front, foot of the windscreen,
# bonnet, front bumper
SHAPES: dict[str, Shape] = {
    "sedan": Shape(
        ((-0.5, 0.3), (-0.5, 0.64), (-0.485, 0.88), (-0.35, 0.95), (-0.2, 1.4), (0.06, 1.43),
         (0.24, 0.95), (0.44, 0.82), (0.495, 0.64), (0.5, 0.3)),
        (4.4, 4.9), 1.8, 0.3, 0.32, (-0.07,)),
    "hatch": Shape(
        ((-0.5, 0.3), (-0.5, 0.62), (-0.495, 0.86), (-0.48, 0.94), (-0.37, 1.44), (0.05, 1.47),
         (0.24, 0.95), (0.43, 0.82), (0.495, 0.62), (0.5, 0.3)),
        (3.7, 4.2), 1.72, 0.3, 0.31, (-0.09,)),
    "suv": Shape(
        ((-0.5, 0.42), (-0.5, 0.72), (-0.495, 0.98), (-0.485, 1.08), (-0.42, 1.66), (0.06, 1.7),
         (0.22, 1.1), (0.43, 1.0), (0.495, 0.8), (0.5, 0.4)),
        (4.3, 4.8), 1.88, 0.4, 0.37, (-0.25, -0.07)),
    "estate": Shape(
        ((-0.5, 0.3), (-0.5, 0.62), (-0.495, 0.88), (-0.485, 0.95), (-0.43, 1.43), (0.06, 1.46),
         (0.24, 0.95), (0.44, 0.82), (0.495, 0.62), (0.5, 0.3)),
        (4.5, 4.9), 1.82, 0.3, 0.32, (-0.26, -0.08)),
    "coupe": Shape(
        ((-0.5, 0.26), (-0.5, 0.6), (-0.48, 0.84), (-0.4, 0.88), (-0.14, 1.24), (0.03, 1.25),
         (0.22, 0.86), (0.44, 0.72), (0.495, 0.56), (0.5, 0.26)),
        (4.2, 4.6), 1.84, 0.26, 0.33, ()),
    "van": Shape(
        ((-0.5, 0.34), (-0.5, 0.7), (-0.497, 0.98), (-0.49, 1.04), (-0.46, 1.72), (0.18, 1.74),
         (0.36, 1.05), (0.46, 0.9), (0.495, 0.68), (0.5, 0.34)),
        (4.3, 4.8), 1.84, 0.34, 0.33, (-0.2, 0.06)),
}  # fmt: skip


@dataclass(frozen=True)
class Car:
    """A car's shape and paint; its mesh is built when it is first drawn."""

    shape: str
    length: float
    paint: Colour
    taxi: bool

    @property
    def width(self) -> float:
        return SHAPES[self.shape].width

    @property
    def height(self) -> float:
        return max(y for _, y in SHAPES[self.shape].points) + (0.16 if self.taxi else 0.0)

    @cached_property
    def mesh(self) -> Mesh:
        return car(SHAPES[self.shape], self.length, self.paint, taxi=self.taxi)


def choose_car(rng: np.random.Generator) -> Car:
    shape = str(rng.choice(list(SHAPES), p=[0.28, 0.24, 0.2, 0.12, 0.06, 0.1]))
    paint = _PAINT[rng.choice(len(_PAINT), p=_OFTEN / _OFTEN.sum())]
    taxi = rng.random() < 0.06
    if taxi:
        paint = (238, 190, 44)
    tint = rng.uniform(0.9, 1.1)
    colour = (paint[0] * tint, paint[1] * tint, paint[2] * tint)
    return Car(shape, float(rng.uniform(*SHAPES[shape].length)), colour, taxi)


def car(shape: Shape, length: float, paint: Colour, *, taxi: bool = False) -> Mesh:
    """A car of one shape and colour."""
    outline = [(x * length, y) for x, y in shape.points]
    roof = max(y for _, y in outline)
    half = shape.width / 2
    belt = (outline[3][1] + outline[6][1]) / 2

    def across(y: float) -> float:
        return half * (1 - 0.2 * max(0.0, (y - belt) / (roof - belt)))

    inside = np.array([0.0, belt * 0.8, 0.0])
    faces = _underbody(length, shape, inside)
    for index in range(len(outline) - 1):
        (x0, y0), (x1, y1) = outline[index], outline[index + 1]
        a, b = across(y0), across(y1)
        quad = face([[x0, y0, -a], [x0, y0, a], [x1, y1, b], [x1, y1, -b]], paint, inside)
        quad.decals += _cross_details(index, quad.points)
        faces.append(quad)
    for side in (-1, 1):
        faces += _flank(outline, side, half, across(roof), paint, shape, length)
    if taxi:
        faces += box((-0.12, 0.12), (roof, roof + 0.16), (-0.3, 0.3), (250, 240, 200))
    return Mesh(faces)


def _flank(
    outline: list[tuple[float, float]],
    side: int,
    half: float,
    top: float,
    paint: Colour,
    shape: Shape,
    length: float,
) -> list[Face]:
    """One side: doors below the belt line, windows above it."""
    lower = [outline[i] for i in (0, 1, 2, 3, 6, 7, 8, 9)]
    inside = np.zeros(3)
    doors = face([[x, y, side * half] for x, y in lower], paint, inside)
    doors.decals += _door_details(outline, side * (half + 0.005), shape, length, paint)
    upper = [outline[i] for i in (3, 6, 5, 4)]
    depth = (half, half, top, top)
    glasshouse = face(
        [[x, y, side * z] for (x, y), z in zip(upper, depth, strict=True)], paint, inside
    )
    stops = [0.07, *sorted(_share(x * length, upper) for x in shape.pillars), 0.9]
    for start, end in pairwise(stops):
        pane = patch(glasshouse.points, start + 0.015, end - 0.015, 0.06, 0.88)
        glasshouse.decals.append(Decal(pane, GLASS))
        shine = patch(glasshouse.points, start + 0.015, end - 0.015, 0.62, 0.88)
        glasshouse.decals.append(Decal(shine, (78, 94, 106)))
    return [doors, glasshouse]


def _share(x: float, upper: list[tuple[float, float]]) -> float:
    return (x - upper[0][0]) / (upper[1][0] - upper[0][0])


def _door_details(
    outline: list[tuple[float, float]], z: float, shape: Shape, length: float, paint: Colour
) -> list[Decal]:
    low = outline[0][1]
    belt = min(outline[3][1], outline[6][1])
    darker = (paint[0] * 0.55, paint[1] * 0.55, paint[2] * 0.55)
    lighter = (paint[0] * 1.12 + 6, paint[1] * 1.12 + 6, paint[2] * 1.12 + 6)
    details = [
        Decal(_flat(-0.49 * length, 0.49 * length, low, low + 0.12, z), darker),
        Decal(_flat(-0.47 * length, 0.44 * length, belt - 0.2, belt - 0.15, z), lighter),
    ]
    seams = [x * length for x in (-0.26, *shape.pillars[-1:], 0.2)]
    handles = [x * length for x in (-0.2, 0.0)]
    lines = [_flat(x - 0.012, x + 0.012, low + 0.12, belt, z) for x in seams]
    lines += [_flat(x, x + 0.2, belt - 0.13, belt - 0.09, z) for x in handles]
    details += [Decal(one, darker, fine=True) for one in lines]
    for x in (-0.3 * length, 0.31 * length):
        details += wheel(x, shape.wheel, z)
    return details


def _flat(left: float, right: float, low: float, high: float, z: float) -> Points:
    return np.array([[left, low, z], [right, low, z], [right, high, z], [left, high, z]])


def wheel(x: float, radius: float, z: float) -> list[Decal]:
    """Arch, tyre, rim and hub of one wheel."""
    return [
        Decal(ring(x, radius + 0.04, z, radius + 0.07), _DARK),
        Decal(ring(x, radius, z, radius), _TYRE, solid=True),
        Decal(ring(x, radius, z, radius * 0.62), (168, 172, 176)),
        Decal(ring(x, radius, z, radius * 0.46), (116, 120, 126), fine=True),
        Decal(ring(x, radius, z, radius * 0.18, 10), (190, 192, 196), fine=True),
    ]


def _cross_details(index: int, quad: Points) -> list[Decal]:
    """What sits on the strip from outline point ``index`` to the next."""
    if index in (3, 5):  # rear window, windscreen
        low, high = (0.06, 0.9) if index == 3 else (0.1, 0.94)
        return [
            Decal(patch(quad, 0.07, 0.93, low, high), GLASS),
            Decal(patch(quad, 0.07, 0.93, *((0.55, 0.9) if index == 3 else (0.1, 0.45))),
                  (70, 86, 98)),
        ]  # fmt: skip
    if index == 0:  # rear bumper
        return [
            Decal(patch(quad, 0.0, 1.0, 0.0, 0.35), _DARK),
            Decal(patch(quad, 0.36, 0.64, 0.5, 0.86), (232, 226, 190)),
        ]
    if index == 1:  # tail lamps
        return [
            Decal(patch(quad, 0.03, 0.24, 0.3, 0.92), (196, 24, 28), 0.28),
            Decal(patch(quad, 0.76, 0.97, 0.3, 0.92), (196, 24, 28), 0.28),
            Decal(patch(quad, 0.3, 0.7, 0.62, 0.76), _CHROME),
        ]
    if index == 8:  # front bumper, grille, plate
        return [
            Decal(patch(quad, 0.12, 0.88, 0.68, 1.0), _DARK),
            Decal(patch(quad, 0.22, 0.78, 0.1, 0.4), _DARK),
            Decal(patch(quad, 0.36, 0.64, 0.5, 0.76), (236, 236, 230)),
        ]
    if index == 7:  # head lamps
        return [
            Decal(patch(quad, 0.03, 0.26, 0.15, 0.7), (250, 246, 226), 0.6),
            Decal(patch(quad, 0.74, 0.97, 0.15, 0.7), (250, 246, 226), 0.6),
            Decal(patch(quad, 0.3, 0.7, 0.1, 0.5), _DARK),
        ]
    return []


def _underbody(length: float, shape: Shape, inside: Points) -> list[Face]:
    """The dark below: a shallow box, and tyres as seen from the front and from behind."""
    half = shape.width / 2
    faces = box(
        (-0.44 * length, 0.44 * length), (0.16, shape.clearance + 0.04), (-half + 0.1, half - 0.1),
        (22, 22, 24),
    )  # fmt: skip
    for x in (-0.3 * length, 0.31 * length):
        for side in (-1, 1):
            inner, outer = sorted((side * (half - 0.24), side * (half - 0.02)))
            reach = shape.wheel * 0.5
            faces += box((x - reach, x + reach), (0.0, shape.wheel * 1.3), (inner, outer), _TYRE)
    return faces


def box(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], colour: Colour
) -> list[Face]:
    """A box without its floor: rear, front, two sides, top."""
    (x0, x1), (y0, y1), (z0, z1) = x, y, z
    inside = np.array([(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2])
    corners = (
        [[x0, y0, z0], [x0, y0, z1], [x0, y1, z1], [x0, y1, z0]],
        [[x1, y0, z0], [x1, y0, z1], [x1, y1, z1], [x1, y1, z0]],
        [[x0, y0, z0], [x1, y0, z0], [x1, y1, z0], [x0, y1, z0]],
        [[x0, y0, z1], [x1, y0, z1], [x1, y1, z1], [x0, y1, z1]],
        [[x0, y1, z0], [x1, y1, z0], [x1, y1, z1], [x0, y1, z1]],
    )
    return [face(one, colour, inside) for one in corners]
