from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from exporter import bundle_check, onnx_file
from exporter.bundle_check import BundleCheck, CapabilityCheck, check_bundle, stand_ins
from exporter.compile_check import CompileReport, RefusedNode
from exporter.quantize import fp16
from tests.exporter import toy
from train2edge.bundle import ModelBundle

needs_compiler = pytest.mark.skipif(
    importlib.util.find_spec("tensorrt_rtx") is None, reason="tensorrt_rtx is not installed"
)


def bundle_of(tmp_path: Path, model: onnx.ModelProto) -> ModelBundle:
    for name in ("model_fp32.onnx", "model.onnx"):
        onnx_file.write(model, tmp_path / name, toy.CONTRACT)
    files = {"model_fp32": "model_fp32.onnx", "model": "model.onnx"}
    return ModelBundle(tmp_path, "toy", "int8", toy.CONTRACT, files)


@needs_compiler
def test_every_precision_of_a_bundle_is_compiled_for_every_capability(model, tmp_path):
    bundle = bundle_of(tmp_path, model)
    onnx_file.write(fp16.to_fp16(model)[0], tmp_path / "model.onnx", toy.CONTRACT)
    done = check_bundle(replace(bundle, precision="fp16"), ("8.7", "7.5"), batch=2)
    assert [(one.capability, list(one.reports)) for one in done.checks] == [
        ("SM86", ["fp32", "fp16"]),
        ("SM75", ["fp32", "fp16"]),
    ]
    assert done.passed and not done.skipped
    assert done.lines()[0] == "checked as SM86: TensorRT for RTX has no SM87"
    assert done.as_record()["checks"][1]["reports"]["fp16"]["status"] == "compiled"


def test_a_file_that_stands_twice_is_compiled_once(model, tmp_path):
    bundle = bundle_of(tmp_path, model)
    assert list(bundle_check.files_by_precision(bundle)) == ["fp32"]


def test_refused_nodes_are_told_with_what_to_do():
    node = RefusedNode("nms", "NonMaxSuppression", "no runners")
    report = CompileReport("refused", "SM75", refused=(node,), note=str(node))
    good = CapabilityCheck("SM89", {"int8": CompileReport("compiled", "SM89")})
    done = BundleCheck((good, CapabilityCheck("SM75", {"int8": report})))
    _, first, second, third = done.lines()
    assert (first, second) == (
        "int8 for SM75: refused",
        "  NonMaxSuppression nms: no runners",
    )
    assert "nvinfer clusters" in third
    assert not done.passed


def test_the_nearest_capability_stands_in_once_for_all_devices():
    assert stand_ins(["7.5"]) == {"SM75": ""}
    assert list(stand_ins(["7.2", "9.0", "11.0"])) == ["SM75", "SM89", "SM120"]
    found = stand_ins(["8.7", "7.5", "8.6", "8.7", "5.3"])
    assert found == {
        "SM86": "checked as SM86: TensorRT for RTX has no SM87",
        "SM75": "checked as SM75: TensorRT for RTX has no SM53",
    }


def test_a_bundle_says_what_it_was_exported_for(model, tmp_path):
    found = bundle_check.capabilities_of(["jetson-orin-nano", "jetson-agx-orin", "t4"])
    assert found == ("8.7", "7.5")
    assert bundle_check.capabilities_of([]) == ("7.5",)
    bundle = bundle_of(tmp_path, model)
    assert bundle_check.noted(bundle) == ("7.5",)
    assert bundle_check.noted(replace(bundle, provenance={bundle_check.KEY: ["8.7"]})) == ("8.7",)
