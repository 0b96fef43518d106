"""``t2e stream config``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from deepstream.commands.spec import SPEC, experiment_of
from train2edge.cli_options import EXISTING_FILE, EXISTING_FOLDER, dry_run, finish, out, sets, size
from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from deepstream.plan import AppPlan
    from train2edge.spec.experiment import Experiment
    from train2edge.spec.stream import Stream


def _secondaries(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[dict[str, Any], ...]:
    """A folder of that very name is a bundle; else what stands after the last = are classes."""
    found = []
    for value in values:
        path, equals, names = value.rpartition("=")
        if not equals or Path(value).exists():
            path, names = value, ""
        if not (path and Path(path).is_dir()):
            raise click.BadParameter(f"{path!r} is no bundle folder")
        found.append({"bundle": path, "classes": [one for one in names.split(",") if one]})
    return tuple(found)


def _min_scores(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    """``CLASS=SCORE``, or a bare score for every class."""
    found = {}
    for value in values:
        name, _, score = value.rpartition("=")
        try:
            found[name or "*"] = float(score)
        except ValueError:
            found[name or "*"] = math.nan
        if not 0 <= found[name or "*"] <= 1:
            raise click.BadParameter(f"{value!r} is no [CLASS=]SCORE of 0 to 1, e.g. car=0.4")
    return found


@click.command(short_help="Write the app folder of a bundle.")
@click.argument("bundle", type=EXISTING_FOLDER)
@out("The app folder to write.")
@SPEC
@sets
@click.option("--target", metavar="NAME", help="A device of `t2e targets`.")
@click.option("--deepstream", metavar="RELEASE", help="The DeepStream release on it, e.g. 7.1.")
@click.option(
    "--input", "inputs", multiple=True, metavar="URI", help="A video or rtsp:// address; repeat it."
)
@click.option(
    "--secondary",
    "secondaries",
    multiple=True,
    callback=_secondaries,
    metavar="BUNDLE[=CLASS,...]",
    help="A classifier's bundle, and the detector's classes whose objects it looks at; repeat it.",
)
@click.option(
    "--analytics",
    type=EXISTING_FILE,
    metavar="FILE",
    help="nvdsanalytics' own file: regions, crowds, lines and directions to count by.",
)
@click.option(
    "--thresholds",
    type=click.Choice(["operating", "evaluation"]),
    default="operating",
    show_default=True,
    help="For a person's eyes, or for measuring average precision.",
)
@click.option(
    "--min-score",
    "min_scores",
    multiple=True,
    callback=_min_scores,
    metavar="[CLASS=]SCORE",
    help="Smallest score to show, in place of the bundle's threshold; repeat it.",
)
@click.option(
    "--loop/--no-loop", default=None, help="Play files again and again; the spec says, else not."
)
@click.option(
    "--sink",
    type=click.Choice(["file", "fake", "display", "rtsp"]),
    help="Where frames go; the spec says, else a file.",
)
@click.option(
    "--rtsp-port", type=click.IntRange(1, 65535), help="Of --sink rtsp; the spec says, else 8554."
)
@click.option(
    "--tracker",
    type=click.Choice(["none", "IOU", "NvSORT", "NvDCF_perf"]),
    help="Who follows objects; the spec says, else IOU.",
)
@click.option(
    "--nms",
    type=click.Choice(["cluster", "engine"]),
    help="Who removes overlaps: nvinfer, or EfficientNMS_TRT in the engine; else nvinfer.",
)
@click.option(
    "--dla",
    type=click.IntRange(0),
    metavar="CORE",
    help="The Jetson's DLA core that the detector runs on; the spec says, else its GPU.",
)
@size("--size", help="Of the mux's picture.")
@click.option(
    "--like-input", is_flag=True, help="The mux's picture is as large as the first video."
)
@dry_run
@as_json_option
def config(
    bundle: Path,
    out: Path,
    spec: Path | None,
    sets: tuple[str, ...],
    target: str | None,
    deepstream: str | None,
    inputs: tuple[str, ...],
    secondaries: tuple[dict[str, Any], ...],
    analytics: Path | None,
    thresholds: Literal["operating", "evaluation"],
    min_scores: dict[str, float],
    loop: bool | None,
    sink: str | None,
    rtsp_port: int | None,
    tracker: str | None,
    nms: str | None,
    dla: int | None,
    size: tuple[int, int] | None,
    like_input: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the app folder of BUNDLE for a device and a DeepStream release."""
    from deepstream import plan as planning
    from deepstream import shapes
    from deepstream.app_record import record
    from deepstream.write import check_inputs, open_secondaries, write_plan
    from train2edge.bundle import ModelBundle

    if min_scores and thresholds == "evaluation":
        raise click.UsageError("--min-score takes the place of --thresholds operating")
    experiment = experiment_of(spec, sets)
    device, release = _place(experiment, target, deepstream)
    others: dict[str, object] = {
        "sink": sink,
        "tracker": tracker,
        "analytics": analytics,
        "nms": nms,
        "dla": dla,
        "min_scores": min_scores or None,
        "loop": loop,
        "rtsp_port": rtsp_port,
    }
    wanted = _stream(experiment, inputs, secondaries, size, like_input, others)
    opened = ModelBundle.open(bundle)
    seconds = open_secondaries(wanted)
    plan = planning.plan(opened, wanted, device, release, thresholds, seconds)
    check_inputs(plan)
    if not dry_run:
        write_plan(opened, plan, out)
    if not as_json:
        _tell(plan)
        for line in shapes.told(plan):
            click.echo(f"  {line}")
    if as_json or not dry_run:
        finish(out, record(plan), as_json=as_json)


def _place(
    experiment: Experiment | None, target: str | None, deepstream: str | None
) -> tuple[str, str]:
    """Device and release: as given, else the spec's; a release alone is the device's newest."""
    from train2edge.targets import target as known

    named = experiment.targets if experiment else ()
    chosen = next((one for one in named if target in (None, one.device)), None)
    device = target or (chosen.device if chosen else None)
    if device is None:
        raise click.UsageError(
            "no device: --target NAME (t2e targets lists them), or targets: in the spec"
        )
    if deepstream:
        return device, deepstream
    return device, chosen.deepstream if chosen else known(device).deepstream[-1]


def _stream(
    experiment: Experiment | None,
    inputs: tuple[str, ...],
    secondaries: tuple[dict[str, Any], ...],
    size: tuple[int, int] | None,
    like_input: bool,
    others: Mapping[str, object],
) -> Stream:
    """The spec's stream with what was given in its place; ``others`` without a value are not."""
    from train2edge import video
    from train2edge.spec.stream import Secondary, Stream

    base = experiment.stream if experiment else Stream()
    videos = inputs or base.inputs
    if like_input and videos:
        size = size or video.size(Path(videos[0]))
    width, height = size or (base.width, base.height)
    given: dict[str, Any] = {"inputs": videos, "width": width, "height": height}
    if secondaries:
        given["secondaries"] = tuple(Secondary.model_validate(one) for one in secondaries)
    given |= {key: value for key, value in others.items() if value is not None}
    return base.model_copy(update=given)


def _tell(plan: AppPlan) -> None:
    place = plan.place
    tracker = plan.tracker.kind if plan.tracker else "none"
    click.echo(
        f"{plan.name} on {place.target.name}, DeepStream {place.release.name}, TensorRT "
        f"{place.platform.tensorrt}: {plan.model.lane}, batch {plan.mux.batch}, mux "
        f"{plan.mux.width}x{plan.mux.height}, tracker {tracker}"
    )
    for one in plan.secondaries:
        click.echo(f"  secondary: {one.bundle.name}, {one.model.lane}: {', '.join(one.labels)}")
    for reason in plan.reasons:
        click.echo(f"  {reason}")
