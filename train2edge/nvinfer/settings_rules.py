"""What gst-nvinfer refuses in a configuration beyond single values, and what it passes over."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from train2edge.errors import Problem
from train2edge.nvinfer.class_attrs import ClassAttrs
from train2edge.nvinfer.keys import keys_of
from train2edge.nvinfer.settings import (
    ALL_CLASSES,
    DETECTOR,
    INSTANCES,
    ONE_CLASS,
    PROPERTY,
    InferSettings,
)
from train2edge.settings_file import SettingsFile
from train2edge.targets import nvinfer_keys

NO_CLUSTERING = 4
SCALERS_KNOWN = (0, 1, 6)
NOT_IN_YAML = {
    PROPERTY: {"enable-dbscan", "input-dims", "uff-input-dims", "is-classifier", "parse-func"},
    ALL_CLASSES: {"threshold"},
}


def broken_rules(file: SettingsFile, settings: InferSettings) -> Iterator[Problem]:
    """Why nvinfer would not start with these settings, or crash later."""
    yield from _channels(file, settings)
    if settings.network_type == INSTANCES:
        yield from _instances(file, settings)
    if settings.network_type in (DETECTOR, INSTANCES):
        yield from _classes(file, settings)


def _channels(file: SettingsFile, settings: InferSettings) -> Iterator[Problem]:
    wanted = settings.channels
    if settings.offsets and len(settings.offsets) != wanted:
        message = f"offsets: {len(settings.offsets)} values for {wanted} channels"
        yield Problem(file.where(PROPERTY, "offsets"), message, "write one value a channel")
    if settings.infer_dims and settings.infer_dims[0] != wanted:
        message = f"infer-dims: {settings.infer_dims[0]} channels, model-color-format has {wanted}"
        yield Problem(file.where(PROPERTY, "infer-dims"), message, "write channels;height;width")


def _instances(file: SettingsFile, settings: InferSettings) -> Iterator[Problem]:
    where = file.where(PROPERTY, "network-type")
    if settings.cluster_mode != NO_CLUSTERING:
        yield Problem(where, "network-type=3 works only with cluster-mode=4")
    if not settings.parse_bbox_instance_mask_func_name:
        yield Problem(where, "network-type=3 needs parse-bbox-instance-mask-func-name")


def _classes(file: SettingsFile, settings: InferSettings) -> Iterator[Problem]:
    count = settings.num_detected_classes
    if count == 0:
        where = file.where(PROPERTY, "num-detected-classes")
        yield Problem(where, "num-detected-classes is 0: nvinfer's clustering would crash")
    for section in file.sections:
        number = section.removeprefix(ONE_CLASS)
        if section.startswith(ONE_CLASS) and number.isdecimal() and int(number) >= count:
            message = f"[{section}], but num-detected-classes is {count}"
            yield Problem(file.where(section), message, "classes count from 0")


def passed_over(file: SettingsFile, settings: InferSettings) -> Iterator[Problem]:
    """What nvinfer only warns about, or does otherwise than this package."""
    for section in file.sections:
        yield from _unread(file, section)
    if settings.scaling_filter not in SCALERS_KNOWN:
        message = f"scaling-filter={settings.scaling_filter} is computed as bilinear here"
        yield Problem(file.where(PROPERTY, "scaling-filter"), message)


def _unread(file: SettingsFile, section: str) -> Iterator[Problem]:
    if section == PROPERTY:
        known = {*nvinfer_keys(), *keys_of(InferSettings)}
    elif section == ALL_CLASSES or section.removeprefix(ONE_CLASS).isdecimal():
        known = {*keys_of(ClassAttrs), "threshold"}
    else:
        yield Problem(file.where(section), f"nvinfer does not read [{section}]")
        return
    not_in_yaml = NOT_IN_YAML[PROPERTY if section == PROPERTY else ALL_CLASSES]
    for name in file.sections[section]:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else None
            yield Problem(file.where(section, name), f"nvinfer does not know the key {name}", hint)
        elif file.is_yaml and name in not_in_yaml:
            yield Problem(file.where(section, name), f"nvinfer's YAML form does not read {name}")
