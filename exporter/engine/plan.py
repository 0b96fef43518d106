"""How an engine is built from a bundle on one device: the file, the flags, the names. Pure data.

TensorRT 8 to 10 are told the precision by flags, by Q/DQ pairs or, on DLA, by a calibration cache;
TensorRT 11 by the graph alone. Where the bundle's precision is not to be had, the next one is
taken and the notes say so; a precision that was asked for by name is refused instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Literal

from exporter.engine import precision as precisions
from exporter.engine.options import EngineOptions
from exporter.engine.precision import Lane
from exporter.quantize.cache import ALGORITHM
from train2edge import feasibility, lane, tensorrt
from train2edge.bundle import ModelBundle, Precision
from train2edge.errors import InputError
from train2edge.targets import Deployment
from train2edge.trtexec import Profile

LAYER_PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True)
class EnginePlan:
    """``lane`` says what makes the precision: nothing, a flag, Q/DQ pairs in the graph, a cache,
    pictures that TensorRT calibrates on itself, or the graph's own types.

    ``profile`` is ``None`` for a fixed batch. ``flags`` are precisions to allow (weak typing).
    ``cache_header`` is the first line that this TensorRT wants in the calibration cache.
    ``engine`` is the name under which nvinfer looks for it. With ``nms_inside`` the graph removes
    overlaps itself.
    """

    target: str
    kind: Literal["jetson", "dgpu"]
    deepstream: str | None
    tensorrt: str
    precision: Precision
    lane: Lane
    model: str
    engine: str
    batch: int
    flags: tuple[Precision, ...]
    tensor: str
    profile: Profile | None
    strongly_typed: bool = False
    dla: int | None = None
    layers: tuple[tuple[str, str], ...] = ()
    workspace: int | None = None
    timing_cache: str | None = None
    cache: str | None = None
    cache_header: str | None = None
    nms_inside: bool = False
    notes: tuple[str, ...] = ()

    @property
    def version(self) -> tuple[int, ...]:
        return tensorrt.parse(self.tensorrt)

    @property
    def cache_name(self) -> str | None:
        """The copy of the cache with this TensorRT's own first line, in the bundle's folder."""
        if self.cache is None:
            return None
        return f"{PurePath(self.cache).name}.trt{tensorrt.number(self.version)}"

    @property
    def digest(self) -> str:
        """sha256 of everything that decides the engine."""
        record = {key: one for key, one in asdict(self).items() if key not in ("notes", "engine")}
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()

    def commands(self) -> tuple[str, ...]:
        """Shell lines, to be run inside the bundle's folder on the device."""
        from exporter.engine import trtexec

        return trtexec.commands(self)


def plan(
    bundle: ModelBundle, place: Deployment, options: EngineOptions | None = None
) -> EnginePlan:
    """Plan the engine of ``bundle`` on a device.

    Raises ``InputError`` with the reason and the nearest that works for a precision, a DLA core,
    a batch, a TensorRT or a layer precision that cannot be had there.
    """
    options = options or EngineOptions()
    _check(place, options)
    bundle.check_batch(options.batch)
    precision, notes = precisions.choose(bundle, place, options)
    made, role = precisions.lane_of(bundle, place, precision, options)
    model = bundle.files[_by_nms(bundle, options, role)]
    cached = made == "cache"
    typed = made == "typed" or not tensorrt.facts().has_weak_typing(place.tensorrt)
    version = place.platform.tensorrt
    return EnginePlan(
        target=place.target.name,
        kind=place.target.kind,
        deepstream=None if place.own_tensorrt else place.release.name,
        tensorrt=version,
        precision=precision,
        lane=made,
        model=model,
        engine=_engine(bundle, place, options, precision, model),
        batch=options.batch,
        flags=() if typed else precisions.flags(bundle, precision),
        tensor=bundle.contract.input.tensor,
        profile=_profile(bundle, options),
        strongly_typed=typed,
        dla=options.dla,
        layers=_layers(place, options, precisions.held(bundle, made), typed=typed),
        workspace=options.workspace,
        timing_cache=options.timing_cache,
        cache=(options.cache or bundle.files["calibration_cache"]) if cached else None,
        cache_header=f"TRT-{tensorrt.number(place.tensorrt)}-{ALGORITHM}" if cached else None,
        nms_inside=options.nms_inside,
        notes=(
            *notes,
            *precisions.overflow_notes(bundle, precision),
            *_opset_note(bundle, place),
            *_doubts(place, options),
        ),
    )


def _check(place: Deployment, options: EngineOptions) -> None:
    _check_version(place)
    feasibility.check_capability(place)
    feasibility.check(place, _needs(options))
    if options.dla is not None:
        feasibility.check_dla_core(place, options.dla)
    if options.optimum not in (None, options.batch) and options.dla is not None:
        raise InputError(
            f"a DLA core takes one batch size, {options.batch}, and is tuned for that",
            where="--opt-batch",
            hint=f"--batch {options.optimum}, or without --opt-batch",
        )
    if options.optimum is not None and not 1 <= options.optimum <= options.batch:
        raise InputError(
            f"optimal batch {options.optimum} is not within 1 to {options.batch}",
            where="--opt-batch",
        )


def _check_version(place: Deployment) -> None:
    facts = tensorrt.facts()
    if facts.is_too_old(place.tensorrt):
        first = ".".join(map(str, facts.read_first))
        raise InputError(
            f"TensorRT {place.platform.tensorrt}: engines are planned for {first} and newer",
            where="--tensorrt",
        )


def _needs(options: EngineOptions) -> list[str]:
    needs: list[str] = [options.precision] if options.precision else []
    needs += ["dla"] if options.dla is not None else []
    return needs + (["int8-cache"] if options.cache or options.calibrate else [])


def _by_nms(bundle: ModelBundle, options: EngineOptions, role: str) -> str:
    return lane.with_nms(bundle, role) if options.nms_inside else role


def _engine(
    bundle: ModelBundle,
    place: Deployment,
    options: EngineOptions,
    precision: Precision,
    model: str,
) -> str:
    """nvinfer's name for what the app folder's settings name; without DeepStream, our own."""
    app = lane.choose(bundle, place, dla=options.dla)
    same = app.lane.startswith(precision)
    if place.own_tensorrt or not same:
        return lane.engine_name(model, options.batch, precision, dla=options.dla)
    file = bundle.files[_by_nms(bundle, options, app.role)]
    return lane.engine_name(file, options.batch, app.word, dla=options.dla)


def _profile(bundle: ModelBundle, options: EngineOptions) -> Profile | None:
    """As nvinfer's: from 1 to the batch and tuned for the batch; a DLA core has one size."""
    if not bundle.provenance.get("dynamic_batch", True):
        return None
    smallest = 1 if options.dla is None else options.batch
    return Profile.of(
        bundle.contract.input, options.batch, smallest=smallest, optimum=options.optimum
    )


def _layers(
    place: Deployment, options: EngineOptions, held: Mapping[str, str], *, typed: bool
) -> tuple[tuple[str, str], ...]:
    """What has to be ``held``, and what was asked for by name."""
    chosen = options.layers or {}
    if chosen and typed:
        raise InputError(
            f"TensorRT {place.platform.tensorrt} takes a layer's precision from this graph",
            where="--layer",
            hint="export with these layers left in float",
        )
    for name, precision in chosen.items():
        if precision not in LAYER_PRECISIONS:
            raise InputError(
                f"'{name}={precision}' is no layer's precision",
                where="--layer",
                hint=f"NAME=PRECISION with {', '.join(LAYER_PRECISIONS)}",
            )
    return tuple({**held, **chosen}.items())


def _opset_note(bundle: ModelBundle, place: Deployment) -> tuple[str, ...]:
    opset = bundle.provenance.get("opset")
    highest = tensorrt.facts().highest_opset(place.tensorrt)
    if highest is None or not isinstance(opset, int) or opset <= highest:
        return ()
    return (
        f"TensorRT {place.platform.tensorrt} documents ONNX opset {highest}, the file has"
        f" {opset}: if it is refused, export with --set export.opset={highest}",
    )


def _doubts(place: Deployment, options: EngineOptions) -> tuple[str, ...]:
    """What is not certain of the data that this plan stands on."""
    facts, version = tensorrt.facts(), place.platform.tensorrt
    doubts = [one for one in place.release.doubts if "TensorRT" in one and not place.own_tensorrt]
    doubts += [one for one in place.target.doubts if "DLA" in one and options.dla is not None]
    newer = facts.is_newer(place.tensorrt)
    last = ".".join(map(str, facts.read_last))
    doubts += [f"TensorRT {version} is newer than any that was read of, planned as {last}"] * newer
    return tuple(f"not certain: {one}" for one in doubts)
