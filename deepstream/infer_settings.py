"""nvinfer's settings from the contract, every value written out.

Key names, numbers and defaults: Gst-nvinfer's property parser (``gstnvinfer_property_parser.cpp``).
Its documentation and its source differ about defaults, so none is left to it.
"""

from __future__ import annotations

from deepstream.precision import ModelPlan
from deepstream.settings import Section, Setting, semicolons, setting
from train2edge.contract import ClassThresholds, Contract, InputContract, OutputContract
from train2edge.errors import InputError
from train2edge.nvinfer import parsers
from train2edge.targets import Release, nvinfer_keys

COLOR = {"RGB": 0, "BGR": 1, "GRAY": 2}
ORDER = {"NCHW": 0, "NHWC": 1}
SCALING_FILTER = {"nearest": 0, "bilinear": 1}
CROP = "crop-objects-to-roi-boundary"
PARSER_LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/libnvds_infercustomparser.so"
CLUSTER_MODE = {"dbscan": 1, "nms": 2, "hybrid": 3, "none": 4}


def sections(
    contract: Contract, model: ModelPlan, release: Release, *, batch: int, interval: int
) -> tuple[Section, ...]:
    """``[property]`` and one ``[class-attrs-N]`` a class; paths relative to the app's folder."""
    properties = (
        *_identity(batch, interval),
        *model_settings(model),
        *preprocessing_settings(contract.input),
        *_postprocessing(contract.output),
        *_edges(contract.output, release),
    )
    classes = (
        Section(f"class-attrs-{index}", _thresholds(name, one))
        for index, (name, one) in enumerate(
            zip(contract.output.classes, contract.output.thresholds, strict=True)
        )
    )
    return (Section("property", properties), *classes)


def _identity(batch: int, interval: int) -> tuple[Setting, ...]:
    return (
        setting("gpu-id", 0),
        setting("gie-unique-id", 1, "the number by which later elements name this network"),
        setting("process-mode", 1, "1: looks at whole frames"),
        setting("network-type", 0, "0: a detector"),
        setting("batch-size", batch, "one frame of every source at a time"),
        setting("interval", interval, "batches left out between two inferences"),
    )


def model_settings(model: ModelPlan) -> tuple[Setting, ...]:
    """The files of one lane and its precision."""
    settings = [
        setting("onnx-file", model.onnx, "paths are relative to this file"),
        setting(
            "model-engine-file",
            model.engine,
            "tried first; built from the ONNX file and kept under this name when it is absent",
        ),
        setting("network-mode", model.network_mode, _mode_comment(model)),
    ]
    if model.dla is not None:
        settings.append(setting("enable-dla", 1, "what DLA does not take falls back to the GPU"))
        settings.append(setting("use-dla-core", model.dla))
    if model.strongly_typed:
        settings.append(
            setting("strongly-typed", 1, "the Q/DQ nodes of the graph say what is INT8")
        )
    if model.calibration_cache:
        why = "ranges for INT8; nvinfer only reads it, it never calibrates"
        settings.append(setting("int8-calib-file", model.calibration_cache, why))
    return tuple(settings)


def _mode_comment(model: ModelPlan) -> str:
    meaning = {0: "0: FP32", 1: "1: INT8", 2: "2: FP16"}[model.network_mode]
    return f"{meaning} flags; the graph is strongly typed" if model.strongly_typed else meaning


def preprocessing_settings(contract: InputContract) -> tuple[Setting, ...]:
    """From a frame, or an object, to the input tensor."""
    return (
        setting(
            "infer-dims",
            semicolons((contract.channels, contract.height, contract.width)),
            "channels;height;width",
        ),
        setting(
            "network-input-order",
            ORDER[contract.order],
            f"{ORDER[contract.order]}: {contract.order}",
        ),
        setting("model-color-format", COLOR[contract.color], "0: RGB, 1: BGR, 2: GRAY"),
        setting("net-scale-factor", contract.scale, "y = net-scale-factor * (x - offsets)"),
        _means(contract),
        setting("maintain-aspect-ratio", contract.maintain_aspect_ratio, "the rest is black"),
        setting("symmetric-padding", contract.symmetric_padding, "0: picture at the top left"),
        setting(
            "scaling-filter", SCALING_FILTER[contract.filter], "0: nearest, 1: bilinear, as trained"
        ),
    )


def _means(contract: InputContract) -> Setting:
    if contract.mean_file:
        return setting("mean-file", contract.mean_file, "a mean for every pixel, binary PPM")
    return setting("offsets", semicolons(contract.offsets))


def _postprocessing(contract: OutputContract) -> tuple[Setting, ...]:
    _check_parser(contract)
    return (
        setting("labelfile-path", "labels.txt"),
        setting("num-detected-classes", len(contract.classes)),
        setting(
            "cluster-mode",
            CLUSTER_MODE[contract.cluster],
            "1: DBSCAN, 2: NMS, 3: both, 4: none; left out, nvinfer takes NMS at IoU 0.5, topk 20",
        ),
        setting("output-tensor-meta", 0),
        *_parser(contract),
    )


def _parser(contract: OutputContract) -> tuple[Setting, ...]:
    """The function of DeepStream's own library that reads the outputs, if nvinfer does not."""
    function = parsers.load(contract.parser).FUNCTION
    if function is None:
        return ()
    return (
        setting("parse-bbox-func-name", function, "reads the network's outputs"),
        setting("custom-lib-path", PARSER_LIBRARY, "comes with DeepStream"),
    )


def _edges(contract: OutputContract, release: Release) -> tuple[Setting, ...]:
    if not release.reads(CROP):
        return ()
    why = "1: cut boxes at the frame's edge; 0: drop those that reach below the frame"
    return (setting(CROP, contract.crop_to_frame, why),)


def dropped_boxes(contract: Contract, release: Release) -> str | None:
    """What is lost where the release cannot cut boxes at the edge as the contract says."""
    if not contract.output.crop_to_frame or release.reads(CROP):
        return None
    return (
        f"nvinfer of DeepStream {release.name} has no {CROP} (it came with "
        f"{nvinfer_keys()[CROP]}): boxes that reach below the frame are dropped, not cut"
    )


def _check_parser(contract: OutputContract) -> None:
    """The parser inside nvinfer finds its two tensors by ``cov`` and ``bbox`` in their names."""
    if contract.parser != "detectnet_v2":
        return
    if "cov" not in contract.coverage or "bbox" in contract.coverage:
        raise InputError(f"nvinfer would not find the coverage tensor {contract.coverage!r}")
    if "bbox" not in contract.bbox or "cov" in contract.bbox:
        raise InputError(f"nvinfer would not find the box tensor {contract.bbox!r}")


def _thresholds(name: str, one: ClassThresholds) -> tuple[Setting, ...]:
    # An explicit negative topk is refused by nvinfer; left out, it means no limit.
    topk = (setting("topk", one.topk),) if one.topk >= 0 else ()
    return (
        setting("pre-cluster-threshold", one.pre_cluster, f"class '{name}'"),
        setting("post-cluster-threshold", one.post_cluster),
        *topk,
        setting("nms-iou-threshold", one.nms_iou),
        setting("eps", one.eps),
        setting("minBoxes", one.min_boxes),
        setting("dbscan-min-score", one.dbscan_min_score),
        setting("roi-top-offset", 0),
        setting("roi-bottom-offset", 0),
        setting("detected-min-w", 0),
        setting("detected-min-h", 0),
        setting("detected-max-w", 0),
        setting("detected-max-h", 0),
    )
