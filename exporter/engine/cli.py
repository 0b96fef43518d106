"""``t2e engine``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from train2edge import cli_options as options

if TYPE_CHECKING:
    from exporter.engine.build import Pictures
    from exporter.engine.plan import EnginePlan
    from train2edge.bundle import ModelBundle
    from train2edge.targets import Target

_OF_CHECK = ("bundle", "check", "target", "batch", "as_json")


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=options.EXISTING_FOLDER)
@click.option("--target", metavar="NAME", help="Device (t2e targets lists them).")
@click.option("--deepstream", metavar="RELEASE", help="Default: the newest on the device.")
@click.option("--tensorrt", metavar="VERSION", help="Another TensorRT, for use without DeepStream.")
@click.option(
    "--precision", type=click.Choice(["fp32", "fp16", "int8"]), help="Default: the bundle's."
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Most frames at once."
)
@click.option("--opt-batch", type=click.IntRange(min=1), help="Tuned for; default: --batch.")
@click.option("--dla", type=click.IntRange(min=0), metavar="CORE", help="Build for a DLA core.")
@click.option(
    "--layer", "layers", multiple=True, metavar="NAME=PRECISION", help="Precision of one layer."
)
@click.option(
    "--nms",
    type=click.Choice(["cluster", "engine"]),
    default="cluster",
    show_default=True,
    help="Who removes overlaps: nvinfer, or EfficientNMS_TRT in the engine.",
)
@click.option("--workspace", type=click.IntRange(min=1), metavar="MIB", help="Memory for tactics.")
@click.option("--timing-cache", metavar="FILE", help="Kernel timings to use again, in BUNDLE.")
@click.option("--cache", type=options.EXISTING_FILE, help="Another calibration cache.")
@click.option(
    "--calibrate", type=options.EXISTING_FILE, metavar="SPEC", help="INT8 ranges from its pictures."
)
@click.option(
    "--check",
    is_flag=True,
    help="Compile with TensorRT for RTX; needs no GPU. Default: for all targets of the export.",
)
@click.option("--build", is_flag=True, help="Build here, on the device itself.")
@click.option("--latency", is_flag=True, help="Time the engine that was built here.")
@options.out(
    "Where the engine, or with neither --check nor --build a script, goes.", required=False
)
@options.as_json
def engine(
    bundle: Path,
    target: str | None,
    check: bool,
    build: bool,
    latency: bool,
    nms: str,
    calibrate: Path | None,
    out: Path | None,
    as_json: bool,
    **chosen: Any,
) -> int:
    """Say how BUNDLE's engine is built on a device, build it there, or check it without a GPU."""
    from train2edge.bundle import ModelBundle

    if check and (build or latency):
        raise click.UsageError("--check needs no GPU, --build and --latency do: one at a time")
    if check and nms == "engine":
        raise click.UsageError(
            "TensorRT for RTX knows no plugins: --check compiles the files without, so leave --nms"
            " engine out"
        )
    opened = ModelBundle.open(bundle)
    if check:
        _refuse_idle()
        return _check(opened, target, chosen["batch"], as_json=as_json)
    chosen |= {"calibrate": calibrate is not None, "nms_inside": nms == "engine"}
    plan = _engine_plan(opened, target, **chosen)
    if not build and not latency:
        _tell_split(plan, opened)
        _tell(plan, out, as_json=as_json)
        return 0
    path, record = out or bundle / plan.engine, _record(plan)
    if build:
        _build(plan, opened, calibrate, path)
    if latency:
        record["latency"] = _latency(plan, opened, path, as_json=as_json)
    options.finish(path, record, as_json=as_json)
    return 0


def _refuse_idle() -> None:
    """``UsageError`` for options of an engine beside --check, which compiles all files alike."""
    context = click.get_current_context()
    given = [
        one.opts[0]
        for one in context.command.params
        if one.name not in _OF_CHECK
        and context.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(
            f"{', '.join(given)}: of no effect beside --check, which compiles every file of BUNDLE"
        )


def _engine_plan(
    bundle: ModelBundle,
    target: str | None,
    *,
    deepstream: str | None,
    tensorrt: str | None,
    layers: tuple[str, ...],
    opt_batch: int | None,
    cache: Path | None,
    **chosen: Any,
) -> EnginePlan:
    from dataclasses import replace

    from exporter.engine.options import EngineOptions
    from exporter.engine.plan import plan
    from train2edge import targets
    from train2edge import tensorrt as tensorrt_releases
    from train2edge.errors import InputError

    if tensorrt is not None:
        tensorrt_releases.parse(tensorrt, where="--tensorrt")
    if target is None:
        raise InputError("which device?", where="--target", hint="t2e targets lists them")
    release = deepstream or targets.target(target).deepstream[-1]
    place = replace(targets.deployment(target, release), own_tensorrt=tensorrt)
    wanted = EngineOptions(
        **chosen,
        optimum=opt_batch,
        layers=dict(_layer(one) for one in layers),
        cache=str(cache.absolute()) if cache else None,
    )
    made = plan(bundle, place, wanted)
    _check_layers(made, bundle)
    return replace(made, notes=(*made.notes, *_cache_notes(made, bundle, cache)))


def _layer(text: str) -> tuple[str, str]:
    """A layer's name may hold ``=`` itself, so the last one divides."""
    from train2edge.errors import InputError

    name, _, precision = text.rpartition("=")
    if not name:
        raise InputError(f"'{text}' is not NAME=PRECISION", where="--layer")
    return name, precision


def _check_layers(plan: EnginePlan, bundle: ModelBundle) -> None:
    if not plan.layers:
        return
    from exporter import onnx_file
    from exporter.engine.layers import check

    model = onnx_file.read(bundle.path / plan.model)
    check([name for name, _ in plan.layers], model, plan.model)


def _cache_notes(plan: EnginePlan, bundle: ModelBundle, foreign: Path | None) -> tuple[str, ...]:
    """Whether the calibration cache belongs to the graph; ``ProblemsError`` for a stale one."""
    if plan.cache is None:
        return ()
    from exporter.quantize import belonging
    from train2edge.errors import ProblemsError

    if foreign is None:
        problems = belonging.problems(bundle, bundle.file("calibration_cache"))
        if problems:
            raise ProblemsError(problems)
        return ()
    from exporter import onnx_file
    from exporter.quantize import activations
    from exporter.quantize.cache import read

    tensors = activations.float_tensors(onnx_file.read(bundle.path / plan.model))
    found = belonging.check_foreign(read(foreign), tensors, foreign)
    return (*found, f"{foreign} is its path here: write the one that it has on the device")


def _build(plan: EnginePlan, bundle: ModelBundle, spec: Path | None, path: Path) -> None:
    from exporter.engine import words
    from exporter.engine.build import build

    pictures = _pictures(bundle, spec) if spec is not None else None
    report = build(plan, bundle, path, pictures=pictures)
    for line in (*words.lines(plan), *report.lines()):
        click.echo(line, err=True)


def _pictures(bundle: ModelBundle, spec: Path) -> Pictures:
    """The calibration pictures of the experiment ``spec``, as the bundle's network wants them."""
    from train2edge.calibration import pictures as calibration
    from train2edge.datasets.load import load as load_pictures
    from train2edge.spec.loader import load

    experiment = load(spec, ())
    samples = calibration.choose(
        load_pictures(experiment.dataset).train, experiment.export.calibration
    )
    return lambda: calibration.tensors(samples, bundle.contract.input)


def _latency(plan: EnginePlan, bundle: ModelBundle, path: Path, *, as_json: bool) -> dict[str, Any]:
    from exporter.engine import latency, runner

    report = latency.measure(runner.open_predictor(path, (plan, bundle)))
    if not as_json:
        options.show(report.lines(), as_json=False)
    return report.as_record()


def _check(bundle: ModelBundle, target: str | None, batch: int, *, as_json: bool) -> int:
    from exporter import bundle_check, onnx_file
    from train2edge import targets

    wanted = bundle_check.capabilities_of([target]) if target else bundle_check.noted(bundle)
    files = bundle_check.files_by_precision(bundle)
    for path in files.values():
        onnx_file.read_with_contract(path)
    for note in _absent(targets.target(target), files) if target else ():
        click.echo(note, err=True)
    done = bundle_check.check_bundle(bundle, wanted, batch=batch)
    options.show(done.as_record() if as_json else done.lines(), as_json=as_json)
    if done.skipped:
        return 3
    return 0 if done.passed else 1


def _absent(device: Target, precisions: Iterable[str]) -> Iterator[str]:
    """Precisions that compile for the nearest GPU, but that the device itself has not."""
    has = ", ".join(device.precisions)
    for one in precisions:
        if not device.has(one):
            yield (
                f"note: {device.title} has no {one.upper()} (it has {has}); compiled all the same"
            )


def _tell_split(plan: EnginePlan, bundle: ModelBundle) -> None:
    """Which layers fall back to the GPU, for a plan that wants a DLA core."""
    if plan.dla is None:
        return
    from exporter import onnx_file
    from exporter.engine import dla

    for line in dla.report(onnx_file.read(bundle.path / plan.model), plan.target).lines():
        click.echo(line, err=True)


def _tell(plan: EnginePlan, out: Path | None, *, as_json: bool) -> None:
    from exporter.engine import words

    for line in words.lines(plan):
        click.echo(line, err=True)
    if out is not None:
        from train2edge.files import write_text

        write_text(out, words.script(plan))
        out.chmod(out.stat().st_mode | (out.stat().st_mode & 0o444) >> 2)
        options.finish(out, _record(plan), as_json=as_json)
        return
    options.show(_record(plan) if as_json else list(plan.commands()), as_json=as_json)


def _record(plan: EnginePlan) -> dict[str, object]:
    from dataclasses import asdict

    from exporter.engine.trtexec import commands_if_any

    return {**asdict(plan), "commands": list(commands_if_any(plan))}
