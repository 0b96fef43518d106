"""What is sent of an app, and what comes back of a device."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from deepstream.deploy.release import SUMS, open_release
from deepstream.deploy.trial import judge, unpack
from train2edge.errors import InputError, ProblemsError, WorkError


def test_the_same_content_is_the_same_release(app: Path) -> None:
    first = open_release(app)
    (app / "out/kitti/00_000_000000.txt").touch()
    (app / "model/model.onnx_b1_gpu0_fp32.engine").write_text("of another device")
    assert open_release(app).digest == first.digest
    assert first.digest == hashlib.sha256(first.sums.encode()).hexdigest()
    (app / "app.txt").chmod(0o777)
    assert open_release(app).digest == first.digest
    (app / "README.md").rename(app / "READ.md")
    assert open_release(app).digest != first.digest


def test_the_stream_is_what_sha256sum_checks(app: Path, tmp_path: Path) -> None:
    (app / "media" / "a\\nb.txt").write_text("odd")
    release, stream = open_release(app), io.BytesIO()
    release.send(stream)
    (tmp_path / "there").mkdir()
    subprocess.run(["tar", "-x"], input=stream.getvalue(), cwd=tmp_path / "there", check=True)
    check = ["sha256sum", "--quiet", "-c", SUMS]
    assert subprocess.run(check, cwd=tmp_path / "there").returncode == 0
    names = [one.relative_to(tmp_path / "there") for one in (tmp_path / "there").rglob("*")]
    assert Path("app.txt") in names and not any(one.parts[0] == "out" for one in names)


def test_what_cannot_be_sent_is_told_at_once(app: Path) -> None:
    (app / "infer.txt").unlink()
    (app / "a\nb").touch()
    (app / "nowhere").symlink_to("gone")
    with pytest.raises(ProblemsError) as told:
        open_release(app)
    assert len(told.value.problems) == 3
    (app / "linked").symlink_to("model")
    with pytest.raises(InputError, match="a link to a folder"):
        open_release(app)


def test_an_app_of_an_older_t2e(app: Path) -> None:
    record = json.loads((app / "app.json").read_text())
    del record["engines"]
    (app / "app.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="does not say how its engines are built"):
        open_release(app)


def test_nothing_leads_out_of_the_results(tmp_path: Path) -> None:
    for name in ("../x", "/x", "a/../../x"):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as files:
            files.addfile(tarfile.TarInfo(name))
        stream.seek(0)
        with pytest.raises(WorkError, match="outside of its folder"):
            unpack(stream, tmp_path / "in")
    with pytest.raises(WorkError, match="no tar stream"):
        unpack(io.BytesIO(b"hello" * 1000), tmp_path / "in")


def test_frames_are_counted_a_stream_and_half_a_file_is_none(tmp_path: Path) -> None:
    line = "red 0.0 0 0.0 0 96 48 144 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.9\n"
    (tmp_path / "kitti").mkdir()
    for name, text in {
        "00_000_000000.txt": line + line.replace("red", "blue"),
        "00_002_000000.txt": "",
        "00_002_000001.txt": line + line[:20],
        "notes.txt": "hello\n",
    }.items():
        (tmp_path / "kitti" / name).write_text(text)
    found = judge("124", [], tmp_path, ("red", "blue"), 5)
    assert (found.frames, found.objects) == ((1, 0, 1), {"red": 1, "blue": 1})
    assert str(found) == "2 frames; blue 1, red 1"
    with pytest.raises(WorkError, match="the app's end was not seen"):
        judge(None, [], tmp_path, (), 5)


def test_an_app_without_kitti_files_is_seen_by_its_rates(tmp_path: Path) -> None:
    found = judge("0", ["**PERF:  20.00 (25.00)\t"], tmp_path, (), 5)
    assert (found.fps, found.frames, str(found)) == ((25.0,), (), "25.0 frames/s a stream")
