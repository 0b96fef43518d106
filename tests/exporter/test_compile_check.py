from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from exporter import compile_check, onnx_file
from exporter.compile_check import check
from exporter.quantize import activations, fp16, qdq
from exporter.surgery import run as surgery
from tests.exporter import toy
from train2edge.calibration import ranges
from train2edge.errors import InputError
from train2edge.spec.export import Calibration

needs_compiler = pytest.mark.skipif(
    importlib.util.find_spec("tensorrt_rtx") is None, reason="tensorrt_rtx is not installed"
)


@needs_compiler
def test_nvidias_compiler_takes_the_qdq_graph(model, tmp_path):
    histograms = activations.collect(model, activations.float_tensors(model), toy.pictures(4))
    quantized, _ = qdq.quantize(
        model, ranges.thresholds(histograms, Calibration(method="percentile"))
    )
    path = tmp_path / "q.onnx"
    onnx_file.write(quantized, path, toy.CONTRACT)
    report = check(path, batch=4)
    assert (report.status, report.note) == ("compiled", "")
    assert report.engine_bytes > 1000
    assert report.passed


@needs_compiler
def test_a_refused_node_is_named(tmp_path):
    net = toy.Toy()
    out = net.node("EfficientNMS_TRT", [net.input], "the_plugin")
    out.shape = [1, 3]
    net.graph.outputs = [out]
    path = tmp_path / "plugin.onnx"
    onnx.save(onnx_file.from_graph(net.graph), str(path))
    report = check(path)
    assert report.status == "refused"
    assert not report.passed
    assert [(one.node, one.operator) for one in report.refused] == [
        ("the_plugin", "EfficientNMS_TRT")
    ]
    assert "the_plugin" in report.figure()


def with_layer(operator: str) -> onnx.ModelProto:
    """A Conv and one layer of another kind, through surgery."""
    net = toy.Toy()
    x = net.node("Relu", [net.conv(net.input, 3, 16, 3, 4)])
    if operator == "ConvTranspose":
        weight = net.constant(net.rng.normal(0, 0.4, (16, 12, 2, 2)))
        y = net.node(operator, [x, weight], strides=[2, 2])
    else:
        rows = net.node("Flatten", [net.node("GlobalAveragePool", [x])])
        weight = net.constant(net.rng.normal(0, 0.4, (16, 12)))
        y = net.node("Softmax", [net.node(operator, [rows, weight])])
    net.graph.outputs = [y]
    passes = [one for one in surgery.INSIDE if one != "fixed_size"]
    model = onnx_file.from_graph(net.graph)
    return surgery.run(model, toy.CONTRACT, toy.pictures(), passes=passes)[0]


@needs_compiler
@pytest.mark.parametrize("operator", ["Gemm", "MatMul", "ConvTranspose"])
def test_a_t4_takes_every_kind_of_layer_in_float_and_in_int8(operator, tmp_path):
    model = with_layer(operator)
    histograms = activations.collect(model, activations.float_tensors(model), toy.pictures(4))
    limits = ranges.thresholds(histograms, Calibration(method="max"))
    quantized, placed = qdq.quantize(model, limits)
    assert len(placed.weights) == 2
    for name, one in (("float", model), ("int8", quantized), ("fp16", fp16.to_fp16(model)[0])):
        path = tmp_path / f"{name}.onnx"
        onnx.save(one, str(path))
        report = check(path, batch=1)
        assert (report.status, report.note) == ("compiled", ""), name


def run_instead(monkeypatch, program: str, timeout: float = 20) -> compile_check.CompileReport:
    monkeypatch.setattr(compile_check, "PACKAGE", "json")
    real = compile_check.subprocess.run

    def run(command, **settings):
        return real([sys.executable, "-c", program], **settings)

    monkeypatch.setattr(compile_check.subprocess, "run", run)
    return check(Path("m.onnx"), timeout=timeout)


def test_a_crash_of_the_compiler_is_a_message(monkeypatch):
    program = "import os, sys; print('bad thing', file=sys.stderr, flush=True); os.abort()"
    report = run_instead(monkeypatch, program)
    assert report.status == "crashed"
    assert "SIGABRT" in report.note and "bad thing" in report.note


def test_a_compiler_that_is_killed_is_a_message(monkeypatch):
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    report = run_instead(monkeypatch, program)
    assert (report.status, report.passed) == ("crashed", False)
    assert "SIGKILL (the system's memory" in report.note and "nothing on stderr" in report.note


def test_a_compiler_that_hangs_is_stopped(monkeypatch):
    report = run_instead(monkeypatch, "import time; time.sleep(60)", timeout=0.2)
    assert (report.status, "was stopped" in report.note) == ("crashed", True)


def test_an_error_and_an_empty_answer_are_messages(monkeypatch):
    assert "ended with 3" in run_instead(monkeypatch, "raise SystemExit(3)").note
    monkeypatch.undo()
    assert "no answer" in run_instead(monkeypatch, "pass").note


def test_without_the_compiler_the_check_is_skipped_and_says_so(monkeypatch):
    monkeypatch.setattr(compile_check, "PACKAGE", "no_such_package")
    report = check(Path("m.onnx"))
    assert (report.status, report.passed) == ("skipped", True)
    assert "not installed" in report.figure()


def test_a_capability_that_the_compiler_has_not_is_refused():
    with pytest.raises(InputError, match="SM87"):
        check(Path("m.onnx"), capability="SM87")


def saved(path: Path, operator: str, inputs: dict, constants: dict, outputs: dict) -> Path:
    """An ONNX file of one node named ``the_node``; shapes by tensor name."""
    make = onnx.helper.make_tensor_value_info
    floating, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    types = {name: whole if name in ("indices", "chosen") else floating for name in outputs}
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(operator, [*inputs, *constants], [*outputs], name="the_node")],
        "g",
        [make(name, floating, shape) for name, shape in inputs.items()],
        [make(name, types[name], shape) for name, shape in outputs.items()],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    onnx.save(model, str(path))
    return path


@needs_compiler
@pytest.mark.parametrize(
    ("operator", "inputs", "constants", "outputs", "advice"),
    [
        (
            "TopK",
            {"x": [1, 10000]},
            {"k": np.array([5000])},
            {"values": [1, 5000], "indices": [1, 5000]},
            "3840",
        ),
        (
            "Gemm",
            {"x": [1, 8]},
            {"w": np.ones((8, 4), np.float32)},
            {"y": [1, 4]},
            "in FP16",
        ),
        (
            "NonMaxSuppression",
            {"boxes": [1, 10, 4], "scores": [1, 2, 10]},
            {"most": np.array([5])},
            {"chosen": [None, 3]},
            "nvinfer clusters",
        ),
    ],
)
def test_what_the_builder_refuses_is_named_too(
    operator, inputs, constants, outputs, advice, tmp_path
):
    report = check(saved(tmp_path / "m.onnx", operator, inputs, constants, outputs))
    assert [one.node for one in report.refused] == ["the_node"]
    assert advice in report.refused[0].advice
