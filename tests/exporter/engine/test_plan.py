from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.engine import build
from exporter.engine.plan import EnginePlan, check_capability, plan
from tests.exporter.toy import CONTRACT
from train2edge import targets
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError, MissingError

FILES = {
    "model": "model.onnx",
    "model_fp32": "model_fp32.onnx",
    "calibration_cache": "calibration.cache",
}
BUNDLE = ModelBundle(
    Path("b"), "toy", "int8", CONTRACT, FILES, provenance={"opset": 17, "dynamic_batch": True}
)


def planned(target: str, deepstream: str, bundle: ModelBundle = BUNDLE, **more) -> EnginePlan:
    return plan(bundle, targets.deployment(target, deepstream), **more)


def test_a_t4_takes_the_qdq_file_with_flags():
    assert planned("t4", "7.1", batch=4).arguments() == (
        "trtexec",
        "--onnx=model.onnx",
        "--saveEngine=model.onnx_b4_gpu0_int8.engine",
        "--int8",
        "--fp16",
        "--minShapes=input_1:1x3x32x32",
        "--optShapes=input_1:4x3x32x32",
        "--maxShapes=input_1:4x3x32x32",
    )


def test_a_nano_has_no_int8_and_gets_fp16_of_the_float_file():
    nano = planned("jetson-nano", "6.0.1")
    assert (nano.precision, nano.lane, nano.model) == ("fp16", "flag", "model_fp32.onnx")
    assert nano.flags == ("--fp16",)
    assert "no INT8" in nano.notes[0]
    assert "opset 13" in nano.notes[1]
    assert nano.arguments()[0].startswith("/usr/src/tensorrt")


def test_dla_takes_the_cache_under_its_own_tensorrts_header():
    xavier = planned("jetson-agx-xavier", "6.2", dla=1, batch=2)
    assert (xavier.lane, xavier.model) == ("cache", "model_fp32.onnx")
    assert xavier.engine == "model_fp32.onnx_b2_gpu0_dla1_int8.engine"
    assert "--useDLACore=1" in xavier.flags
    prepare, compile_it = xavier.commands()
    assert prepare == (
        "sed '1s/.*/TRT-8502-EntropyCalibration2/' calibration.cache > calibration.cache.trt8502"
    )
    assert "--calib=calibration.cache.trt8502" in compile_it
    assert "--minShapes=input_1:2x3x32x32" in compile_it  # DLA has one batch size


@pytest.mark.parametrize(
    ("target", "deepstream", "core", "hint"),
    [
        ("t4", "7.1", 0, "none"),
        ("jetson-agx-orin", "7.1", 2, "0 to 1"),
        ("jetson-agx-orin", "9.2", 0, "10.7"),
    ],
)
def test_a_dla_core_that_is_not_there_is_refused(target, deepstream, core, hint):
    with pytest.raises(InputError) as caught:
        planned(target, deepstream, dla=core)
    assert hint in str(caught.value)


def test_fp32_and_fixed_batch():
    bundle = replace(BUNDLE, precision="fp32", provenance={"dynamic_batch": False})
    t4 = planned("t4", "7.1", bundle)
    assert t4.arguments()[1:] == (
        "--onnx=model_fp32.onnx",
        "--saveEngine=model_fp32.onnx_b1_gpu0_fp32.engine",
    )


def test_tensorrt_11_takes_no_flags():
    deployment = targets.deployment("t4", "7.1")
    platforms = {"dgpu": replace(deployment.platform, tensorrt="11.4.0")}
    newest = replace(deployment, release=replace(deployment.release, platforms=platforms))
    assert plan(BUNDLE, newest).flags == ()
    half = plan(replace(BUNDLE, precision="fp16"), newest)
    assert (half.lane, half.model, half.flags) == ("typed", "model.onnx", ())


def test_every_device_and_release_can_be_planned():
    for name in targets.names():
        for release in targets.target(name).deepstream:
            made = planned(name, release)
            assert targets.target(name).has(made.precision)
            assert made.engine.endswith(f"_b1_gpu0_{made.precision}.engine")


def test_the_check_says_when_it_compiles_for_another_capability():
    assert check_capability("7.5") == ("SM75", "")
    assert check_capability("8.7")[0] == "SM86"
    assert "no SM53" in check_capability("5.3")[1]


@pytest.mark.skipif(importlib.util.find_spec("tensorrt") is not None, reason="TensorRT is here")
def test_building_without_tensorrt_says_what_to_type_where():
    with pytest.raises(MissingError) as caught:
        build.build(planned("t4", "7.1"), Path("b"))
    assert "trtexec --onnx=model.onnx" in str(caught.value)
