"""From an nvinfer configuration to the contract that the rest of train2edge works by."""

from __future__ import annotations

from collections.abc import Sequence

from train2edge.contract import CLASSIFIER as BUILT_IN_CLASSIFIER
from train2edge.contract import (
    ClassThresholds,
    ClusterMode,
    Color,
    Contract,
    Filter,
    InputContract,
    Order,
    OutputContract,
)
from train2edge.errors import InputError
from train2edge.nvinfer import labels, mean_file, parsers
from train2edge.nvinfer.cluster.group_rectangles import rewritten
from train2edge.nvinfer.settings import CLASSIFIER, DETECTOR, INSTANCES, InferSettings

COLORS: dict[int, Color] = {0: "RGB", 1: "BGR", 2: "GRAY"}
ORDERS: dict[int, Order] = {0: "NCHW", 1: "NHWC"}
FILTERS: dict[int, Filter] = {0: "nearest", 1: "bilinear", 6: "nearest"}
CLUSTERS: dict[int, ClusterMode] = {0: "nms", 1: "dbscan", 2: "nms", 3: "hybrid", 4: "none"}
BUILT_IN = "detectnet_v2"
TASKS = {
    DETECTOR: "detection",
    INSTANCES: "instance_segmentation",
    CLASSIFIER: "classification",
}
ON_OBJECTS = 2  # process-mode


def contract_of(
    settings: InferSettings,
    input_size: tuple[int, int] | None,
    classes: Sequence[str] | None,
    tensor: str,
) -> Contract:
    """See ``InferSettings.contract``."""
    task = TASKS.get(settings.network_type)
    if task is None:
        raise _refusal(settings, f"network-type={settings.network_type} has no contract")
    made = _classifier if settings.network_type == CLASSIFIER else _output
    return Contract(input_contract(settings, input_size, tensor), made(settings, classes), task)


def _refusal(settings: InferSettings, message: str, hint: str | None = None) -> InputError:
    return InputError(message, where=str(settings.path), hint=hint)


def input_contract(
    settings: InferSettings, input_size: tuple[int, int] | None, tensor: str
) -> InputContract:
    """What any network's pictures go through; arguments and errors as of ``contract_of``."""
    size = settings.network_size or input_size
    if size is None:
        hint = "write infer-dims=channels;height;width"
        raise _refusal(settings, "the size of the network's input is not known", hint)
    if settings.mean_file:
        mean_file.read(settings.mean_file, *size, settings.channels)
    on_objects = settings.process_mode == ON_OBJECTS
    return InputContract(
        *size,
        color=COLORS[settings.model_color_format],
        order=ORDERS[settings.network_input_order],
        scale=settings.net_scale_factor,
        offsets=settings.offsets or (0.0,) * settings.channels,
        mean_file=str(settings.mean_file or ""),
        maintain_aspect_ratio=settings.maintain_aspect_ratio,
        symmetric_padding=settings.symmetric_padding,
        filter=FILTERS.get(settings.scaling_filter, "bilinear"),
        tensor=tensor,
        min_width=settings.input_object_min_width if on_objects else 1,
        min_height=settings.input_object_min_height if on_objects else 1,
    )


def _classifier(settings: InferSettings, classes: Sequence[str] | None) -> OutputContract:
    """A classifier of one output tensor, whose classes are the label file's first line."""
    if settings.parse_classifier_func_name:
        message = f"the output parser {settings.parse_classifier_func_name} is not nvinfer's own"
        raise _refusal(settings, message)
    table = labels.read(settings.labelfile_path) if settings.labelfile_path else ()
    names = tuple(classes) if classes is not None else (table[0] if table else ())
    return OutputContract(
        names, parser=BUILT_IN_CLASSIFIER, classifier_threshold=settings.classifier_threshold
    )


def _output(settings: InferSettings, classes: Sequence[str] | None) -> OutputContract:
    names = settings.class_names() if classes is None else tuple(classes)
    if len(names) != settings.num_detected_classes:
        raise _refusal(
            settings,
            f"num-detected-classes={settings.num_detected_classes}, but {len(names)} class names",
        )
    return OutputContract(
        names,
        parser=_parser(settings),
        cluster=CLUSTERS[settings.cluster_mode],
        crop_to_frame=settings.crop_objects_to_roi_boundary,
        thresholds=_thresholds(settings),
    )


def _parser(settings: InferSettings) -> str:
    if settings.network_type == INSTANCES:
        function = settings.parse_bbox_instance_mask_func_name
    else:
        function = settings.parse_bbox_func_name
    if not function:
        return BUILT_IN
    name = parsers.named(function)
    if name is None:
        stock = [parsers.load(one).FUNCTION for one in parsers.names()]
        raise _refusal(
            settings,
            f"the output parser {function} is not one of DeepStream's stock library",
            f"known: {', '.join(one for one in stock if one)}",
        )
    return name


def _thresholds(settings: InferSettings) -> tuple[ClassThresholds, ...]:
    found = tuple(one.thresholds() for one in settings.class_attrs)
    return tuple(map(rewritten, found)) if settings.cluster_mode == 0 else found
