"""A specification of TLT or TAO is known for what it is, and ours is not taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from train2edge.errors import InputError
from train2edge.spec.document import template
from train2edge.spec.origin import check_origin


def refused(text: str) -> str:
    with pytest.raises(InputError) as error:
        check_origin(text, Path("old.txt"))
    return str(error.value)


def test_protobuf_text_and_tao_yaml_are_known_with_their_line() -> None:
    told = refused("random_seed: 42\ndataset_config {\n}\n")
    assert told.startswith("old.txt:2: 'dataset_config'")
    assert "t2e spec import old.txt" in told and "docs/from_tlt.md" in told
    assert refused("encryption_key: k\n").startswith("old.txt:1: 'encryption_key'")


@pytest.mark.parametrize("task", ["detection", "classification"])
def test_our_own_are_not_taken_for_one(task: str) -> None:
    check_origin(template(task), Path("spec.yaml"))
    check_origin("training: {\n  epochs: 3\n}\n", Path("spec.yaml"))


def test_every_protobuf_specification_that_is_at_hand(shared: Path) -> None:
    files = sorted((shared / "data/tlt_specs/prototxt").iterdir())
    assert len(files) > 50
    for file in files:
        refused(file.read_text(errors="replace"))
