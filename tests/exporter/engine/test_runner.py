"""The runner against every TensorRT release: an engine that doubles its input, in a dictionary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exporter.engine import latency, metadata, runner
from exporter.engine.plan import EnginePlan
from tests.exporter.engine.conftest import VERSIONS
from tests.exporter.toy import CONTRACT
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError, MissingError, ProblemsError, WorkError
from train2edge.evaluation import predictor
from train2edge.trtexec import Profile as Shapes

COVERAGE, BOXES = CONTRACT.output.coverage, CONTRACT.output.bbox
NAMES = ["input_1", COVERAGE, BOXES]


def answers_of(device: Any, *, batch: int = -1, most: int = 4, half: bool = False) -> dict:
    """An engine for ``most`` pictures at once; its outputs are filled with its input's values."""
    shapes = {"input_1": (batch, 3, 32, 32), COVERAGE: (batch, 2, 2, 2), BOXES: (batch, 8, 2, 2)}
    state: dict[str, Any] = {"addresses": {}}

    def dtype(self: Any, name: str) -> Any:
        kinds = state["trt"].DataType
        return kinds.HALF if half and name == COVERAGE else kinds.FLOAT

    def mode(self: Any, name: str) -> Any:
        modes = state["trt"].TensorIOMode
        return modes.INPUT if name == "input_1" else modes.OUTPUT

    def address(self: Any, name: str, memory: int) -> bool:
        state["addresses"][name] = memory
        return True

    def shape(self: Any, name: str, value: tuple[int, ...]) -> bool:
        state["batch"] = value[0]
        return True

    def execute(self: Any, stream: int) -> bool:
        assert stream == device.stream
        count = state["batch"]
        shown = device.blocks[state["addresses"]["input_1"]].view(np.float32)
        first = shown.reshape(-1, 3 * 32 * 32)[:count, 0]
        for name in (COVERAGE, BOXES):
            kind = np.float16 if half and name == COVERAGE else np.float32
            whole = int(np.prod(shapes[name][1:]))
            out = device.blocks[state["addresses"][name]].view(kind).reshape(-1, whole)
            out[:count] = 2 * first[:, None]
        return True

    return {
        "state": state,
        "ICudaEngine.num_io_tensors": 3,
        "ICudaEngine.get_tensor_name": lambda self, index: NAMES[index],
        "ICudaEngine.get_tensor_mode": mode,
        "ICudaEngine.get_tensor_dtype": dtype,
        "ICudaEngine.get_tensor_shape": lambda self, name: shapes[name],
        "ICudaEngine.get_tensor_profile_shape": lambda self, name, index: [
            (1, 3, 32, 32),
            (most, 3, 32, 32),
            (most, 3, 32, 32),
        ],
        "IExecutionContext.set_tensor_address": address,
        "IExecutionContext.set_input_shape": shape,
        "IExecutionContext.execute_async_v3": execute,
    }


def built(folder: Path, version: str, device: Any, dla: int | None = None) -> Path:
    """An engine file with its record, in a bundle's folder."""
    folder.mkdir(exist_ok=True)
    bundle = ModelBundle(folder, "toy", "int8", CONTRACT, {})
    bundle.write_manifest()
    engine = folder / "m.onnx_b4_gpu0_int8.engine"
    engine.write_bytes(b"engine")
    metadata.write(engine, planned(version, dla), bundle, version, device.gpu)
    return engine


def planned(version: str, dla: int | None = None) -> EnginePlan:
    shapes = Shapes((1, 3, 32, 32), (4, 3, 32, 32), (4, 3, 32, 32))
    return EnginePlan(
        target="t4",
        kind="dgpu",
        deepstream="7.1",
        tensorrt=version,
        precision="int8",
        lane="qdq",
        model="m.onnx",
        engine="m.onnx_b4_gpu0_int8.engine",
        batch=4,
        flags=("int8",),
        tensor="input_1",
        profile=shapes,
        dla=dla,
    )


def pictures(count: int) -> np.ndarray:
    batch = np.zeros((count, 3, 32, 32), np.float32)
    batch[:, 0, 0, 0] = np.arange(1, count + 1)
    return batch


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("half", [False, True])
def test_any_number_of_pictures_is_run_in_parts(version, half, tensorrt, device, tmp_path):
    answers = answers_of(device, half=half)
    answers["state"]["trt"] = trt = tensorrt(version, answers)
    loaded = runner.open_predictor(built(tmp_path, version, device))
    assert (loaded.smallest, loaded.largest) == (1, 4)
    outputs = loaded(pictures(6))
    assert {name: one.shape for name, one in outputs.items()} == {
        COVERAGE: (6, 2, 2, 2),
        BOXES: (6, 8, 2, 2),
    }
    for one in outputs.values():
        assert one.dtype == np.float32
        assert one[:, 0, 0, 0].tolist() == [2, 4, 6, 8, 10, 12]
    shapes = [shape for _, shape in trt.recorder.of("IExecutionContext.set_input_shape")]
    assert shapes == [(4, 3, 32, 32), (2, 3, 32, 32)]
    assert trt.recorder.of("Runtime.deserialize_cuda_engine") == [(b"engine",)]


def test_a_fixed_batch_is_filled_up(tensorrt, device, tmp_path):
    answers = answers_of(device, batch=4)
    answers["state"]["trt"] = trt = tensorrt("10.3.0", answers)
    loaded = runner.open_predictor(built(tmp_path, "10.3.0", device))
    assert loaded(pictures(3))[BOXES][:, 0, 0, 0].tolist() == [2, 4, 6]
    shapes = [shape for _, shape in trt.recorder.of("IExecutionContext.set_input_shape")]
    assert shapes == [(4, 3, 32, 32)]


def test_a_dla_engine_is_loaded_for_its_core(tensorrt, device, tmp_path):
    answers = answers_of(device)
    answers["state"]["trt"] = trt = tensorrt("10.3.0", answers)
    runner.open_predictor(built(tmp_path, "10.3.0", device, dla=1))
    assert trt.recorder.of("Runtime.DLA_core") == [(1,)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tensorrt": "10.9.0"}, "built by TensorRT 10.9.0, here is 10.3.0"),
        ({"gpu": "Orin"}, "built on Orin (compute capability 7.5), here is Tesla T4"),
        ({"capability": "8.7"}, "compute capability 8.7"),
        ({"engine": "0"}, "changed since"),
        ({"bundle": "0"}, "written anew"),
    ],
)
def test_an_engine_of_elsewhere_is_never_loaded(change, told, tensorrt, device, tmp_path):
    trt = tensorrt("10.3.0", answers_of(device))
    engine = built(tmp_path, "10.3.0", device)
    file = metadata.path_of(engine)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(ProblemsError) as caught:
        runner.open_predictor(engine)
    assert told in str(caught.value)
    assert "--build" in str(caught.value)
    assert trt.recorder.calls == []


def test_an_engine_of_another_calibration_cache_is_not_loaded(tensorrt, device, tmp_path):
    tensorrt("10.3.0", answers_of(device))
    engine = built(tmp_path, "10.3.0", device)
    bundle = ModelBundle(tmp_path, "toy", "int8", CONTRACT, {})
    (tmp_path / "a.cache").write_text("ranges")
    plan = replace(planned("10.3.0"), cache="a.cache")
    metadata.write(engine, plan, bundle, "10.3.0", device.gpu)
    record = metadata.read(engine)
    metadata.check(engine, record, "10.3.0", device.gpu, (plan, bundle))
    (tmp_path / "a.cache").write_text("others")
    with pytest.raises(ProblemsError, match="another calibration cache"):
        runner.open_predictor(engine, (plan, bundle))


@pytest.mark.parametrize("text", [None, "{}", "[]", "no", '{"schema": 1}', '{"schema": 2}'])
def test_an_engine_without_a_whole_record_is_not_loaded(text, tmp_path):
    engine = tmp_path / "a.engine"
    engine.write_bytes(b"engine")
    if text is not None:
        metadata.path_of(engine).write_text(text)
    with pytest.raises(InputError, match=r"a\.engine\.json"):
        runner.open_predictor(engine)


def test_what_tensorrt_cannot_load_or_run_is_told(tensorrt, device, tmp_path):
    engine = built(tmp_path, "10.3.0", device)
    tensorrt("10.3.0", {"Runtime.deserialize_cuda_engine": None})
    with pytest.raises(WorkError, match="cannot load"):
        runner.open_predictor(engine)
    answers = answers_of(device)
    answers["IExecutionContext.execute_async_v3"] = False
    answers["state"]["trt"] = tensorrt("10.3.0", answers)
    with pytest.raises(WorkError, match="could not run"):
        runner.open_predictor(engine)(pictures(1))


@pytest.mark.parametrize("version", VERSIONS)
def test_latency_is_measured_after_warming_up(version, tensorrt, device, tmp_path):
    answers = answers_of(device)
    answers["state"]["trt"] = trt = tensorrt(version, answers)
    loaded = runner.open_predictor(built(tmp_path, version, device))
    report = latency.measure(loaded, runs=5, warm_up=2)
    assert len(trt.recorder.of("IExecutionContext.execute_async_v3")) == 2 + 5 + 5
    assert (report.network.p50, report.network.p99) == (1.5, 1.5)
    assert report.whole.p50 <= report.whole.p95 <= report.whole.p99
    head, network, *_ = report.lines()
    assert head == "batch 4 on Tesla T4, 5 runs after 2 to warm up"
    assert "p95    1.500" in network
    assert report.clocks


def test_the_predictors_door_opens_engines(tensorrt, device, tmp_path):
    answers = answers_of(device)
    answers["state"]["trt"] = tensorrt("10.3.0", answers)
    engine = built(tmp_path, "10.3.0", device)
    opened = predictor.open_predictor(engine)
    assert (opened.engine, opened.contract) == ("tensorrt", CONTRACT)
    assert opened.predictor(pictures(1))[COVERAGE].shape == (1, 2, 2, 2)
    assert opened.as_record()["file"] == engine.name
    with pytest.raises(InputError, match="run by TensorRT"):
        predictor.open_predictor(engine, "openvino")


def test_without_tensorrt_an_engine_is_exit_3(device, tmp_path):
    with pytest.raises(MissingError, match="TensorRT is not installed"):
        predictor.open_predictor(built(tmp_path, "10.3.0", device))
