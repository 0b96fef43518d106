"""The street from kerb to kerb and beyond: asphalt, markings, pavements, grass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.synth.camera import Camera, Points
from train2edge.datasets.synth.canvas import ZOOM, Canvas
from train2edge.datasets.synth.light import Colour, Light
from train2edge.datasets.synth.sky import noise

LANE = 3.4  # metres
_REACH = 320.0  # metres of street in either direction
Texture = NDArray[np.float32]

_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Road:
    """A straight road along Z, its middle at X = 0.

    ``lanes`` each way; ``parking`` and ``pavement`` are widths in metres on both sides;
    ``crossing`` is where a zebra crossing begins (Z), or ``None``; ``side`` is +1 where traffic
    keeps to the right.
    """

    lanes: int
    parking: float
    pavement: float
    verge: float
    crossing: float | None
    side: int
    asphalt: Colour
    paving: Colour
    grass: Colour
    yellow: bool

    @property
    def kerb(self) -> float:
        """X of the kerb."""
        return self.lanes * LANE + self.parking + 0.3

    @property
    def front(self) -> float:
        """X of the house fronts."""
        return self.kerb + self.pavement + self.verge


def choose(rng: np.random.Generator) -> Road:
    grey = rng.uniform(88, 122)
    warm = rng.uniform(-6, 8)
    pale = rng.uniform(150, 188)
    lanes = int(rng.choice([1, 2], p=[0.55, 0.45]))
    return Road(
        lanes,
        parking=float(rng.choice([0.0, 2.3], p=[0.35, 0.65])),
        pavement=float(rng.uniform(2.6, 4.4)),
        verge=float(rng.choice([0.3, rng.uniform(2.0, 5.0)], p=[0.6, 0.4])),
        crossing=float(rng.uniform(9, 22)) if rng.random() < 0.5 else None,
        side=1 if rng.random() < 0.75 else -1,
        asphalt=(grey + warm, grey, grey - warm * 0.5),
        paving=(pale + rng.uniform(0, 12), pale, pale - rng.uniform(2, 18)),
        grass=(rng.uniform(86, 124), rng.uniform(122, 152), rng.uniform(58, 84)),
        yellow=bool(rng.random() < 0.4),
    )


def draw_ground(
    canvas: Canvas, camera: Camera, light: Light, road: Road, rng: np.random.Generator
) -> None:
    _meadow(canvas, camera, light, road)
    kerb, front = road.kerb, road.front
    red, green, blue = (value * 0.84 for value in road.asphalt)
    strips: list[tuple[float, float, Colour]] = [
        (-front - 60, front + 60, road.grass),
        (-kerb - road.pavement, kerb + road.pavement, road.paving),
        (-kerb - 0.22, kerb + 0.22, (188.0, 186.0, 180.0)),
        (-kerb, kerb, (red, green, blue)),
        (-kerb + 0.3, kerb - 0.3, road.asphalt),
    ]
    for low, high, colour in strips:
        _band(canvas, camera, light, low, high, colour)
    _joints(canvas, camera, light, road)
    _patches(canvas, camera, light, road, rng)
    _markings(canvas, camera, light, road)
    _texture(canvas, camera, light, rng)


def _meadow(canvas: Canvas, camera: Camera, light: Light, road: Road) -> None:
    """Grass up to the horizon, each row in its own haze."""
    start = int(max(0, camera.horizon))
    rows = np.arange(start, camera.height)
    clear = 0.5 ** (
        camera.focal * camera.above / np.maximum(rows - camera.horizon, 0.5) / light.sight
    )
    near, far = np.array(light.shade(road.grass, _UP, 0.0)), np.array(light.haze)
    colours = far + (near - far) * clear[:, None]
    canvas.pixels[start:] = np.clip(colours, 0, 255).astype(np.uint8)[:, None]


def rectangle(left: float, right: float, near: float, far: float, up: float = 0.0) -> Points:
    """A rectangle on the ground."""
    return np.array([[left, up, near], [right, up, near], [right, up, far], [left, up, far]])


def _band(
    canvas: Canvas, camera: Camera, light: Light, low: float, high: float, colour: Colour
) -> None:
    """A strip along the road, cut across so that far pieces fade into the haze."""
    cuts = [-_REACH, -60, -20, 0, 12, 24, 40, 60, 90, 130, 190, _REACH]
    for near, far in pairwise(cuts):
        ahead = camera.depth((low + high) / 2, (near + far) / 2)
        if ahead < -40:
            continue
        shaded = light.shade(colour, _UP, max(ahead, 0) * 0.8)
        canvas.polygons([camera.outline(rectangle(low, high, near, far + 0.05))], shaded)


def _spread(
    canvas: Canvas, camera: Camera, light: Light, shapes: Iterable[Points], colour: Colour
) -> None:
    """Small shapes on the ground, each in its own haze."""
    for shape in shapes:
        ahead = camera.depth(float(shape[:, 0].mean()), float(shape[:, 2].mean()))
        if 0 < ahead < 120:
            canvas.polygons([camera.outline(shape)], light.shade(colour, _UP, ahead))


def _joints(canvas: Canvas, camera: Camera, light: Light, road: Road) -> None:
    """Lines between paving slabs, only near enough to be seen."""
    darker = tuple(c * 0.86 for c in road.paving)
    colour = (darker[0], darker[1], darker[2])
    shapes = []
    for side in (-1, 1):
        inner, outer = sorted((side * (road.kerb + 0.22), side * (road.kerb + road.pavement)))
        shapes += [rectangle(inner, outer, z, z + 0.05) for z in np.arange(-20.0, 40.0, 1.5)]
    _spread(canvas, camera, light, shapes, colour)


def _patches(
    canvas: Canvas, camera: Camera, light: Light, road: Road, rng: np.random.Generator
) -> None:
    """Repairs in the asphalt, manhole covers, and the darker tracks of tyres."""
    for lane in range(-road.lanes, road.lanes):
        for wheel in (0.27, 0.73):
            x = (lane + wheel) * LANE
            colour = tuple(c * 0.95 for c in road.asphalt)
            _band(canvas, camera, light, x - 0.3, x + 0.3, (colour[0], colour[1], colour[2]))
    for _ in range(int(rng.integers(2, 8))):
        x, z = rng.uniform(-road.kerb + 1, road.kerb - 1.5), rng.uniform(-15, 50)
        tone = float(rng.choice([0.84, 0.9, 1.09]))
        shape = rectangle(x, x + rng.uniform(0.6, 2.5), z, z + rng.uniform(1, 6))
        red, green, blue = (c * tone for c in road.asphalt)
        _spread(canvas, camera, light, [shape], (red, green, blue))
    turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    for _ in range(int(rng.integers(1, 5))):
        x, z = rng.uniform(-road.kerb + 1, road.kerb - 1), rng.uniform(-10, 35)
        disc = np.stack([x + 0.36 * np.cos(turn), 0 * turn, z + 0.36 * np.sin(turn)], axis=1)
        _spread(canvas, camera, light, [disc], (70, 68, 66))


def _markings(canvas: Canvas, camera: Camera, light: Light, road: Road) -> None:
    white: Colour = (224, 224, 218)
    middle: Colour = (226, 184, 66) if road.yellow else white
    edge = road.lanes * LANE
    lines = [(-edge, white), (edge, white)]
    if road.lanes > 1 or road.yellow:
        lines += [(-0.14, middle), (0.14, middle)]
    for x, colour in lines:
        _band(canvas, camera, light, x - 0.06, x + 0.06, colour)
    dashed = [lane * LANE for lane in range(1 - road.lanes, road.lanes) if lane or len(lines) == 2]
    dashes = np.arange(-60.0, 140.0, 7.0)
    shapes = [rectangle(x - 0.07, x + 0.07, z, z + 3) for x in dashed for z in dashes]
    _spread(canvas, camera, light, shapes, white)
    if road.crossing is not None:
        stripes = np.arange(-road.kerb + 0.5, road.kerb - 0.6, 1.0)
        start = road.crossing
        zebra = [rectangle(x, x + 0.5, start, start + 3.2) for x in stripes]
        stops = [
            rectangle(-edge, -0.2, start + 4.4, start + 4.8),
            rectangle(0.2, edge, start - 1.6, start - 1.2),
        ]
        _spread(canvas, camera, light, [*zebra, *stops], white)


def _texture(canvas: Canvas, camera: Camera, light: Light, rng: np.random.Generator) -> None:
    """Grain of asphalt, paving and grass: a texture laid on the ground, fading with distance."""
    start = int(max(0, camera.horizon + 2))
    if start >= camera.height:
        return
    columns = np.arange(0, camera.width, ZOOM, dtype=np.float32)[None]
    rows = np.arange(start, camera.height, ZOOM, dtype=np.float32)[:, None]
    x, z, ahead = camera.ground(columns, rows)
    seeds = rng.integers(6, size=2).tolist()
    fine, broad = noise(seeds[0], 512, 7), noise(seeds[1], 256, 4)
    grain = np.clip(12 / ahead, 0, 1) * _laid(fine, x, z, 60.0)
    stain = np.clip(50 / ahead, 0, 1) * _laid(broad, x, z, 9.0)
    factor = np.clip(128 * (1 + 0.05 * grain + 0.055 * stain), 0, 255).astype(np.uint8)
    part = canvas.pixels[start:]
    whole = cv2.resize(factor, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    part[:] = cv2.multiply(part, cv2.merge([whole] * 3), scale=1 / 128)


def _laid(texture: Texture, x: Texture, z: Texture, per_metre: float) -> Texture:
    """The texture's values at ground places, repeated without end."""
    last = texture.shape[0] - 1
    over, down = (x * per_metre).astype(np.int32) & last, (z * per_metre).astype(np.int32) & last
    return np.asarray(texture[down, over], np.float32)
