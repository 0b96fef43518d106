"""What an export will do, decided before anything heavy is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train2edge.bundle import Precision
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment
from train2edge.spec.export import Calibration, Gate

if TYPE_CHECKING:
    from train2edge.targets import Deployment

CHECKPOINT = "best.safetensors"
SPEC = "spec.yaml"
TENSORRT = "8.6.1"  # of DeepStream 6.4 and 7.0, where no target says another


@dataclass(frozen=True)
class ExportPlan:
    """One export: from ``checkpoint`` to the bundle ``out``.

    ``tensorrt`` is the release whose header the calibration cache gets: that of the experiment
    file's first target. ``devices`` are all its targets, whose compute capabilities are compiled
    for; ``check`` says whether. ``efficient_nms`` says whether a second file with TensorRT's plugin
    is written (for lists of boxes alone). Where nothing is ``scored``, the gate asks for
    decibels alone.
    """

    checkpoint: Path
    out: Path
    name: str
    precision: Precision
    opset: int
    dynamic_batch: bool
    calibration: Calibration
    gate: Gate
    tensorrt: str
    check: bool
    devices: tuple[str, ...] = ()
    efficient_nms: bool = False
    scored: bool = True

    def as_record(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        record = asdict(replace(self, calibration=Calibration(), gate=Gate()))
        record["calibration"] = self.calibration.model_dump()
        record["gate"] = self.gate.model_dump()
        return {key: str(one) if isinstance(one, Path) else one for key, one in record.items()}

    def lines(self) -> list[str]:
        """The plan for people, one step a line."""
        batch = "any batch size" if self.dynamic_batch else "batch 1"
        lines = [f"read {self.checkpoint}", f"ONNX opset {self.opset}, {batch}", "graph surgery"]
        if self.precision == "int8":
            chosen = self.calibration
            lines.append(
                f"INT8 ranges of {chosen.pictures} training pictures by {chosen.method}:"
                f" Q/DQ file, calibration cache for TensorRT {self.tensorrt}, 7-bit copy for CPUs"
            )
            lines.append(f"layers stay in float, the noisiest first, until INT8 {self._asked()}")
        if self.precision == "fp16":
            lines.append("strongly typed FP16 file, in FP32 where pictures go beyond FP16")
        if self.efficient_nms:
            lines.append("the same with EfficientNMS_TRT, which only TensorRT itself runs")
        if self.scored:
            lines.append("the score on the validation part, every file exactly as written")
        if self.check:
            lines.append(
                f"compile check of every file for {', '.join(self.devices) or 'a T4'}"
                " with TensorRT for RTX, if installed"
            )
        return [*lines, f"write {self.out}"]

    def _asked(self) -> str:
        """What the gate asks of INT8."""
        kept = f"keeps {self.gate.min_sqnr:g} dB"
        if not self.scored:
            return kept
        return f"loses at most {self.gate.max_drop:g} points of the score and {kept}"


def find_spec(run: Path, spec: Path | None) -> Path:
    """The experiment file: the given one, or the RUN's own; ``InputError`` if there is none."""
    folder = run if run.is_dir() else run.parent
    found = spec or folder / SPEC
    if not found.is_file():
        raise InputError(
            "no experiment file; its pictures are needed to check what is written",
            where=str(found),
            hint="--spec SPEC",
        )
    return found


def plan(
    run: Path,
    out: Path,
    experiment: Experiment,
    *,
    precision: Precision | None,
    check: bool,
    max_drop: float | None = None,
) -> ExportPlan:
    """Plan the export of a RUN folder or a checkpoint file."""
    checkpoint = run / CHECKPOINT if run.is_dir() else run
    if not checkpoint.is_file():
        raise InputError(
            "no such checkpoint", where=str(checkpoint), hint="a RUN of t2e train, or a file"
        )
    settings, place = experiment.export, _place(experiment)
    chosen = precision or settings.precision
    if max_drop is not None and chosen != "int8":
        raise InputError(
            f"of no effect with precision {chosen}: it says which layers INT8 leaves in float",
            where="--max-drop",
        )
    return ExportPlan(
        checkpoint=checkpoint,
        out=out,
        name=experiment.name,
        precision=chosen,
        opset=settings.opset,
        dynamic_batch=settings.dynamic_batch,
        calibration=settings.calibration,
        gate=settings.gate if max_drop is None else _with_drop(settings.gate, max_drop),
        tensorrt=place.platform.tensorrt if place else TENSORRT,
        check=check,
        devices=tuple(dict.fromkeys(one.device for one in experiment.targets)),
    )


def _with_drop(gate: Gate, points: float) -> Gate:
    return gate.model_copy(update={"max_drop": points})


def _place(experiment: Experiment) -> Deployment | None:
    from train2edge import targets

    if not experiment.targets:
        return None
    first = experiment.targets[0]
    return targets.deployment(first.device, first.deepstream)
