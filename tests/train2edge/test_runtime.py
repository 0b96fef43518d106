"""One door to ONNX files: every engine gives the same, and says clearly what it cannot read."""

from __future__ import annotations

import ctypes
import sys
import threading
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from train2edge.errors import InputError, MissingError
from train2edge.runtime import open_model

Engine = Literal["openvino", "onnxruntime", "exact"]
ENGINES: tuple[Engine, ...] = ("openvino", "onnxruntime", "exact")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """y = relu(conv(x)), z = 2 y; any batch."""
    weights = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c"], ["y"]),
            helper.make_node("Add", ["y", "y"], ["z"]),
        ],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4, 8, 8])
            for name in ("y", "z")
        ],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    made.metadata_props.add(key="train2edge.contract", value="text")
    onnx.save(made, tmp_path / "toy.onnx")
    return tmp_path / "toy.onnx"


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_by_name_for_any_batch(model: Path, engine: Engine) -> None:
    opened = open_model(model, engine=engine, threads=1)
    assert opened.engine == engine
    assert opened.metadata["train2edge.contract"] == "text"
    assert opened.inputs[0].shape == (None, 3, 8, 8)
    assert [one.name for one in opened.outputs] == ["y", "z"]
    for count in (1, 3, 1):
        batch = np.random.default_rng(count).normal(size=(count, 3, 8, 8)).astype(np.float32)
        found = opened(batch)
        expected = open_model(model, engine="exact", threads=1)(batch)
        np.testing.assert_allclose(found["y"], expected["y"], atol=1e-5)
        np.testing.assert_allclose(found["z"], 2 * found["y"], atol=1e-6)
        assert found["y"].shape == (count, 4, 8, 8)


@pytest.mark.parametrize("engine", ENGINES)
def test_batches_that_are_begun_before_others_are_done(model: Path, engine: Engine) -> None:
    opened = open_model(model, engine=engine, stream=True)
    batches = [np.full((count, 3, 8, 8), count, np.float32) for count in (1, 2, 1, 2, 3)]
    answers = [opened.start(one) for one in batches]
    for batch, answer in reversed(list(zip(batches, answers, strict=True))):
        np.testing.assert_allclose(answer()["y"], opened(batch)["y"], atol=1e-5)
    assert opened.ahead() >= 1


def test_openvino_is_opened_without_its_telemetry(model: Path) -> None:
    open_model(model, engine="openvino", threads=1)
    assert sys.modules["openvino_telemetry"] is None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", [b"", b"hello", b"\x08\x08" * 50])
def test_files_that_are_no_onnx(tmp_path: Path, engine: Engine, content: bytes) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_model(path, engine=engine)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_file_and_none(model: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.onnx"
    short.write_bytes(model.read_bytes()[:200])
    for engine in ENGINES:
        with pytest.raises(InputError):
            open_model(short, engine=engine)
    with pytest.raises(InputError, match="no such ONNX file"):
        open_model(tmp_path / "none.onnx")


def test_an_engine_that_is_not_installed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingError, match="openvino is not installed"):
        open_model(model, engine="openvino")


class SignalStack(ctypes.Structure):
    """``stack_t`` of signal.h."""

    _fields_ = (("place", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def signal_stack() -> tuple[int | None, int, int]:
    """Of this thread: place, flags, size."""
    stack = SignalStack()
    assert ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack)) == 0
    return stack.place, stack.flags, stack.size


def test_openvino_leaves_this_thread_no_signal_stack_that_goes_with_a_network(model: Path) -> None:
    before = signal_stack()
    opened = [open_model(model, engine="openvino")]
    opened[0](np.zeros((1, 3, 8, 8), np.float32))
    assert signal_stack() == before
    thread = threading.Thread(target=opened.clear)
    thread.start()
    thread.join()
    assert signal_stack() == before
