from __future__ import annotations

import onnx
import pytest

from exporter import onnx_file
from tests.exporter import toy
from train2edge.contract import Contract, InputContract, OutputContract
from train2edge.errors import InputError


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        onnx_file.read_with_contract(path)
    assert "\n" not in caught.value.message
    assert caught.value.where == str(path)
    return caught.value.message


def test_what_was_written_is_read_with_its_contract(model, tmp_path):
    path = tmp_path / "m.onnx"
    onnx_file.write(model, path, toy.CONTRACT, {"note": "kept"})
    read, contract = onnx_file.read_with_contract(path)
    assert contract == toy.CONTRACT
    assert onnx_file.metadata(read)["note"] == "kept"
    assert not onnx_file.metadata(model)  # the model in memory is not touched


def test_a_truncated_file_is_refused(model, tmp_path):
    path = tmp_path / "m.onnx"
    onnx_file.write(model, path, toy.CONTRACT)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "not a whole ONNX model" in refused(path)


@pytest.mark.parametrize("content", [b"", b"hello, this is text\n", bytes(range(256))])
def test_what_is_not_onnx_is_refused(tmp_path, content):
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    assert "not a whole ONNX model" in refused(path)


def test_a_foreign_model_has_no_contract(model, tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(model, str(path))
    assert "no train2edge contract" in refused(path)


def test_outputs_that_are_not_the_contracts_are_named(model, tmp_path):
    path = tmp_path / "m.onnx"
    other = Contract(toy.CONTRACT.input, OutputContract(toy.CLASSES, coverage="cov"))
    onnx_file.write(model, path, other)
    assert "output_cov/Sigmoid" in refused(path)
    onnx_file.write(model, path, Contract(toy.CONTRACT.input, OutputContract(("a", "b", "c"))))
    assert "output_cov/Sigmoid is 2x2x2 a picture; the contract says 3x2x2" in refused(path)
    onnx_file.write(model, path, Contract(InputContract(64, 32), toy.CONTRACT.output))
    assert "input_1 is 3x32x32 a picture; the contract says 3x32x64" in refused(path)


def test_an_absent_file_is_refused(tmp_path):
    assert refused(tmp_path / "none.onnx") == "no such ONNX file"


def test_the_ir_version_is_the_oldest_for_the_opset(model):
    assert model.ir_version == 8


def listed(rows: int, boxes: int = 4) -> onnx.ModelProto:
    """Only the interface of a model whose outputs are lists."""
    value = onnx.helper.make_tensor_value_info
    shapes = {"num_detections": [1], "detection_boxes": [rows, boxes]}
    shapes |= {f"detection_{name}": [rows] for name in ("scores", "classes")}
    outputs = [value(name, 1, ["batch", *shape]) for name, shape in shapes.items()]
    frame = value("input_1", 1, ["batch", 3, toy.SIDE, toy.SIDE])
    return onnx.helper.make_model(onnx.helper.make_graph([], "g", [frame], outputs))


def test_lists_may_have_any_number_of_rows_but_boxes_have_four_sides():
    contract = Contract(toy.CONTRACT.input, OutputContract(toy.CLASSES, parser="tf_ssd"))
    for rows in (1, 300):
        onnx_file.check_interface(listed(rows), contract, where="here")
    with pytest.raises(InputError, match="detection_boxes is 9x5 a picture"):
        onnx_file.check_interface(listed(9, 5), contract, where="here")
