"""From a scene to a picture and the boxes of what can be seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.reading import DONT_CARE, LabelledBox
from train2edge.datasets.synth.actors import Actor, Thing, far_to_near, may_show
from train2edge.datasets.synth.buildings import draw_buildings
from train2edge.datasets.synth.camera import NEAR, Camera
from train2edge.datasets.synth.canvas import ZOOM, Canvas
from train2edge.datasets.synth.ground import draw_ground
from train2edge.datasets.synth.light import Light
from train2edge.datasets.synth.mesh import ground_shadow
from train2edge.datasets.synth.scene import Scene
from train2edge.datasets.synth.sky import draw_sky

SEEN = 0.25  # less of an object than this share is nobody's fault: it is marked DontCare
SMALL = 0.03  # of the picture's height: what is lower is marked DontCare


@dataclass(frozen=True)
class Labelled:
    """One object in the picture: its number in the scene and its box."""

    number: int
    box: LabelledBox


@dataclass(frozen=True)
class Drawing:
    """``picture`` uint8 ``[H, W, 3]`` RGB and what can be seen in it, far to near."""

    picture: NDArray[np.uint8]
    objects: tuple[Labelled, ...]


def draw_background(scene: Scene) -> Canvas:
    """What does not move: sky, ground, the shadows and fronts of houses."""
    rng = np.random.default_rng(scene.seed)
    canvas = Canvas(scene.camera.width, scene.camera.height)
    draw_sky(canvas, scene.camera, scene.light, rng)
    draw_ground(canvas, scene.camera, scene.light, scene.road, rng)
    _shadows(canvas, scene, list(scene.things))
    draw_buildings(canvas, scene.camera, scene.light, list(scene.houses))
    return canvas


def draw(scene: Scene, background: Canvas | None = None, frame: int = 0) -> Drawing:
    """Draw the scene, over ``background`` if that is drawn already; ``frame`` varies the grain."""
    background = background or draw_background(scene)
    canvas = background.copy()
    whole: dict[int, int] = {}
    actors = {one.number: one for one in scene.actors if may_show(one, scene.camera)}
    _shadows(canvas, scene, list(actors.values()))
    for thing in far_to_near([*scene.things, *actors.values()], scene.camera):
        number = getattr(thing, "number", 0)
        canvas.owner = number
        thing.draw(canvas, scene.camera, scene.light)
        if number:
            whole[number] = _pixels(canvas, number, _region(actors[number], scene.camera))
    boxes = [_labelled(actors[number], canvas, scene, count) for number, count in whole.items()]
    objects = tuple(one for one in boxes if one is not None)
    rng = np.random.default_rng([scene.seed, frame])
    picture = canvas.picture().astype(np.float32) * _exposure(background, scene.light)
    return Drawing(_finish(picture, scene.light, rng), objects)


def _exposure(background: Canvas, light: Light) -> np.float32:
    """What a camera does in dim streets: gain, by the part of the scene that does not move."""
    wanted = 62.0 if light.name == "night" else 92.0 if light.name == "dusk" else 126.0
    mean = float(background.pixels[::8, ::8].mean())
    return np.float32(np.clip(wanted / max(mean, 1.0), 0.92, 1.55))


def _shadows(canvas: Canvas, scene: Scene, things: list[Thing]) -> None:
    """Shadows on the ground: thrown by the sun, and, on dull days, only below things."""
    light, camera = scene.light, scene.camera
    sunny = min(1.0, light.sun[0] * 1.4)
    near = [one for one in things if -12 < camera.depth(*_middle(one)) < 90]
    wall = scene.road.front - 0.1
    thrown = []
    for one in near if sunny > 0.3 else []:
        outline = ground_shadow(one.shadow(), light)
        outline[:, 0] = np.clip(outline[:, 0], -wall, wall)
        thrown.append(camera.outline(outline))
    below = [camera.outline(_below(one)) for one in near]
    canvas.shadows([(thrown, 0.42 * sunny), (below, 0.52)], 5.0)


def _middle(one: Thing) -> tuple[float, float]:
    left, right, near, far = one.footprint()
    return (left + right) / 2, (near + far) / 2


def _below(one: Thing) -> NDArray[np.float64]:
    left, right, near, far = one.footprint()
    return np.array([[left, 0, near], [right, 0, near], [right, 0, far], [left, 0, far]])


def _region(one: Actor, camera: Camera) -> tuple[slice, slice]:
    """Rows and columns of the sheet that the actor can have drawn to."""
    left, top, right, bottom = _extent(one, camera)
    margin = 0.12 * (bottom - top) + 12
    rows = slice(max(0, int(top - margin)), max(0, int(bottom + margin)))
    return rows, slice(max(0, int(left - margin)), max(0, int(right + margin)))


def _extent(one: Actor, camera: Camera) -> tuple[float, float, float, float]:
    """The box of the actor's corners in pixels of the drawing, also beyond its edges."""
    seen = camera.view(one.hull())
    seen[:, 2] = np.maximum(seen[:, 2], NEAR)
    points = camera.image(seen)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _pixels(canvas: Canvas, number: int, region: tuple[slice, slice]) -> int:
    return int(np.count_nonzero(canvas.owners[region] == number))


def _labelled(one: Actor, canvas: Canvas, scene: Scene, whole: int) -> Labelled | None:
    """The box of what is left to see of an actor; ``None`` if that is nothing to speak of."""
    region = _region(one, scene.camera)
    mask = canvas.owners[region] == one.number
    seen = int(np.count_nonzero(mask))
    if seen < 24 * ZOOM**2:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = region[0].start, region[1].start
    box = (
        (left + columns[0]) / ZOOM,
        (top + rows[0]) / ZOOM,
        (left + columns[-1] + 1) / ZOOM,
        (top + rows[-1] + 1) / ZOOM,
    )
    share, cut = seen / max(whole, 1), _truncated(one, scene)
    tiny = box[3] - box[1] < SMALL * scene.height or box[2] - box[0] < SMALL * scene.height / 2
    ignore = share < SEEN or tiny or cut > 0.85
    return Labelled(
        one.number,
        LabelledBox(
            DONT_CARE if ignore else one.label,
            (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            "",
            ignore,
            truncated=cut,
            occluded=0 if share > 0.9 else 1 if share > 0.6 else 2,
        ),
    )


def _truncated(one: Actor, scene: Scene) -> float:
    """The share of the actor's bulk that is beyond the picture's edges, by a grid of points."""
    hull, camera = one.hull(), scene.camera
    low, high = hull.min(axis=0), hull.max(axis=0)
    steps = np.stack(np.meshgrid(*[np.linspace(0, 1, 6)] * 3), axis=-1).reshape(-1, 3)
    seen = camera.view(low + steps * (high - low))
    points = camera.image(seen[seen[:, 2] > NEAR])
    inside = (points >= 0) & (points <= (camera.width, camera.height))
    return 1.0 - float(np.count_nonzero(inside.all(axis=1))) / len(steps)


def _finish(
    image: NDArray[np.float32], light: Light, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """What a camera adds: rain, vignette, softness, grain."""
    height, width = image.shape[:2]
    if light.rain > 0.1:
        image += _rain(height, width, light.rain, rng)[..., None]
    image *= _vignette(height, width)[..., None]
    if light.rain > 0.1 or light.name in ("fog", "night"):
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.6), np.float32)
    grain = 5.5 if light.lamps else 3.0
    down, over = rng.integers(256, size=2).tolist()
    image += _grain(height + 256, width + 256)[down : down + height, over : over + width] * grain
    return np.clip(image, 0, 255).astype(np.uint8)


@lru_cache(maxsize=2)
def _grain(height: int, width: int) -> NDArray[np.float32]:
    """A sensor's noise ``[H, W, 3]``, larger than a picture: each takes another piece of it."""
    rng = np.random.default_rng(height)
    noise = rng.standard_normal((height, width), dtype=np.float32)
    tint = rng.standard_normal((height, width), dtype=np.float32) * 0.4
    return np.asarray(np.stack([noise + tint, noise, noise - tint], axis=2), np.float32)


def _vignette(height: int, width: int) -> NDArray[np.float32]:
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    over = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return np.asarray(1.02 - 0.09 * (down**2 + over**2), np.float32)


def _rain(
    height: int, width: int, strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Bright streaks of falling drops."""
    sheet = np.zeros((height, width), np.uint8)
    slant = rng.uniform(-0.25, 0.25)
    for _ in range(int(strength * width * height / 900)):
        x, y = rng.uniform(0, width), rng.uniform(-20, height)
        reach = rng.uniform(8, 22)
        end = (round(x + slant * reach), round(y + reach))
        cv2.line(sheet, (round(x), round(y)), end, int(rng.integers(20, 60)), 1, cv2.LINE_AA)
    return sheet.astype(np.float32)
