"""The README's main line, from labelled pictures to the report, on a street as small as can be."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.test_readme import block
from train2edge.cli import run

SMALL = """--set training.epochs=1 --set training.batch_size=4 --set pruning.retrain.epochs=1
--set model.backbone=resnet10 --set model.pretrained=null --set model.freeze_blocks=[]
--set model.input.width=192 --set model.input.height=128 --set export.calibration.pictures=4"""
SYNTH = "data synth -o YOUR_FOLDER --pictures 12 --test 4 --frames 6 --size 192x128"


@pytest.mark.usefixtures("gstreamer")
def test_go_leads_from_pictures_to_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(SYNTH.split()) == 0
    Path("YOUR_FOLDER/video.mp4").rename("YOUR_VIDEO.mp4")
    (line,) = block("go")
    words = [*shlex.split(line)[1:], *SMALL.split()]
    assert run(words) == 0, capfd.readouterr().err
    mine = tmp_path / "runs/mine"
    assert capfd.readouterr().out.splitlines()[-1] == str(mine / "report.html")
    assert (mine / "video/video.mp4").stat().st_size > 1000
    assert len(list((mine / "video/kitti").iterdir())) == 6
    for app in mine.glob("app-*"):
        assert json.loads((app / "app.json").read_text())["lane"].startswith("int8")
    page = (mine / "report.html").read_text()
    assert "multiply-adds in INT8" in page and "What INT8 loses to FP32" in page
    commands = page.partition("<summary>the commands</summary>")[2]
    assert commands.startswith(f"<pre>t2e data check {mine}/spec.yaml")
    assert run(words) == 0
    told = [one for one in capfd.readouterr().err.splitlines() if one.startswith("[")]
    assert told and all(one.endswith("done before, unchanged") for one in told)
    manifest = mine / "bundle/manifest.json"
    record = json.loads(manifest.read_text())
    record["verified"][0] |= {"what": "the gate", "figure": "too much", "passed": False}
    manifest.write_text(json.dumps(record))
    assert run(words) == 0
    assert "a check of bundle failed: the gate: too much" in capfd.readouterr().err
