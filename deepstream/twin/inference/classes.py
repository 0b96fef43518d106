"""A classifier's outputs become labels of the object that it looked at."""

from __future__ import annotations

from deepstream.twin.inference.network import Network
from deepstream.twin.inference.target import Target
from deepstream.twin.metadata import (
    NvDsClassifierMeta,
    NvDsFrameMeta,
    NvDsLabelInfo,
    NvDsObjectMeta,
)
from deepstream.twin.metadata.detected import detected
from deepstream.twin.metadata.memory import string_at
from train2edge.nvinfer.classification import Classification

WHOLE = -1  # class of the object that stands for a whole frame
BORDER = 6


def attach(network: Network, target: Target, found: Classification) -> None:
    """Attach ``found`` to the object, the region or the frame that it is of."""
    if target.region is None:
        attach_found(network, target.frame, target.one, found)
    elif found.label:
        target.region.classifiers.append(_meta(network, found))


def attach_found(
    network: Network, frame: NvDsFrameMeta, one: NvDsObjectMeta | None, found: Classification
) -> None:
    """Attach ``found`` to the object, or to a new one for the whole frame.

    Nothing is attached without a label, as nvinfer does.
    """
    if not found.attributes or not found.label:
        return
    one = one or _whole(frame)
    one.classifiers.append(_meta(network, found))
    before = string_at(one.text_params.display_text)
    one.text_params.display_text = f"{before} {found.label}"


def _meta(network: Network, found: Classification) -> NvDsClassifierMeta:
    settings = network.settings
    labels = [
        NvDsLabelInfo(
            label_id=one.index,
            result_class_id=one.value,
            result_prob=one.confidence,
            result_label=one.label or "",
        )
        for one in found.attributes
    ]
    return NvDsClassifierMeta(
        unique_component_id=settings.gie_unique_id,
        classifier_type=settings.classifier_type,
        labels=labels,
    )


def _whole(frame: NvDsFrameMeta) -> NvDsObjectMeta:
    """An object as large as the frame, of no class and no score."""
    one = detected((0.0, 0.0, float(frame.width), float(frame.height)), WHOLE, "", 0.0, 0)
    one.rect_params.border_width = BORDER
    frame.objects.append(one)
    return one
