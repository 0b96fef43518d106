"""Everything above the street: sky, clouds, the far end of the town."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.synth.camera import Camera
from train2edge.datasets.synth.canvas import Canvas
from train2edge.datasets.synth.light import Light

_COARSE = 3  # the sky is soft: it is computed this much smaller


@lru_cache(maxsize=32)
def noise(seed: int, size: int, octaves: int) -> NDArray[np.float32]:
    """A cloud-like texture ``[size, size]`` that repeats without a seam, mean 0, about -1 to 1.

    Textures are kept: take one of a few seeds and roll it.
    """
    rng = np.random.default_rng([seed, size, octaves])
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        cells = 4 * 2**octave
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        tiled = np.pad(grid, 2, mode="wrap")
        scale = size // cells
        whole = cv2.resize(tiled, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += whole[2 * scale : 2 * scale + size, 2 * scale : 2 * scale + size] * 0.6**octave
    return np.asarray(total / max(float(total.std()) * 2, 1e-6), np.float32)


def draw_sky(canvas: Canvas, camera: Camera, light: Light, rng: np.random.Generator) -> None:
    rows = int(np.clip(camera.horizon + 8, 0, camera.height))
    if rows == 0:
        return
    height = (np.arange(0, rows, _COARSE, dtype=np.float32) / max(camera.horizon, 1.0))[
        :, None, None
    ]
    low, top = np.array(light.sky_low, np.float32), np.array(light.sky_top, np.float32)
    sky = top + (low - top) * np.clip(height, 0, 1) ** 0.8
    if light.clouds > 0.05:
        sky = _clouded(sky, light, camera.width, rng)
    whole = np.clip(sky, 0, 255).astype(np.uint8)
    canvas.pixels[:rows] = cv2.resize(whole, (camera.width, rows), interpolation=cv2.INTER_LINEAR)
    _skyline(canvas, camera, light, rng)


def _clouded(
    sky: NDArray[np.float32], light: Light, width: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    rows, columns = sky.shape[0], width // _COARSE
    texture = np.roll(noise(int(rng.integers(12)), 256, 5), int(rng.integers(256)), axis=1)
    stretched = cv2.resize(texture[:160], (columns, rows), interpolation=cv2.INTER_CUBIC)
    cover = np.clip((stretched + light.clouds * 1.6 - 0.9) * 1.1, 0, 0.85)[..., None]
    white = np.clip(np.array(light.sky_low, np.float32) * 1.12 + 12, 0, 255)
    if light.clouds > 0.75:
        white = np.array(light.sky_top, np.float32) * 0.94
    return np.asarray(sky * (1 - cover) + white * cover, np.float32)


def _skyline(canvas: Canvas, camera: Camera, light: Light, rng: np.random.Generator) -> None:
    """Hills and far roofs, nearly the colour of the haze."""
    for layer, dark in ((0, 0.12), (1, 0.22)):
        colour = light.flat((96, 112, 118), light.sight * (1.9 - layer * 0.7), 0.3)
        columns = np.linspace(-10, camera.width + 10, 26)
        lift = np.abs(np.cumsum(rng.normal(0, 0.5, len(columns)))) + rng.uniform(0.3, 1.5)
        rise = camera.height * 0.02 * (2 - layer) * (0.5 + lift / (lift.max() + 0.1) + dark)
        if layer:
            columns, rise = np.repeat(columns, 2)[1:], np.repeat(rise, 2)[:-1]
        edge = np.stack([columns, camera.horizon - rise], axis=1)
        base = np.array([[columns[-1], camera.horizon + 12], [columns[0], camera.horizon + 12]])
        canvas.polygons([np.concatenate([edge, base])], colour)
