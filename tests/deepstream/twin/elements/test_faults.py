"""Nothing fails in silence: a bug in any element becomes an error on the bus, and an exit code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import deepstream.twin
from tests.deepstream.twin.elements.scenes import run
from tests.deepstream.twin.toy import FILE_SINK, OSD, moving, write_app, write_video
from train2edge.cli import run as t2e

pytestmark = pytest.mark.usefixtures("gstreamer")
TWIN = Path(deepstream.twin.__file__).parent
BUG = "a bug"
# They look at one flag of a buffer, at the kind of an event; the last is guarded where it is hung.
PLAIN = ("_pass_key", "_only_ends", "seen")
INFER = "deepstream.twin.inference.element"


def fail(*_arguments: Any, **_named: Any) -> Any:
    raise ZeroDivisionError(BUG)


def of(element: str, name: str = "find") -> str:
    return f"deepstream.twin.elements.{element}.{name}"


# What an element is made of in the pipeline, and what in it goes wrong.
FAULTS = {
    "nvstreammux": ("identity", of("batcher", "attach")),
    "nvstreamdemux": ("nvstreamdemux name=d d.src_0", of("nvstreamdemux")),
    "nvinfer": ("nvinfer config-file-path={infer}", f"{INFER}.find"),
    "nvinfer at start": ("nvinfer config-file-path={infer}", f"{INFER}.passes"),
    "nvinferserver": (
        "nvinferserver config-file-path={infer}",
        "deepstream.twin.inference.server.read",
    ),
    "nvdspreprocess": ("nvdspreprocess config-file={infer}", of("nvdspreprocess", "settings.read")),
    "nvtracker": ("nvtracker", of("nvtracker")),
    "nvdsanalytics": ("nvdsanalytics config-file={lines}", of("nvdsanalytics")),
    "nvmultistreamtiler": ("nvmultistreamtiler", of("resized")),
    "nvsegvisual": ("nvsegvisual", of("resized")),
    "nvdsosd": ("nvdsosd", of("nvdsosd")),
    "nvvideoconvert": ("nvvideoconvert", of("nvvideoconvert")),
    "nvdslogger": ("nvdslogger", of("nvdslogger")),
    "nvmsgconv": ("nvmsgconv payload-type=1", of("nvmsgconv")),
    "nvmsgconv at start": ("nvmsgconv config={lines}", of("nvmsgconv", "read_site")),
    "nvmsgbroker": (
        "nvmsgbroker proto-lib=libnvds_mqtt_proto.so conn-str=localhost;1;t",
        of("nvmsgbroker", "brokers.connect"),
    ),
    "nvjpegdec": ("nvjpegenc ! nvjpegdec", of("jpeg", "_rgba")),
    "nvurisrcbin": ("fakesink nvurisrcbin uri={video}", "deepstream.twin.source.stream._kind"),
}
ANALYTICS = "[property]\nenable=1\nconfig-width=400\nconfig-height=400\n"


@pytest.mark.parametrize("what", FAULTS)
def test_a_bug_in_an_element_is_an_error_on_the_bus(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    line, place = FAULTS[what]
    video = write_video(tmp_path / "a.avi", moving(2))
    write_app(tmp_path, [])
    (tmp_path / "lines.txt").write_text(ANALYTICS)
    files = {"infer": tmp_path / "infer.txt", "lines": tmp_path / "lines.txt"}
    line = line.format(video=video.as_uri(), **files)
    end = "" if what == "nvmsgbroker" else "! fakesink"
    monkeypatch.setattr(place, fail)
    assert f"ZeroDivisionError: {BUG}" in str(run(f"{line} {end}", lambda *_: [], count=3).error)
    assert "Traceback" in capfd.readouterr().err


# What each loses that it looks at while frames pass, or when a property is set.
SPOILT = {
    "nvv4l2h264enc": "encoder",
    "nvv4l2h265enc": "encoder",
    "nvjpegenc": "encoder",
    "avenc_mpeg4": "encoder",
}


@pytest.mark.parametrize("element", SPOILT)
def test_a_bug_in_what_an_element_watches_is_one_too(element: str) -> None:
    def spoil(pipeline: Any) -> None:
        spoilt = pipeline.get_by_name("spoilt")
        setattr(spoilt, SPOILT[element], None)
        spoilt.notify("name")

    line = f"nvvideoconvert ! {element} name=spoilt ! fakesink"
    assert "Error: " in str(run(line, lambda *_: [], count=3, setup=spoil).error)


@pytest.mark.parametrize("sink", ["nv3dsink", "nveglglessink", "nvoverlaysink", "nvdrmvideosink"])
def test_a_bug_in_a_display_is_one_too(sink: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from deepstream.twin import display

    monkeypatch.setattr(display, "_addresses", ["0"])
    monkeypatch.setattr(display.DisplaySink, "_show", fail)
    assert BUG in str(run(sink, lambda *_: [], count=3).error)


@pytest.mark.parametrize(
    "place",
    [f"{INFER}.find", of("batcher", "attach"), of("nvtracker"), of("nvdsosd"), of("resized")],
)
def test_a_bug_in_an_element_is_an_exit_code(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    app = write_app(
        tmp_path,
        [write_video(tmp_path / "a.avi", moving(3))],
        tiled_display={"enable": 1, "rows": 1, "columns": 1, "width": 320, "height": 240},
        tracker={"enable": 1},
        osd={**OSD},
        sink0={**FILE_SINK, "output-file": "v.mp4"},
    )
    monkeypatch.setattr(place, fail)
    assert t2e(["stream", "run", str(app), "--twin", "-o", str(tmp_path / "out")]) == 1
    assert BUG in capfd.readouterr().err
    assert not list(tmp_path.rglob("*.mp4"))


def test_everything_that_gstreamer_calls_is_guarded() -> None:
    """Vfuncs by their names, probes by what they are given."""
    bare = [
        f"{path.name}:{one.lineno} {one.name}"
        for path in sorted(TWIN.rglob("*.py"))
        for one in ast.walk(ast.parse(path.read_text()))
        if isinstance(one, ast.FunctionDef) and _called(one) and not _safe(one)
    ]
    assert bare == []


def _called(function: ast.FunctionDef) -> bool:
    given = {one.arg.lstrip("_") for one in function.args.args}
    vfunc = function.name.startswith("do_") and function.name.islower() and "self" in given
    return (vfunc or {"pad", "info"} <= given) and function.name not in PLAIN


def _safe(function: ast.FunctionDef) -> bool:
    """Guarded, or a single line that cannot fail."""
    guards = [ast.unparse(one) for one in function.decorator_list]
    last = function.body[-1]
    plain = isinstance(last, ast.Return) and isinstance(last.value, (ast.Constant, ast.Attribute))
    return any(one.startswith("guarded") for one in guards) or (plain and len(function.body) <= 2)
