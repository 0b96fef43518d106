"""Mixed precision: the smallest set of layers left in float with which INT8 passes its gate.

Layers are left in the order of the noise that each brings alone (``sensitivity``) for the share of
the multiply-adds that it gives up: depthwise layers come first, they cost little. How many are
needed is found by doubling and bisection, every trial a whole Q/DQ graph, executed exactly and
scored. Two things are asked of it: the score, which is what counts but moves in steps on few
pictures, and the noise at the network's outputs, which does not. A loss counts as too large when
it is so by more than its own standard error; with thousands of pictures that is nothing, with a
hundred it is the difference between measuring a network and counting coins. That is why few
pictures are looked at several times (``exporter.accuracy``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import onnx
import onnx_graphsurgeon as gs

from exporter.accuracy import Accuracy
from exporter.quantize import bias_correction, placement, qdq, sensitivity
from exporter.quantize.noise import decibels
from exporter.quantize.reference import Pictures, Reference
from exporter.quantize.sensitivity import LayerNoise
from train2edge.metrics.resampling import Difference
from train2edge.spec.export import Gate

Score = Callable[[onnx.ModelProto], Accuracy]
Timing = Callable[[onnx.ModelProto], float | None]
OVERHEAD = 0.01  # of the whole: what a change of precision costs beside the layer's own work


@dataclass(frozen=True)
class Trial:
    """One graph: how many layers are float, decibels at the outputs, points of the score lost.

    ``error`` is the standard error of ``drop``; both are ``None`` where there are no labelled
    pictures to score on, or where the noise alone fails already. ``int8_share`` is the part of the
    multiply-adds that is INT8, ``speed`` how many times as fast as in float a CPU computes the
    graph (``quantize.speed``), where that was measured.
    """

    kept: int
    sqnr: float
    drop: float | None
    error: float | None
    int8_share: float
    passed: bool
    speed: float | None = None


@dataclass(frozen=True)
class MixedPlan:
    """The layers left in float, the trials that led there, and the noise of every layer."""

    keep: tuple[str, ...]
    trials: tuple[Trial, ...]
    layers: tuple[LayerNoise, ...]

    @property
    def chosen(self) -> Trial:
        return next(one for one in self.trials if one.kept == len(self.keep))


class Search:
    """Finds the plans of the Q/DQ graphs (one for each ``weight_levels``) of one float model.

    The noise of its layers is measured once, where it is first needed: which of them are the
    noisiest is nearly the same for all.
    """

    def __init__(
        self,
        reference: Reference,
        thresholds: Mapping[str, float],
        pictures: Pictures,
        gate: Gate,
        score: Score | None,
        speed: Timing | None = None,
    ) -> None:
        self.model, self.thresholds, self.gate = reference.model, thresholds, gate
        self.score, self.speed, self.pictures = score, speed, pictures
        self.reference = reference
        self.baseline = score(self.model) if score is not None else None
        self.work = sensitivity.multiply_adds(self.model)
        self.names = placement.plan(gs.import_onnx(self.model)).nodes
        self.layers: tuple[LayerNoise, ...] = ()

    def run(
        self, weight_levels: int, *, trained: bool = False
    ) -> tuple[onnx.ModelProto, MixedPlan]:
        """The graph that passes with the fewest layers in float, and how it was found.

        A network that was ``trained`` in 8 bits has the biases that it needs, and its weights in
        float are not what it learned: the score alone decides, not the noise against them.
        Where none passes, the one with the least noise, everything that is noisy in float: its
        trial says that it did not pass.
        """
        shift: bias_correction.Shifts = {}
        if not trained:
            shift = bias_correction.shifts(
                self.model, self.thresholds, self.pictures, weight_levels=weight_levels
            )
        asked = -math.inf if trained else self.gate.min_sqnr
        trials: dict[int, Trial] = {}
        made: dict[int, onnx.ModelProto] = {}

        def passes(count: int) -> bool:
            keep = [one.node for one in self._noisiest(shift)[:count]] if count else []
            graph, _ = qdq.quantize(
                self.model, self.thresholds, weight_levels=weight_levels, keep=keep
            )
            made[count] = bias_correction.corrected(graph, _without(shift, keep))
            trials[count] = self._trial(made[count], keep, asked)
            return trials[count].passed

        count = smallest(passes, len(self.names))
        if count is None:
            count = max(trials)
        keep = tuple(one.node for one in self.layers[:count])
        tried = tuple(trials[one] for one in sorted(trials))
        return made[count], MixedPlan(keep, tried, self.layers)

    def _noisiest(self, shift: bias_correction.Shifts) -> tuple[LayerNoise, ...]:
        """The layers in the order in which they are left in float."""
        if not self.layers:
            total = sum(self.work.values()) or 1
            found = sensitivity.measure(self.reference, self.thresholds, shift)
            self.layers = tuple(
                sorted(found, key=lambda one: -one.noise / (one.macs / total + OVERHEAD))
            )
        return self.layers

    def _trial(self, graph: onnx.ModelProto, keep: Sequence[str], min_sqnr: float) -> Trial:
        sqnr = decibels(self.reference.noise_of(graph))
        clear = sqnr >= min_sqnr
        loss = self._loss(graph) if clear else None
        passed = clear and (loss is None or loss.at_least <= self.gate.max_drop)
        drop, error = (None, None) if loss is None else (loss.points, loss.error)
        speed = self.speed(graph) if self.speed is not None and clear else None
        return Trial(len(keep), sqnr, drop, error, self._share(keep), passed, speed)

    def _loss(self, graph: onnx.ModelProto) -> Difference | None:
        if self.score is None or self.baseline is None:
            return None
        return self.baseline.loss(self.score(graph))

    def _share(self, keep: Sequence[str]) -> float:
        total = sum(self.work.values())
        float_work = sum(self.work.get(one, 0) for one in keep)
        return 1 - float_work / total if total else math.nan


def smallest(passes: Callable[[int], bool], limit: int) -> int | None:
    """The smallest count up to ``limit`` for which ``passes``, taken to be true from there on.

    0, 1, 2, 4, ... until one passes, then bisection; ``None`` when none of those passes.
    """
    counts: list[int] = [0, *(1 << i for i in range(limit.bit_length()) if 1 << i < limit), limit]
    low = -1
    for high in counts:
        if passes(high):
            break
        low = high
    else:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def _without(shift: bias_correction.Shifts, keep: Sequence[str]) -> bias_correction.Shifts:
    return {name: one for name, one in shift.items() if name not in keep}
