from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.twin.engine import choose
from train2edge.errors import InputError

OLD, NEW = frozenset({"avx2"}), frozenset({"avx2", "avx512_vnni"})


@pytest.fixture
def quantised(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"..QuantizeLinear..DequantizeLinear..")
    return path


def test_floats_are_run_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"..Conv..")
    assert choose(path, cpu=OLD).model == path
    assert choose(path, cpu=OLD).engine == "auto"


def test_a_cpu_that_saturates_takes_the_7_bit_copy_and_says_so(quantised: Path) -> None:
    copy = quantised.with_name("model.cpu.onnx")
    copy.touch()
    choice = choose(quantised, cpu=OLD)
    assert (choice.model, choice.engine) == (copy, "auto")
    assert "7-bit" in choice.reason
    assert choose(quantised, cpu=NEW).model == quantised


def test_without_a_copy_a_cpu_that_saturates_simulates_exactly(quantised: Path) -> None:
    choice = choose(quantised, cpu=OLD)
    assert (choice.model, choice.engine) == (quantised, "exact")
    assert "slow" in choice.reason


def test_int8_by_calibration_cache_takes_the_copy_or_says_that_floats_are_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model_fp32.onnx"
    path.write_bytes(b"..Conv..")
    assert "the device runs it in INT8" in choose(path, int8=True, cpu=NEW).reason
    (tmp_path / "model.cpu.onnx").touch()
    assert choose(path, int8=True, cpu=NEW).model == tmp_path / "model.cpu.onnx"
    assert choose(path, cpu=NEW).model == path


def test_int8_by_calibration_cache_is_the_qdq_graph_where_the_cpu_computes_it_exactly(
    quantised: Path,
) -> None:
    path = quantised.with_name("model_fp32.onnx")
    path.write_bytes(b"..Conv..")
    quantised.with_name("model.cpu.onnx").touch()
    assert choose(path, int8=True, cpu=NEW).model == quantised
    assert choose(path, int8=True, cpu=OLD).model.name == "model.cpu.onnx"
    assert choose(path, "exact", int8=True, cpu=OLD).model == quantised
    assert choose(path, "exact", cpu=OLD).model == path


def test_a_graph_that_openvino_misreads_runs_as_its_unsigned_copy_or_exactly(
    quantised: Path,
) -> None:
    quantised.write_bytes(b"..Concat..DequantizeLinear..")
    assert choose(quantised, cpu=NEW).engine == "exact"
    copy = quantised.with_name("model.cpu.onnx")
    copy.touch()
    assert choose(quantised, cpu=NEW).model == copy
    path = quantised.with_name("model_fp32.onnx")
    path.write_bytes(b"..Concat..")
    assert choose(path, int8=True, cpu=NEW).model == copy


def test_what_is_asked_for_is_run(quantised: Path) -> None:
    quantised.with_name("model.cpu.onnx").touch()
    choice = choose(quantised, "openvino", cpu=OLD)
    assert (choice.model, choice.engine) == (quantised, "openvino")


def test_an_absent_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such ONNX file"):
        choose(tmp_path / "model.onnx")


def test_the_plugin_is_replaced_by_the_graph_without_it(tmp_path: Path) -> None:
    path = tmp_path / "model_fp32_nms.onnx"
    path.write_bytes(b"..Conv..EfficientNMS_TRT..")
    with pytest.raises(InputError, match="only TensorRT runs"):
        choose(path, cpu=NEW)
    plain = tmp_path / "model_fp32.onnx"
    plain.write_bytes(b"..Conv..")
    choice = choose(path, cpu=NEW)
    assert choice.model == plain
    assert "nvinfer's NMS stands in for EfficientNMS_TRT" in choice.reason
    (tmp_path / "model.cpu.onnx").touch()
    assert choose(path, int8=True, cpu=OLD).model.name == "model.cpu.onnx"
