"""Whether a chain's network has to learn to compute in 8 bits, and which bundle its apps get.

Calibration is tried first: it costs a minute. Where it does not pass, the network is trained in
8 bits and exported once more, and the two bundles are compared. Both questions are answered from
the bundles' own reports, so a chain that was interrupted comes to the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment

CALIBRATED, TRAINED = "bundle", "bundle-quantized"  # the bundles' folders in the chain's
_REPORT = "report.json"


@dataclass(frozen=True)
class Quantizing:
    """``train``: in 8 bits; ``calibrate``: before that, INT8 is tried without.

    ``bundle`` is the folder that apps are made of; ``reason`` says why, in a sentence, once
    anything is known.
    """

    train: bool
    calibrate: bool = True
    bundle: str = CALIBRATED
    reason: str = ""


UNKNOWN = Quantizing(train=False)  # before anything was exported


@dataclass(frozen=True)
class Outcome:
    """What a bundle's report says: scores of its files, and how INT8 stands to its gate."""

    metric: str
    int8: float | None
    fp32: float | None
    float_share: float
    passed: bool

    @classmethod
    def read(cls, path: Path) -> Outcome | None:
        """``None`` where there is no report, or one of another precision: the export comes again.

        ``InputError`` for a file that no export wrote.
        """
        if not path.is_file():
            return None
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            return cls._of(report) if report["quantization"] is not None else None
        except (ValueError, LookupError, TypeError, StopIteration) as error:
            raise InputError(
                f"not the report of an export: {error!r}",
                where=str(path),
                hint=f"remove {path.parent}",
            ) from None

    @classmethod
    def _of(cls, report: Mapping[str, Any]) -> Outcome:
        plan, scores = report["quantization"]["mixed"], report["accuracy"]
        trial = next(one for one in plan["trials"] if one["kept"] == len(plan["keep"]))
        return cls(
            metric=next((one["metric"] for one in scores.values()), "score"),
            int8=_mean(scores, "model.onnx"),
            fp32=_mean(scores, "model_fp32.onnx"),
            float_share=1 - float(trial["int8_share"]),
            passed=bool(trial["passed"]),
        )


def _mean(scores: Mapping[str, Any], name: str) -> float | None:
    return float(scores[name]["mean"]) if name in scores else None


def may_train(experiment: Experiment) -> bool:
    """Whether the network may have to learn to compute in 8 bits."""
    return experiment.export.precision == "int8" and experiment.quantization.when != "never"


def decide(experiment: Experiment, folder: Path) -> Quantizing:
    """The answers as far as the bundles in ``folder`` give them; nothing else is read."""
    settings = experiment.quantization
    if not may_train(experiment):
        return UNKNOWN
    if settings.when == "always":
        return Quantizing(True, calibrate=False, reason="trained in 8 bits: quantization.when")
    calibrated = Outcome.read(folder / CALIBRATED / _REPORT)
    if calibrated is None:
        return UNKNOWN
    missed = _missed(calibrated, settings.max_float)
    if not missed:
        share = f"{calibrated.float_share:.1%} of the multiply-adds in float"
        return Quantizing(False, reason=f"calibration passes with {share}")
    trained = Outcome.read(folder / TRAINED / _REPORT)
    if trained is None:
        return Quantizing(True, reason=missed)
    better, told = _better(calibrated, trained, experiment)
    return Quantizing(True, bundle=TRAINED if better else CALIBRATED, reason=f"{missed}; {told}")


def _missed(calibrated: Outcome, most: float) -> str:
    """Why calibration alone is not enough; empty where it is."""
    if not calibrated.passed:
        return "calibration does not pass export.gate"
    if calibrated.float_share > most:
        return (
            f"calibration passes only with {calibrated.float_share:.0%} of the multiply-adds in"
            f" float (quantization.max_float {most:.0%})"
        )
    return ""


def _better(calibrated: Outcome, trained: Outcome, experiment: Experiment) -> tuple[bool, str]:
    """Whether the trained bundle is the one to take, and how the two compare.

    It is when it loses no more to the float network than the gate allows, or else less than the
    calibrated one; and never with more in float for nothing.
    """
    if trained.int8 is None or calibrated.int8 is None or calibrated.fp32 is None:
        return trained.float_share <= calibrated.float_share, "there is nothing to score them on"
    allowed = calibrated.fp32 - experiment.export.gate.max_drop / 100
    gains = trained.int8 >= calibrated.int8
    within = trained.int8 >= allowed and trained.float_share < calibrated.float_share
    taken = "taken" if gains or within else "not taken"
    return gains or within, (
        f"trained in 8 bits it has {trained.metric} {trained.int8:.3f} with"
        f" {trained.float_share:.0%} in float, calibrated {calibrated.int8:.3f} with"
        f" {calibrated.float_share:.0%}, in float {calibrated.fp32:.3f}: {taken}"
    )
