# ruff: noqa: RUF009 (key() only describes a field, as dataclasses.field() does)
"""nvinfer's own configuration file, read into one record: what the device will do with a model.

Keys, defaults and refusals are those of gst-nvinfer's property parser (text form, GLib key file)
and YAML parser. Keys that it only warns about become ``warnings``; values that it refuses are
told at once, with file and line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train2edge import settings_file
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.nvinfer import labels
from train2edge.nvinfer.class_attrs import ClassAttrs
from train2edge.nvinfer.frame_filter import FrameFilter
from train2edge.nvinfer.keys import Key, key, keys_of, read_section
from train2edge.nvinfer.values import boolean, choice, integer, listed, number, text
from train2edge.settings_file import SettingsFile

if TYPE_CHECKING:
    from train2edge.contract import Contract

PROPERTY, ALL_CLASSES, ONE_CLASS = "property", "class-attrs-all", "class-attrs-"
DETECTOR, CLASSIFIER, SEGMENTATION, INSTANCES, OTHER = 0, 1, 2, 3, 100
GRAY = 2


@dataclass(frozen=True)
class InferSettings:
    """Everything of an nvinfer configuration that bears on inference, defaults filled in.

    ``class_attrs`` has one entry a configured class. Paths are absolute. ``warnings`` are what
    nvinfer would pass over: unknown keys and groups, keys that the YAML form does not know.
    """

    path: Path
    class_attrs: tuple[ClassAttrs, ...] = ()
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    gie_unique_id: int = key(integer(1), 15)
    process_mode: int = key(choice(1, 2), 1)
    network_type: int = key(choice(0, 1, 2, 3, 100), DETECTOR)
    network_mode: int = key(choice(0, 1, 2, 3), 0)
    gpu_id: int = key(integer(0), 0)
    batch_size: int = key(integer(1, 1024), 1)
    interval: int = key(integer(0), 0)

    onnx_file: Path | None = key(text, None)
    model_engine_file: Path | None = key(text, None)
    int8_calib_file: Path | None = key(text, None)
    labelfile_path: Path | None = key(text, None)
    mean_file: Path | None = key(text, None)
    custom_lib_path: Path | None = key(text, None)
    custom_network_config: str = key(text, "")
    engine_create_func_name: str = key(text, "")
    output_blob_names: tuple[str, ...] = key(listed(text), ())
    enable_dla: bool = key(boolean, False)
    use_dla_core: int = key(integer(0), 0)
    strongly_typed: bool = key(boolean, False)

    model_color_format: int = key(choice(0, 1, 2), 0)
    net_scale_factor: float = key(number(), 1.0)
    offsets: tuple[float, ...] = key(listed(number(), 0, 1, 2, 3, 4), ())
    infer_dims: tuple[int, ...] = key(listed(integer(1), 3), ())
    network_input_order: int = key(choice(0, 1), 0)
    maintain_aspect_ratio: bool = key(boolean, False)
    symmetric_padding: bool = key(boolean, False)
    scaling_filter: int = key(choice(0, 1, 2, 3, 4, 5, 6), 6)
    scaling_compute_hw: int = key(choice(0, 1, 2), 0)
    input_tensor_from_meta: bool = key(boolean, False)

    num_detected_classes: int = key(integer(0), 0)
    cluster_mode: int = key(choice(0, 1, 2, 3, 4), 0)
    parse_bbox_func_name: str = key(text, "")
    parse_bbox_instance_mask_func_name: str = key(text, "")
    parse_classifier_func_name: str = key(text, "")
    parse_segmentation_func_name: str = key(text, "")
    classifier_threshold: float = key(number(0), 0.0)
    classifier_async_mode: bool = key(boolean, False)
    classifier_type: str = key(text, "")
    segmentation_threshold: float = key(number(), 0.0)
    segmentation_output_order: int = key(choice(0, 1), 0)
    crop_objects_to_roi_boundary: bool = key(boolean, False)
    filter_out_class_ids: tuple[int, ...] = key(listed(integer(0)), ())
    output_tensor_meta: bool = key(boolean, False)
    output_instance_mask: bool = key(boolean, False)

    operate_on_gie_id: int = key(integer(), -1)
    operate_on_class_ids: tuple[int, ...] = key(listed(integer(0)), ())
    input_object_min_width: int = key(integer(0), 1)
    input_object_min_height: int = key(integer(0), 1)
    input_object_max_width: int = key(integer(0), 0)
    input_object_max_height: int = key(integer(0), 0)
    secondary_reinfer_interval: int = key(integer(), 2**31 - 1)

    @property
    def network_size(self) -> tuple[int, int] | None:
        """Width, height of ``infer-dims``; ``None`` where the model file decides."""
        return (self.infer_dims[2], self.infer_dims[1]) if self.infer_dims else None

    @property
    def channels(self) -> int:
        return 1 if self.model_color_format == GRAY else 3

    def class_names(self) -> tuple[str, ...]:
        """The label file's name of every configured class; ``''`` where nvinfer finds none."""
        table = labels.read(self.labelfile_path) if self.labelfile_path else ()
        return tuple(labels.label(table, row) or "" for row in range(self.num_detected_classes))

    def frame_filter(self, *, clip_to_roi: bool = True) -> FrameFilter:
        """The filters on the way to the frame; ``clip_to_roi`` is a property of the element."""
        return FrameFilter(
            tuple(one.limits() for one in self.class_attrs),
            frozenset(self.filter_out_class_ids),
            self.crop_objects_to_roi_boundary,
            self.input_tensor_from_meta and clip_to_roi,
        )

    def contract(
        self,
        input_size: tuple[int, int] | None = None,
        classes: Sequence[str] | None = None,
        *,
        tensor: str = "input_1",
    ) -> Contract:
        """What this file makes of a detector's pictures and tensors.

        ``input_size`` is width, height of the model's input, needed where ``infer-dims`` is
        absent; ``classes`` default to the label file's. ``InputError`` for what cannot be done
        without NVIDIA's libraries: a parser that is not in the stock library.
        """
        from train2edge.nvinfer.settings_contract import contract_of

        return contract_of(self, input_size, classes, tensor)


def read(path: Path) -> InferSettings:
    """Read the configuration ``path``, YAML by its suffix, else text.

    ``InputError`` with file:line where it cannot be read at all, ``ProblemsError`` with everything
    that nvinfer would refuse, or that would make it crash.
    """
    from train2edge.nvinfer.settings_rules import broken_rules, passed_over

    file = settings_file.read(path.absolute())
    if PROPERTY not in file.sections:
        raise InputError(f"has no [{PROPERTY}]: not an nvinfer configuration", where=str(path))
    problems: list[Problem] = []
    values = read_section(file, PROPERTY, keys_of(InferSettings), problems)
    settings = InferSettings(file.path, **(_legacy(file, problems) | values))
    settings = replace(
        settings,
        class_attrs=_class_attrs(file, settings, problems),
        warnings=tuple(passed_over(file, settings)),
    )
    problems += broken_rules(file, settings)
    if problems:
        raise ProblemsError(problems)
    return settings


def _legacy(file: SettingsFile, problems: list[Problem]) -> dict[str, Any]:
    """What old keys mean where the key that replaced them is absent; text form only."""
    if file.is_yaml:
        return {}
    known = {name: Key(name, boolean, False, False) for name in ("is-classifier", "enable-dbscan")}
    values = read_section(file, PROPERTY, known, problems)
    kind = CLASSIFIER if values.get("is-classifier") else DETECTOR
    return {"network_type": kind, "cluster_mode": int(values.get("enable-dbscan", False))}


def _class_attrs(
    file: SettingsFile, settings: InferSettings, problems: list[Problem]
) -> tuple[ClassAttrs, ...]:
    if settings.network_type not in (DETECTOR, INSTANCES):
        return ()
    known = keys_of(ClassAttrs)
    if not file.is_yaml:
        known["threshold"] = known["pre-cluster-threshold"]
    for_all = ClassAttrs(**read_section(file, ALL_CLASSES, known, problems))
    return tuple(
        replace(for_all, **read_section(file, f"{ONE_CLASS}{index}", known, problems))
        for index in range(settings.num_detected_classes)
    )
