"""Solid things from flat faces: each face is turned, shaded, and drawn if it looks our way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from train2edge.datasets.synth.camera import NEAR, Camera, Points
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Colour, Light

_FINE = 24.0  # metres up to which fine decals are drawn


@dataclass
class Decal:
    """Something flat on a face: glass, a lamp, a wheel. ``glow`` colours shine by themselves."""

    points: Points
    colour: Colour
    glow: float = 0.0
    solid: bool = False  # part of the silhouette
    fine: bool = False  # too small to be seen from afar


@dataclass
class Face:
    """A flat polygon ``[N, 3]`` in metres: x forward, y up, z to the right of the driver."""

    points: Points
    normal: Points
    colour: Colour
    decals: list[Decal] = field(default_factory=list)


@dataclass
class Mesh:
    """Faces of one thing standing at the origin."""

    faces: list[Face]

    @cached_property
    def points(self) -> Points:
        """The corners of all faces and decals, in the order of ``polygons``."""
        return np.concatenate([one.points for one in self.polygons])

    @cached_property
    def polygons(self) -> list[Face | Decal]:
        together: list[Face | Decal] = []
        for one in self.faces:
            together += [one, *one.decals]
        return together

    @cached_property
    def ends(self) -> list[int]:
        """Where in ``points`` each of ``polygons`` ends."""
        return [int(end) for end in np.cumsum([len(one.points) for one in self.polygons])]


def face(points: Sequence[Sequence[float]], colour: Colour, inside: Points) -> Face:
    """A face whose normal points away from ``inside``."""
    corners = np.array(points, np.float64)
    (ax, ay, az), (bx, by, bz) = corners[1] - corners[0], corners[2] - corners[1]
    across = np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
    normal = across / max(math.sqrt(float(across @ across)), 1e-9)
    if normal @ (corners.sum(axis=0) / len(corners) - inside) < 0:
        normal = -normal
    return Face(corners, normal, colour)


def patch(corners: Points, left: float, right: float, low: float, high: float) -> Points:
    """A piece of a quad: shares of its way from corner 0 to 1 (across) and 0 to 3 (up)."""

    weights = [
        [(1 - across) * (1 - up), across * (1 - up), across * up, (1 - across) * up]
        for across, up in ((left, low), (right, low), (right, high), (left, high))
    ]
    return np.asarray(np.array(weights) @ corners)


def ring(x: float, y: float, z: float, radius: float, corners: int = 18) -> Points:
    """A circle standing upright along the driving direction."""
    turn = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn), 0 * turn + z], axis=1)


def placed(points: Points, x: float, z: float, heading: float) -> Points:
    """From the thing's own axes to the world; heading 0 drives along Z, pi against it."""
    sine, cosine = math.sin(heading), math.cos(heading)
    turn = np.array([[sine, 0.0, cosine], [0.0, 1.0, 0.0], [cosine, 0.0, -sine]])
    return np.asarray(points @ turn + np.array([x, 0.0, z]))


def draw_mesh(
    canvas: Canvas, camera: Camera, light: Light, mesh: Mesh, where: tuple[float, float, float]
) -> None:
    """Draw ``mesh`` at world x, z with a heading: the faces that look our way, far to near."""
    world = placed(mesh.points, *where)
    normals = placed(np.array([one.normal for one in mesh.faces]), 0.0, 0.0, where[2])
    outlines = iter(_outlines(camera, world, mesh.ends))
    starts = iter([0, *mesh.ends])
    eye = np.array([camera.x, camera.above, 0.0])
    seen = []
    for one, normal in zip(mesh.faces, normals, strict=True):
        start = next(starts)
        shapes = [next(outlines) for _ in range(1 + len(one.decals))]
        for _ in one.decals:
            next(starts)
        middle = world[start : start + len(one.points)].sum(axis=0) / len(one.points)
        towards = eye - middle
        if normal @ towards > 0:
            ahead = camera.depth(float(middle[0]), float(middle[2]))
            seen.append((float(towards @ towards), one, normal, ahead, shapes))
    for _, one, normal, ahead, shapes in sorted(seen, key=lambda item: -item[0]):
        canvas.polygons([shapes[0]], light.shade(one.colour, normal, ahead))
        for decal, shape in zip(one.decals, shapes[1:], strict=True):
            if shape is not None and not (decal.fine and ahead > _FINE):
                _draw_decal(canvas, camera, light, decal, shape, normal, ahead)


def _outlines(camera: Camera, world: Points, ends: Sequence[int]) -> list[Points | None]:
    """Each polygon of ``world`` in pixels; all at once where nothing is behind the lens."""
    seen = camera.view(world)
    if seen[:, 2].min() >= NEAR:
        flat = camera.image(seen)
        return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [camera.outline(world[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _draw_decal(
    canvas: Canvas,
    camera: Camera,
    light: Light,
    decal: Decal,
    outline: Points,
    normal: Points,
    ahead: float,
) -> None:
    if not (decal.glow > 0 and light.lamps):
        shaded = light.shade(decal.colour, normal, ahead)
        canvas.polygons([outline], shaded, owned=decal.solid)
        return
    canvas.polygons([outline], light.fade(decal.colour, ahead * 0.5), owned=decal.solid)
    column, row = outline.mean(axis=0)
    radius = decal.glow * camera.focal / max(ahead, 2.0)
    canvas.shine(float(column), float(row), radius, decal.colour)


def ground_shadow(mesh_points: Points, light: Light) -> Points:
    """World points to where the sun throws them on the ground, as an outline."""
    import cv2

    x, y, z = light.direction
    reach = min(1.0 / max(y, 0.05), 2.6)
    flat = mesh_points[:, (0, 2)] - mesh_points[:, 1:2] * np.array([x, z]) * reach
    hull = cv2.convexHull(flat.astype(np.float32))[:, 0].astype(np.float64)
    return np.stack([hull[:, 0], np.zeros(len(hull)), hull[:, 1]], axis=1)
