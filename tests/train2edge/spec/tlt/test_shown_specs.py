"""NVIDIA's own published specifications: taken over with every key told, or refused with why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from train2edge.errors import InputError
from train2edge.spec.tlt.book import UNKNOWN
from train2edge.spec.tlt.options import Options
from train2edge.spec.tlt.paths import Paths
from train2edge.spec.tlt.read import read
from train2edge.spec.tlt.run import Imported, import_specs

# of which nothing carries over: how to run a network, and what is not learned here
REFUSED = ("inferencer", "inference", "lpr", "unet", "deploy__nvidia")


@pytest.fixture(scope="module")
def results(shared: Path) -> dict[Path, Imported | str]:
    found: dict[Path, Imported | str] = {}
    for form in ("prototxt", "yaml"):
        for file in sorted((shared / "data/tlt_specs" / form).iterdir()):
            try:
                found[file] = import_specs([file], Options(), Paths())
            except InputError as error:
                found[file] = str(error)
    return found


def test_there_are_many(results: dict[Path, Imported | str]) -> None:
    assert len(results) > 250
    taken = Counter(file.parent.name for file, one in results.items() if isinstance(one, Imported))
    assert taken["prototxt"] > 90 and taken["yaml"] > 20


def test_training_specifications_of_tlt_are_taken_over(
    results: dict[Path, Imported | str],
) -> None:
    refused = [
        file.name
        for file, one in results.items()
        if file.parent.name == "prototxt" and isinstance(one, str)
    ]
    assert [name for name in refused if not any(part in name for part in REFUSED)] == []


def test_every_key_has_a_word(results: dict[Path, Imported | str]) -> None:
    for file, one in results.items():
        if isinstance(one, Imported):
            assert [told.key for told in one.outcomes] == [leaf.name for leaf in read(file).walk()]
            assert [told.key for told in one.outcomes if told.why == UNKNOWN] == [], file.name


def test_the_experiments_are_yaml_with_a_comment_a_value(
    results: dict[Path, Imported | str],
) -> None:
    for one in results.values():
        if isinstance(one, Imported):
            values = yaml.safe_load(one.text)
            assert {"name", "dataset"} <= values.keys()
            for key in one.open:
                assert key.startswith("dataset.")


def test_a_refusal_names_the_file_the_reason_and_what_is_taken(
    results: dict[Path, Imported | str],
) -> None:
    for file, one in results.items():
        if isinstance(one, str):
            assert one.startswith(f"{file}:")
            assert "taken over are" in one or "it was trained with" in one, one
