"""Where a target should be in the next frame: NvMultiObjectTracker's state estimators.

The simple one has speeds for the centre alone, the regular one for all of centre and size (with
``useAspectRatio`` for shape and height). A coordinate and its speed depend on no other, so every
filter is four Kalman filters of two numbers each.
"""

from __future__ import annotations

import numpy as np

from deepstream.twin.tracker.settings import REGULAR, TrackerSettings
from deepstream.twin.tracker.similarity import Boxes

Four = tuple[float, float, float, float]
UNSURE = 25.0  # a new target's speed: variance, as a multiple of the detector's
# Deviations of a shape (width over height), as SORT's successors have them: they need no scale.
SHAPE, SHAPE_SPEED, SHAPE_SEEN = 1e-2, 1e-5, 1e-1


class Still:
    """No estimator: a target is where it was last seen."""

    def __init__(self, box: Boxes) -> None:
        self.box: Boxes = box.copy()

    def predict(self) -> None:
        """Stay."""

    def correct(self, box: Boxes) -> None:
        self.box = box.copy()


class Axis:
    """One coordinate that moves evenly: its place, its speed a frame, and how sure both are.

    Plain numbers: four of them a target are ten times as fast as arrays of four.
    """

    __slots__ = ("covariance", "place", "place_variance", "speed", "speed_variance")

    def __init__(self, place: float, place_variance: float, speed_variance: float) -> None:
        self.place, self.speed = place, 0.0
        self.place_variance, self.speed_variance = place_variance, speed_variance
        self.covariance = 0.0

    def predict(self, place_noise: float, speed_noise: float) -> None:
        """Go on by a frame, which adds so much variance."""
        self.place += self.speed
        self.place_variance += 2 * self.covariance + self.speed_variance + place_noise
        self.covariance += self.speed_variance
        self.speed_variance += speed_noise

    def correct(self, measured: float, noise: float) -> None:
        """Take a measurement of that variance into account."""
        total = self.place_variance + noise
        gain, speed_gain = self.place_variance / total, self.covariance / total
        missed = measured - self.place
        self.place += gain * missed
        self.speed += speed_gain * missed
        self.speed_variance -= speed_gain * self.covariance
        self.covariance *= 1 - gain
        self.place_variance *= 1 - gain


class Kalman:
    """A box that moves evenly: the axes of its centre, its width (or shape) and its height."""

    def __init__(self, box: Boxes, settings: TrackerSettings) -> None:
        self.settings = settings
        self.regular = settings.state_estimator == REGULAR
        self.shape = self.regular and settings.use_aspect_ratio
        self.weighted = self.regular and settings.noise_weight_location >= 0
        measured = self._coordinates(box)
        self.height = measured[3]
        places, speeds = self._measured(), self._first_speed()
        known = 4.0 if self.weighted else 1.0
        self.axes = tuple(
            Axis(value, known * place, speed)
            for value, place, speed in zip(measured, places, speeds, strict=True)
        )

    @property
    def box(self) -> Boxes:
        x, y, width, height = (axis.place for axis in self.axes)
        if self.shape:
            width *= height
        left, top = x - width / 2, y - height / 2
        return np.array((left, top, left + width, top + height), np.float32)

    def predict(self) -> None:
        """Go on by a frame."""
        for axis, place, speed in zip(self.axes, *self._noise(), strict=True):
            axis.predict(place, speed)
        self.height = self.axes[3].place

    def correct(self, box: Boxes) -> None:
        """Take a detection of this frame into account."""
        for axis, value, noise in zip(
            self.axes, self._coordinates(box), self._measured(), strict=True
        ):
            axis.correct(value, noise)
        self.height = self.axes[3].place

    def _coordinates(self, box: Boxes) -> Four:
        left, top, right, bottom = box.tolist()
        width, height = max(right - left, 1e-3), max(bottom - top, 1e-3)
        first = width / height if self.shape else width
        return (left + right) / 2, (top + bottom) / 2, first, height

    def _by_height(self, weight: float, shape: float) -> Four:
        one = (weight * self.height) ** 2
        return one, one, shape**2 if self.shape else one, one

    def _noise(self) -> tuple[Four, Four]:
        """Variances that a frame adds to places and speeds."""
        rules = self.settings
        if self.weighted:
            place = self._by_height(rules.noise_weight_location, SHAPE)
            return place, self._by_height(max(rules.noise_weight_speed, 0), SHAPE_SPEED)
        location, size, speed = (
            rules.process_noise_location,
            rules.process_noise_size,
            rules.process_noise_speed,
        )
        if self.shape:
            return (location, location, SHAPE**2, size), (speed, speed, SHAPE_SPEED**2, speed)
        grow = speed if self.regular else 0.0
        return (location, location, size, size), (speed, speed, grow, grow)

    def _measured(self) -> Four:
        """Variances of a detection."""
        if self.weighted:
            return self._by_height(self.settings.noise_weight_location, SHAPE_SEEN)
        one = self.settings.measurement_noise
        return one, one, SHAPE_SEEN**2 if self.shape else one, one

    def _first_speed(self) -> Four:
        if self.weighted and self.settings.noise_weight_speed >= 0:
            return self._by_height(10 * self.settings.noise_weight_speed, SHAPE_SPEED)
        x, y, width, height = self._measured()
        grow = UNSURE if self.regular else 0.0
        return UNSURE * x, UNSURE * y, grow * width, grow * height


Motion = Still | Kalman


def motion(box: Boxes, settings: TrackerSettings) -> Motion:
    """The estimator that the settings ask for, for a new target at ``box``."""
    return Kalman(box, settings) if settings.state_estimator else Still(box)
