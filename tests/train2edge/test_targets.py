from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from train2edge import targets
from train2edge.errors import InputError
from train2edge.targets_cli import targets as command

DEVICES = {
    "jetson-nano",
    "jetson-tx2",
    "jetson-xavier-nx",
    "jetson-agx-xavier",
    "jetson-orin-nano",
    "jetson-orin-nx",
    "jetson-agx-orin",
    "jetson-thor",
    "t4",
    "a2",
    "a10",
    "a30",
    "a100",
    "l4",
    "h100",
    "rtx30",
    "rtx40",
}


def test_every_record_holds_together() -> None:
    assert set(targets.names()) >= DEVICES
    order = list(targets.releases())
    for name in targets.names():
        one = targets.target(name)
        assert one.name == name
        assert one.kind == ("jetson" if name.startswith("jetson") else "dgpu")
        assert set(one.deepstream) <= set(order)
        assert list(one.deepstream) == sorted(one.deepstream, key=order.index)
        assert set(one.limits) <= {"older", "newer", "between"}
        assert {"fp32", "fp16"} <= set(one.precisions)
        for release in one.deepstream:
            assert targets.deployment(name, release).tensorrt >= (8, 0, 1)


def test_known_facts() -> None:
    assert not targets.target("jetson-nano").has("int8")
    assert not targets.target("jetson-orin-nano").nvenc
    assert not targets.target("a100").nvenc
    assert targets.target("jetson-xavier-nx").deepstream[-1] == "6.3"
    assert targets.deployment("jetson-orin-nano", "7.1").tensorrt == (10, 3, 0)
    assert targets.release("6.3").keys.mux_config == "config-file"
    assert targets.nvinfer_keys()["strongly-typed"] == "9.0"


@pytest.mark.parametrize(
    ("name", "near"), [("orin-nano", "jetson-orin-nano"), ("T4", "t4"), ("rtx-40", "rtx40")]
)
def test_a_wrong_name_is_told_the_nearest(name: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        targets.target(name)
    assert f"'{near}'" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("device", "release", "near"),
    [("jetson-nano", "9.1", "6.0.1"), ("jetson-agx-orin", "9.0", "9.1"), ("rtx50", "6.0", "8.0")],
)
def test_impossible_pairs(device: str, release: str, near: str) -> None:
    with pytest.raises(InputError, match="does not run on") as caught:
        targets.deployment(device, release)
    assert f"nearest that does is {near};" in str(caught.value.hint)


def test_records_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        targets.target("t4").nvenc = False  # type: ignore[misc]


def test_command() -> None:
    runner = CliRunner()
    assert "jetson-orin-nano" in runner.invoke(command, []).stdout
    assert "TensorRT" in runner.invoke(command, ["t4"]).stdout
    shown = json.loads(runner.invoke(command, ["t4", "--json"]).stdout)
    assert shown["deepstream"]["8.0"]["tensorrt"] == "10.9.0"
    assert len(json.loads(runner.invoke(command, ["--json"]).stdout)) == len(targets.names())


def test_needs_are_refused_with_reasons() -> None:
    from train2edge.cli import run

    runner = CliRunner()
    assert runner.invoke(command, ["t4", "--needs", "int8, nvenc"]).exit_code == 0
    assert run(["targets", "jetson-orin-nano", "--needs", "nvenc,dla", "--deepstream", "7.1"]) == 2
    assert run(["targets", "--needs", "magic"]) == 2
    assert run(["targets", "--needs", "dla", "--deepstream", "9.2"]) == 2


def test_needs_without_a_name_list_who_can_under_which_release() -> None:
    shown = CliRunner().invoke(command, ["--needs", "int8,dla"]).stdout.splitlines()[1:-1]
    listed = {line.split()[0]: line for line in shown}
    assert {"jetson-agx-orin", "jetson-agx-xavier"} <= set(listed)
    assert not {"t4", "jetson-nano", "jetson-orin-nano"} & set(listed)
    assert "6.1 to 7.1" in listed["jetson-agx-orin"]  # TensorRT 10.7 was the last with DLA
    only = CliRunner().invoke(command, ["--needs", "etlt", "--deepstream", "6.4", "--json"]).stdout
    assert all(list(one["deepstream"]) == ["6.4"] for one in json.loads(only))


def test_every_doubt_is_shown() -> None:
    for name in targets.names():
        one = targets.target(name)
        shown = CliRunner().invoke(command, [name]).stdout
        for text in one.doubts:
            assert f"doubt: {text}" in shown
        for release in one.deepstream:
            for text in targets.release(release).doubts:
                assert f"doubt: DeepStream {release}: {text}" in shown
