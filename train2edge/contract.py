"""The contract: what happens to a frame before the network and to its tensors after it.

One record, made when the model is built, stored in the checkpoint, in the ONNX file's metadata
and in the bundle. Augmentation, evaluation, calibration, the nvinfer configuration and the CPU
twin all read it. Its numeric meaning is nvinfer's own (``train2edge.nvinfer``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from train2edge.errors import InputError

SCHEMA = 1
METADATA_KEY = "train2edge.contract"
SINCE_LAST_SCHEMA: Mapping[str, Mapping[str, Any]] = {  # with their defaults
    "input": {"order": "NCHW", "mean_file": "", "min_width": 1, "min_height": 1},
    "output": {"scores": "predictions/Softmax", "classifier_threshold": 0.0},
}

Color = Literal["RGB", "BGR", "GRAY"]
Order = Literal["NCHW", "NHWC"]
Filter = Literal["nearest", "bilinear"]
ClusterMode = Literal["dbscan", "nms", "hybrid", "none"]
Shape = tuple[int | None, ...]
CLASSIFIER = "classifier"  # the parser inside nvinfer for network-type 1
LISTS: Mapping[str, Mapping[str, Shape]] = {  # parsers that read lists of boxes, by tensor name
    "tf_ssd": {
        "num_detections": (1,),
        "detection_boxes": (None, 4),
        "detection_scores": (None,),
        "detection_classes": (None,),
    },
}


@dataclass(frozen=True)
class InputContract:
    """How nvinfer turns a frame into the input tensor: ``y = scale * (x - offsets)``.

    ``x`` is the resized picture, 0..255, in ``color`` order; ``y`` is float32 in ``order``, of
    ``[batch, *shape]``. ``mean_file``, a picture's absolute path, takes the place of ``offsets``:
    one mean a pixel (nvinfer: mean-file). With ``maintain_aspect_ratio`` the rest is black,
    right and below, or all around with ``symmetric_padding``. (DeepStream, Gst-nvinfer.) A
    secondary network's frame is an object, of at least ``min_width`` x ``min_height`` pixels.
    """

    width: int
    height: int
    color: Color = "RGB"
    order: Order = "NCHW"
    scale: float = 1 / 255
    offsets: tuple[float, ...] = (0.0, 0.0, 0.0)
    mean_file: str = ""
    maintain_aspect_ratio: bool = True
    symmetric_padding: bool = False
    filter: Filter = "bilinear"
    tensor: str = "input_1"
    min_width: int = 1
    min_height: int = 1

    @property
    def channels(self) -> int:
        return 1 if self.color == "GRAY" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """One picture's tensor: channels, height, width; or height, width, channels."""
        if self.order == "NHWC":
            return self.height, self.width, self.channels
        return self.channels, self.height, self.width

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", tuple(float(value) for value in self.offsets))
        if self.width <= 0 or self.height <= 0:
            raise InputError(f"network input of {self.width}x{self.height} pixels is impossible")
        if len(self.offsets) != self.channels:
            raise InputError(
                f"{len(self.offsets)} offsets for {self.channels} channels ({self.color})"
            )


@dataclass(frozen=True)
class ClassThresholds:
    """nvinfer's ``[class-attrs-N]`` for one class; scores and IoU in 0..1, ``topk`` -1 = no limit.

    ``pre_cluster`` is the low one that average precision is measured with; ``operating`` is the
    one a person wants on the screen (chosen on validation), written as ``pre-cluster-threshold``
    of a deployed app.
    """

    pre_cluster: float = 0.02
    operating: float = 0.4
    post_cluster: float = 0.0
    topk: int = 200
    nms_iou: float = 0.5
    eps: float = 0.3
    min_boxes: int = 1
    dbscan_min_score: float = 0.0


@dataclass(frozen=True)
class OutputContract:
    """What the output tensors mean. ``parser`` names a file of ``train2edge/nvinfer/parsers``.

    For ``detectnet_v2``: ``coverage`` ``[C, ceil(H/stride), ceil(W/stride)]`` in 0..1 and ``bbox``
    ``[4C, h, w]``, distances left, top, right, bottom from the cell centre
    ``(i * stride + box_offset)`` in units of ``box_norm`` pixels. ``crop_to_frame`` cuts boxes at
    the frame's edge (nvinfer: crop-objects-to-roi-boundary); without it nvinfer drops every box
    that reaches into the padding below a letterboxed frame.

    For ``classifier``, which is nvinfer's own: ``scores`` ``[C, 1, 1]`` after the softmax; the
    greatest names the class if it is above ``classifier_threshold``.
    """

    classes: tuple[str, ...]
    parser: str = "detectnet_v2"
    stride: int = 16
    box_norm: float = 35.0
    box_offset: float = 0.5
    coverage: str = "output_cov/Sigmoid"
    bbox: str = "output_bbox/BiasAdd"
    cluster: ClusterMode = "nms"
    crop_to_frame: bool = True
    scores: str = "predictions/Softmax"
    classifier_threshold: float = 0.0
    thresholds: tuple[ClassThresholds, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(self.classes))
        thresholds = tuple(self.thresholds) or (ClassThresholds(),) * len(self.classes)
        object.__setattr__(self, "thresholds", thresholds)
        if len(thresholds) != len(self.classes):
            raise InputError(f"{len(thresholds)} thresholds for {len(self.classes)} classes")

    def shapes(self, frame: InputContract) -> Mapping[str, Shape]:
        """The output tensors of one picture by name, in the order of the network's head.

        ``None`` is any number of rows.
        """
        if self.parser in LISTS:
            return LISTS[self.parser]
        classes = len(self.classes)
        if self.parser == CLASSIFIER:
            return {self.scores: (classes, 1, 1)}
        grid = (-(-frame.height // self.stride), -(-frame.width // self.stride))
        return {self.coverage: (classes, *grid), self.bbox: (4 * classes, *grid)}

    def at_operating_point(self) -> OutputContract:
        """The same, with each class's ``pre_cluster`` set to its ``operating`` threshold."""
        chosen = (replace(one, pre_cluster=one.operating) for one in self.thresholds)
        return replace(self, thresholds=tuple(chosen))


@dataclass(frozen=True)
class Contract:
    """Input and output contract of one model of one ``task``."""

    input: InputContract
    output: OutputContract
    task: str = "detection"

    def to_json(self) -> str:
        """The record as text; what older readers do not know stands in it only where it is set."""
        data = asdict(self)
        for part, added in SINCE_LAST_SCHEMA.items():
            for name, default in added.items():
                if data[part][name] == default:
                    del data[part][name]
        return json.dumps({"schema": SCHEMA, **data}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, *, where: str = "contract") -> Contract:
        """Read what ``to_json`` wrote; ``InputError`` naming ``where`` if it is anything else."""
        try:
            data: dict[str, Any] = json.loads(text)
            if data.pop("schema") != SCHEMA:
                raise InputError(
                    "the contract was written by another version of train2edge",
                    where=where,
                    hint="export the model again",
                )
            output = dict(data["output"])
            output["thresholds"] = tuple(ClassThresholds(**one) for one in output["thresholds"])
            return cls(InputContract(**data["input"]), OutputContract(**output), data["task"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not a train2edge contract: {error!r}", where=where) from None

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], *, where: str) -> Contract:
        """Read the contract from the metadata of an ONNX or safetensors file."""
        text = metadata.get(METADATA_KEY)
        if text is None:
            raise InputError("carries no train2edge contract", where=where)
        return cls.from_json(text, where=where)

    def with_nms_inside(self) -> Contract:
        """The same where the engine removes overlaps itself, so that nothing is clustered after."""
        return replace(self, output=replace(self.output, cluster="none"))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()
