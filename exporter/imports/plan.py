"""What an import will do, decided from the file's header, the recipe and the options."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import onnx

from exporter import heads
from exporter.heads import HeadPlan
from exporter.imports import model_file, recipe
from exporter.imports.class_names import class_names, fitting
from exporter.imports.frame import input_contract
from exporter.imports.recipe import Recipe
from exporter.imports.wishes import Wishes
from exporter.plan import TENSORRT, ExportPlan
from exporter.surgery.append_topk import ListPlan
from train2edge.contract import ClassThresholds, Color, Contract, InputContract, OutputContract
from train2edge.errors import InputError, WorkError
from train2edge.spec.export import Calibration, Gate

# Decibels at the candidates that INT8 must keep, whatever the score says: some dozens of pictures
# cannot tell half a point. At 15.6 dB NanoDet-m lost 3.6 points with an error of 1.2 on training
# pictures (benchmarks/foreign_ranges.py).
SQNR = 18.0
FEW = 16  # calibration pictures below which ranges are rarely those of the next picture
BUILT_IN, LIST_PARSER = "detectnet_v2", "tf_ssd"


@dataclass(frozen=True)
class ImportPlan:
    """One import: ``export`` is the common road's part, with the foreign file as its checkpoint.

    ``factors`` multiply the input, a channel each, where one scale for all channels cannot say
    what the model was trained with; ``padding`` is the grey of its letterbox in training.
    The file is cut at the tensors ``outputs``, where there are any. ``rest`` is how many labelled
    pictures are left for the score where others of them give the ranges; ``looked_at`` says
    whether there are pictures at all, ``skipped`` are broken ones with the reason.
    """

    export: ExportPlan
    recipe: str
    contract: Contract
    head: str
    head_plan: HeadPlan
    lists: ListPlan
    factors: tuple[float, ...]
    padding: int
    outputs: tuple[str, ...] = ()
    rest: int = 0
    looked_at: bool = True
    skipped: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        record = asdict(
            replace(self, export=replace(self.export, calibration=Calibration(), gate=Gate()))
        )
        return {**record, "export": self.export.as_record()}

    def lines(self) -> list[str]:
        """The plan for people."""
        frame, output = self.contract.input, self.contract.output
        return [
            f"read {self.export.checkpoint} as {self.recipe}, {len(output.classes)} classes",
            f"input {frame.width}x{frame.height} {frame.color}, scale {frame.scale:g}, offsets"
            f" {', '.join(f'{one:g}' for one in frame.offsets)}, {_fit(frame)}",
            *self.notes(),
            f"outputs for the parser {output.parser}, clustering {output.cluster}",
            *self.export.lines()[1:],
        ]

    def notes(self) -> list[str]:
        """Where the device differs from training, or the graph does what nvinfer cannot."""
        notes = [f"left out: {one}" for one in self.skipped]
        few = self.export.calibration.pictures
        if self.export.precision == "int8" and few < FEW:
            notes.append(
                f"INT8 ranges from {few} {'picture' if few == 1 else 'pictures'}: on others, values"
                f" beyond them are cut off; {FEW} or more are wanted, of all that the camera sees"
            )
        if self.rest:
            notes.append(
                f"{self.export.calibration.pictures} of the labelled pictures give the INT8 ranges,"
                f" the other {self.rest} are scored on; --calibrate FOLDER to score on all"
            )
        if not self.export.scored and self.export.precision != "fp32":
            notes.append(
                f"accuracy is NOT measured: no labelled pictures{self._instead()}; measure it with"
                f" --data LABELLED here, or later: t2e evaluate {self.export.out} --data LABELLED"
                " -o OUT"
            )
        if self.export.precision == "fp16" and not self.looked_at:
            notes.append(
                "whether values go beyond FP16 was not looked at: no pictures; --calibrate FOLDER"
            )
        if self.export.efficient_nms:
            notes.append(
                "model_nms.onnx holds EfficientNMS_TRT: TensorRT for RTX and ONNX Runtime refuse"
                " plugins, so only the files without it were compiled and scored; t2e stream config"
                " and t2e engine take them with --nms engine"
            )
        if any(one != 1 for one in self.factors):
            factors = ", ".join(f"{one:.4g}" for one in self.factors)
            notes.append(f"factors {factors} a channel go into the graph: nvinfer has one scale")
        if self.padding and self.contract.input.maintain_aspect_ratio:
            notes.append(f"trained with letterboxes of grey {self.padding}; nvinfer's are black")
        return notes

    def _instead(self) -> str:
        if self.export.precision != "int8":
            return ""
        asked = self.export.gate.min_sqnr
        return f", INT8 has to keep {asked:g} dB at the outputs on the calibration pictures instead"


def _fit(frame: InputContract) -> str:
    if not frame.maintain_aspect_ratio:
        return "stretched"
    return f"letterboxed {'all around' if frame.symmetric_padding else 'right and below'}"


def plan(
    file: Path,
    out: Path,
    name: str | None,
    wishes: Wishes,
    *,
    pictures: int | None = None,
    scored: bool = True,
) -> ImportPlan:
    """Plan the import of ``file`` by the recipe ``name``; without one, tell which fit.

    ``pictures`` is how many there are to calibrate on; ``scored`` says whether labelled ones will
    tell what a precision costs. Raises ``InputError`` for a file whose
    outputs are not the recipe's, and for what neither file, recipe nor options tell.
    """
    if name is None:
        raise _which(file, wishes)
    chosen = recipe.read(name)
    wishes.refuse(lists=chosen.head != BUILT_IN, pictures=pictures, scored=scored)
    model = model_file.read(file, wishes.outputs)
    size = model_file.size(model, wishes.size, file)
    asked = (wishes.color, wishes.mean, wishes.std, wishes.letterbox)
    frame, factors = input_contract(chosen.input, size, *asked)
    head_plan = HeadPlan(
        frame.width, frame.height, {**heads.load(chosen.head).DEFAULTS, **chosen.settings}
    )
    names = class_names(chosen, wishes.labels, _shapes(model, frame), head_plan, file)
    contract = Contract(frame, _output(chosen, names, wishes))
    rows = wishes.rows or chosen.lists.rows
    return ImportPlan(
        export=_export(file, out, wishes, model_file.opset(model), pictures, scored),
        recipe=name,
        contract=contract,
        head=chosen.head,
        head_plan=head_plan,
        lists=ListPlan(rows, chosen.lists.every_label),
        factors=factors,
        padding=chosen.input.padding,
        outputs=wishes.outputs,
        looked_at=scored or bool(pictures),
    )


def _which(file: Path, wishes: Wishes) -> InputError:
    """The error of a missing recipe. Outputs alone do not decide: colours and scale are its too."""
    model = model_file.read(file, wishes.outputs)
    size = model_file.size(model, wishes.size, file)
    color: Color = "GRAY" if model_file.input_shape(model)[1] == 1 else "RGB"
    shapes = _shapes(model, InputContract(*size, color=color))
    fit = fitting(shapes, HeadPlan(*size, settings={}))
    told = ", ".join(f"{one} ({count} classes)" for one, count in fit.items())
    hint = f"its outputs fit: {told}" if fit else "t2e models list, --outputs NAME,NAME"
    return InputError(
        f"which family is it? Its outputs are {heads.shown(shapes)}", where="--recipe", hint=hint
    )


def _export(
    file: Path, out: Path, wishes: Wishes, opset: int, pictures: int | None, scored: bool
) -> ExportPlan:
    usual = Calibration()
    count = wishes.pictures or min(usual.pictures, pictures or usual.pictures)
    chosen = {"method": wishes.method} if wishes.method else {}
    calibration = usual.model_copy(update={"pictures": count, **chosen})
    drop = Gate().max_drop if wishes.max_drop is None else wishes.max_drop
    kept = SQNR if wishes.min_sqnr is None else wishes.min_sqnr
    gate = Gate(max_drop=drop, min_sqnr=kept)
    return ExportPlan(
        checkpoint=file,
        out=out,
        name=wishes.name or file.stem,
        precision=wishes.precision,
        opset=opset,
        dynamic_batch=True,
        calibration=calibration,
        gate=gate,
        tensorrt=TENSORRT,
        check=wishes.check,
        efficient_nms=wishes.nms == "efficient",
        scored=scored,
    )


def _shapes(model: onnx.ModelProto, frame: InputContract) -> list[tuple[int, ...]]:
    """The shapes of the outputs for one picture; ``InputError`` for a size that does not fit."""
    try:
        sized = model_file.sized(model, Contract(frame, OutputContract(("any",))))
        return model_file.output_shapes(sized, (frame.channels, frame.height, frame.width))
    except WorkError as error:
        raise InputError(
            f"the network does not run on {frame.width}x{frame.height}: {error.message}",
            where="--size",
            hint="multiples of its largest stride, mostly 32",
        ) from None


def _output(chosen: Recipe, names: tuple[str, ...], wishes: Wishes) -> OutputContract:
    lists = chosen.lists
    thresholds = ClassThresholds(
        pre_cluster=lists.pre_cluster,
        operating=lists.operating if wishes.operating is None else wishes.operating,
        nms_iou=lists.nms_iou,
    )
    return OutputContract(
        names,
        parser=BUILT_IN if chosen.head == BUILT_IN else LIST_PARSER,
        thresholds=(thresholds,) * len(names),
    )
