"""What stands at the kerb and hides what is behind it: trees, lamp posts, signs, hedges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from train2edge.datasets.synth.camera import Camera, Points
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Colour, Light
from train2edge.datasets.synth.mesh import ring

_LEAVES: tuple[Colour, ...] = (
    (86, 128, 58), (70, 112, 60), (108, 140, 66), (60, 98, 64), (132, 146, 70), (190, 128, 56),
    (196, 92, 52),
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """A trunk, and leaves as discs: ``leaves`` ``[N, 4]`` across, up, towards us, radius."""

    x: float
    z: float
    height: float
    crown: float
    bark: Colour
    green: Colour
    leaves: tuple[tuple[float, float, float, float], ...]

    def footprint(self) -> tuple[float, float, float, float]:
        return self.x - 0.2, self.x + 0.2, self.z - 0.2, self.z + 0.2

    def shadow(self) -> Points:
        turn = ring(0.0, 0.0, 0.0, self.crown, 14)
        middle = self.height - self.crown
        flat = [[self.x + a, middle, self.z + b] for a, b, _ in turn]
        return np.array([*flat, [self.x, 0.0, self.z]])

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        place = camera.pixels((self.x, 0.0, self.z))
        if place is None:
            return
        column, row, scale = place
        ahead = camera.depth(self.x, self.z)
        bark = light.flat(self.bark, ahead, 0.5)
        fork = self.height - self.crown * 1.2
        trunk = np.array([[-0.17, 0], [0.17, 0], [0.1, fork], [-0.1, fork]])
        canvas.polygons([np.array([column, row]) + trunk * [scale, -scale]], bark)
        for across, up, front, radius in self.leaves:
            sunny = (
                0.5 + 0.5 * (across * light.direction[0] + (up - self.height) * 0.5) / self.crown
            )
            colour = light.flat(self.green, ahead, float(np.clip(sunny + 0.25 * front, 0.05, 1)))
            middle = (column + across * scale, row - up * scale)
            canvas.disc(middle, radius * scale, colour)


def choose_tree(rng: np.random.Generator, x: float, z: float) -> Tree:
    height, crown = float(rng.uniform(4.5, 8.0)), float(rng.uniform(1.3, 2.3))
    green = _LEAVES[rng.choice(len(_LEAVES), p=[0.26, 0.22, 0.2, 0.14, 0.1, 0.05, 0.03])]
    leaves = []
    for _ in range(34):
        angle, far = rng.uniform(0, 2 * math.pi), crown * math.sqrt(rng.uniform(0, 1)) * 0.85
        radius = crown * rng.uniform(0.2, 0.38)
        up = height - crown + far * math.sin(angle) * 0.95
        leaves.append((far * math.cos(angle), up, rng.uniform(-1, 1), radius))
    leaves.sort(key=lambda leaf: leaf[2])
    return Tree(x, z, height, crown, (96, 76, 60), green, tuple(leaves))


@dataclass(frozen=True)
class Lamp:
    """A lamp post with an arm over the road."""

    x: float
    z: float
    height: float
    side: int
    colour: Colour

    def footprint(self) -> tuple[float, float, float, float]:
        return self.x - 0.1, self.x + 0.1, self.z - 0.1, self.z + 0.1

    def shadow(self) -> Points:
        return np.array(
            [[self.x - 0.07, 0, self.z], [self.x + 0.07, 0, self.z], [self.x, self.height, self.z]]
        )

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        foot = camera.pixels((self.x, 0.0, self.z))
        arm = self.x - self.side * 1.6
        head = camera.pixels((arm, self.height + 0.2, self.z))
        top = camera.pixels((self.x, self.height, self.z))
        if foot is None or head is None or top is None:
            return
        ahead = camera.depth(self.x, self.z)
        colour = light.flat(self.colour, ahead)
        canvas.limb(foot[:2], top[:2], 0.15 * foot[2], colour)
        canvas.limb(top[:2], head[:2], 0.09 * foot[2], colour)
        if light.lamps:
            canvas.disc(head[:2], 0.14 * foot[2], (255, 232, 180))
            canvas.shine(head[0], head[1], 1.6 * foot[2], (190, 150, 90))
        else:
            canvas.limb(head[:2], (head[0] + 0.01, head[1]), 0.2 * foot[2], colour)


@dataclass(frozen=True)
class Sign:
    """A round or square traffic sign on a pole."""

    x: float
    z: float
    face: Colour
    rim: Colour
    square: bool

    def footprint(self) -> tuple[float, float, float, float]:
        return self.x - 0.1, self.x + 0.1, self.z - 0.1, self.z + 0.1

    def shadow(self) -> Points:
        return np.array(
            [[self.x - 0.05, 0, self.z], [self.x + 0.05, 0, self.z], [self.x, 2.6, self.z]]
        )

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        foot, top = camera.pixels((self.x, 0.0, self.z)), camera.pixels((self.x, 2.6, self.z))
        if foot is None or top is None:
            return
        ahead = camera.depth(self.x, self.z)
        scale = foot[2]
        canvas.limb(foot[:2], top[:2], 0.07 * scale, light.flat((150, 152, 154), ahead))
        for size, colour in ((0.36, self.rim), (0.27, self.face)):
            shaded = light.flat(colour, ahead, 0.7)
            if self.square:
                corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size * scale
                canvas.polygons([corners + np.array(top[:2])], shaded)
            else:
                canvas.disc(top[:2], size * scale, shaded)


def choose_sign(rng: np.random.Generator, x: float, z: float) -> Sign:
    kinds: list[tuple[Colour, Colour, bool]] = [
        ((244, 244, 240), (200, 30, 34), False),
        ((36, 84, 170), (244, 244, 240), False),
        ((36, 84, 170), (244, 244, 240), True),
        ((200, 30, 34), (244, 244, 240), False),
        ((246, 206, 60), (40, 40, 42), True),
    ]
    return Sign(x, z, *kinds[rng.integers(len(kinds))])
