"""Where a target should be in the next frame: NvMultiObjectTracker's state estimators.

The simple one has speeds for the centre alone, the regular one for all of centre and size (with
``useAspectRatio`` for shape and height). A coordinate and its speed depend on no other, so every
filter is four Kalman filters of two numbers each, computed together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.tracker.settings import REGULAR, TrackerSettings
from deepstream.twin.tracker.similarity import Boxes

Four = NDArray[np.float64]
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


class Kalman:
    """A box that moves evenly. State: four coordinates and their speeds, a frame's time each."""

    def __init__(self, box: Boxes, settings: TrackerSettings) -> None:
        self.settings = settings
        self.regular = settings.state_estimator == REGULAR
        self.shape = self.regular and settings.use_aspect_ratio
        self.mean: Four = self._coordinates(box)
        self.speed: Four = np.zeros(4)
        self.place_variance: Four = self._measured() * (4 if self._weighted else 1)
        self.covariance: Four = np.zeros(4)
        self.speed_variance: Four = self._first_speed()
        if not self.regular:
            self.speed_variance[2:] = 0

    @property
    def box(self) -> Boxes:
        x, y, width, height = self.mean
        if self.shape:
            width *= height
        half = np.array([width, height]) / 2
        return np.concatenate([(x, y) - half, (x, y) + half]).astype(np.float32)

    def predict(self) -> None:
        """Go on by a frame."""
        place, speed = self._noise()
        self.mean = self.mean + self.speed
        self.place_variance = (
            self.place_variance + 2 * self.covariance + self.speed_variance + place
        )
        self.covariance = self.covariance + self.speed_variance
        self.speed_variance = self.speed_variance + speed

    def correct(self, box: Boxes) -> None:
        """Take a detection of this frame into account."""
        total = self.place_variance + self._measured()
        gain, speed_gain = self.place_variance / total, self.covariance / total
        missed = self._coordinates(box) - self.mean
        self.mean = self.mean + gain * missed
        self.speed = self.speed + speed_gain * missed
        self.speed_variance = self.speed_variance - speed_gain * self.covariance
        self.covariance = self.covariance * (1 - gain)
        self.place_variance = self.place_variance * (1 - gain)

    def _coordinates(self, box: Boxes) -> Four:
        left, top, right, bottom = (float(one) for one in box)
        width, height = max(right - left, 1e-3), max(bottom - top, 1e-3)
        first = width / height if self.shape else width
        return np.array([(left + right) / 2, (top + bottom) / 2, first, height])

    @property
    def _weighted(self) -> bool:
        return self.regular and self.settings.noise_weight_location >= 0

    def _by_height(self, weight: float, shape: float) -> Four:
        deviations = np.full(4, weight * self.mean[3])
        if self.shape:
            deviations[2] = shape
        return deviations**2

    def _noise(self) -> tuple[Four, Four]:
        """Variances that a frame adds to place and speed."""
        rules = self.settings
        if self._weighted:
            place = self._by_height(rules.noise_weight_location, SHAPE)
            return place, self._by_height(max(rules.noise_weight_speed, 0), SHAPE_SPEED)
        location, size = rules.process_noise_location, rules.process_noise_size
        place = np.array([location, location, size, size])
        speed = np.full(4, rules.process_noise_speed)
        if not self.regular:
            speed[2:] = 0
        if self.shape:
            place[2], speed[2] = SHAPE**2, SHAPE_SPEED**2
        return place, speed

    def _measured(self) -> Four:
        """Variances of a detection."""
        if self._weighted:
            return self._by_height(self.settings.noise_weight_location, SHAPE_SEEN)
        measured = np.full(4, self.settings.measurement_noise)
        if self.shape:
            measured[2] = SHAPE_SEEN**2
        return measured

    def _first_speed(self) -> Four:
        if self._weighted and self.settings.noise_weight_speed >= 0:
            return self._by_height(10 * self.settings.noise_weight_speed, SHAPE_SPEED)
        return UNSURE * self._measured()


Motion = Still | Kalman


def motion(box: Boxes, settings: TrackerSettings) -> Motion:
    """The estimator that the settings ask for, for a new target at ``box``."""
    return Kalman(box, settings) if settings.state_estimator else Still(box)
