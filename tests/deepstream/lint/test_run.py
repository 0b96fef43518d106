"""Which files are looked at, which kind they are, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.lint import lint
from deepstream.lint.context import open_file
from deepstream.lint.schema import key_spec, kinds
from deepstream.write import write_plan
from tests.deepstream import toy
from tests.deepstream.lint.clean import FILES, broken, folder
from tests.train2edge.settings_file import corpus
from train2edge.errors import InputError
from train2edge.targets import releases

KINDS = {  # folder of the shared files: what they are
    "analytics": {"analytics"},
    "app": {"app"},
    "dewarper": {"dewarper"},
    "msg": {"broker", "msgconv"},
    "nvinfer": {"nvinfer"},
    "nvinferserver": {"nvinferserver"},
    "other": {"metamux", "mux", "sample-app"},
    "preprocess": {"preprocess"},
    "tracker": {"app"},
    "yaml-app": {"app", "sample-app", "tracker", "service-maker", "other"},
    "yaml-nvinfer": {"nvinfer", "postprocess", "videotemplate"},
    "yaml-tracker": {"tracker", "tracker-old"},
}


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    folder(tmp_path)
    found = {name: open_file(tmp_path / name).kind_name for name in FILES}
    assert found == {
        "infer.txt": "nvinfer",
        "infer.yml": "nvinfer",
        "secondary.txt": "nvinfer",
        "app.txt": "app",
        "tracker.yml": "tracker",
        "analytics.txt": "analytics",
        "preprocess.txt": "preprocess",
        "server.txt": "nvinferserver",
        "msgconv.txt": "msgconv",
        "broker.txt": "broker",
        "dewarper.txt": "dewarper",
        "mux.txt": "mux",
        "sources.csv": "sources",
        "labels.txt": "other",
    }


def test_real_files_are_known(shared: Path) -> None:
    files = [one for one in corpus.files() if one.parent.name in KINDS]
    wrong = [one for one in files if open_file(one).kind_name not in KINDS[one.parent.name]]
    assert len(wrong) < 0.05 * len(files), wrong


def test_a_file_brings_those_that_it_names(tmp_path: Path) -> None:
    folder(tmp_path)
    line = broken(tmp_path, "tracker.yml", "probationAge: 3", "probationAge: x")
    broken(tmp_path, "preprocess.txt", "tensor-data-type=0", "tensor-data-type=x")
    (finding,) = lint(tmp_path / "app.txt")
    assert finding.where == f"{tmp_path}/tracker.yml:{line}"
    assert {one.rule for one in lint(tmp_path)} == {"value"} and len(lint(tmp_path)) == 2


def test_other_files_of_a_folder_are_left_alone(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "notes.txt").write_text("Remember: milk\n")
    (tmp_path / "table.csv").write_text("a,b\n1\n")
    (tmp_path / ".hidden.txt").write_text("[property]\nx\n")
    assert lint(tmp_path) == ()


def test_a_template_is_not_checked_where_its_holes_are(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "preprocess.txt", "shape=4;3;272;480", "shape=4;3;${HEIGHT};480")
    broken(tmp_path, "app.txt", "config-file=infer.txt", "config-file=<your file>")
    assert lint(tmp_path) == ()


@pytest.mark.parametrize(("target", "version"), list(toy.PAIRS))
def test_what_is_generated_is_clean(tmp_path: Path, target: str, version: str) -> None:
    from deepstream import plan as planning

    videos = tuple(tmp_path / name for name in ("one.mp4", "two.mp4"))
    for video in videos:
        video.touch()
    update = {"inputs": ("rtsp://host/a", *map(str, videos))}
    stream = toy.PAIRS[target, version].model_copy(update=update)
    seconds = toy.secondaries(tmp_path) if stream.secondaries else ()
    bundle = toy.bundle(tmp_path / "bundle")
    plan = planning.plan(bundle, stream, target, version, secondaries=seconds)
    assert lint(write_plan(bundle, plan, tmp_path / "app"), target, version) == ()


@pytest.mark.parametrize(
    ("target", "version", "said"),
    [("t5", "7.1", "t4"), ("t4", "7.9", "7.1"), ("jetson-orin-nano", "8.0", "Thor")],
)
def test_an_unknown_place_is_told(tmp_path: Path, target: str, version: str, said: str) -> None:
    with pytest.raises(InputError, match=r".") as caught:
        lint(folder(tmp_path), target, version)
    assert said in str(caught.value)


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no DeepStream settings"):
        lint(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        lint(tmp_path / "nothing")


def test_the_tables_are_sound() -> None:
    """Every description of a key can be read, and names releases that exist."""
    known = (*releases(), "5.1")
    for kind in kinds().values():
        assert set(kind.forms) <= {"gkeyfile", "yaml", "csv", "prototxt"}
        for group in kind.groups.values():
            for spec in group.keys.values():
                assert (spec.since or known[0]) in known and (spec.until or known[0]) in known


@pytest.mark.parametrize(
    ("described", "good", "bad"),
    [
        ("bool", "1", "yes"),
        ("int 1..1024", "1024", "0"),
        ("int 0..", "0", "-1"),
        ("float -0.5..0.5", "-0.2", "0.6"),
        ("int 0|1|4", "4", "2"),
        ("text strict|loose", "loose", "lose"),
        ("ints x3", "1;2;3;", "1;2"),
        ("floats x1/3 0..", "1;2;3", "1;-2;3"),
        ("color", "1;0;0.5;1", "1;0;0"),
        ("int 0.. since 6.3 until 7.0 txt = another key", "1", "a"),
    ],
)
def test_a_key_is_described_in_a_line(described: str, good: str, bad: str) -> None:
    spec = key_spec(described)
    spec.check(good)
    with pytest.raises(ValueError, match=r"."):
        spec.check(bad)


def test_a_wrong_description_is_told() -> None:
    with pytest.raises(InputError, match="no description"):
        key_spec("int of any kind")
