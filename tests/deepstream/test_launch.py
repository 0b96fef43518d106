from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from deepstream import launch, route
from deepstream import write as writing
from tests.deepstream import toy
from train2edge.errors import InputError, MissingError, WorkError
from train2edge.spec.stream import Stream


def nowhere(name: str) -> None:
    return None


def everywhere(name: str) -> str:
    return f"/usr/bin/{name}"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    toy.bundle(tmp_path / "bundle")
    stream = Stream(inputs=("rtsp://host/a",))
    return writing.write(tmp_path / "bundle", stream, "t4", "7.1", tmp_path / "app")


def test_the_route(app: Path) -> None:
    assert route.decide(app, which=nowhere).route == "twin"
    real = route.decide(app, which=everywhere)
    assert (real.route, real.command) == ("deepstream-app", ("deepstream-app", "-c", "app.txt"))
    assert route.decide(app, twin=True, which=everywhere).route == "twin"
    docker = route.decide(app, container=True, which=everywhere).command
    assert docker[:2] == ("docker", "run")
    assert "--gpus" in docker
    assert f"{app}:/app" in docker
    assert docker[-4:] == (
        "nvcr.io/nvidia/deepstream:7.1-samples-multiarch",
        "deepstream-app",
        "-c",
        "app.txt",
    )


def test_what_cannot_be_run(app: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="docker"):
        route.decide(app, container=True, which=nowhere)
    with pytest.raises(InputError, match="two different"):
        route.decide(app, container=True, twin=True)
    with pytest.raises(InputError, match="not an app folder"):
        route.decide(tmp_path)
    with pytest.raises(InputError, match="preview"):
        launch.run(route.decide(app, which=everywhere), tmp_path / "o", launch.TwinOptions("8080"))


def test_our_own_program_runs_where_pyds_is(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, object] = {}
    monkeypatch.setattr("importlib.util.find_spec", found.get)
    twin = route.decide(app, runner="python", which=nowhere)
    assert (twin.route, twin.command, twin.runner) == ("twin", (), "python")
    assert route.decide(app, runner="python", twin=True, which=everywhere).route == "twin"
    with pytest.raises(MissingError, match="has no pyds"):
        route.decide(app, runner="python", which=everywhere)
    with pytest.raises(InputError, match="container"):
        route.decide(app, runner="python", container=True, which=everywhere)
    found["pyds"] = object()
    real = route.decide(app, runner="python", which=everywhere)
    assert (real.route, real.shown) == ("python", "deepstream.app on DeepStream")
    with pytest.raises(InputError, match="only the CPU twin has"):
        launch.run(real, app.parent / "o", launch.TwinOptions(limit=3))


def fake_deepstream(folder: Path, body: str) -> None:
    folder.mkdir()
    program = folder / "deepstream-app"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_deepstreams_results_are_brought_out(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_deepstream(tmp_path / "bin", 'test "$2" = app.txt && touch out/kitti/00_000_000000.txt')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (app / "out/kitti/00_000_000099.txt").touch()
    report = launch.run(route.decide(app), tmp_path / "results")
    assert report.route == "deepstream-app"
    assert [one.name for one in (tmp_path / "results/kitti").iterdir()] == ["00_000_000000.txt"]
    written = json.loads((tmp_path / "results/stream.json").read_text())
    assert written["kitti_files"] == 1
    assert written["app"]["labels"] == ["car", "traffic_light"]
    assert written["app"]["mux"]["width"] == 1280


def test_deepstreams_failure_is_told(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_deepstream(tmp_path / "bin", "exit 7")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(WorkError, match="exit code 7"):
        launch.run(route.decide(app), tmp_path / "results")
    assert not (tmp_path / "results/stream.json").exists()


def test_without_a_terminal_the_keyboard_is_silent_and_does_not_end(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_deepstream(tmp_path / "bin", "timeout 0.3 head -c 1; test $? = 124")  # 0 at an end
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        launch.run(route.decide(app), tmp_path / "results")


def test_a_foreign_file_is_run_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "theirs.txt"
    file.write_text("[application]\n")
    assert route.decide(file, which=nowhere).route == "twin"
    fake_deepstream(tmp_path / "bin", 'echo "$PWD $2" > ran')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    report = launch.run(route.decide(file))
    assert (tmp_path / "ran").read_text().split() == [str(tmp_path), str(file)]
    assert (report.route, report.out) == ("deepstream-app", None)
    with pytest.raises(InputError, match="where its file says"):
        launch.run(route.decide(file), tmp_path / "out")
    with pytest.raises(InputError, match="needs an app folder"):
        route.decide(file, container=True)


def test_a_program_is_run_plainly_where_deepstream_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "program.py"
    script.write_text("import sys\nprint(sys.argv[1:])\nsys.exit(5)\n")
    installed = {"deepstream-app": "/usr/bin/deepstream-app", "python3": sys.executable}
    assert launch.execute(script, ("--loop",), which=installed.get) == 5
    assert capfd.readouterr().out == "['--loop']\n"
    with pytest.raises(InputError, match="only the CPU twin has --preview"):
        launch.execute(script, (), preview="8080", which=installed.get)
