"""From output tensors to the final boxes: parser, common step, clustering, frame mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds, Contract, OutputContract
from train2edge.detections import FrameDetections
from train2edge.errors import InputError
from train2edge.nvinfer import cluster as clusterings
from train2edge.nvinfer import parsers
from train2edge.nvinfer.classified import frame_classification
from train2edge.nvinfer.frame_filter import FrameFilter, to_frame
from train2edge.nvinfer.geometry import Geometry
from train2edge.nvinfer.grid import NORM, OFFSET
from train2edge.nvinfer.layers import Network, ParseParams, layers_of
from train2edge.nvinfer.objects import Objects

Outputs = Mapping[str, NDArray[Any]]


def detect(outputs: Outputs, contract: Contract) -> Objects:
    """Give the final objects of ONE picture, in network pixels, grouped by class.

    ``outputs``: tensors by name in binding order, without the batch dimension. Raises
    ``ParseError`` where nvinfer's parser reports failure, ``InputError`` for a DetectNet_v2
    contract in other units than nvinfer's.
    """
    size, output = contract.input, contract.output
    _check_built_in(output)
    network = Network(size.width, size.height, size.channels)
    params = ParseParams(pre_cluster(output.thresholds))
    objects = parsers.load(output.parser).parse(layers_of(outputs), network, params)
    return cluster(objects, output.cluster, output.thresholds)


def _check_built_in(output: OutputContract) -> None:
    """nvinfer's DetectNet_v2 parser has its box units built in; other ones would be read wrong."""
    units = (output.box_norm, output.box_offset)
    if output.parser == "detectnet_v2" and units != (float(NORM), OFFSET):
        raise InputError(
            f"boxes in units of {units[0]} pixels with offset {units[1]}; nvinfer's parser has "
            f"{float(NORM)} and {OFFSET} built in",
            where="contract",
        )


def of_picture(outputs: Outputs, index: int) -> dict[str, NDArray[Any]]:
    """The tensors of one picture of a batch."""
    return {name: tensor[index] for name, tensor in outputs.items()}


def frame_detections(
    name: str,
    outputs: Outputs,
    contract: Contract,
    geometry: Geometry,
    frame_size: tuple[int, int],
    frame_filter: FrameFilter | None = None,
) -> FrameDetections:
    """Give what nvinfer attaches to a frame: ``detect``, mapped to frame pixels and filtered.

    A classifier attaches the one thing that it looked at, with its class.

    ``frame_size`` is width, height of the frame that ``geometry`` was planned for; the filter is
    the contract's unless a settings file says otherwise.
    """
    if contract.task == "classification":
        return frame_classification(name, outputs, contract.output, geometry)
    objects = detect(outputs, contract)
    return attached(name, objects, contract.output, geometry, frame_size, frame_filter)


def attached(
    name: str,
    objects: Objects,
    output: OutputContract,
    geometry: Geometry,
    frame_size: tuple[int, int],
    frame_filter: FrameFilter | None = None,
) -> FrameDetections:
    """Map clustered ``objects`` from network pixels to the frame and filter them."""
    chosen = frame_filter or FrameFilter(crop_to_roi_boundary=output.crop_to_frame)
    found = to_frame(objects, geometry, frame_size, chosen)
    return FrameDetections(name, found.boxes, found.score, found.class_id)


def cluster(objects: Objects, mode: str, thresholds: Sequence[ClassThresholds]) -> Objects:
    """Apply the common step, then clustering ``mode`` class by class; classes rise."""
    method = clusterings.load(mode)
    accepted = accept(objects, pre_cluster(thresholds)).by_class()
    parts = (method.cluster(part, thresholds[part.class_id[0]]) for part in accepted)
    return Objects.join([part for part in parts if len(part)])


def accept(objects: Objects, thresholds: NDArray[np.float32]) -> Objects:
    """Drop classes that are not configured and scores below the class's threshold."""
    known = (objects.class_id >= 0) & (objects.class_id < len(thresholds))
    found = objects if known.all() else objects.take(known)
    below = found.score < thresholds[found.class_id]
    return found.take(~below) if below.any() else found


def pre_cluster(thresholds: Sequence[ClassThresholds]) -> NDArray[np.float32]:
    return np.array([one.pre_cluster for one in thresholds], np.float32)
