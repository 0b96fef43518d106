"""The contract travels as JSON without loss, and refuses what is none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from train2edge.contract import (
    METADATA_KEY,
    ClassThresholds,
    Contract,
    InputContract,
    OutputContract,
)
from train2edge.errors import InputError

CONTRACT = Contract(
    InputContract(416, 256, offsets=(123.675, 116.28, 103.53), maintain_aspect_ratio=False),
    OutputContract(("car", "bus"), thresholds=(ClassThresholds(operating=0.3), ClassThresholds())),
)


def test_json_round_trip_is_exact() -> None:
    again = Contract.from_json(CONTRACT.to_json())
    assert again == CONTRACT
    assert again.digest == CONTRACT.digest
    assert again.input.scale == 1 / 255


def test_what_older_readers_do_not_know_is_written_only_where_it_is_set() -> None:
    """So a contract that was written before keeps its text and its digest."""
    data = json.loads(CONTRACT.to_json())
    assert "order" not in data["input"] and "mean_file" not in data["input"]
    last = replace(CONTRACT, input=replace(CONTRACT.input, order="NHWC", mean_file="/mean.ppm"))
    again = Contract.from_json(last.to_json())
    assert again == last and again.input.shape == (256, 416, 3)


def test_the_operating_point_replaces_the_threshold_of_each_class() -> None:
    chosen = CONTRACT.output.at_operating_point()
    assert [one.pre_cluster for one in chosen.thresholds] == [0.3, 0.4]
    assert CONTRACT.output.thresholds[0].pre_cluster == 0.02


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("schema"),
        lambda data: data.update(schema=99),
        lambda data: data.pop("output"),
        lambda data: data["input"].pop("width"),
        lambda data: data["input"].update(width=-1),
        lambda data: data["input"].update(offsets=[1.0]),
        lambda data: data["input"].update(nonsense=1),
        lambda data: data["output"].update(thresholds=[{}]),
        lambda data: data["output"].update(classes=None),
    ],
)
def test_what_is_no_contract_is_told_with_its_place(change: object) -> None:
    data = json.loads(CONTRACT.to_json())
    change(data)  # type: ignore[operator]
    with pytest.raises(InputError) as caught:
        Contract.from_json(json.dumps(data), where="model.onnx")
    assert "Traceback" not in str(caught.value)


def test_metadata_without_a_contract() -> None:
    with pytest.raises(InputError, match=r"model\.onnx: carries no train2edge contract"):
        Contract.from_metadata({}, where="model.onnx")
    assert Contract.from_metadata({METADATA_KEY: CONTRACT.to_json()}, where="x") == CONTRACT
