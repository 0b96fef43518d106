from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.accuracy import Accuracy
from exporter.bundle_check import BundleCheck, CapabilityCheck
from exporter.compile_check import CompileReport, RefusedNode
from exporter.quantize.mixed import MixedPlan, Trial
from exporter.report import ExportReport, Parity, QuantizationReport
from exporter.surgery.report import CheckedPass, PassReport, SurgeryReport
from train2edge.errors import WorkError

SCORES = Accuracy(0.9, 0.5, {"car": 0.9}, 4)
REFUSED = RefusedNode("head/NonZero", "NonZero", "is not supported")


@pytest.fixture
def report() -> ExportReport:
    checked = {
        "fp32": CompileReport("compiled", "SM86", 2.0, 1_000_000),
        "int8": CompileReport("refused", "SM86", refused=(REFUSED,), note=str(REFUSED)),
    }
    note = "checked as SM86: TensorRT for RTX has no SM87"
    compiled = BundleCheck((CapabilityCheck("SM86", checked, note),))
    parity = Parity("torch against ONNX", 1e-5, 1e-3)
    return ExportReport(
        SurgeryReport((), 1e-4),
        parity,
        {"model_fp32.onnx": SCORES},
        {"model.onnx": 9},
        compiled=compiled,
    )


def test_every_precision_that_was_compiled_stands_in_the_manifest(report: ExportReport) -> None:
    found = {one.what: one.passed for one in report.verified() if "compiles" in one.what}
    assert found == {
        "TensorRT for RTX compiles fp32 for SM86": True,
        "TensorRT for RTX compiles int8 for SM86": False,
    }


def test_a_check_that_failed_is_an_error_that_names_it(report: ExportReport) -> None:
    with pytest.raises(WorkError, match="1 of its checks failed: TensorRT for RTX compiles int8"):
        report.require("bundle")
    replace(report, compiled=None).require("bundle")


def test_what_int8_may_lose_says_its_gate_alone(report: ExportReport) -> None:
    lossy = replace(report, compiled=None)
    lossy = replace(lossy, accuracy={**lossy.accuracy, "model.onnx": replace(SCORES, mean=0.8)})
    with pytest.raises(WorkError, match=r"AP50 of model.onnx .* 0.800"):
        lossy.require("an FP16 bundle")
    passed = MixedPlan((), (Trial(0, 30.0, 10.0, 1.0, 1.0, passed=True),), ())  # --max-drop 12
    replace(lossy, quantization=QuantizationReport("max", 4, 0, 0, 0, mixed=passed)).require(
        "an INT8 bundle"
    )


def test_a_refused_node_is_named_and_what_was_asked_is_told(report: ExportReport) -> None:
    assert f"  {REFUSED}" in report.lines()
    asked = replace(report.compiled.checks[0], reports={})
    told = replace(report, compiled=BundleCheck((asked,))).lines()
    assert "note: checked as SM86: TensorRT for RTX has no SM87" in told


@pytest.mark.parametrize(("share", "passed"), [(0.9, True), (0.0, False)])
def test_a_gate_that_is_passed_without_any_int8_is_not_passed(
    report: ExportReport, share: float, passed: bool
) -> None:
    trial = Trial(7, 30.0, None, None, share, passed=True)
    plan = MixedPlan(tuple("abcdefg"), (trial,), ())
    both = QuantizationReport("max", 4, 0, 0, 0, mixed=plan, mixed_cpu=plan)
    quantized = replace(report, quantization=both)
    gate, copy = (one for one in quantized.verified() if "gate" in one.what)
    assert copy.passed  # what is not for the device may be as slow as it has to
    assert (gate.passed, f"{share:.1%} of the work in INT8" in gate.figure) == (passed, True)
    line = next(one for one in quantized.lines() if "passes its gate" in one)
    assert line.endswith("FAILED") != passed


def test_a_network_that_finds_nothing_is_told_not_passed_over(report: ExportReport) -> None:
    blind = replace(report, accuracy={"model_fp32.onnx": replace(SCORES, mean=0.0)})
    assert any("model_fp32.onnx finds nothing: AP50 is 0" in line for line in blind.lines())
    assert not any("finds nothing" in line for line in report.lines())


def test_passes_with_nothing_to_do_share_a_line(report: ExportReport) -> None:
    passes = tuple(
        CheckedPass(PassReport(name, changed, notes), 0.0, 1.0)
        for name, changed, notes in (("a", 0, ()), ("b", 2, ("as told",)), ("c", 0, ()))
    )
    lines = replace(report, surgery=SurgeryReport(passes, 1e-4)).lines()
    assert [line.split("  ")[0] for line in lines if line.startswith("pass ")] == ["pass b"]
    assert "passes with nothing to do: a, c" in lines
    assert "note: b: as told" in lines


@pytest.mark.parametrize(("share", "told"), [(0.3, True), (0.9, False)])
def test_an_int8_bundle_that_is_mostly_float_is_told(
    report: ExportReport, share: float, told: bool
) -> None:
    plan = MixedPlan(("a",), (Trial(1, 30.0, None, None, share, True),), ())
    quantized = QuantizationReport("max", 4, 1, 1, 1, mixed=plan)
    lines = replace(report, quantization=quantized).lines()
    assert any("only 30% of the multiply-adds are INT8" in line for line in lines) is told
