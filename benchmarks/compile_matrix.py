"""Does NVIDIA's compiler take every network that this project makes, in every precision?

    python -m benchmarks.compile_matrix [--only TEXT] [--capability SM75 ...] [--models FOLDER]
        [--small] [--jobs N]

Rows are networks, each in FP32, FP16, INT8 (Q/DQ) and mixed (INT8 with every second layer in
float); columns are compute capabilities, for which TensorRT for RTX compiles without a GPU. The
networks: every recipe that trains, whole and pruned as the recipe says; every backbone with every
head; every import recipe, by its published file where FOLDER has it, by a small network with that
family's outputs otherwise. Weights are drawn from a seed and ranges taken from noise: this is about
what compiles, not about what it computes. Files with TensorRT's NMS plugin are left out, since
TensorRT for RTX has no plugins. Exit code 1 when anything is refused, 3 without tensorrt_rtx.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks import families
from exporter.compile_check import PACKAGE, CompileReport, check
from exporter.imports import plan as imports
from exporter.imports import recipe as import_recipes
from exporter.imports.trace import trace
from exporter.imports.wishes import Wishes
from exporter.quantize import activations, fp16, placement, qdq
from exporter.surgery import run as surgery
from train2edge.calibration import ranges
from train2edge.chain import recipe as recipes
from train2edge.contract import Contract
from train2edge.spec.experiment import Experiment
from train2edge.spec.export import Calibration
from train2edge.spec.loader import load_values
from train2edge.spec.model import Model, NetworkInput

CAPABILITIES = ("SM75", "SM86", "SM89")  # T4; RTX 30, A10 and the Orins' neighbour; L4, RTX 40
PUBLISHED = {"yolox": "yolox_nano.onnx", "nanodet": "nanodet_m.onnx"}
SMALL = 64  # pixels, a side
BATCH = 4
CLASSES = ("bus", "car", "person")
DATASET = {"classes": CLASSES, "train": [{"format": "kitti", "images": "/i", "labels": "/l"}]}
Build = Callable[[], onnx.ModelProto]


@dataclass(frozen=True)
class Row:
    """One file: a network in one precision, and what became of it by compute capability."""

    network: str
    precision: str
    reports: Mapping[str, CompileReport]

    @property
    def passed(self) -> bool:
        return all(one.status == "compiled" for one in self.reports.values())


def main() -> int:
    options = _arguments()
    if importlib.util.find_spec(PACKAGE) is None:
        print("tensorrt_rtx is not installed: pip install 'train2edge[check]'", file=sys.stderr)
        return 3
    wanted = {
        name: build
        for name, build in networks(options.models, small=options.small)
        if options.only in name
    }
    table = Table("network", "precision", *options.capability, title="seconds, or what was refused")
    rows = []
    for row in compile_all(wanted, options.capability, options.jobs):
        rows.append(row)
        print(f"{row.network}: {row.precision}", file=sys.stderr)
        table.add_row(row.network, row.precision, *map(_cell, row.reports.values()))
    Console().print(table)
    failed = sum(not one.passed for one in rows)
    print(f"{len(rows)} files, {failed} refused by at least one of {', '.join(options.capability)}")
    return 1 if failed or not rows else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="networks whose names have this in them")
    parser.add_argument("--capability", nargs="+", default=list(CAPABILITIES))
    parser.add_argument("--models", type=Path, default=Path("../shared/data/onnx"))
    parser.add_argument("--small", action="store_true", help=f"inputs of {SMALL}x{SMALL}")
    parser.add_argument("--jobs", type=int, default=2, help="compilers at once")
    return parser.parse_args()


def _cell(report: CompileReport) -> str:
    return f"{report.seconds:.1f}" if report.status == "compiled" else f"[red]{report.figure()}"


def compile_all(
    wanted: Mapping[str, Build], capabilities: Sequence[str], jobs: int
) -> Iterator[Row]:
    """A row for every network and precision, in that order."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        for name, build in wanted.items():
            files = write(precisions(build()), Path(folder))
            work = {
                (precision, one): pool.submit(check, path, capability=one, batch=BATCH)
                for (precision, path), one in product(files.items(), capabilities)
            }
            for precision in files:
                reports = {one: work[precision, one].result() for one in capabilities}
                yield Row(name, precision, reports)


def write(models: Mapping[str, onnx.ModelProto], folder: Path) -> dict[str, Path]:
    """The models as files, by the same names."""
    files = {name: folder / f"{name}.onnx" for name in models}
    for name, model in models.items():
        onnx.save(model, str(files[name]))
    return files


def precisions(model: onnx.ModelProto) -> dict[str, onnx.ModelProto]:
    """``model`` as the exporter writes it for a device, by precision."""
    pictures = noise(activations_of(model), 2)
    names = placement.ranged(gs.import_onnx(model))
    histograms = activations.collect(model, names, pictures)
    limits = ranges.thresholds(histograms, Calibration(method="max"))
    nodes = placement.plan(gs.import_onnx(model)).nodes
    return {
        "fp32": model,
        "fp16": fp16.to_fp16(model)[0],
        "int8": qdq.quantize(model, limits)[0],
        "mixed": qdq.quantize(model, limits, keep=nodes[1::2])[0],
    }


def activations_of(model: onnx.ModelProto) -> tuple[int, ...]:
    """Channels, height and width of the input."""
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    return tuple(one.dim_value for one in dimensions[1:])


def noise(shape: Sequence[int], count: int) -> NDArray[np.float32]:
    """In the range of a frame after ``InputContract``."""
    drawn = np.random.default_rng(0).uniform(-0.5, 0.5, (count, *shape))
    return drawn.astype(np.float32)


def networks(models: Path, *, small: bool = False) -> Iterator[tuple[str, Build]]:
    """Name and maker of every network; nothing is made yet. ``small``: at the smallest size."""
    for name in recipes.names():
        spec = experiment(name, small=small)
        yield f"recipe {name}", partial(trained, spec.model, spec)
        if spec.pruning is not None and not small:
            yield f"recipe {name}, pruned", partial(trained, spec.model, spec, pruned=True)
    for model in _combinations():
        yield f"{model.backbone}, {model.architecture}", partial(trained, model)
    for name in import_recipes.names():
        file = models / PUBLISHED.get(name, "")
        if file.is_file():
            yield f"import {name} ({file.name})", partial(imported, file, name)
        else:
            yield f"import {name} (stand-in)", partial(stand_in, name, small=small)


def experiment(name: str, *, small: bool) -> Experiment:
    """The recipe ``name`` with pictures that are not there."""
    values = recipes.fill(recipes.read(name), name="matrix", dataset=DATASET, videos=())
    sets = [f"model.input.{side}={SMALL}" for side in ("width", "height")] if small else []
    return load_values(values, where=f"recipe {name}", sets=sets)


def _combinations() -> Iterator[Model]:
    """Every backbone under every head, at the smallest size."""
    from trainer.models import registry

    size = NetworkInput(width=SMALL, height=SMALL)
    for backbone, head in product(registry.names("backbones"), registry.names("heads")):
        yield Model.model_validate({"backbone": backbone, "architecture": head, "input": size})


def trained(
    model: Model,
    of: Experiment | None = None,
    *,
    pruned: bool = False,
    channels: Mapping[str, int] | None = None,
) -> onnx.ModelProto:
    """A network of ``trainer`` with random weights after surgery, pruned as ``of`` says.

    ``channels`` is a channel table.
    """
    import torch

    from exporter import from_torch
    from trainer import checkpoint
    from trainer.pruning import apply, search, settings

    torch.manual_seed(0)
    architecture = replace(
        checkpoint.initial_architecture(model, CLASSES), channels=dict(channels or {})
    )
    contract = checkpoint.initial_contract(model, CLASSES)
    made = checkpoint.Checkpoint.of(checkpoint.build(architecture), architecture, contract)
    if pruned:
        settled = settings.settle(of, {})
        plan = search.reach(apply.planner(made, settled.rule), settled.pruning)
        made = apply.prune(made, plan)
    raw = from_torch.to_onnx(made.float_model(), contract, 17)
    return surgery.run(raw, contract, noise(_shape(contract), 1))[0]


def _shape(contract: Contract) -> tuple[int, int, int]:
    frame = contract.input
    return frame.channels, frame.height, frame.width


def imported(file: Path, name: str, labels: Path | None = None) -> onnx.ModelProto:
    """A foreign file as an import makes it: surgery, its head decoded, the best boxes."""
    wishes = Wishes(precision="fp32", labels=labels)
    plan = imports.plan(file, Path("not-written"), name, wishes)
    return trace(plan, noise(_shape(plan.contract), 1)).model


def stand_in(name: str, *, small: bool) -> onnx.ModelProto:
    """What an import makes of a small network whose outputs are those of the recipe's family."""
    with tempfile.TemporaryDirectory() as folder:
        file, labels = Path(folder) / "model.onnx", Path(folder) / "labels.txt"
        recipe = import_recipes.read(name)
        known = import_recipes.labels(recipe.labels) if recipe.labels else CLASSES
        labels.write_text("".join(f"{one}\n" for one in known))
        size = (SMALL, SMALL) if small else families.SIZES.get(name, (640, 640))
        onnx.save(families.draw(recipe, len(known), *size), str(file))
        return imported(file, name, labels)


if __name__ == "__main__":
    sys.exit(main())
