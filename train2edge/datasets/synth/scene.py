"""A street scene as data: where the camera is, what the light is, who is there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from train2edge.datasets.synth import buildings, ground, people
from train2edge.datasets.synth import light as lights
from train2edge.datasets.synth.actors import Actor, Person, Thing, Vehicle, may_show
from train2edge.datasets.synth.buildings import Building
from train2edge.datasets.synth.buses import choose_bus
from train2edge.datasets.synth.camera import Camera
from train2edge.datasets.synth.canvas import ZOOM
from train2edge.datasets.synth.ground import LANE, Road
from train2edge.datasets.synth.light import Light
from train2edge.datasets.synth.street_things import Lamp, choose_sign, choose_tree
from train2edge.datasets.synth.vehicles import choose_car

CLASSES = ("car", "bus", "person")
_MOST = 120  # actors in a scene; the sheet of owners holds 255


@dataclass(frozen=True)
class Scene:
    """``width`` and ``height`` are the picture's; the camera draws ``ZOOM`` times as large."""

    width: int
    height: int
    camera: Camera
    light: Light
    road: Road
    houses: tuple[Building, ...]
    things: tuple[Thing, ...]
    actors: tuple[Actor, ...]
    seed: int

    def at(self, seconds: float) -> Scene:
        """The scene some time later."""
        return replace(self, actors=tuple(one.moved(seconds) for one in self.actors))


def choose(rng: np.random.Generator, width: int, height: int, *, light: str | None = None) -> Scene:
    """A scene for one picture."""
    return _scene(rng, width, height, lights.choose(rng, light), _camera(rng, width, height))


def choose_moving(rng: np.random.Generator, width: int, height: int, seconds: float) -> Scene:
    """A scene for a video: a camera on a pole, daylight, traffic long enough for ``seconds``."""
    light = lights.choose(rng, str(rng.choice(["noon", "morning", "overcast"])))
    return _scene(rng, width, height, light, _pole(rng, width, height), seconds=seconds)


def _scene(
    rng: np.random.Generator,
    width: int,
    height: int,
    light: Light,
    camera: Camera,
    seconds: float = 0.0,
) -> Scene:
    road = ground.choose(rng)
    camera = _stand(rng, camera, road)
    houses = [one for side in (-1, 1) for one in buildings.choose_row(rng, side, road.front)]
    traffic = _traffic(rng, camera, road, seconds)
    walkers = _walkers(rng, camera, road, traffic, rain=light.rain > 0.3, moving=seconds > 0)
    actors: list[Actor] = [*traffic, *walkers]
    numbered = tuple(replace(one, number=index + 1) for index, one in enumerate(actors[:_MOST]))
    things = tuple(_furniture(rng, camera, road, clear=18.0 if seconds else 5.5))
    seed = int(rng.integers(1 << 30))
    return Scene(width, height, camera, light, road, tuple(houses), things, numbered, seed)


def _camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    kind = rng.choice(["pole", "eye", "across"], p=[0.45, 0.3, 0.25])
    if kind == "pole":
        return _pole(rng, width, height)
    wide, high = width * ZOOM, height * ZOOM
    if kind == "eye":
        focal, horizon = wide * rng.uniform(0.75, 1.1), high * rng.uniform(0.38, 0.5)
        yaw = rng.normal(0, 0.16)
        return Camera(wide, high, focal, horizon, 0.0, rng.uniform(1.35, 2.4), yaw)
    focal, horizon = wide * rng.uniform(0.6, 0.9), high * rng.uniform(0.34, 0.46)
    yaw = rng.uniform(0.8, 1.57) * rng.choice([-1, 1])
    return Camera(wide, high, focal, horizon, 0.0, rng.uniform(1.6, 3.6), yaw)


def _pole(rng: np.random.Generator, width: int, height: int) -> Camera:
    wide, high = width * ZOOM, height * ZOOM
    focal, horizon = wide * rng.uniform(0.8, 1.15), high * rng.uniform(0.14, 0.32)
    return Camera(wide, high, focal, horizon, 0.0, rng.uniform(4.0, 6.5), rng.normal(0, 0.2))


def _stand(rng: np.random.Generator, camera: Camera, road: Road) -> Camera:
    """Put the camera across the street from where it looks, or on the road looking along it."""
    if abs(camera.yaw) > 0.6:
        return replace(camera, x=-math.copysign(road.kerb + road.pavement * 0.8, camera.yaw))
    if camera.above > 3 and rng.random() < 0.7:
        x = -math.copysign(rng.uniform(0.2, 1.0) * (road.kerb + 1), camera.yaw)
        return replace(camera, x=float(x))
    return replace(camera, x=float(rng.uniform(-0.9, 0.9) * road.kerb))


def _traffic(rng: np.random.Generator, camera: Camera, road: Road, seconds: float) -> list[Vehicle]:
    vehicles: list[Vehicle] = []
    mean = rng.uniform(16, 30) if seconds else rng.uniform(7, 26)
    for lane in range(-road.lanes, road.lanes):
        x = (lane + 0.5) * LANE
        heading = 0.0 if (x > 0) == (road.side > 0) else math.pi
        outer = lane in (-road.lanes, road.lanes - 1)
        speed = float(rng.uniform(5.5, 10.5))
        vehicles += _lane(rng, x, heading, speed, mean, 0.2 if outer else 0.08, seconds)
    if road.parking:
        vehicles += _parked(rng, road, rng.uniform(0.2, 0.5 if seconds else 0.85))
    if seconds:
        return [one for one in vehicles if not _blocks_lens(one, camera) or one.speed]
    return [one for one in vehicles if may_show(one, camera) and not _blocks_lens(one, camera)]


def _lane(
    rng: np.random.Generator,
    x: float,
    heading: float,
    speed: float,
    mean: float,
    buses: float,
    seconds: float,
) -> Iterator[Vehicle]:
    """One lane's vehicles, a gap apart, from behind the camera into the haze."""
    way = speed * seconds * math.cos(heading)
    z = -55.0 - max(way, 0.0) + float(rng.exponential(mean))
    while z < 85 - min(way, 0.0):
        is_bus = rng.random() < buses
        body = choose_bus(rng) if is_bus else choose_car(rng)
        drift = float(rng.normal(0, 0.14))
        middle = z + body.length / 2
        yield Vehicle(0, "bus" if is_bus else "car", body, x + drift, middle, heading, speed)
        z += body.length + 3.0 + float(rng.exponential(mean))


def _parked(rng: np.random.Generator, road: Road, share: float) -> Iterator[Vehicle]:
    for side in (-1, 1):
        x = side * (road.lanes * LANE + 1.25)
        heading = 0.0 if side * road.side > 0 else math.pi
        z = -40.0 + float(rng.uniform(0, 5))
        while z < 70:
            if rng.random() < share and not _near_crossing(road, z):
                yield Vehicle(0, "car", choose_car(rng), x, z, heading, 0.0)
            z += float(rng.uniform(5.6, 6.6))


def _near_crossing(road: Road, z: float) -> bool:
    return road.crossing is not None and -4.5 < z - road.crossing < 7.5


def _blocks_lens(one: Vehicle | Person, camera: Camera) -> bool:
    """So near that it would fill the picture."""
    left, right, near, far = one.footprint()
    over = max(left - camera.x, camera.x - right, 0.0)
    along = max(near, -far, 0.0)
    high = max(0.0, camera.above - 2.2)
    return math.hypot(over, along) < (4.6 if high == 0 else 3.2)


def _walkers(
    rng: np.random.Generator,
    camera: Camera,
    road: Road,
    traffic: list[Vehicle],
    *,
    rain: bool,
    moving: bool,
) -> list[Person]:
    wanted = int(rng.integers(1, 9)) + (3 if moving else 0)
    walkers: list[Person] = []
    for _ in range(wanted * 25):
        if len(walkers) >= wanted:
            break
        one = _walker(rng, road, rain=rain, moving=moving)
        depth = camera.depth(one.x, one.z)
        if 4.5 < depth < 34 and may_show(one, camera) and not _inside(one, traffic, moving):
            walkers.append(one)
    return walkers


def _walker(rng: np.random.Generator, road: Road, *, rain: bool, moving: bool) -> Person:
    look, phase = people.choose(rng, rain=rain), float(rng.uniform(0, 2 * math.pi))
    speed = 0.0 if rng.random() < 0.18 else float(rng.uniform(0.9, 1.6))
    if road.crossing is not None and not moving and rng.random() < 0.35:
        x, z = rng.uniform(-road.kerb, road.kerb), road.crossing + rng.uniform(0.4, 2.8)
        heading = math.pi / 2 * rng.choice([-1, 1])
        return Person(0, "person", look, float(x), float(z), heading, max(speed, 1.0), phase)
    inner, outer = road.kerb + 0.6, road.kerb + road.pavement - 0.3
    x = float(rng.choice([-1, 1]) * rng.uniform(inner, max(outer, inner + 0.4)))
    z = float(rng.uniform(-30, 36))
    heading = (0.0 if rng.random() < 0.5 else math.pi) + float(
        rng.normal(0, 0.05 if moving else 0.3)
    )
    return Person(0, "person", look, x, z, heading, speed, phase)


def _inside(one: Person, traffic: list[Vehicle], moving: bool) -> bool:
    for vehicle in traffic:
        left, right, near, far = vehicle.footprint()
        over = left - 0.35 < one.x < right + 0.35
        if over and (moving or near - 0.35 < one.z < far + 0.35):
            return True
    return False


def _furniture(
    rng: np.random.Generator, camera: Camera, road: Road, clear: float
) -> Iterator[Thing]:
    """Trees, lamps and signs along both kerbs, none within ``clear`` metres of the lens."""
    for side in (-1, 1):
        trees, gap = rng.random() < 0.6, rng.uniform(8, 16)
        lamps = rng.random() < 0.7
        metal = (70.0, 76.0, 78.0) if rng.random() < 0.5 else (150.0, 152.0, 150.0)
        start = float(rng.uniform(-45, -35))
        for index, z in enumerate(np.arange(start, 110, gap)):
            x = side * (road.kerb + 0.55)
            if math.hypot(x - camera.x, z) < clear or _near_crossing(road, float(z)):
                continue
            if lamps and index % 3 == 1:
                yield Lamp(x, float(z), float(rng.uniform(5.5, 7.5)), side, metal)
            elif trees and rng.random() < 0.85:
                yield choose_tree(rng, x, float(z))
            elif rng.random() < 0.25:
                yield choose_sign(rng, x, float(z))
        if road.verge > 2:
            for z in rng.uniform(-30, 110, int(rng.integers(2, 9))):
                yield choose_tree(rng, side * (road.kerb + road.pavement + 1.4), float(z))
