"""The steps, one after the other: networks, films, app, run, checks."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from benchmarks.four_streams import films, networks, report
from benchmarks.four_streams.client import Client
from benchmarks.four_streams.films import Film
from benchmarks.four_streams.t2e import started, t2e
from train2edge.errors import InputError, T2EError
from train2edge.files import write_text

SHARED = Path(os.environ.get("T2E_SHARED", Path(__file__).parents[3] / "shared")) / "data"
PHOTOS = SHARED / "vehicles"
DASHCAM = SHARED / "videos/dashcam_720p_h264.mp4"


def main(arguments: list[str] | None = None) -> int:
    """Exit codes are those of ``t2e``."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except T2EError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo-streams",
        description="Four streams with everything at once in the CPU twin, checked.",
    )
    add = parser.add_argument
    add("-o", "--out", type=Path, default=Path("demo/streams"), help="default: demo/streams")
    add("--primary", type=Path, metavar="BUNDLE", help="a detector; default: trained first")
    add("--secondary", type=Path, metavar="BUNDLE", help="a classifier; default: trained first")
    add("--data", type=Path, default=PHOTOS, help=f"labelled photos; default: {PHOTOS}")
    add("--video", type=Path, action="append", help="a video of yours, twice at most")
    add("--min-score", type=float, default=0.5, help="smallest score to show; default: 0.5")
    add("--frames", type=int, default=300, help="of every stream; default: 300")
    add("--rtsp-port", type=int, default=8554, help="default: 8554")
    return parser


def _run(options: argparse.Namespace) -> int:
    out: Path = options.out
    _check(options)
    primary = options.primary or networks.detector(options.data, out / "primary")
    secondary = options.secondary or networks.classifier(options.data, out / "secondary")
    made = _films(options, out / "films")
    write_text(out / "lines.txt", films.analytics(made))
    app, results = out / "app", out / "out"
    inputs = [word for film in made for word in ("--input", str(film.file))]
    t2e(
        *("stream", "config", str(primary), "--secondary", str(secondary), *inputs),
        *("--analytics", str(out / "lines.txt"), "--sink", "rtsp", "--loop", "--target", "t4"),
        *("--rtsp-port", str(options.rtsp_port), "--min-score", str(options.min_score)),
        *("-o", str(app)),
    )
    t2e("stream", "lint", str(app))
    run = ("stream", "run", str(app), "--twin", "--limit", str(options.frames), "-o", str(results))
    client = Client(options.rtsp_port, out / "pictures")
    with started(*run) as child:
        client.watch(lambda: child.poll() is None)
        if child.wait():
            return int(child.returncode)
    details = json.loads((results / "stream.json").read_text())["details"]
    checks = report.checks(details, client, results, options.frames, made)
    report.tell(made, details, checks, client, results)
    return 0 if all(one.passed for one in checks) else 1


def _check(options: argparse.Namespace) -> None:
    """What is not there, before anything is trained."""
    if not options.data.is_dir():
        raise InputError(
            "no such folder of labelled photos",
            where=f"--data {options.data}",
            hint="--data FOLDER with train/ and test/ in KITTI, YOLO, VOC or COCO form",
        )
    videos = options.video or [DASHCAM]
    for one in videos:
        if not one.is_file():
            raise InputError("no such video", where=f"--video {one}", hint="--video FILE")
    if len(videos) > 2:
        raise InputError("two streams are videos, two are of photos", where="--video")


def _films(options: argparse.Namespace, folder: Path) -> list[Film]:
    if options.video:
        videos = [films.whole(one) for one in (*options.video, *options.video)[:2]]
    else:
        videos = films.zooms(DASHCAM, folder)
    return [*videos, *films.rows(options.data, folder)]


if __name__ == "__main__":
    sys.exit(main())
