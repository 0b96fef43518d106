"""What nvinfer attaches, by the type of its network and by what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.deepstream.twin.elements.networks import (
    SIDE,
    picture,
    write_classifier,
    write_segmentation,
)

if TYPE_CHECKING:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsObjectMeta

pytestmark = pytest.mark.usefixtures("gstreamer")
RED, BLUE = ("red", 32, 32, 64, 64), ("blue", 160, 96, 64, 64)
Boxes = Sequence[tuple[str, int, int, int, int]]


def batch_of(boxes: Boxes, number: int = 0, **fields: Any) -> NvDsBatchMeta:
    from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta

    objects = [object_of(*box[1:], **fields) for box in boxes]
    frame = NvDsFrameMeta(width=320, height=240, frame_num=number, objects=objects)
    return NvDsBatchMeta(frames=[frame], surfaces=1)


def object_of(left: int, top: int, width: int, height: int, **fields: Any) -> NvDsObjectMeta:
    from deepstream.twin.metadata.detected import detected

    one = detected((left, top, width, height), 0, "thing", 0.5, 1)
    for name, value in fields.items():
        setattr(one, name, value)
    return one


def started(config: Path, **properties: Any) -> Any:
    from deepstream.twin.gst import Gst

    element = Gst.ElementFactory.make("nvinfer", None)
    element.set_property("config-file-path", str(config))
    for name, value in properties.items():
        element.set_property(name.replace("_", "-"), value)
    assert element.do_start(), element.failure
    return element


def show(element: Any, pixels: NDArray[np.uint8], batch: NvDsBatchMeta) -> NvDsBatchMeta:
    from deepstream.twin.gst import Gst
    from deepstream.twin.inference.element import LATER
    from deepstream.twin.metadata import attach

    buffer = Gst.Buffer.new_wrapped(pixels.tobytes())
    attach(buffer, batch)
    assert element.do_transform_ip(buffer) == LATER, element.failure
    element.ahead.begin()  # nothing is linked, which its push found out
    return batch


def said(one: NvDsObjectMeta) -> list[str]:
    return [label.result_label for meta in one.classifiers for label in meta.labels]


def test_a_secondary_classifier_labels_the_objects(tmp_path: Path) -> None:
    from deepstream.twin.metadata.memory import string_at

    element = started(write_classifier(tmp_path, **{"process-mode": 2}))
    batch = show(element, picture(RED, BLUE), batch_of([RED, BLUE]))
    first, second = batch.frames[0].objects
    assert (said(first), said(second)) == (["red"], ["blue"])
    meta = first.classifiers[0]
    assert (meta.unique_component_id, meta.num_labels) == (2, 1)
    assert meta.labels[0].result_prob == pytest.approx((230 - 30) / 255, abs=0.01)
    assert string_at(first.text_params.display_text) == "thing red "


@pytest.mark.parametrize(
    ("keys", "fields", "looked"),
    [
        ({"operate-on-gie-id": 1}, {}, True),
        ({"operate-on-gie-id": 4}, {}, False),
        ({"operate-on-class-ids": "0;3"}, {}, True),
        ({"operate-on-class-ids": "0;3"}, {"class_id": 1}, False),
        ({"input-object-min-width": 65}, {}, False),
        ({"input-object-max-height": 64}, {}, True),
        ({"input-object-max-height": 63}, {}, False),
    ],
)
def test_only_the_wanted_objects_are_looked_at(
    tmp_path: Path, keys: dict[str, Any], fields: dict[str, Any], looked: bool
) -> None:
    element = started(write_classifier(tmp_path, **{"process-mode": 2}, **keys))
    batch = show(element, picture(RED), batch_of([RED], **fields))
    assert bool(said(batch.frames[0].objects[0])) == looked


def test_a_tracked_object_keeps_its_label_until_it_is_due_again(tmp_path: Path) -> None:
    keys = {"process-mode": 2, "secondary-reinfer-interval": 2}
    element = started(write_classifier(tmp_path, **keys))
    blue = ("blue", *RED[1:])
    told = []
    for number in range(5):
        shown = picture(RED if number == 0 else blue)
        batch = show(element, shown, batch_of([RED], number, object_id=7))
        told += said(batch.frames[0].objects[0])
    assert told == ["red", "red", "red", "blue", "blue"]


def test_an_object_that_has_grown_is_looked_at_again(tmp_path: Path) -> None:
    element = started(write_classifier(tmp_path, **{"process-mode": 2}))
    show(element, picture(RED), batch_of([RED], 0, object_id=7))
    larger = ("blue", 32, 32, 72, 72)
    batch = show(element, picture(larger), batch_of([larger], 1, object_id=7))
    assert said(batch.frames[0].objects[0]) == ["blue"]


def test_an_asynchronous_classifier_tells_later(tmp_path: Path) -> None:
    keys = {"process-mode": 2, "classifier-async-mode": 1}
    element = started(write_classifier(tmp_path, **keys))
    first = show(element, picture(RED), batch_of([RED], 0, object_id=7))
    assert said(first.frames[0].objects[0]) == []
    element.through.apart.submit(int).result()
    second = show(element, picture(RED), batch_of([RED], 1, object_id=7))
    assert said(second.frames[0].objects[0]) == ["red"]
    untracked = show(element, picture(RED), batch_of([RED], 2))
    assert said(untracked.frames[0].objects[0]) == []
    element.do_stop()


def test_a_primary_classifier_makes_one_object_of_the_frame(tmp_path: Path) -> None:
    element = started(write_classifier(tmp_path))
    batch = show(element, picture(("red", 0, 0, 320, 240)), batch_of([]))
    (one,) = batch.frames[0].objects
    assert one.class_id == -1 and one.rect_params.corners == (0, 0, 320, 240)
    assert said(one) == ["red"] and batch.frames[0].bInferDone == 1
    assert not show(element, picture(), batch_of([])).frames[0].objects


def test_a_segmentation_attaches_a_map_of_classes(tmp_path: Path) -> None:
    from deepstream.twin import pyds

    module = pyds.make()
    element = started(write_segmentation(tmp_path))
    half = ("red", 0, 0, 160, 240), ("blue", 160, 0, 160, 120)
    batch = show(element, picture(*half), batch_of([]))
    (user,) = batch.frames[0].users
    assert user.base_meta.meta_type == module.NvDsMetaType.NVDSINFER_SEGMENTATION_META
    meta = module.NvDsInferSegmentationMeta.cast(user.user_meta_data)
    masks = module.get_segmentation_masks(meta)
    assert (meta.width, meta.height, meta.classes) == (SIDE, SIDE, 2) and masks.dtype == np.int32
    assert masks[16, 4] == 0 and masks[4, 28] == 1 and masks[28, 28] == -1


def test_tensors_are_read_by_their_address(tmp_path: Path) -> None:
    import ctypes

    from deepstream.twin import pyds

    module = pyds.make()
    keys = {"process-mode": 2, "network-type": 100}
    element = started(write_classifier(tmp_path, **keys), output_tensor_meta=True)
    batch = show(element, picture(RED), batch_of([RED]))
    (user,) = batch.frames[0].objects[0].users
    assert user.base_meta.meta_type == module.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
    meta = module.NvDsInferTensorMeta.cast(user.user_meta_data)
    layer = module.get_nvds_LayerInfo(meta, 0)
    assert (meta.num_output_layers, layer.layerName, layer.dataType) == (1, "scores", 0)
    assert layer.inferDims.d[: layer.inferDims.numDims].tolist() == [2, 1, 1]
    pointer = ctypes.cast(module.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
    values = np.ctypeslib.as_array(pointer, shape=(2,))
    assert values[0] == pytest.approx(200 / 255, abs=0.01)
    assert module.get_detections(layer.buffer, 0) == values[0]


def test_regions_of_a_preprocessing_are_run_as_they_come(tmp_path: Path) -> None:
    from deepstream.twin.metadata import NvDsMetaType, NvDsUserMeta
    from deepstream.twin.metadata.osd import NvOSD_RectParams
    from deepstream.twin.metadata.preprocess import (
        GstNvDsPreProcessBatchMeta,
        NvDsPreProcessTensorMeta,
        NvDsRoiMeta,
    )

    element = started(write_classifier(tmp_path), input_tensor_meta=True)
    batch = batch_of([])
    region = NvDsRoiMeta(roi=NvOSD_RectParams(width=8.0, height=8.0), frame_meta=batch.frames[0])
    region.scale_ratio_x = region.scale_ratio_y = 4.0
    tensor = np.zeros((1, 3, SIDE, SIDE), np.float32)
    tensor[:, 2] = 1.0
    named = NvDsPreProcessTensorMeta(tensor=tensor, tensor_name="input")
    made = GstNvDsPreProcessBatchMeta(target_unique_ids=[2], tensor_meta=named, regions=[region])
    batch.users.append(NvDsUserMeta.of(NvDsMetaType.NVDS_PREPROCESS_BATCH_META, made))
    show(element, picture(), batch)
    assert [one.labels[0].result_label for one in region.classifiers] == ["blue"]


def test_properties_have_the_last_word_over_the_file(tmp_path: Path) -> None:
    config = write_classifier(tmp_path, **{"batch-size": 3})
    element = started(config, process_mode=2, unique_id=9, infer_on_class_ids="1:2")
    assert element.get_property("batch-size") == 3
    assert element.network.settings.operate_on_class_ids == (1, 2)
    batch = show(element, picture(RED), batch_of([RED], class_id=2))
    assert batch.frames[0].objects[0].classifiers[0].unique_component_id == 9


def test_the_interval_is_of_the_file_or_of_an_event(tmp_path: Path) -> None:
    from deepstream.twin.elements.nvevent import INTERVAL, event

    element = started(write_classifier(tmp_path, interval=1))
    whole = picture(("red", 0, 0, 320, 240))
    seen = [bool(show(element, whole, batch_of([])).frames[0].objects) for _ in range(4)]
    element.do_sink_event(event(INTERVAL, stream_id="0", interval=0))
    seen += [bool(show(element, whole, batch_of([])).frames[0].objects) for _ in range(2)]
    assert seen == [True, False, True, False, True, True]
