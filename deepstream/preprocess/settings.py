"""Reads the configuration file of nvdspreprocess (key file or YAML), all its mistakes at once.

Keys and defaults are those of gst-nvdspreprocess' own parser (DeepStream 9.1). What the stock
library ``libcustom2d_preprocess.so`` does is done here; a library of one's own is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from deepstream.preprocess.groups import ALL, Group, PreprocessSettings
from train2edge.contract import Color, Filter, InputContract
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.nvinfer import mean_file
from train2edge.nvinfer.geometry import Rect
from train2edge.nvinfer.values import boolean, choice, integer, listed, number, text
from train2edge.settings_file import SettingsFile
from train2edge.settings_file import read as read_file

T = TypeVar("T")
PROPERTY, USER, GROUP, ROI = "property", "user-configs", "group-", "roi-params-src-"
COLORS: dict[int, Color] = {0: "RGB", 1: "BGR", 2: "GRAY"}
FILTERS: dict[int, Filter] = {0: "nearest", 1: "bilinear", 6: "nearest"}
ORDERS = {0: "NCHW", 1: "NHWC"}
FP32, FP16 = 0, 7
STOCK, FUNCTION = "libcustom2d_preprocess.so", "CustomTensorPreparation"
TRANSFORMATIONS = ("", "CustomTransformation", "CustomAsyncTransformation")
REQUIRED = (
    "processing-width",
    "processing-height",
    "network-input-order",
    "network-input-shape",
    "network-color-format",
    "tensor-data-type",
    "tensor-name",
    "custom-lib-path",
    "custom-tensor-preparation-function",
    "scaling-filter",
    "scaling-pool-memory-type",
)
NUMBERS: tuple[int, ...] = ()
RECTS: tuple[Rect, ...] = ()


def read(path: Path) -> PreprocessSettings:
    """Read ``path``; ``InputError`` with file:line of everything that is wrong."""
    reader = _Reader(read_file(path))
    settings = reader.settings()
    if reader.problems or settings is None:
        raise ProblemsError(reader.problems)
    return settings


class _Reader:
    def __init__(self, file: SettingsFile) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def settings(self) -> PreprocessSettings | None:
        if PROPERTY not in self.file.sections:
            self.problems.append(Problem(str(self.file.path), f"has no group [{PROPERTY}]"))
            return None
        self._required()
        on_frame = self._get(PROPERTY, "process-on-frame", boolean, True)
        groups = tuple(self._groups(on_frame))
        shape = self._shape()
        self._library()
        values = self._values()
        contract = self._contract(shape)
        if contract is None:
            return None
        try:
            mean = self._mean(contract)
        except InputError as error:
            self._problem(USER, "mean-file", f"mean-file: {error}")
            return None
        return PreprocessSettings(
            path=self.file.path,
            contract=contract,
            batch=shape[0],
            mean=mean,
            on_frame=on_frame,
            groups=groups,
            notes=tuple(self.notes),
            **values,
        )

    def _values(self) -> dict[str, Any]:
        kind = self._get(PROPERTY, "tensor-data-type", integer(0), FP32)
        if kind not in (FP32, FP16):
            message = f"tensor-data-type={kind}: the stock library makes 0 (FP32) or 7 (FP16)"
            self._problem(PROPERTY, "tensor-data-type", message)
        order = self._get(PROPERTY, "network-input-order", integer(0, 2), 0)
        if order not in ORDERS:
            message = "network-input-order=2 (custom) needs a library of one's own"
            self._problem(PROPERTY, "network-input-order", message)
        return {
            "nhwc": order == 1,
            "half": kind == FP16,
            "enable": self._get(PROPERTY, "enable", boolean, True),
            "unique_id": self._get(PROPERTY, "unique-id", integer(0), 15),
            "targets": self._get(PROPERTY, "target-unique-ids", listed(integer(0)), NUMBERS),
            "operate_on": self._get(PROPERTY, "operate-on-gie-id", integer(-1), -1),
        }

    def _required(self) -> None:
        for key in REQUIRED:
            if self.file.get(PROPERTY, key) is None:
                message = f"[{PROPERTY}] has no {key}, which nvdspreprocess insists on"
                self._problem(PROPERTY, None, message)

    def _shape(self) -> tuple[int, int, int, int]:
        """Rows, channels, height, width of the tensor; the processing size has to be the same."""
        read = listed(integer(1), 4)
        given: tuple[int, ...] = (1, 3, 1, 1)
        rows, *rest = self._get(PROPERTY, "network-input-shape", read, given)
        if self._get(PROPERTY, "network-input-order", integer(0, 2), 0) == 1:
            rest = [rest[2], *rest[:2]]
        channels, height, width = rest
        for key, wanted in (("processing-width", width), ("processing-height", height)):
            size = self._get(PROPERTY, key, integer(1), wanted)
            if size != wanted and not self.problems:
                message = f"{key}={size}, and network-input-shape says {wanted}"
                self._problem(PROPERTY, key, message)
        return rows, channels, height, width

    def _library(self) -> None:
        library = self.file.get(PROPERTY, "custom-lib-path") or STOCK
        if PurePath(library).name != STOCK:
            message = f"the CPU twin cannot load {library}: it stands in for {STOCK}"
            self._problem(PROPERTY, "custom-lib-path", message)
        key = "custom-tensor-preparation-function"
        function = self.file.get(PROPERTY, key) or FUNCTION
        if function != FUNCTION:
            self._problem(PROPERTY, key, f"{function} is not in {STOCK}: it has {FUNCTION}")
        for name in self.file.sections.get(USER, {}):
            if name not in ("pixel-normalization-factor", "mean-file", "offsets"):
                where = self.file.where(USER, name)
                self.notes.append(Problem(where, f"{name}: {STOCK} does not read it"))

    def _contract(self, shape: tuple[int, int, int, int]) -> InputContract | None:
        color = COLORS[self._get(PROPERTY, "network-color-format", choice(0, 1, 2), 0)]
        channels = 1 if color == "GRAY" else 3
        if shape[1] != channels:
            message = f"network-input-shape has {shape[1]} channels, {color} has {channels}"
            self._problem(PROPERTY, "network-input-shape", message)
        if self.file.get(USER, "pixel-normalization-factor") is None:
            self._problem(USER, None, f"[{USER}] has no pixel-normalization-factor")
        scale = self._get(USER, "pixel-normalization-factor", _first, 1.0)
        offsets = self._get(USER, "offsets", listed(number(), channels), (0.0,) * channels)
        scaler = self._get(PROPERTY, "scaling-filter", integer(0, 6), 6)
        if scaler not in FILTERS:
            where = self.file.where(PROPERTY, "scaling-filter")
            message = f"scaling-filter={scaler} is computed as bilinear here"
            self.notes.append(Problem(where, message))
        if self.problems:
            return None
        return InputContract(
            shape[3],
            shape[2],
            color=color,
            scale=scale,
            offsets=offsets,
            maintain_aspect_ratio=self._get(PROPERTY, "maintain-aspect-ratio", boolean, False),
            symmetric_padding=self._get(PROPERTY, "symmetric-padding", boolean, False),
            filter=FILTERS.get(scaler, "bilinear"),
            tensor=self._get(PROPERTY, "tensor-name", text, ""),
        )

    def _mean(self, contract: InputContract) -> NDArray[np.float32] | None:
        name = self.file.get(USER, "mean-file")
        if not name:
            return None
        return mean_file.read(self.file.path.parent / name, contract.width, contract.height)

    def _groups(self, on_frame: bool) -> Iterator[Group]:
        for name in self.file.sections:
            if re.fullmatch(f"{GROUP}[0-9]+", name):
                yield self._group(name, on_frame)
            elif name not in (PROPERTY, USER):
                where = self.file.where(name)
                self.notes.append(Problem(where, f"[{name}] is no group of nvdspreprocess"))

    def _group(self, name: str, on_frame: bool) -> Group:
        regions = self._regions(name, on_frame)
        sources = self._get(name, "src-ids", listed(integer(ALL)), NUMBERS)
        if self.file.get(name, "src-ids") is None:
            self._problem(name, None, f"[{name}] has no src-ids")
        function = self.file.get(name, "custom-input-transformation-function") or ""
        if function not in TRANSFORMATIONS:
            key = "custom-input-transformation-function"
            self._problem(name, key, f"{function} is not in {STOCK}")
        absent = [
            one for one in sources if regions and f"{ROI}{one}" not in self.file.sections[name]
        ]
        if absent and ALL not in sources:
            self._problem(name, "src-ids", f"source {absent[0]} has no {ROI}{absent[0]}")
        cyan_or_green = (0.0, 1.0, 0.0 if on_frame else 1.0, 1.0)
        return Group(
            sources,
            regions,
            class_ids=self._get(name, "operate-on-class-ids", listed(integer(0)), NUMBERS),
            least=self._sides(name, "min"),
            most=self._sides(name, "max"),
            interval=self._get(name, "interval", integer(0), 0),
            draw=self._get(name, "draw-roi", boolean, True),
            color=self._get(name, "roi-color", listed(number(0, 1), 4), cyan_or_green),
        )

    def _regions(self, name: str, on_frame: bool) -> dict[int, tuple[Rect, ...]]:
        """Regions count where frames are cut to them, or where objects have to touch one."""
        on_roi = self._get(name, "process-on-roi", boolean, False)
        wanted = on_roi
        if not on_frame:
            wanted = not self._get(name, "process-on-all-objects", boolean, False)
        elif self.file.get(name, "process-on-roi") is None:
            self._problem(name, None, f"[{name}] has no process-on-roi")
        keys = [key for key in self.file.sections[name] if key.startswith(ROI)]
        if wanted and not keys:
            self._problem(name, None, f"[{name}] has no {ROI}N")
        if not wanted:
            return {}
        return {
            int(key.removeprefix(ROI)): rects
            for key in keys
            if key.removeprefix(ROI).isdigit() and (rects := self._get(name, key, _rects, RECTS))
        }

    def _sides(self, name: str, which: str) -> tuple[int, int]:
        width = self._get(name, f"input-object-{which}-width", integer(0), 0)
        return width, self._get(name, f"input-object-{which}-height", integer(0), 0)

    def _get(self, section: str, key: str, read: Callable[[str], T], default: T) -> T:
        value = self.file.get(section, key)
        if value is None:
            return default
        try:
            if self.file.is_yaml and value.endswith(";"):
                raise ValueError(f"'{value}': in YAML the ';' at the end is one value more")
            return read(value)
        except ValueError as error:
            self._problem(section, key, f"{key}: {error}")
            return default

    def _problem(self, section: str, key: str | None, message: str) -> None:
        problem = Problem(self.file.where(section, key), message)
        if problem not in self.problems:
            self.problems.append(problem)


def _rects(value: str) -> tuple[Rect, ...]:
    numbers = listed(integer(0))(value)
    if len(numbers) % 4 or not numbers:
        raise ValueError(f"'{value}' has {len(numbers)} values: a region is left;top;width;height")
    fours = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    if any(not four[2] or not four[3] for four in fours):
        raise ValueError(f"'{value}' has a region without width or height")
    return tuple(Rect(*four) for four in fours)


def _first(value: str) -> float:
    """The stock library reads the first number, whatever follows."""
    return number()(value.split(";")[0].strip())
