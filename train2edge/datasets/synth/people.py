"""People on foot: a jointed figure that always faces the camera plane, seen more or less side-on.

Heights are shares of the body's height, so a figure scales with its distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from train2edge.datasets.synth.camera import Camera
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Colour, Light

_SKIN: tuple[Colour, ...] = (
    (242, 208, 182), (226, 180, 148), (196, 144, 108), (150, 102, 72), (104, 70, 52),
)  # fmt: skip
_HAIR: tuple[Colour, ...] = (
    (40, 30, 26), (84, 56, 36), (150, 104, 56), (212, 178, 112), (150, 148, 146), (128, 52, 34),
)  # fmt: skip
_CLOTH: tuple[Colour, ...] = (
    (188, 44, 48), (44, 84, 150), (232, 230, 224), (48, 48, 54), (60, 118, 84), (228, 176, 66),
    (130, 72, 130), (96, 104, 116), (224, 130, 120), (104, 170, 190), (120, 92, 66), (210, 96, 40),
)  # fmt: skip
_LEGS: tuple[Colour, ...] = (
    (46, 58, 88), (40, 40, 46), (104, 92, 78), (78, 88, 110), (164, 150, 122), (70, 74, 66),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One person's body and clothes."""

    height: float
    build: float
    skin: Colour
    hair: Colour
    long_hair: bool
    top: Colour
    legs: Colour
    shoes: Colour
    skirt: bool
    coat: bool
    bag: Colour | None
    hat: Colour | None
    umbrella: Colour | None


def choose(rng: np.random.Generator, *, rain: bool) -> Look:
    child = rng.random() < 0.12
    return Look(
        float(rng.uniform(1.1, 1.4) if child else rng.normal(1.72, 0.08)),
        float(rng.uniform(0.9, 1.25)),
        _SKIN[rng.integers(len(_SKIN))],
        _HAIR[rng.integers(len(_HAIR))],
        bool(rng.random() < 0.4),
        _CLOTH[rng.integers(len(_CLOTH))],
        _LEGS[rng.integers(len(_LEGS))],
        (236, 234, 230) if rng.random() < 0.3 else (44, 36, 34),
        bool(rng.random() < 0.18),
        bool(rng.random() < 0.22),
        _CLOTH[rng.integers(len(_CLOTH))] if rng.random() < 0.4 else None,
        _CLOTH[rng.integers(len(_CLOTH))] if rng.random() < 0.16 else None,
        _CLOTH[rng.integers(len(_CLOTH))] if rain and rng.random() < 0.6 else None,
    )


@dataclass(frozen=True)
class Pose:
    """``side`` is -1 to 1: 0 walks to or from us, 1 to the right; ``away`` shows the back."""

    phase: float
    side: float
    away: bool
    still: bool


class _Figure:
    """Pixels from shares of the body, and colours in the light."""

    def __init__(
        self, canvas: Canvas, light: Light, foot: tuple[float, float], tall: float, ahead: float
    ) -> None:
        self.canvas, self.light, self.foot, self.tall = canvas, light, foot, tall
        self.ahead = ahead

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.foot[0] + x * self.tall, self.foot[1] - y * self.tall

    def colour(self, colour: Colour, fall: float = 0.55) -> Colour:
        return self.light.flat(colour, self.ahead, fall)

    def limb(self, points: list[tuple[float, float]], thick: float, colour: Colour) -> None:
        for start, end in pairwise(points):
            self.canvas.limb(self.at(*start), self.at(*end), thick * self.tall, colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self.canvas.polygons([np.array([self.at(*one) for one in points])], colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.canvas.disc(self.at(x, y), radius * self.tall, colour)


def draw_person(
    canvas: Canvas, camera: Camera, light: Light, look: Look, pose: Pose, x: float, z: float
) -> None:
    place = camera.pixels((x, 0.0, z))
    if place is None:
        return
    column, row, scale = place
    ahead = camera.depth(x, z)
    figure = _Figure(canvas, light, (column, row), look.height * scale, ahead)
    swing = 0.0 if pose.still else math.sin(pose.phase)
    _arm(figure, look, pose, -swing, behind=True)
    _legs(figure, look, pose, swing)
    _body(figure, look, pose)
    _arm(figure, look, pose, swing, behind=False)
    _head(figure, look, pose)
    if look.umbrella is not None:
        _umbrella(figure, look.umbrella, pose)


def _legs(figure: _Figure, look: Look, pose: Pose, swing: float) -> None:
    for one, fall in ((-1, 0.3), (1, 0.6)):
        reach = one * swing
        lift = max(0.0, one * math.cos(pose.phase)) * (0.0 if pose.still else 0.05)
        stance = one * 0.035 * look.build * (1 - abs(pose.side))
        hip = (stance, 0.5)
        knee = (stance + 0.1 * reach * pose.side, 0.27 + lift * 0.6)
        foot = (
            stance + 0.17 * reach * pose.side,
            0.035 + lift + (1 - abs(pose.side)) * 0.025 * max(reach, 0),
        )
        bare = look.skin if look.skirt else look.legs
        figure.limb([hip, knee], 0.092 * look.build, figure.colour(look.legs, fall))
        figure.limb([knee, foot], 0.066 * look.build, figure.colour(bare, fall))
        toe = 0.05 * pose.side
        figure.limb(
            [(foot[0] - 0.01 * pose.side, foot[1] - 0.01), (foot[0] + toe, foot[1] - 0.014)],
            0.05,
            figure.colour(look.shoes, fall),
        )


def _body(figure: _Figure, look: Look, pose: Pose) -> None:
    wide = look.build * (1 - 0.32 * abs(pose.side))
    shoulder, waist, hip = 0.108 * wide, 0.086 * wide, 0.096 * wide
    hem = 0.34 if look.coat else 0.47
    if look.skirt:
        figure.shape(
            [(-waist, 0.56), (waist, 0.56), (hip * 1.5, 0.3), (-hip * 1.5, 0.3)],
            figure.colour(look.legs),
        )
    torso = [
        (-shoulder * 0.62, 0.845), (shoulder * 0.62, 0.845), (shoulder, 0.8), (waist, 0.62),
        (hip, hem), (-hip, hem), (-waist, 0.62), (-shoulder, 0.8),
    ]  # fmt: skip
    figure.shape(torso, figure.colour(look.top, 0.7))
    lit = 1 if figure.light.direction[0] > 0 else -1
    shade = [
        (0.0, 0.84),
        (-lit * shoulder, 0.8),
        (-lit * waist, 0.62),
        (-lit * hip, hem),
        (0.0, hem),
    ]
    figure.shape(shade, figure.colour(look.top, 0.35))
    if look.bag is not None:
        _bag(figure, look.bag, pose, shoulder)


def _bag(figure: _Figure, colour: Colour, pose: Pose, shoulder: float) -> None:
    if pose.away:
        edges = (-shoulder * 0.75, shoulder * 0.75)
    elif abs(pose.side) > 0.45:
        back = -math.copysign(1.0, pose.side)
        edges = (back * shoulder * 0.7, back * (shoulder + 0.07))
    else:
        edges = (shoulder * 0.8, shoulder + 0.07)
    low, high = (0.56, 0.79) if pose.away or abs(pose.side) > 0.45 else (0.4, 0.54)
    left, right = edges
    figure.shape([(left, low), (right, low), (right, high), (left, high)], figure.colour(colour))


def _arm(figure: _Figure, look: Look, pose: Pose, swing: float, *, behind: bool) -> None:
    fall = 0.3 if behind else 0.62
    sides = (-1, 1) if abs(pose.side) < 0.45 else (0,)
    if len(sides) == 2 and behind:
        return
    for one in sides:
        wide = look.build * (1 - 0.32 * abs(pose.side))
        shoulder = (one * 0.102 * wide, 0.79)
        reach = (one or 1) * swing
        elbow = (shoulder[0] + one * 0.024 + 0.07 * reach * pose.side, 0.645)
        hand = (shoulder[0] + one * 0.02 + 0.16 * reach * pose.side, 0.5 + 0.03 * abs(reach))
        if look.umbrella is not None and one >= 0 and not behind:
            elbow, hand = (shoulder[0] + 0.03, 0.68), (shoulder[0] + 0.03 + 0.06 * pose.side, 0.76)
        figure.limb([shoulder, elbow, hand], 0.058 * look.build, figure.colour(look.top, fall))
        figure.disc(*hand, 0.026, figure.colour(look.skin, fall))


def _head(figure: _Figure, look: Look, pose: Pose) -> None:
    turn = 0.016 * pose.side
    hair = figure.colour(look.hair)
    if look.long_hair:
        figure.limb([(-turn, 0.93), (-turn * 1.6, 0.84)], 0.125, hair)
    figure.limb([(0.0, 0.84), (0.0, 0.87)], 0.06, figure.colour(look.skin, 0.4))
    figure.disc(-turn * 0.6, 0.942, 0.06, hair)
    if not pose.away:
        figure.disc(turn * 0.8, 0.925, 0.052, figure.colour(look.skin, 0.65))
        figure.limb([(turn * 0.5 - 0.035, 0.968), (turn * 0.5 + 0.035, 0.968)], 0.04, hair)
    if look.hat is not None:
        hat = figure.colour(look.hat)
        figure.limb([(-0.045, 0.972), (0.045, 0.972)], 0.055, hat)
        figure.limb([(0.0, 0.955), (0.085 * (pose.side or 0.6), 0.955)], 0.018, hat)


def _umbrella(figure: _Figure, colour: Colour, pose: Pose) -> None:
    middle = 0.1 * pose.side
    figure.limb([(middle, 0.74), (middle, 1.18)], 0.014, figure.colour((60, 60, 64)))
    turn = np.linspace(0, math.pi, 13)
    dome = [(middle + 0.3 * math.cos(a), 1.06 + 0.17 * math.sin(a)) for a in turn]
    scallop = [(middle - 0.3 + 0.1 * i, 1.06 + (0.022 if i % 2 else 0.0)) for i in range(7)]
    figure.shape(dome + scallop, figure.colour(colour, 0.8))
    figure.shape(
        [(middle + 0.09, 1.075), (middle + 0.3, 1.06), *dome[1:7]], figure.colour(colour, 0.45)
    )
