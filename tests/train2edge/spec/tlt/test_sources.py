"""Where the pictures are: behind TFRecords, in conversions, on the command line, mapped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.spec.tlt import old
from tests.trainer import toys
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.tlt.options import Options, options
from train2edge.spec.tlt.paths import Paths, parsed_maps

DATA = "/workspace/tlt-experiments/data"


def test_a_conversion_names_the_folders_and_the_split(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.DETECTNET, old.CONVERT)
    dataset = old.values(found)["dataset"]
    assert dataset["train"] == [
        {"format": "kitti", "images": f"{DATA}/images", "labels": f"{DATA}/labels"}
    ]
    assert dataset["split"] == {"validation": 0.14, "method": "random"}
    told = old.outcome(found, "kitti_config.val_split")
    assert told.where == f"{tmp_path / '1.txt'}:8"
    assert "(line 8 of 1.txt)" in found.text


def test_a_conversion_is_for_the_source_of_its_folder(tmp_path: Path) -> None:
    text = old.DETECTNET.replace(
        "  image_extension:",
        '  data_sources { tfrecords_path: "/m/*" image_directory_path: "/more" }\n'
        '  validation_data_source { tfrecords_path: "/v/*" image_directory_path: "/v" }\n'
        "  image_extension:",
    )
    more = old.CONVERT.replace(DATA, "/more/").replace('"images"', '"pictures"')
    dataset = old.values(old.imported(tmp_path, text, more))["dataset"]
    images = [one["images"] for one in (*dataset["train"], *dataset["validation"])]
    assert images == [f"{DATA}/image_2", "/more/pictures", "/v/image_2"]


def test_a_conversion_by_sequences_asks_for_a_pattern(tmp_path: Path) -> None:
    text = old.CONVERT.replace('"random"', '"sequence"').replace("partitions: 2", "partitions: 5")
    found = old.imported(tmp_path, old.DETECTNET, text)
    assert old.values(found)["dataset"]["split"]["validation"] == 0.2
    told = old.outcome(found, "kitti_config.partition_mode")
    assert (told.verdict, "sequence_pattern" in told.why) == ("not possible here", True)


def test_a_conversion_alone_takes_its_classes_from_the_labels(tmp_path: Path) -> None:
    toys.pictures(tmp_path / "data", 4)
    maps = parsed_maps([f"/workspace/tlt-experiments={tmp_path}"])
    dataset = old.values(old.imported(tmp_path, old.CONVERT, maps=maps))["dataset"]
    assert dataset["classes"] == ["disc", "square"]
    assert dataset["train"][0]["labels"] == str(tmp_path / "data/labels")


def test_labels_are_spelt_as_in_the_files_and_the_unmapped_left_out(tmp_path: Path) -> None:
    data = toys.pictures(tmp_path / "data", 4)
    label = data / "labels/000.txt"
    label.write_text("Van 0 0 0 1 1 9 9 0 0 0 0 0 0 0\nTree 0 0 0 1 1 9 9 0 0 0 0 0 0 0\n")
    maps = parsed_maps([f"/workspace/tlt-experiments={tmp_path}"])
    found = old.imported(tmp_path, old.DETECTNET, maps=maps)
    mapping = old.values(found)["dataset"]["map"]
    assert mapping["Van"] == "car"
    assert mapping["Tree"] is None and mapping["disc"] is None
    assert not any("is an error" in one for one in found.statements)


def test_options_stand_for_the_sources(tmp_path: Path) -> None:
    asked = options([str(tmp_path / "a"), str(tmp_path / "b")], ["la", "lb"], [])
    found = old.imported(tmp_path, old.DETECTNET, options=asked)
    train = old.values(found)["dataset"]["train"]
    assert [one["images"] for one in train] == [str(tmp_path / "a"), str(tmp_path / "b")]
    told = old.outcome(found, "dataset_config.data_sources.image_directory_path")
    assert told.verdict == "not needed here"


def test_labels_want_their_pictures() -> None:
    with pytest.raises(InputError, match="1 times --images and 2 times --labels"):
        options(["a"], ["b", "c"], [])


@pytest.mark.parametrize(
    ("old_path", "new"),
    [
        ("/workspace/tlt/data/", "/d/data"),
        ("/workspace/tlt", "/d"),
        ("/workspace/tlt-other/x", "/workspace/tlt-other/x"),
        ("/workspace/tlt/deep/x", "/e/x"),
    ],
)
def test_maps_go_by_whole_folders_the_longest_first(old_path: str, new: str) -> None:
    maps = parsed_maps(["/workspace/tlt=/d", "/workspace/tlt/deep=/e"])
    assert Paths(maps).new(old_path) == new


def test_a_relative_map_is_written_relative_to_the_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = Paths(parsed_maps(["/workspace=data"]), folder=tmp_path / "specs")
    assert paths.new("/workspace/x") == "../data/x"


def test_paths_that_are_not_here_are_told_with_the_map_to_type(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.DETECTNET)
    (told,) = [one for one in found.statements if "--map" in one and "Not on this" in one]
    assert "--map /workspace/tlt-experiments=" in told


def test_validation_of_its_own(tmp_path: Path) -> None:
    text = old.DETECTNET.replace(
        "validation_fold: 0",
        'validation_data_source { tfrecords_path: "/v/*" image_directory_path: "/v" }',
    )
    dataset = old.values(old.imported(tmp_path, text))["dataset"]
    assert dataset["validation"][0]["images"] == "/v/image_2"
    assert "split" not in dataset


def test_two_trainings_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 training specifications"):
        old.imported(tmp_path, old.DETECTNET, old.SSD)


def test_a_class_that_the_command_line_names_first(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.SSD, options=Options(classes=("cell_phone", "bus")))
    assert old.values(found)["dataset"]["classes"] == ["cell_phone", "bus"]


def test_a_class_that_the_command_line_leaves_out(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.DETECTNET, options=Options(classes=("car",)))
    data = old.values(found)
    assert data["dataset"]["map"]["cyclist"] is None
    assert list(data["training"]["cost"]["classes"]) == ["car"]
    told = old.outcome(found, "cost_function_config.target_classes[0].class_weight")
    assert told.verdict == "not needed here"


def test_all_wrong_values_at_once_with_their_lines(tmp_path: Path) -> None:
    text = old.DETECTNET.replace("num_epochs: 120", "num_epochs: many")
    text = text.replace("hflip_probability: 0.25", "hflip_probability: 1.5")
    text = text.replace("type: L1", "type: L3")
    with pytest.raises(ProblemsError) as error:
        old.imported(tmp_path, text)
    told = sorted(str(one) for one in error.value.problems)
    assert len(told) == 3
    for key in ("num_epochs", "augmentation.hflip", "regularizer.type"):
        assert any(key in one for one in told)
    line = text[: text.index("hflip")].count("\n") + 1
    assert any(one.startswith(f"{tmp_path / '0.txt'}:{line}: ") for one in told)
