"""Where calibration does not reach the gate, the chain trains in 8 bits, and tells of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from train2edge.chain.plan import plan, possible
from train2edge.chain.quantizing import CALIBRATED, TRAINED, UNKNOWN, Quantizing, decide
from train2edge.chain.run import current, run
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment

VALUES = {
    "name": "toy",
    "dataset": {
        "classes": ["car"],
        "train": {"format": "kitti", "images": "/nowhere/i", "labels": "/nowhere/l"},
    },
}


def experiment(**quantization: Any) -> Experiment:
    return Experiment.model_validate({**VALUES, "quantization": quantization})


def report(folder: Path, *, int8: float, share: float, passed: bool = True) -> None:
    """What an export writes of its INT8, as far as the chain reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    trial = {"kept": 1, "int8_share": share, "passed": passed}
    scores = {"model.onnx": int8, "model_fp32.onnx": 0.9}
    record = {
        "quantization": {"mixed": {"keep": ["a"], "trials": [{**trial, "kept": 0}, trial]}},
        "accuracy": {name: {"mean": one, "metric": "AP50"} for name, one in scores.items()},
    }
    (folder / "report.json").write_text(json.dumps(record))


def test_calibration_that_passes_is_all(tmp_path: Path) -> None:
    assert decide(experiment(), tmp_path) == UNKNOWN
    report(tmp_path / CALIBRATED, int8=0.899, share=0.98)
    found = decide(experiment(), tmp_path)
    assert (found.train, found.bundle) == (False, CALIBRATED)
    assert found.reason == "calibration passes with 2.0% of the multiply-adds in float"


@pytest.mark.parametrize(
    ("share", "passed", "why"),
    [(0.4, True, "with 60% of the multiply-adds in float"), (1.0, False, "does not pass")],
)
def test_one_that_does_not_or_only_in_float_is_not(
    tmp_path: Path, share: float, passed: bool, why: str
) -> None:
    report(tmp_path / CALIBRATED, int8=0.85, share=share, passed=passed)
    found = decide(experiment(), tmp_path)
    assert found.train and why in found.reason
    assert not decide(experiment(when="never"), tmp_path).train


@pytest.mark.parametrize(
    ("int8", "share", "bundle"),
    [
        (0.896, 1.0, TRAINED),  # within the gate, and all of it in 8 bits
        (0.880, 1.0, TRAINED),  # not within it, but better
        (0.840, 1.0, CALIBRATED),  # worse
    ],
)
def test_the_better_bundle_is_taken_and_why_is_told(
    tmp_path: Path, int8: float, share: float, bundle: str
) -> None:
    report(tmp_path / CALIBRATED, int8=0.87, share=0.4)
    report(tmp_path / TRAINED, int8=int8, share=share)
    found = decide(experiment(), tmp_path)
    assert (found.train, found.bundle) == (True, bundle)
    assert f"AP50 {int8:.3f}" in found.reason and "calibrated 0.870" in found.reason
    assert found.reason.endswith(": taken" if bundle == TRAINED else ": not taken")


def test_a_slower_bundle_that_is_no_better_is_not_taken(tmp_path: Path) -> None:
    report(tmp_path / CALIBRATED, int8=0.899, share=0.6)
    report(tmp_path / TRAINED, int8=0.897, share=0.5)
    assert decide(experiment(), tmp_path).bundle == CALIBRATED


def test_a_spoilt_report_is_told_and_one_of_another_precision_comes_again(tmp_path: Path) -> None:
    (tmp_path / CALIBRATED).mkdir()
    file = tmp_path / CALIBRATED / "report.json"
    file.write_text(json.dumps({"quantization": None, "accuracy": {}}))
    assert decide(experiment(), tmp_path) == UNKNOWN
    file.write_text("{")
    with pytest.raises(InputError, match="not the report of an export"):
        decide(experiment(), tmp_path)


def names(quantizing: Quantizing) -> list[str]:
    return [one.name for one in plan(experiment(), Path("/out"), quantizing).stages]


def test_what_becomes_known_changes_no_stage_before_it() -> None:
    first, needed = names(UNKNOWN), names(Quantizing(train=True))
    done = names(Quantizing(train=True, bundle=TRAINED))
    assert first[: first.index("export") + 1] == needed[: needed.index("export") + 1]
    pivot = needed.index("export-quantized") + 1
    assert needed[:pivot] == done[:pivot]
    assert done[done.index("export") :][:3] == ["export", "quantize", "export-quantized"]
    always = names(Quantizing(train=True, calibrate=False))
    assert always.index("quantize") == always.index("export") - 1
    assert "export-quantized" not in always


def test_a_stage_that_may_come_is_known_before_it_does() -> None:
    assert "quantize" in possible(plan(experiment(), Path("/out")))
    assert "quantize" not in possible(plan(experiment(when="never"), Path("/out")))
    passed = Quantizing(train=False, reason="calibration passes")  # before the file was changed
    assert "export-quantized" in possible(plan(experiment(), Path("/out"), passed))
    always = plan(experiment(), Path("/out"), Quantizing(train=True, calibrate=False))
    assert "export-quantized" not in possible(always)


@pytest.mark.parametrize("bundle", [CALIBRATED, TRAINED])
@pytest.mark.parametrize("train", [False, True])
def test_stages_that_may_come_stand_in_the_order_in_which_they_come(
    train: bool, bundle: str
) -> None:
    order = possible(plan(experiment(), Path("/out"), Quantizing(train, bundle=bundle)))
    for other in (CALIBRATED, TRAINED):
        way = [order.index(one) for one in names(Quantizing(train=True, bundle=other))]
        assert way == sorted(way)


def test_apps_and_the_table_are_of_the_bundle_that_is_taken() -> None:
    taken = plan(experiment(), Path("/out"), Quantizing(train=True, bundle=TRAINED))
    assert str(taken.bundle) in taken.stage("film-app").arguments
    told = " ".join(taken.stage("compare").arguments)
    assert (
        "INT8, calibrated=/out/score-calibrated INT8, trained in 8 bits=/out/score-device" in told
    )
    not_taken = plan(experiment(), Path("/out"), Quantizing(train=True))
    told = " ".join(not_taken.stage("compare").arguments)
    rows = ("INT8, trained in 8 bits=/out/score-quantized", "INT8, calibrated=/out/score-device")
    assert " ".join(rows) in told


def stand_in(
    monkeypatch: pytest.MonkeyPatch,
    spec: Experiment,
    out: Path,
    scores: dict[str, float],
    share: float = 0.2,
) -> None:
    """Stages that only write their product, and exports the INT8 score of theirs; ``share`` of the
    calibrated one is INT8."""

    def child(arguments: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        product = products[arguments[3:][arguments[3:].index("-o") + 1]]
        product.parent.mkdir(parents=True, exist_ok=True)
        product.write_text(str(scores))
        if product.name == "manifest.json":
            name = product.parent.name
            report(product.parent, int8=scores[name], share=share if name == CALIBRATED else 1.0)
        return subprocess.CompletedProcess(arguments, 0)

    known = [plan(spec, out), plan(spec, out, Quantizing(train=True))]
    known += [plan(spec, out, Quantizing(train=True, bundle=TRAINED))]
    products = {str(stage.out): stage.product for one in known for stage in one.stages}
    monkeypatch.setattr("train2edge.chain.run.subprocess.run", child)


def ran(
    monkeypatch: pytest.MonkeyPatch, spec: Experiment, out: Path, scores: dict[str, float]
) -> list[str]:
    """The stages that were done."""
    stand_in(monkeypatch, spec, out, scores)
    chain = current(plan(spec, out))
    results = run(chain, replan=current)
    assert [one.name for one in results] == [one.name for one in current(chain).stages]
    return [one.name for one in results if one.outcome == "done"]


def test_the_chain_goes_the_way_that_its_reports_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = Experiment.model_validate({**VALUES, "task": "classification"})
    out = tmp_path / "out"
    done = ran(monkeypatch, spec, out, {CALIBRATED: 0.899, TRAINED: 0.898})
    assert done[3:] == [
        *("export", "quantize", "export-quantized"),
        *("score-onnx", "score-calibrated", "score-device"),
    ]
    said = capfd.readouterr().err
    assert "only with 80% of the multiply-adds in float" in said and said.count(": taken") == 1
    assert ran(monkeypatch, spec, out, {}) == []  # resumed: all of it is done
    (out / TRAINED / "manifest.json").unlink()
    done = ran(monkeypatch, spec, out, {TRAINED: 0.5})
    assert done == ["export-quantized", "score-quantized", "score-device"]
    assert ": not taken" in capfd.readouterr().err


@pytest.mark.parametrize("until", ["quantize", "export-quantized"])
def test_a_chain_ends_where_a_stage_would_have_stood_that_does_not_come(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    until: str,
) -> None:
    stand_in(monkeypatch, experiment(), tmp_path, {CALIBRATED: 0.899}, share=1.0)
    for _ in range(2):  # the second time it is known from the start
        results = run(current(plan(experiment(), tmp_path)), until=until, replan=current)
        assert results[-1].name == "export"
        assert f"'{until}' would have been, which does not come: calibration passes" in (
            capfd.readouterr().err
        )


def test_a_chain_goes_on_to_a_stage_that_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, experiment(), tmp_path, {CALIBRATED: 0.899})
    results = run(current(plan(experiment(), tmp_path)), until="quantize", replan=current)
    assert [one.name for one in results][-2:] == ["export", "quantize"]
    assert "does not come" not in capfd.readouterr().err
