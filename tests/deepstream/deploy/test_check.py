"""Which device fits which app, and what is typed for one that does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deepstream.deploy import check
from deepstream.deploy.device import Device
from deepstream.deploy.host import Host
from deepstream.deploy.plan import DeployPlan, checked, plan, unit_of
from deepstream.deploy.release import open_release
from train2edge.errors import InputError

FITS = Device(
    home="/home/jane",
    user="jane",
    machine="aarch64",
    model="NVIDIA Jetson Orin Nano Developer Kit",
    deepstream="7.1",
    deepstream_app="/usr/bin/deepstream-app",
    tensorrt="10.3.0",
    trtexec="/usr/src/tensorrt/bin/trtexec",
    free=10 << 30,
    services=("user",),
    names=("jetson-orin-nano",),
)


@pytest.fixture
def wanted(written: Path) -> DeployPlan:
    return plan(open_release(written), (Host("jane@device"),), service=True)


def told(wanted: DeployPlan, **other: object) -> str:
    device = replace(FITS, **other)  # type: ignore[arg-type]
    return "\n".join(str(one) for one in check.problems(wanted, device, "here"))


def test_a_device_that_fits(wanted: DeployPlan) -> None:
    assert told(wanted) == ""
    assert check.doubts(wanted, FITS) == ()
    assert check.service_scope(replace(FITS, unit="system")) == "system"


def test_the_line_that_fits_this_device(wanted: DeployPlan) -> None:
    line = "t2e stream config BUNDLE --target {} --deepstream {} -o APP"
    assert line.format("jetson-orin-nano", "6.3") in told(wanted, deepstream="6.3")
    other = {"model": "NVIDIA Jetson AGX Orin Developer Kit", "names": ("jetson-agx-orin",)}
    assert line.format("jetson-agx-orin", "7.1") in told(wanted, **other)
    server = {"model": None, "gpu": "Tesla T4", "machine": "x86_64", "names": ("t4",)}
    assert line.format("t4", "8.0") in told(wanted, deepstream="8.0", **server)
    # a release that NVIDIA does not have on this device: the nearest that it has
    assert line.format("jetson-orin-nano", "7.1") in told(wanted, deepstream="8.0")
    assert "and that release there" in told(wanted, deepstream="8.0")
    assert "the app is for 7.1" in told(wanted, deepstream="12.5")


def test_machines_that_are_not_known(wanted: DeployPlan) -> None:
    unknown = {"model": None, "gpu": "Quadro P400", "machine": "x86_64", "names": ()}
    assert "it is 'Quadro P400', the app is for Jetson Orin Nano" in told(wanted, **unknown)
    carrier = replace(FITS, model="ACME Carrier 3", names=())
    assert check.problems(wanted, carrier, "here") == ()
    assert "'ACME Carrier 3' is none of t2e targets" in check.doubts(wanted, carrier)[0]


def test_room_is_for_files_engines_and_a_trial(wanted: DeployPlan) -> None:
    enough = wanted.room + wanted.release.size
    assert told(wanted, free=enough) == "" and "are free" in told(wanted, free=enough - 1)
    assert told(wanted, free=wanted.room, release="whole") == ""
    assert told(wanted, free=None) == ""


def test_another_tensorrt_is_a_doubt(wanted: DeployPlan) -> None:
    device = replace(FITS, tensorrt="10.7.0")
    assert "TensorRT 10.7.0 is there; DeepStream 7.1 comes with 10.3.0" in check.doubts(
        wanted, device
    )
    release = replace(wanted.release, lane="int8-cache", sink="display")
    cached = check.doubts(replace(wanted, release=release), device)
    assert "does not read the calibration cache of another" in cached[0]
    assert "the display :0" in cached[1]


def test_folders_of_releases() -> None:
    assert checked("/srv/t2e/street/") == "/srv/t2e/street"
    assert checked("-rf") == "./-rf"
    assert unit_of("a/it's ä") == "t2e-it_s___.service"
    for wrong in ("..", "a/../b", "", "/", "~/x", "a\nb"):
        with pytest.raises(InputError):
            checked(wrong)
