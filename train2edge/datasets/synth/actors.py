"""Who moves: vehicles and people, each with a number, a place, a direction and a speed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from train2edge.datasets.synth.buses import Bus
from train2edge.datasets.synth.camera import NEAR, Camera, Points
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Light
from train2edge.datasets.synth.mesh import draw_mesh, placed
from train2edge.datasets.synth.people import Look, Pose, draw_person
from train2edge.datasets.synth.vehicles import Car

SIGHT = 95.0  # metres; what is farther is not drawn
STRIDES = 5.2  # radians of a walk's cycle per metre


class Thing(Protocol):
    """Whatever stands on the ground and can hide something."""

    def footprint(self) -> tuple[float, float, float, float]:
        """Least and greatest X, least and greatest Z, metres."""

    def shadow(self) -> Points:
        """World points whose shadows' hull is the thing's shadow."""

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        """Draw it over what is farther away."""


@dataclass(frozen=True)
class Vehicle:
    """``heading`` 0 drives along Z, pi against it; ``speed`` in metres per second."""

    number: int
    label: str
    body: Car | Bus
    x: float
    z: float
    heading: float
    speed: float

    def moved(self, seconds: float) -> Vehicle:
        return replace(self, z=self.z + math.cos(self.heading) * self.speed * seconds)

    def footprint(self) -> tuple[float, float, float, float]:
        half, reach = self.body.width / 2, self.body.length / 2
        return self.x - half, self.x + half, self.z - reach, self.z + reach

    def hull(self) -> Points:
        """The corners of the box around it, in the world."""
        left, right, near, far = self.footprint()
        return np.array(
            [[x, y, z] for x in (left, right) for y in (0.0, self.body.height) for z in (near, far)]
        )

    def shadow(self) -> Points:
        points = np.concatenate([one.points for one in self.body.mesh.faces])
        return placed(points, self.x, self.z, self.heading)

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        draw_mesh(canvas, camera, light, self.body.mesh, (self.x, self.z, self.heading))


@dataclass(frozen=True)
class Person:
    """``heading`` as a vehicle's, any angle; ``phase`` is where in a stride the walk begins."""

    number: int
    label: str
    look: Look
    x: float
    z: float
    heading: float
    speed: float
    phase: float

    def moved(self, seconds: float) -> Person:
        way = self.speed * seconds
        return replace(
            self,
            x=self.x + math.sin(self.heading) * way,
            z=self.z + math.cos(self.heading) * way,
            phase=self.phase + way * STRIDES,
        )

    def footprint(self) -> tuple[float, float, float, float]:
        return self.x - 0.25, self.x + 0.25, self.z - 0.25, self.z + 0.25

    def hull(self) -> Points:
        left, right, near, far = self.footprint()
        top = self.look.height * (1.25 if self.look.umbrella else 1.0)
        return np.array([[x, y, z] for x in (left, right) for y in (0.0, top) for z in (near, far)])

    def shadow(self) -> Points:
        reach, top = 0.16, self.look.height
        low = [[self.x + a, 0.0, self.z + b] for a in (-reach, reach) for b in (-reach, reach)]
        return np.array([*low, [self.x - 0.1, top, self.z], [self.x + 0.1, top, self.z]])

    def draw(self, canvas: Canvas, camera: Camera, light: Light) -> None:
        relative = self.heading - camera.yaw
        pose = Pose(self.phase, math.sin(relative), math.cos(relative) > 0.3, self.speed == 0)
        draw_person(canvas, camera, light, self.look, pose, self.x, self.z)


Actor = Vehicle | Person


def may_show(one: Actor, camera: Camera) -> bool:
    """Could a part of it be in the picture, and near enough to matter?"""
    seen = camera.view(one.hull())
    near = seen[seen[:, 2] > NEAR]
    if not len(near) or near[:, 2].min() > SIGHT:
        return False
    columns = camera.image(near)[:, 0]
    return bool(columns.max() > 0 and columns.min() < camera.width)


def far_to_near(things: list[Thing], camera: Camera) -> list[Thing]:
    """The order to draw in: whatever may hide another comes after it.

    All footprints lie along the axes, so a line between two of them says who can hide whom; where
    there is none (they overlap), the nearer middle wins.
    """
    if not things:
        return []
    low_x, high_x, low_z, high_z = np.array([one.footprint() for one in things]).T
    safe = _cannot_be_hidden(low_x, high_x, camera.x) | _cannot_be_hidden(low_z, high_z, 0.0)
    distance = ((low_x + high_x) / 2 - camera.x) ** 2 + ((low_z + high_z) / 2) ** 2
    hides = ~safe.T  # hides[i, j]: i may hide j
    tie = hides & hides.T
    first = np.where(tie, distance[None] > distance[:, None], hides)  # j goes before i
    np.fill_diagonal(first, False)
    order: list[Thing] = []
    left = np.ones(len(things), bool)
    while left.any():
        ready = left & ~(first & left[None]).any(axis=1)
        choice = ready if ready.any() else left  # a ring of three: break it at the farthest
        index = int(np.argmax(np.where(choice, distance, -1.0)))
        left[index] = False
        order.append(things[index])
    return order


def _cannot_be_hidden(low: Points, high: Points, camera: float) -> np.ndarray:
    """``[i, j]``: a line across this axis has i and the camera on one side, j on the other."""
    below = (high[:, None] <= low[None]) & (camera < low[None])
    above = (low[:, None] >= high[None]) & (camera > high[None])
    return np.asarray(below | above)
