from __future__ import annotations

import numpy as np
import pytest

from train2edge.errors import InputError
from train2edge.nvinfer import parsers
from train2edge.nvinfer.layers import Layer, Network, ParseError, ParseParams


def test_listing_names_knows_every_stock_function() -> None:
    assert set(parsers.names()) >= {"detectnet_v2", "tf_ssd", "mrcnn_tlt_v2", "rtdetr"}
    assert parsers.named("NvDsInferParseCustomTfSSD") == "tf_ssd"
    assert parsers.named("NvDsInferParseYolo") is None


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no output parser 'detectnet_v3'") as caught:
        parsers.load("detectnet_v3")
    assert "detectnet_v2" in str(caught.value)


def test_int32_classes_are_read_as_the_floats_their_bits_make() -> None:
    """What happens after EfficientNMS, whose class ids are int32: every class becomes 0."""
    layers = [
        Layer.of("num", np.array([1], np.int32)),
        Layer.of("boxes", np.array([[0.1, 0.1, 0.5, 0.5]], np.float32)),
        Layer.of("scores", np.array([0.9], np.float32)),
        Layer.of("classes", np.array([3], np.int32)),
    ]
    parser = parsers.load("batched_nms_tlt")
    found = parser.parse(layers, Network(100, 100), ParseParams(np.full(4, 0.1, np.float32)))
    assert found.class_id.tolist() == [0]


def test_half_precision_is_refused() -> None:
    layers = [
        Layer.of("cov", np.ones((1, 2, 2), np.float16)),
        Layer.of("bbox", np.ones((4, 2, 2), np.float16)),
    ]
    with pytest.raises(ParseError, match="'cov' is float16"):
        parsers.load("detectnet_v2").parse(
            layers, Network(32, 32), ParseParams(np.zeros(1, np.float32))
        )


def test_a_count_beyond_the_tensor_is_refused() -> None:
    layers = [
        Layer.of("NMS", np.zeros((1, 2, 7), np.float32)),
        Layer.of("NMS_1", np.array([3], np.int32)),
    ]
    with pytest.raises(ParseError, match="has 14 values, the parser reads 21"):
        parsers.load("nms_tlt").parse(layers, Network(32, 32), ParseParams(np.zeros(1, np.float32)))


def test_doubles_are_refused_though_int64_is_read() -> None:
    values = np.array([3], np.int64)
    assert Layer.of("count", values).ints(1).tolist() == [3]
    with pytest.raises(ParseError, match="'count' is float64"):
        Layer.of("count", values.astype(np.float64)).floats()


@pytest.mark.parametrize(("told", "read"), [(-1.0, 3), (2.9, 2), (9.0, 3), (0.0, 0)])
def test_tf_ssd_reads_a_negative_count_as_all(told: float, read: int) -> None:
    layers = [
        Layer.of("num_detections", np.array([told], np.float32)),
        Layer.of("detection_scores", np.ones(3, np.float32)),
        Layer.of("detection_classes", np.zeros(3, np.float32)),
        Layer.of("detection_boxes", np.array([[0, 0, 0.5, 0.5]] * 3, np.float32)),
    ]
    params = ParseParams(np.zeros(1, np.float32))
    assert len(parsers.load("tf_ssd").parse(layers, Network(32, 32), params)) == read
