from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from deepstream import render as rendering
from deepstream.settings import Section, Setting
from tests.deepstream import toy
from train2edge.errors import InputError
from train2edge.nvinfer import settings as infer_settings
from train2edge.settings_file import read

HOSTILE = [
    "a=b",
    "[x]",
    "a # b",
    "a: b",
    "- a",
    "{a}",
    "'",
    '"',
    "a\\b",
    "yes",
    "1:30",
    "é",
    "%",
    "",
]


@pytest.mark.parametrize(("target", "version"), list(toy.PAIRS))
def test_golden(tmp_path: Path, target: str, version: str) -> None:
    files = rendering.render(toy.app_plan(toy.bundle(tmp_path / "b"), target, version))
    folder = toy.GOLDEN / f"{target}-{version}"
    assert {one.name for one in folder.iterdir()} == set(files)
    for name, text in files.items():
        assert _undated(text) == _undated((folder / name).read_text()), name


def _undated(text: str) -> str:
    """Without the digest, which changes whenever a contract gains a field."""
    return re.sub(r'"contract_digest": "[0-9a-f]{64}"', "", text)


@pytest.mark.parametrize(("target", "version"), list(toy.PAIRS))
def test_nvinfers_own_reader_finds_the_contract_again(
    tmp_path: Path, target: str, version: str
) -> None:
    plan = toy.app_plan(toy.bundle(tmp_path / "b"), target, version)
    for name, text in rendering.render(plan).items():
        (tmp_path / name).write_text(text)
    wanted = plan.contract
    thresholds = tuple(replace(one, operating=one.pre_cluster) for one in wanted.output.thresholds)
    crop = plan.place.release.reads("crop-objects-to-roi-boundary")
    output = replace(wanted.output, classes=plan.labels, thresholds=thresholds, crop_to_frame=crop)
    for name in ("infer.txt", "infer.yaml"):
        settings = infer_settings.read(tmp_path / name)
        assert settings.warnings == ()
        assert settings.contract() == replace(wanted, output=output)


@pytest.mark.parametrize(("target", "version"), list(toy.PAIRS))
def test_text_and_yaml_say_the_same(tmp_path: Path, target: str, version: str) -> None:
    plan = toy.app_plan(toy.bundle(tmp_path / "b"), target, version)
    values = {}
    for name, text in rendering.render(plan).items():
        if name.startswith(("app.", "infer")) and not name.endswith(".json"):
            (tmp_path / name).write_text(text)
            values[name] = read(tmp_path / name).values()
    as_text, as_yaml = values["app.txt"], values["app.yaml"]
    sources = [as_text.pop(f"source{number}") for number in range(len(plan.sources))]
    assert as_yaml.pop("source") == {"csv-file-path": "sources.csv"}
    networks = [name for name in as_text if name.endswith("-gie") or "-gie" in name]
    assert len(networks) == 1 + len(plan.secondaries)
    for name in networks:
        file = as_text[name].pop("config-file")
        assert as_yaml[name].pop("config-file") == file.replace(".txt", ".yaml")
        assert values[file] == values[file.replace(".txt", ".yaml")]
    assert as_text == as_yaml
    rows = list(csv.DictReader(io.StringIO(rendering.sources_csv(plan))))
    assert [
        {key: row[key] for key in source} for row, source in zip(rows, sources, strict=True)
    ] == (sources)


@pytest.mark.parametrize("value", HOSTILE)
def test_any_value_comes_back_from_both_forms(tmp_path: Path, value: str) -> None:
    sections = [
        Section("property", (Setting("before", "1"), Setting("key", value), Setting("z", "2")))
    ]
    for name, text in (
        ("a.txt", rendering.gkeyfile("title", sections)),
        ("a.yaml", rendering.yaml("title", sections)),
    ):
        (tmp_path / name).write_text(text)
        assert read(tmp_path / name).values() == {
            "property": {"before": "1", "key": value, "z": "2"}
        }


@pytest.mark.parametrize("value", HOSTILE)
def test_yaml_values_are_one_scalar_of_any_yaml_reader(value: str) -> None:
    text = rendering.yaml("title", [Section("s", (Setting("key", value),))])
    loaded = yaml.safe_load(text)["s"]["key"]
    assert isinstance(loaded, str)
    assert loaded == value


@pytest.mark.parametrize(
    "value", ["a\nb", "a\rb", "a\tb", "a\x00", "a\u2028b", "a\x85b", " a", "a "]
)
def test_no_value_leaves_its_line(value: str) -> None:
    with pytest.raises(InputError):
        Setting("key", value)
    with pytest.raises(InputError):
        Setting("key", "1", why=value)


def test_nothing_follows_a_value_on_its_line(tmp_path: Path) -> None:
    files = rendering.render(toy.app_plan(toy.bundle(tmp_path / "b"), "t4", "8.0"))
    for name in ("app.txt", "infer.txt"):
        for line in files[name].splitlines():
            assert line.startswith("#") or "#" not in line


def test_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    plan = toy.app_plan(toy.bundle(tmp_path / "b"), "t4", "8.0")
    written = next(one for one in plan.infer if one.name == "property").get("net-scale-factor")
    assert float(str(written)) == plan.contract.input.scale
