"""nvinferserver's configuration, read into nvinfer's settings: the same models, another file.

Fields are those of ``nvdsinferserver_config.proto`` (DeepStream). Of Triton's model repository the
twin runs what is ONNX: ``root/model/version/model.onnx``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from train2edge.errors import InputError, ProblemsError
from train2edge.nvinfer.class_attrs import ClassAttrs
from train2edge.nvinfer.settings import CLASSIFIER, DETECTOR, OTHER, SEGMENTATION, InferSettings
from train2edge.settings_file import Document, Node, open_document

BACKENDS = ("triton", "trt_is")
COLORS = {"IMAGE_FORMAT_RGB": 0, "IMAGE_FORMAT_BGR": 1, "IMAGE_FORMAT_GRAY": 2}
FULL_FRAME, CLIP_OBJECTS = "PROCESS_MODE_FULL_FRAME", "PROCESS_MODE_CLIP_OBJECTS"
NHWC = "TENSOR_ORDER_NHWC"
TYPES = {
    "detection": DETECTOR,
    "classification": CLASSIFIER,
    "segmentation": SEGMENTATION,
    "other": OTHER,
}
NMS, DBSCAN, GROUP, NONE = 2, 1, 0, 4  # cluster-mode
CLUSTERS = {"nms": NMS, "dbscan": DBSCAN, "group_rectangle": GROUP, "simple_cluster": NONE}
CONFIG, MODEL = "config.pbtxt", "model.onnx"


def read(path: Path) -> InferSettings:
    """Read ``path``; ``InputError`` for a file that is none, or a model the twin cannot run."""
    document = open_document(path.absolute())
    if document.problems:
        raise ProblemsError(document.problems)
    return _Reader(document).settings()


class _Reader:
    def __init__(self, document: Document) -> None:
        self.path, self.root = document.path, document.root
        self.infer = self.message(self.root, "infer_config")
        if self.infer is None:
            raise InputError("has no infer_config: not nvinferserver's", where=str(self.path))

    def settings(self) -> InferSettings:
        kind, post = self._kind()
        normalize = ("preprocess", "normalize")
        return InferSettings(
            path=self.path,
            onnx_file=self._model(),
            labelfile_path=self._file("postprocess", "labelfile_path"),
            gie_unique_id=int(self.value("unique_id", default="15")),
            batch_size=int(self.value("max_batch_size", default="1")),
            network_type=TYPES[kind],
            model_color_format=COLORS.get(self.value("preprocess", "network_format"), 0),
            network_input_order=int(self.value("preprocess", "tensor_order") == NHWC),
            maintain_aspect_ratio=self.truth("preprocess", "maintain_aspect_ratio"),
            symmetric_padding=self.truth("preprocess", "symmetric_padding"),
            scaling_filter=int(self.value("preprocess", "frame_scaling_filter", default="1")),
            net_scale_factor=float(self.value(*normalize, "scale_factor", default="1")),
            offsets=tuple(float(one) for one in self.values(*normalize, "channel_offsets")),
            **self._control(),
            **getattr(self, f"_{kind}")(post),
        )

    def message(self, node: Node | None, *keys: str) -> Node | None:
        return node.find(*keys) if node else None

    def value(self, *keys: str, default: str = "", of: Node | None = None) -> str:
        found = self.message(of or self.infer, *keys)
        return found.value if found and found.kind == "scalar" else default

    def values(self, *keys: str, of: Node | None = None) -> list[str]:
        """A repeated field: a list, or the field several times."""
        owner = self.message(of or self.infer, *keys[:-1]) if keys[:-1] else of or self.infer
        found = [one for one in owner.children if one.key == keys[-1]] if owner else []
        return [item.value for one in found for item in (one.children or (one,))]

    def truth(self, *keys: str, of: Node | None = None) -> bool:
        return self.value(*keys, of=of).lower() in ("true", "t", "1")

    def _file(self, *keys: str) -> Path | None:
        given = self.value(*keys)
        return (self.path.parent / given).absolute() if given else None

    def _kind(self) -> tuple[str, Node | None]:
        for kind in TYPES:
            post = self.message(self.infer, "postprocess", kind)
            if post is not None:
                return kind, post
        hint = "postprocess { detection { ... } }"
        raise InputError("postprocess says nothing of outputs", where=str(self.path), hint=hint)

    def _model(self) -> Path:
        for backend in BACKENDS:
            found = self.message(self.infer, "backend", backend)
            if found is not None:
                return self._of_repository(found)
        raise InputError("infer_config has no backend triton", where=str(self.path))

    def _of_repository(self, backend: Node) -> Path:
        where, name = str(self.path), self.value("model_name", of=backend)
        root = self.value("model_repo", "root", of=backend)
        if not root:
            raise InputError("the CPU twin asks no Triton server: no model_repo", where=where)
        folder = (self.path.parent / root / name).absolute()
        version = self.value("version", default="-1", of=backend)
        chosen = _newest(folder) if version == "-1" else folder / version
        if chosen is None or not chosen.is_dir():
            raise InputError(f"no version {version} of {name} in {folder}", where=where)
        file = chosen / _model_name(folder)
        if file.suffix != ".onnx" or not file.is_file():
            hint = "export the model to ONNX and put it there as model.onnx"
            raise InputError(f"the CPU twin runs ONNX alone: no {file}", where=where, hint=hint)
        return file

    def _control(self) -> dict[str, Any]:
        control = self.message(self.root, "input_control")
        output = self.message(self.root, "output_control")
        limits = self.message(control, "object_control", "bbox_filter")
        secondary = self.value("process_mode", of=control) == CLIP_OBJECTS if control else False
        found: dict[str, Any] = {"process_mode": 2 if secondary else 1}
        if control is not None:
            found |= {
                "interval": int(self.value("interval", default="0", of=control)),
                "operate_on_gie_id": int(self.value("operate_on_gie_id", default="-1", of=control)),
                "operate_on_class_ids": tuple(
                    int(one) for one in self.values("operate_on_class_ids", of=control)
                ),
                "classifier_async_mode": self.truth("async_mode", of=control),
            }
            again = self.value("secondary_reinfer_interval", of=control)
            found |= {"secondary_reinfer_interval": int(again)} if again else {}
        if limits is not None:
            found |= {
                f"input_object_{name}": int(self.value(name, default=least, of=limits))
                for name, least in _SIZES.items()
            }
        if output is not None:
            found["output_tensor_meta"] = self.truth("output_tensor_meta", of=output)
            found["classifier_type"] = self.value("classifier_type", of=output)
        return found

    def _detection(self, post: Node) -> dict[str, Any]:
        count = int(self.value("num_detected_classes", default="0", of=post))
        if count < 1:
            raise InputError("detection needs num_detected_classes", where=str(self.path))
        mode = next((one for one in CLUSTERS if post.find(one)), "simple_cluster")
        rules = post.find(mode)
        scores = dict(self._scores(post))
        attrs = ClassAttrs(**self._cluster(mode, rules))
        return {
            "num_detected_classes": count,
            "cluster_mode": CLUSTERS[mode],
            "parse_bbox_func_name": self.value("custom_parse_bbox_func", of=post),
            "class_attrs": tuple(_with_score(attrs, scores.get(one)) for one in range(count)),
        }

    def _scores(self, post: Node) -> Iterator[tuple[int, float]]:
        for one in post.children:
            if one.key == "per_class_params":
                score = self.value("value", "pre_threshold", default="0", of=one)
                yield int(self.value("key", default="0", of=one)), float(score)

    def _cluster(self, mode: str, rules: Node | None) -> dict[str, Any]:
        names = _RULES[mode]
        given = (
            {field: self.value(name, of=rules) for name, field in names.items()} if rules else {}
        )
        kinds = {"topk": int, "min_boxes": int, "group_threshold": int}
        return {name: kinds.get(name, float)(text) for name, text in given.items() if text}

    def _classification(self, post: Node) -> dict[str, Any]:
        return {
            "classifier_threshold": float(self.value("threshold", default="0", of=post)),
            "parse_classifier_func_name": self.value("custom_parse_classifier_func", of=post),
        }

    def _segmentation(self, post: Node) -> dict[str, Any]:
        count = self.value("num_segmentation_classes", default="0", of=post)
        return {
            "num_detected_classes": int(count),
            "segmentation_threshold": float(self.value("threshold", default="0", of=post)),
            "parse_segmentation_func_name": self.value("custom_parse_segmentation_func", of=post),
        }

    def _other(self, post: Node) -> dict[str, Any]:
        return {}


_SIZES = {"min_width": "1", "min_height": "1", "max_width": "0", "max_height": "0"}
_RULES = {  # field of the message: field of nvinfer's class attributes
    "nms": {
        "confidence_threshold": "pre_cluster_threshold",
        "iou_threshold": "nms_iou_threshold",
        "topk": "topk",
    },
    "dbscan": {
        "pre_threshold": "pre_cluster_threshold",
        "eps": "eps",
        "min_boxes": "min_boxes",
        "min_score": "dbscan_min_score",
    },
    "group_rectangle": {
        "confidence_threshold": "pre_cluster_threshold",
        "group_threshold": "group_threshold",
        "eps": "eps",
    },
    "simple_cluster": {"threshold": "pre_cluster_threshold"},
}


def _with_score(attrs: ClassAttrs, score: float | None) -> ClassAttrs:
    return attrs if score is None else replace(attrs, pre_cluster_threshold=score)


def _newest(folder: Path) -> Path | None:
    versions = [one for one in folder.glob("*") if one.is_dir() and one.name.isdecimal()]
    return max(versions, key=lambda one: int(one.name), default=None)


def _model_name(folder: Path) -> str:
    """``default_model_filename`` of the model's own ``config.pbtxt``, else Triton's default."""
    config = folder / CONFIG
    found = open_document(config).root.find("default_model_filename") if config.is_file() else None
    return found.value if found else MODEL
