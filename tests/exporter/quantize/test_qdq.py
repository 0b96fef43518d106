from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from exporter import onnx_file
from exporter.quantize import activations, qdq
from exporter.runs import outputs_of
from exporter.surgery import run as surgery
from tests.exporter import toy
from train2edge.calibration import ranges
from train2edge.errors import InputError, WorkError
from train2edge.spec.export import Calibration


@pytest.fixture(scope="module")
def thresholds(model) -> dict[str, float]:
    tensors = activations.float_tensors(model)
    histograms = activations.collect(model, tensors, toy.pictures(8))
    return ranges.thresholds(histograms, Calibration(method="max"))


@pytest.fixture(scope="module")
def quantized(model, thresholds) -> onnx.ModelProto:
    return qdq.quantize(model, thresholds)[0]


def by_output(model):
    return {name: node for node in model.graph.node for name in node.output}


def constants(model):
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def test_every_conv_reads_input_and_weights_through_qdq_and_its_bias_as_it_is(quantized):
    producers, values = by_output(quantized), constants(quantized)
    for conv in (node for node in quantized.graph.node if node.op_type == "Conv"):
        for slot in (0, 1):
            back = producers[conv.input[slot]]
            assert back.op_type == "DequantizeLinear"
            assert producers[back.input[0]].op_type == "QuantizeLinear"
        assert values[conv.input[2]].dtype == np.float32


def test_zero_points_are_int8_zeros_and_weight_scales_are_by_output_channel(quantized):
    values = constants(quantized)
    pairs = [n for n in quantized.graph.node if n.op_type.endswith("quantizeLinear")]
    pairs += [n for n in quantized.graph.node if n.op_type == "QuantizeLinear"]
    for node in pairs:
        zero, scale = values[node.input[2]], values[node.input[1]]
        assert zero.dtype == np.int8 and not zero.any()
        assert (scale > 0).all()
        if node.input[0] in values:
            axis = next(a.i for a in node.attribute if a.name == "axis")
            assert (axis, scale.shape) == (0, values[node.input[0]].shape[:1])
        else:
            assert scale.ndim in (0, 1)


def test_a_tensor_that_is_read_twice_has_one_pair(quantized):
    quantised = [n.input[0] for n in quantized.graph.node if n.op_type == "QuantizeLinear"]
    assert len(quantised) == len(set(quantised))


def test_the_residual_add_is_quantised_on_the_skipping_branch_alone(quantized):
    producers = by_output(quantized)
    add = next(node for node in quantized.graph.node if node.op_type == "Add")
    assert sorted(producers[name].op_type for name in add.input) == ["Conv", "DequantizeLinear"]


def test_outputs_are_never_quantised(quantized):
    producers = by_output(quantized)
    for output in quantized.graph.output:
        assert producers[output.name].op_type in ("Sigmoid", "Conv")
        assert output.type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_the_result_is_near_the_float_models(model, quantized):
    before, after = (outputs_of(one, toy.pictures(8)) for one in (model, quantized))
    for old, new in zip(before, after, strict=True):
        assert 0 < np.abs(old - new).max() < 0.06 * np.abs(old).max()


def test_seven_bit_weights_stay_within_63(model, thresholds):
    small, _ = qdq.quantize(model, thresholds, weight_levels=qdq.CPU_WEIGHT_LEVELS)
    values = constants(small)
    weights = [
        n for n in small.graph.node if n.op_type == "QuantizeLinear" and n.input[0] in values
    ]
    assert weights
    for node in weights:
        weight, scale = values[node.input[0]], values[node.input[1]]
        steps = np.rint(weight / scale.reshape(-1, 1, 1, 1))
        assert np.abs(steps).max() == 63


def test_a_dead_channel_and_a_tiny_one_have_a_scale():
    weight = np.zeros((2, 1, 1, 1), np.float32)
    weight[1] = 1e-44
    scales = qdq.weight_scales(weight, 127)
    assert scales[0] == 1
    assert scales[1] > 0


WIDTH = 20
LAYERS = {  # operator, its weight's shape, attributes, the axis of its output channels
    "gemm by output": ("Gemm", (WIDTH, 16), {"transB": 1}, 0),
    "gemm by input": ("Gemm", (16, WIDTH), {}, 1),
    "matmul": ("MatMul", (16, WIDTH), {}, 1),
    "deconvolution": ("ConvTranspose", (16, WIDTH, 2, 2), {"strides": [2, 2]}, 1),
}


def layer(kind: str) -> onnx.ModelProto:
    """A Conv, and one of ``LAYERS`` whose first output channel is a hundredth of its last."""
    operator, shape, attrs, axis = LAYERS[kind]
    net = toy.Toy()
    x = net.conv(net.input, 3, 16, 3, 4)
    if operator != "ConvTranspose":
        x = net.node("Flatten", [net.node("GlobalAveragePool", [x])])
    sizes = np.logspace(-2, 0, WIDTH).reshape(
        [-1 if one == axis else 1 for one in range(len(shape))]
    )
    weight = net.constant(net.rng.normal(0, 0.4, shape) * sizes)
    net.graph.outputs = [net.node(operator, [x, weight], "the_layer", **attrs)]
    return onnx_file.from_graph(net.graph)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_of_layer_has_scales_where_tensorrt_has_them(kind):
    """A deconvolution has one: TensorRT takes several along the wrong axis for its channels."""
    model = layer(kind)
    histograms = activations.collect(model, activations.float_tensors(model), toy.pictures(4))
    quantized, _ = qdq.quantize(model, ranges.thresholds(histograms, Calibration(method="max")))
    node = next(one for one in quantized.graph.node if one.name == "the_layer")
    back = by_output(quantized)[node.input[1]]
    scale = constants(quantized)[back.input[1]]
    found = [one.i for one in back.attribute if one.name == "axis"]
    alone = kind == "deconvolution"
    assert (found, scale.shape) == (([], ()) if alone else ([LAYERS[kind][3]], (WIDTH,)))
    (before,), (after,) = (outputs_of(one, toy.pictures(4)) for one in (model, quantized))
    smallest = slice(None) if alone else 0  # with one scale, all of the first channel is lost
    error = np.abs(before - after)[:, smallest].max() / np.abs(before)[:, smallest].max()
    assert 0 < error < 0.05


def test_a_tensor_without_a_range_is_named(model):
    with pytest.raises(WorkError, match="no range was measured for input_1"):
        qdq.quantize(model, {})


def test_opset_12_cannot_hold_qdq_by_channel(thresholds):
    old, _ = surgery.run(toy.raw_model(12), toy.CONTRACT, toy.pictures())
    with pytest.raises(InputError, match="opset 13"):
        qdq.quantize(old, thresholds)


def test_the_caches_tensors_are_those_of_the_float_graph(model, thresholds):
    assert next(iter(thresholds)) == "input_1"
    assert set(thresholds) == {"input_1"} | {n.output[0] for n in model.graph.node}


def test_counting_sees_every_value_of_every_picture(model):
    tensor = "output_bbox/BiasAdd"
    found = activations.collect(model, [tensor], toy.pictures(3))[tensor]
    boxes = outputs_of(model, toy.pictures(3))[1]
    assert found.total == boxes.size
    assert found.maximum == pytest.approx(np.abs(boxes).max(), rel=1e-5)


def test_no_picture_is_an_error(model):
    with pytest.raises(WorkError, match="no calibration picture"):
        activations.collect(model, ["input_1"], [])
