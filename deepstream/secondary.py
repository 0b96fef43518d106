"""A secondary network: a classifier that looks at the detector's objects, one by one.

Key names and defaults: Gst-nvinfer's property parser and deepstream-app's ``[secondary-gieN]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepstream import labels, precision
from deepstream.infer_settings import model_settings, preprocessing_settings
from deepstream.precision import ModelPlan
from deepstream.settings import Section, Setting, semicolons, setting
from train2edge.bundle import ModelBundle
from train2edge.contract import CLASSIFIER, Contract
from train2edge.errors import InputError
from train2edge.spec.stream import Secondary
from train2edge.targets import Deployment, Release

PRIMARY_ID = 1
VIC_SMALLEST = 16  # pixels; a Jetson's hardware scaler takes nothing smaller


@dataclass(frozen=True)
class SecondaryPlan:
    """One secondary network. ``classes`` are the detector's class ids whose objects it looks at,
    empty: all; ``contract`` carries the threshold and the smallest object that are written."""

    number: int
    bundle: ModelBundle
    contract: Contract
    labels: tuple[str, ...]
    classes: tuple[int, ...]
    model: ModelPlan
    infer: tuple[Section, ...]
    app: Section
    reasons: tuple[str, ...]

    @property
    def name(self) -> str:
        """The stem of its files, and the folder of its model."""
        return _name(self.number)

    @property
    def label_text(self) -> str:
        """The label file: one line for the one output tensor."""
        return ";".join(self.labels) + "\n"


def plan(
    number: int,
    bundle: ModelBundle,
    wanted: Secondary,
    detector: Sequence[str],
    place: Deployment,
    *,
    tracked: bool,
) -> SecondaryPlan:
    """Decide secondary network ``number`` (from 0) beside a detector of the classes ``detector``.

    Raises ``InputError`` for a bundle that is no classifier's, a class that the detector has not,
    and a mode that needs a tracker where there is none.
    """
    where = f"--secondary {wanted.bundle}"
    contract = _contract(bundle, wanted, where)
    classes = _classes(wanted, detector, where)
    if wanted.async_mode and not tracked:
        raise InputError(
            "async_mode keeps an object's label by its track, and there is no tracker",
            where=where,
            hint="stream.tracker: IOU, or async_mode: false",
        )
    written = labels.written(contract.output.classes)
    model = precision.plan(bundle, place, wanted.batch_size, folder=_name(number))
    return SecondaryPlan(
        number,
        bundle,
        contract,
        written,
        classes,
        model,
        infer=(_infer(number, contract, model, wanted, classes, place.release),),
        app=_app(number, wanted, classes),
        reasons=tuple(_reasons(bundle, contract, model, place)),
    )


def _name(number: int) -> str:
    return f"secondary{number}"


def _contract(bundle: ModelBundle, wanted: Secondary, where: str) -> Contract:
    contract = bundle.contract
    if contract.task != "classification" or contract.output.parser != CLASSIFIER:
        raise InputError(
            f"is a model for {contract.task}; classifiers look at objects", where=where
        )
    given = wanted.threshold
    output = contract.output
    if given is not None:
        output = replace(output, classifier_threshold=given)
    size = replace(
        contract.input,
        min_width=wanted.min_width or contract.input.min_width,
        min_height=wanted.min_height or contract.input.min_height,
    )
    return replace(contract, input=size, output=output)


def _classes(wanted: Secondary, detector: Sequence[str], where: str) -> tuple[int, ...]:
    unknown = [name for name in wanted.classes if name not in detector]
    if unknown:
        raise InputError(
            f"the detector has no class '{unknown[0]}'",
            where=where,
            hint=f"its classes are {', '.join(detector)}",
        )
    return tuple(sorted(detector.index(name) for name in set(wanted.classes)))


def _operation(number: int, classes: tuple[int, ...]) -> tuple[Setting, ...]:
    """Who it is and whose objects it looks at: the same in both files."""
    chosen = semicolons(classes)
    some = (setting("operate-on-class-ids", chosen, "of the detector"),) if classes else ()
    return (
        setting("gie-unique-id", PRIMARY_ID + 1 + number),
        setting("operate-on-gie-id", PRIMARY_ID, "the detector's gie-unique-id"),
        *some,
    )


def _infer(
    number: int,
    contract: Contract,
    model: ModelPlan,
    wanted: Secondary,
    classes: tuple[int, ...],
    release: Release,
) -> Section:
    return Section(
        "property",
        (
            setting("gpu-id", 0),
            *_operation(number, classes),
            setting("process-mode", 2, "2: looks at objects"),
            setting("network-type", 1, "1: a classifier"),
            setting("batch-size", wanted.batch_size, "objects at a time"),
            *model_settings(model),
            *preprocessing_settings(contract.input),
            setting("labelfile-path", f"labels_{_name(number)}.txt", "one line, parted by ;"),
            setting(
                "classifier-threshold",
                contract.output.classifier_threshold,
                "an object whose best score is not above it gets no label",
            ),
            *_kind(number, release),
            *_objects(contract, wanted),
            setting("output-tensor-meta", 0),
        ),
    )


def _kind(number: int, release: Release) -> tuple[Setting, ...]:
    key = "classifier-type"
    return (setting(key, _name(number), "names the metadata"),) if release.reads(key) else ()


def _objects(contract: Contract, wanted: Secondary) -> tuple[Setting, ...]:
    """Which objects are looked at, and how often."""
    return (
        setting("input-object-min-width", contract.input.min_width, "pixels of the mux's picture"),
        setting("input-object-min-height", contract.input.min_height),
        setting("input-object-max-width", 0, "0: no limit"),
        setting("input-object-max-height", 0),
        setting(
            "classifier-async-mode",
            wanted.async_mode,
            "1: labels come a few frames late, and the pipeline never waits",
        ),
        setting(
            "secondary-reinfer-interval",
            wanted.reinfer_interval,
            "frames after which a tracked object is looked at again; one that grew always is",
        ),
    )


def _app(number: int, wanted: Secondary, classes: tuple[int, ...]) -> Section:
    return Section(
        f"secondary-gie{number}",
        (
            setting("enable", 1),
            setting("plugin-type", 0, "0: nvinfer"),
            setting("gpu-id", 0),
            setting("batch-size", wanted.batch_size),
            *_operation(number, classes),
            setting("nvbuf-memory-type", 0),
            setting("config-file", f"infer_{_name(number)}.txt"),
        ),
    )


def _reasons(
    bundle: ModelBundle, contract: Contract, model: ModelPlan, place: Deployment
) -> list[str]:
    reasons = [f"{bundle.name}: {one}" for one in model.reasons]
    smallest = min(contract.input.min_width, contract.input.min_height)
    if place.target.kind == "jetson" and smallest < VIC_SMALLEST:
        reasons.append(
            f"{bundle.name}: objects under {VIC_SMALLEST} pixels are left out on a Jetson, whose "
            f"scaler takes nothing smaller (asked for: {smallest})"
        )
    return reasons
