"""NVIDIA's own files: no error but paths that are not there, and no warning that is not meant."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from deepstream.lint import Finding, lint

# The release that each of NVIDIA's repositories stood at when the files were taken.
RELEASES = {
    "NVIDIA/DeepStream": "9.1",
    "NVIDIA-AI-IOT/deepstream_tao_apps": "8.0",
    "NVIDIA-AI-IOT/deepstream_python_apps": "8.0",
    "NVIDIA-AI-IOT/deepstream_reference_apps": "8.0",
}
# Kept there for readers of old articles: their paths say deepstream-5.0.
OLD, OLDEST = ("dev_blog", "legacy_apps"), "6.0"
# Every kind of warning there, looked at one by one. All are true; why they are told:
MEANT = {
    "cluster-mode": "three detectors leave it out and get NMS with IoU 0.5 and topk 20",
    "dbscan": "cluster-mode=1 without minBoxes, which is DBSCAN that does nothing",
    "deprecated": "trt_is, by nvinferserver's own proto file",
    "engine-batch": "the engine named is of batch 1, the file asks for 2 to 30",
    "gone": "enable-batch-process and enable-past-frame, and settings of DeepStream 5's tracker",
    "inline-comment": "type=3 # file: read only because GLib stops at the space of an integer",
    "kitti-folder": "the folder must be made first, or no file is written",
    "live-source": "an RTSP source with live-source=0",
    "no-effect": "workspace-size and layer-device-precision, which 9.x passes over",
    "old-model": "UFF and .etlt beside an engine that must be there already",
    "outside-section": "deepstream-test2's thresholds stand beside class-attrs-all, not in it",
    "text-form-only": "threshold, which nvinfer's YAML form does not know",
    "twice": "gie-unique-id: 1, and some lines below 2",
    "unknown-group": "[source-list] in an nvinfer file",
    "unknown-key": "process_mode for process-mode; checkClassMatch in BaseConfig",
}


@pytest.fixture(scope="module")
def findings(request: pytest.FixtureRequest) -> list[Finding]:
    shared: Path = request.getfixturevalue("shared")
    return list(_findings(shared / "data/deepstream_configs"))


def _findings(folder: Path) -> Iterator[Finding]:
    with (folder / "SOURCES.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["repo"] in RELEASES]
    assert len(rows) > 250
    for row in rows:
        release = OLDEST if any(one in row["path"] for one in OLD) else RELEASES[row["repo"]]
        yield from lint(folder / row["kind"] / row["file"], None, release)


def test_no_error_but_missing_paths(findings: list[Finding]) -> None:
    errors = [one for one in findings if one.level == "error" and one.rule != "missing-path"]
    assert errors == []


def test_missing_paths_are_relative_ones_that_are_not_there(findings: list[Finding]) -> None:
    for one in findings:
        if one.rule == "missing-path":
            assert "no such" in one.why or "does not exist" in one.why
            assert "=/" not in one.what


def test_every_warning_is_meant(findings: list[Finding]) -> None:
    told = Counter(one.rule for one in findings if one.level == "warning")
    assert set(told) <= set(MEANT)
    assert sum(told.values()) < 100


def test_files_of_others_are_read_too(shared: Path) -> None:
    for file in (shared / "data/deepstream_configs").rglob("*.*"):
        if file.suffix in (".txt", ".yml", ".yaml"):
            lint(file, "jetson-orin-nano", "7.1")
