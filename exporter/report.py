"""What an export did and measured, as data, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from exporter.accuracy import Accuracy
from exporter.bundle_check import BundleCheck
from exporter.quantize.mixed import MixedPlan, Trial
from exporter.surgery.report import SurgeryReport
from train2edge.bundle import Verified
from train2edge.errors import WorkError

MOSTLY = 0.5  # of the multiply-adds: with less in INT8 the bundle is not what its name says
ACCEPTED_LOSS = 0.02  # of the score that FP16 may cost before the manifest says so


@dataclass(frozen=True)
class Parity:
    """How far the graph is from where it came from: ``what`` was compared, on real pictures."""

    what: str
    difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        return self.difference <= self.tolerance  # false for NaN


@dataclass(frozen=True)
class QuantizationReport:
    """INT8: how many Conv weights and activations carry Q/DQ pairs, and from what."""

    method: str
    pictures: int
    weights: int
    activations: int
    cache_lines: int
    left: tuple[str, ...] = ()
    mixed: MixedPlan | None = None
    mixed_cpu: MixedPlan | None = None
    beyond_fp16: tuple[str, ...] = ()

    def verified(self) -> Iterator[Verified]:
        """Whether each Q/DQ graph passed its gate, and with how many layers in float.

        With all of them it always does: nothing is INT8 then, and that is not what was asked for
        on the device. The copy for this CPU only has to give the same boxes.
        """
        if self.mixed is not None:
            one = self.mixed.chosen
            yield Verified("INT8 passes its gate", _gate(one), one.passed and one.int8_share > 0)
        if self.mixed_cpu is not None:
            one = self.mixed_cpu.chosen
            yield Verified("7-bit copy passes its gate", _gate(one), one.passed)

    def lines(self) -> Iterator[str]:
        """The curve of both searches: what each number of float layers costs and gives."""
        if self.beyond_fp16:
            yield (
                f"note: {len(self.beyond_fp16)} layers go beyond FP16 ({self.beyond_fp16[0]}, ...):"
                " what is not INT8 runs in FP32"
            )
        for name, plan in (("INT8", self.mixed), ("7-bit copy", self.mixed_cpu)):
            if plan is None:
                continue
            yield f"{name}: float layers, points lost, dB at the outputs, INT8 share, speed here"
            yield from (f"  {_trial(one)}" for one in plan.trials)
            yield from (f"  float: {one}" for one in plan.keep)
        if self.mixed is not None and self.mixed.chosen.int8_share < MOSTLY:
            yield (
                f"warning: only {self.mixed.chosen.int8_share:.0%} of the multiply-adds are INT8:"
                " ask for less (export.gate; an import: --min-sqnr, --max-drop), or train the"
                " network to compute in 8 bits (t2e train --quantize)"
            )


@dataclass(frozen=True)
class HalfReport:
    """FP16: the layers that stay in FP32, and decibels at the outputs on real pictures, ``None``
    without any; ``least`` are asked for."""

    islands: tuple[str, ...]
    sqnr: float | None
    least: float

    def verified(self) -> Iterator[Verified]:
        if self.sqnr is not None:
            what = "FP16 against FP32 at the outputs, exact simulation"
            yield Verified(what, f"{self.sqnr:.1f} dB", self.sqnr >= self.least)  # false for NaN

    def lines(self) -> Iterator[str]:
        yield from (f"note: {one} stays in FP32: FP16 ends at 65504" for one in self.islands)


@dataclass(frozen=True)
class ExportReport:
    """``accuracy`` by file name, FP32 first; ``sizes`` in bytes by file name; ``trained``: how far
    the Q/DQ graph is from the quantisation-aware network that it comes from."""

    surgery: SurgeryReport
    parity: Parity
    accuracy: Mapping[str, Accuracy]
    sizes: Mapping[str, int]
    quantization: QuantizationReport | None = None
    compiled: BundleCheck | None = None
    trained: Parity | None = None
    half: HalfReport | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        scores = {name: one.as_record() for name, one in self.accuracy.items()}
        return asdict(replace(self, accuracy={})) | {"accuracy": scores}

    def loss_of(self, name: str) -> float:
        """The score of the first file (FP32) minus that of ``name``."""
        first = next(iter(self.accuracy.values()))
        return first.mean - self.accuracy[name].mean

    def verified(self) -> tuple[Verified, ...]:
        """The manifest's list: what was checked, with the figure seen."""
        return tuple(self._verified())

    @property
    def beyond_fp16(self) -> tuple[str, ...]:
        """The nodes whose values FP16 does not hold, as far as pictures were looked at."""
        if self.half is not None:
            return self.half.islands
        return self.quantization.beyond_fp16 if self.quantization is not None else ()

    def require(self, where: str) -> None:
        """``WorkError`` naming each check that failed of the bundle written to ``where``."""
        failed = [one for one in self.verified() if not one.passed]
        if failed:
            told = "; ".join(f"{one.what}: {one.figure}" for one in failed)
            raise WorkError(
                f"the bundle is written, but {len(failed)} of its checks failed: {told}",
                where=where,
                hint="its report says what each allows; --allow-failed takes it as it is",
            )

    def _verified(self) -> Iterator[Verified]:
        yield Verified(self.parity.what, f"{self.parity.difference:.2g}", self.parity.passed)
        if self.trained is not None:
            yield Verified(self.trained.what, f"{self.trained.difference:.2g}", self.trained.passed)
        yield Verified("graph surgery, largest difference of a pass", f"{self.surgery.worst:.2g}")
        for name, one in self.accuracy.items():
            what = f"{one.metric} of {name} on {one.pictures} {one.part} pictures, exact simulation"
            passed = self.quantization is not None or self.loss_of(name) <= ACCEPTED_LOSS
            yield Verified(what, f"{one.mean:.3f}", passed)  # what INT8 may lose says its gate
        if self.quantization is not None:
            yield from self.quantization.verified()
        if self.half is not None:
            yield from self.half.verified()
        if self.compiled is not None:
            yield from self._compiled(self.compiled)

    @staticmethod
    def _compiled(check: BundleCheck) -> Iterator[Verified]:
        for capability in check.checks:
            for precision, one in capability.reports.items():
                what = f"TensorRT for RTX compiles {precision} for {capability.capability}"
                yield Verified(what, one.figure(), one.passed)

    def lines(self) -> list[str]:
        """The table that ends the command."""
        rows = [
            (one.what, one.figure + ("" if one.passed else "  FAILED")) for one in self.verified()
        ]
        at_work = [one for one in self.surgery.passes if one.report.changed]
        rows += [(f"pass {one.report.name}", _pass_figure(one)) for one in at_work]
        rows += [(f"size of {name}", f"{size / 1e6:.2f} MB") for name, size in self.sizes.items()]
        width = max(len(what) for what, _ in rows)
        table = [f"{what:<{width}}  {figure}" for what, figure in rows]
        notes = [
            f"note: {one.report.name}: {note}"
            for one in self.surgery.passes
            for note in one.report.notes
        ]
        notes += self.half.lines() if self.half else ()
        gate = self.quantization.lines() if self.quantization else ()
        scores = (*self._looks(), *self._losses(), *self._blind(), *self._advice())
        return [*table, *self._idle(), *notes, *self._refused(), *gate, *scores]

    def _looks(self) -> Iterator[str]:
        """What points were lost of, where that is more than the pictures as they are."""
        one = next(iter(self.accuracy.values()), None)
        if self.quantization and one and one.looks and one.looks.count > 1:
            yield (
                f"  points lost are of {one.looks.count} looks at each of {one.pictures}"
                f" {one.part} pictures, all but the first a few pixels aside"
            )

    def _idle(self) -> list[str]:
        idle = [one.report.name for one in self.surgery.passes if not one.report.changed]
        return [f"passes with nothing to do: {', '.join(idle)}"] if idle else []

    def _blind(self) -> list[str]:
        """A network that finds nothing loses nothing: its gate has said nothing."""
        first = next(iter(self.accuracy.items()), None)
        if first is None or first[1].mean > 0:
            return []
        name, one = first
        return [
            f"warning: {name} finds nothing: {one.metric} is 0 on the {one.pictures} {one.part}"
            " pictures, so that no precision can lose anything; train it longer, or look at the"
            " labels (t2e evaluate RUN -o OUT)"
        ]

    def _refused(self) -> list[str]:
        """What the compiler does not take and what to do; or only for what it was asked."""
        if self.compiled is None:
            return []
        if not self.compiled.passed:
            return self.compiled.lines()
        return [f"note: {one}" for one in self.compiled.notes]

    def _advice(self) -> list[str]:
        lossy = [name for name in self.accuracy if self.loss_of(name) > ACCEPTED_LOSS]
        if not lossy or self.quantization is None:
            return []
        return [
            f"{', '.join(lossy)} loses more than {ACCEPTED_LOSS}: try more pictures or another"
            " method, e.g. --set export.calibration.method=entropy"
        ]

    def _losses(self) -> list[str]:
        """Per class: AP of every file, and what the device's file loses to FP32."""
        if len(self.accuracy) < 2:
            return []
        names = list(self.accuracy)
        fp32 = self.accuracy[names[0]].by_class
        width = max(len(name) for name in fp32)
        metric = {"AP50": "AP50", "top-1": "recall"}[self.accuracy[names[0]].metric]
        lines = [f"{metric} by class: " + ", ".join(names)]
        for label in fp32:
            scores = [self.accuracy[name].by_class[label] for name in names]
            if all(one is None for one in scores):
                continue
            figures = "  ".join("  -  " if one is None else f"{one:.3f}" for one in scores)
            lines.append(f"  {label:<{width}}  {figures}{_loss(scores)}")
        return lines


def _gate(one: Trial) -> str:
    layers = "1 layer" if one.kept == 1 else f"{one.kept} layers"
    return f"{one.sqnr:.1f} dB, {layers} in float, {one.int8_share:.1%} of the work in INT8"


def _trial(one: Trial) -> str:
    drop = "      -     " if one.drop is None else f"{one.drop:+6.2f} ±{one.error:4.2f}"
    verdict = "passes" if one.passed else "fails"
    speed = "  -  " if one.speed is None else f"{one.speed:4.2f}x"
    return f"{one.kept:3}  {drop}  {one.sqnr:5.1f}  {one.int8_share:6.1%}  {speed}  {verdict}"


def _pass_figure(one: Any) -> str:
    return f"{one.report.changed} changed, difference {one.difference:.2g}"


def _loss(scores: list[float | None]) -> str:
    first, second = scores[0], scores[1]
    return "" if first is None or second is None else f"  {second - first:+.3f}"
