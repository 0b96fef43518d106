from __future__ import annotations

import pytest

from train2edge import feasibility, tensorrt
from train2edge.errors import InputError, ProblemsError
from train2edge.targets import Deployment, deployment, names, target


def refused(device: str, release: str, feature: feasibility.Feature) -> tuple[str, str]:
    found = feasibility.refusal(deployment(device, release), feature)
    assert found is not None
    return found.reason, found.nearest


@pytest.mark.parametrize(
    ("device", "release", "feature", "reason", "nearest"),
    [
        ("jetson-nano", "6.0.1", "int8", "compute capability 5.3) has no INT8", "fp16"),
        ("jetson-agx-orin", "9.1", "dla", "10.7 was the last", "DeepStream 7.1"),
        ("t4", "7.1", "dla", "no DLA core", "GPU"),
        ("jetson-orin-nano", "7.1", "nvenc", "no NVENC", "x264enc"),
        ("t4", "7.1", "etlt", "DeepStream 7.0 was the last", "onnx-file"),
        ("t4", "8.0", "fp8", "no FP8", "int8"),
        ("jetson-tx2", "6.0", "int8-cache", "no INT8", "fp16"),
    ],
)
def test_the_impossible_is_refused_with_the_nearest_that_works(
    device: str, release: str, feature: feasibility.Feature, reason: str, nearest: str
) -> None:
    why, instead = refused(device, release, feature)
    assert reason in why
    assert nearest in instead


@pytest.mark.parametrize(
    ("device", "release", "feature"),
    [
        ("t4", "7.1", "int8"),
        ("t4", "7.0", "etlt"),
        ("jetson-agx-orin", "7.1", "dla"),
        ("jetson-agx-orin", "7.1", "nvenc"),
        ("jetson-xavier-nx", "6.3", "int8-cache"),
        ("h100", "9.1", "fp8"),
    ],
)
def test_the_possible_is_not(device: str, release: str, feature: feasibility.Feature) -> None:
    assert feasibility.refusal(deployment(device, release), feature) is None


def test_everything_that_is_wrong_is_told_at_once() -> None:
    nano = deployment("jetson-orin-nano", "9.1")
    with pytest.raises(ProblemsError) as caught:
        feasibility.check(nano, ["etlt", "int8", "dla", "nvenc"])
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="unknown feature 'int9'"):
        feasibility.check(nano, ["int9"])


def test_another_tensorrt_than_deepstreams() -> None:
    orin = target("jetson-agx-orin")
    release = deployment(orin.name, "9.2").release
    newest = Deployment(orin, release, own_tensorrt="11.4.1")
    assert newest.tensorrt == (11, 4, 1)
    assert feasibility.refusal(newest, "dla") is None
    cache = feasibility.refusal(newest, "int8-cache")
    assert cache is not None and "Q/DQ" in cache.nearest
    nano = deployment("jetson-nano", "6.0.1")
    with pytest.raises(InputError, match=r"needs compute capability 7\.0"):
        feasibility.check_capability(Deployment(nano.target, nano.release, own_tensorrt="10.3.0"))


def test_no_device_has_a_release_whose_tensorrt_has_left_it_behind() -> None:
    for name in names():
        for release in target(name).deepstream:
            feasibility.check_capability(deployment(name, release))


def test_versions() -> None:
    facts = tensorrt.facts()
    assert facts.has_dla((10, 7, 2), "jetson-agx-orin")
    assert not facts.has_dla((10, 8), "jetson-agx-orin")
    assert facts.has_weak_typing((10, 16, 1)) and not facts.has_weak_typing((11, 0))
    assert [facts.highest_opset(one) for one in ((8, 2, 1), (8, 6), (10, 3))] == [13, 17, None]
    with pytest.raises(InputError, match="not a TensorRT version"):
        tensorrt.parse("ten")
