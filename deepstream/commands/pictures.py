"""``t2e stream pictures``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deepstream.commands.spec import SPEC, experiment_of
from train2edge.cli_options import EXISTING_FOLDER, finish, out, sets, size
from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from deepstream.pan import PanReport
    from deepstream.pictures import PicturesReport


@click.command(short_help="Make one video of pictures.")
@click.argument("folder", type=EXISTING_FOLDER, required=False)
@out("The video to write: .avi, or .mkv with GStreamer installed.")
@SPEC
@sets
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    show_default=True,
    help="Part of --spec's pictures.",
)
@size("--size", help="Letterbox all pictures to one size; with --pan the size of the frame.")
@size("--fit", help="The same, if they are of several sizes.")
@click.option(
    "--pan",
    type=int,
    metavar="PIXELS",
    help="A camera goes along a row of the pictures instead, so many pixels a frame to the right; "
    "negative: to the left.",
)
@click.option(
    "--fps", type=click.IntRange(1, 240), default=25, show_default=True, help="Frames a second."
)
@as_json_option
def pictures(
    folder: Path | None,
    out: Path,
    spec: Path | None,
    sets: tuple[str, ...],
    split: str,
    size: tuple[int, int] | None,
    fit: tuple[int, int] | None,
    pan: int | None,
    fps: int,
    as_json: bool,
) -> None:
    """Make one video of the pictures in FOLDER, or of a split of --spec's data.

    JPEGs of one size keep their bytes. Beside the video stands frames.txt with the names, but with
    --pan, which makes of photos a film with motion for trackers and lines.
    """
    from deepstream.pan import pan_video
    from deepstream.pictures import make_video
    from train2edge.datasets.picture import picture_files

    if (folder is None) == (spec is None):
        raise click.UsageError("give either FOLDER or --spec SPEC")
    paths = picture_files(folder) if folder else _split_pictures(spec, sets, split)
    report: PicturesReport | PanReport
    if pan is None:
        report = make_video(paths, out, size=size, fit=fit, fps=fps)
        told = f"{report.count - report.encoded} copied as they were; names in {report.frames}"
    elif fit is not None:
        raise click.UsageError("--fit is for pictures one by one; --pan takes --size")
    else:
        report = pan_video(paths, out, step=pan, size=size or (1280, 720), fps=fps)
        told = f"along {report.pictures} pictures"
    if not as_json:
        click.echo(f"{report.count} frames of {report.width}x{report.height}, {told}")
    record = {
        key: str(value) if isinstance(value, Path) else value for key, value in vars(report).items()
    }
    finish(out, record, as_json=as_json)


def _split_pictures(spec: Path | None, sets: tuple[str, ...], split: str) -> list[Path]:
    from train2edge.datasets.load import load

    experiment = experiment_of(spec, sets)
    assert experiment is not None
    return [sample.image for sample in getattr(load(experiment.dataset), split)]
