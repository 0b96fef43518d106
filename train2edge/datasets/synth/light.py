"""Time of day and weather: what colours things have, and whether lamps are lit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """Colours are RGB; ``sun`` and ``ambient`` multiply a surface's own colour.

    ``direction`` points to the sun (unit vector). ``haze`` is what far things fade to, half way
    at ``sight`` metres. ``clouds``, ``rain``, ``lit`` (share of lit windows) are 0 to 1.
    """

    name: str
    sky_top: Colour
    sky_low: Colour
    sun: Colour
    ambient: Colour
    direction: tuple[float, float, float]
    haze: Colour
    sight: float
    clouds: float
    rain: float
    lit: float
    lamps: bool

    def shade(self, colour: Colour, normal: NDArray[np.float64], ahead: float) -> Colour:
        """A surface's colour as the camera sees it from ``ahead`` metres."""
        fall = max(0.0, float(np.dot(normal, self.direction)))
        lit = [c * (a + s * fall) for c, a, s in zip(colour, self.ambient, self.sun, strict=True)]
        return self.fade((lit[0], lit[1], lit[2]), ahead)

    def flat(self, colour: Colour, ahead: float, fall: float = 0.5) -> Colour:
        """As ``shade`` for things without a normal: ``fall`` is how much they face the sun."""
        lit = [c * (a + s * fall) for c, a, s in zip(colour, self.ambient, self.sun, strict=True)]
        return self.fade((lit[0], lit[1], lit[2]), ahead)

    def fade(self, colour: Colour, ahead: float) -> Colour:
        """Mix with the haze by distance."""
        clear = 0.5 ** (max(ahead, 0.0) / self.sight)
        red, green, blue = (
            min(255.0, c) * clear + h * (1 - clear) for c, h in zip(colour, self.haze, strict=True)
        )
        return red, green, blue


# name: weight, sky top, sky low, sun, ambient, lowest and highest sun (degrees), haze, sight,
#       clouds, rain, lit windows, lamps
_KINDS: dict[
    str,
    tuple[
        float,
        Colour,
        Colour,
        Colour,
        Colour,
        tuple[float, float],
        Colour,
        float,
        float,
        float,
        float,
        bool,
    ],
] = {
    "noon": (
        0.26, (70, 130, 205), (190, 218, 240), (0.62, 0.60, 0.55), (0.50, 0.53, 0.58), (48, 68),
        (196, 214, 230), 160, 0.45, 0.0, 0.0, False,
    ),
    "morning": (
        0.18, (105, 155, 210), (240, 226, 205), (0.64, 0.56, 0.44), (0.44, 0.48, 0.56), (28, 42),
        (232, 222, 208), 110, 0.4, 0.0, 0.05, False,
    ),
    "golden": (
        0.14, (86, 110, 170), (252, 190, 120), (0.80, 0.54, 0.30), (0.40, 0.40, 0.48), (18, 28),
        (240, 190, 140), 120, 0.5, 0.0, 0.15, False,
    ),
    "overcast": (
        0.18, (150, 160, 172), (205, 210, 214), (0.16, 0.16, 0.16), (0.76, 0.78, 0.80), (50, 70),
        (200, 205, 210), 120, 0.9, 0.0, 0.1, False,
    ),
    "rain": (
        0.08, (110, 120, 132), (165, 172, 178), (0.06, 0.06, 0.06), (0.66, 0.69, 0.73), (50, 70),
        (160, 168, 175), 70, 1.0, 0.8, 0.3, True,
    ),
    "fog": (
        0.05, (190, 194, 196), (214, 216, 216), (0.05, 0.05, 0.05), (0.80, 0.81, 0.82), (50, 70),
        (210, 213, 214), 38, 0.0, 0.0, 0.25, True,
    ),
    "dusk": (
        0.07, (44, 52, 96), (214, 132, 112), (0.10, 0.07, 0.06), (0.46, 0.44, 0.54), (20, 30),
        (150, 112, 122), 130, 0.5, 0.0, 0.45, True,
    ),
    "night": (
        0.04, (10, 14, 32), (42, 46, 70), (0.02, 0.02, 0.03), (0.34, 0.34, 0.42), (40, 60),
        (40, 42, 60), 120, 0.2, 0.0, 0.5, True,
    ),
}  # fmt: skip

NAMES = tuple(_KINDS)


def choose(rng: np.random.Generator, name: str | None = None) -> Light:
    """A light, by name or by its share of the year, with a little chance in every value."""
    weights = np.array([kind[0] for kind in _KINDS.values()])
    name = name or str(rng.choice(NAMES, p=weights / weights.sum()))
    _, top, low, sun, ambient, height, haze, sight, clouds, rain, lit, lamps = _KINDS[name]
    bright = rng.uniform(0.9, 1.1)
    return Light(
        name,
        _scaled(top, bright),
        _scaled(low, bright),
        _scaled(sun, bright),
        _scaled(ambient, bright),
        _direction(rng, height),
        _scaled(haze, bright),
        sight * rng.uniform(0.8, 1.3),
        clouds * rng.uniform(0.5, 1.1),
        rain * rng.uniform(0.7, 1.1),
        lit,
        lamps,
    )


def _direction(rng: np.random.Generator, height: tuple[float, float]) -> tuple[float, float, float]:
    elevation = math.radians(rng.uniform(*height))
    azimuth = rng.uniform(0, 2 * math.pi)
    flat = math.cos(elevation)
    return flat * math.cos(azimuth), math.sin(elevation), flat * math.sin(azimuth)


def _scaled(colour: Colour, factor: float) -> Colour:
    red, green, blue = (value * factor for value in colour)
    return red, green, blue
