"""A detector's outputs become objects of the frame, with masks where the network gives them."""

from __future__ import annotations

from deepstream.twin.inference.network import Network
from deepstream.twin.inference.target import Target
from deepstream.twin.metadata import NvDsObjectMeta
from deepstream.twin.metadata.detected import detected
from deepstream.twin.metadata.osd import NvOSD_MaskParams
from train2edge.nvinfer.frame_filter import to_frame
from train2edge.nvinfer.objects import Objects


def attach(network: Network, target: Target, objects: Objects) -> None:
    """Add ``objects``, network pixels, to the frame; a secondary detector's have a parent."""
    frame = target.frame
    size = frame.width, frame.height
    found = to_frame(objects, target.geometry, size, network.filters)
    for index in range(len(found)):
        one = _object(network, found, index)
        one.parent = target.one
        frame.objects.append(one)
    frame.bInferDone = 1


def _object(network: Network, found: Objects, index: int) -> NvDsObjectMeta:
    class_id = int(found.class_id[index])
    columns = found.left, found.top, found.width, found.height
    left, top, width, height = (float(one[index]) for one in columns)
    settings = network.settings
    one = detected(
        (left, top, width, height),
        class_id,
        network.label(class_id),
        float(found.score[index]),
        settings.gie_unique_id,
    )
    look = settings.class_attrs[class_id]
    one.rect_params.border_color.set(*look.border_color)
    if look.bg_color is not None:
        one.rect_params.has_bg_color = 1
        one.rect_params.bg_color.set(*look.bg_color)
    if found.masks is not None and settings.output_instance_mask:
        one.mask_params = _mask(network, found, index)
    return one


def _mask(network: Network, found: Objects, index: int) -> NvOSD_MaskParams:
    assert found.masks is not None
    mask = found.masks[index].copy()
    return NvOSD_MaskParams(
        data=mask,
        size=mask.nbytes,
        threshold=network.settings.segmentation_threshold,
        width=mask.shape[1],
        height=mask.shape[0],
    )
