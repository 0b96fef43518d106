"""What probes of real-looking devices are read as."""

from __future__ import annotations

import pytest

from deepstream.deploy.device import Device, parse
from train2edge.errors import WorkError

ORIN_NANO = """Welcome to Ubuntu, says the login shell
t2e.home=/home/jane
t2e.user=jane
t2e.root=
t2e.machine=aarch64
t2e.model=NVIDIA Jetson Orin Nano Developer Kit
t2e.l4t=# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan
t2e.gpu=Orin (nvgpu)
t2e.jetpack=6.2+b77
t2e.tensorrt=10.3.0.30-1+cuda12.5
t2e.deepstream=7.1
t2e.deepstream_app=/usr/bin/deepstream-app
t2e.sdk=7.1.0
t2e.cuda=12.6
t2e.sdk_tensorrt=10.3
t2e.trtexec=/usr/src/tensorrt/bin/trtexec
t2e.free_kib=51200
t2e.current=releases/0123456789abcdef
t2e.user_manager=yes
t2e.linger=no
t2e.done=yes"""
NANO = """t2e.home=/home/jane
t2e.user=jane
t2e.machine=aarch64
t2e.model=NVIDIA Jetson Nano Developer Kit
t2e.l4t=# R32 (release), REVISION: 7.1, GCID: 29818004, BOARD: t210ref, EABI: aarch64, DATE: Sat Feb
t2e.jetpack=
t2e.tensorrt=8.2.1-1+cuda10.2
t2e.deepstream=6.0.1
t2e.deepstream_app=/usr/bin/deepstream-app
t2e.trtexec=/usr/src/tensorrt/bin/trtexec
t2e.sudo=yes
t2e.free_kib=
t2e.done=yes"""
SERVER = """t2e.home=/root
t2e.user=root
t2e.root=yes
t2e.machine=x86_64
t2e.gpu=Tesla T4
t2e.tensorrt=
t2e.deepstream_app=/usr/bin/deepstream-app
t2e.sdk=6.0.0
t2e.sdk_tensorrt=8.0
t2e.trtexec=
t2e.missing=timeout
t2e.missing=tar
t2e.user_manager=yes
t2e.sudo=yes
t2e.unit=system
t2e.release=whole
t2e.unwritable=/srv
t2e.done=yes"""


def read(text: str) -> Device:
    return parse(tuple(text.splitlines()), "jane@device")


def test_a_jetson_with_jetpack_6() -> None:
    one = read(ORIN_NANO)
    assert one.names == ("jetson-orin-nano",) and one.jetson
    assert (one.l4t, one.jetpack, one.deepstream) == ("36.4.3", "6.2", "7.1")
    assert (one.tensorrt, one.cuda, one.free) == ("10.3.0", "12.6", 50 << 20)
    assert (one.current, one.release, one.services) == ("0123456789abcdef", "absent", ("user",))
    assert one.doubts == ()


def test_an_old_jetson() -> None:
    one = read(NANO)
    assert one.names == ("jetson-nano",)
    assert (one.l4t, one.jetpack, one.deepstream, one.tensorrt) == (
        "32.7.1",
        None,
        "6.0.1",
        "8.2.1",
    )
    assert (one.free, one.services, one.cuda) == (None, ("system",), None)


def test_a_server_in_a_container() -> None:
    one = read(SERVER)
    assert one.names == ("t4",) and not one.jetson
    assert (one.deepstream, one.tensorrt, one.trtexec) == ("6.0", "8.0", None)
    assert one.tools == ("timeout", "tar") and one.services == ("system",)
    assert (one.unit, one.release, one.unwritable) == ("system", "whole", "/srv")
    assert len(one.doubts) == 1 and "deepstream-app was asked" in one.doubts[0]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("NVIDIA Jetson AGX Orin Developer Kit", "jetson-agx-orin"),
        ("NVIDIA Orin NX Developer Kit", "jetson-orin-nx"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", "jetson-orin-nano"),
        ("Jetson-AGX", "jetson-agx-xavier"),
        ("NVIDIA Jetson Xavier NX Developer Kit", "jetson-xavier-nx"),
        ("NVIDIA Jetson AGX Thor Developer Kit", "jetson-thor"),
        ("quill", "jetson-tx2"),
    ],
)
def test_models_of_the_device_tree(model: str, name: str) -> None:
    assert read(f"t2e.machine=aarch64\nt2e.model={model}\nt2e.done=yes").names == (name,)


@pytest.mark.parametrize(
    ("gpu", "name"),
    [
        ("NVIDIA A2", "a2"),
        ("NVIDIA A100-SXM4-80GB", "a100"),
        ("NVIDIA L40S", "l40s"),
        ("NVIDIA L4", "l4"),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", "rtx40"),
        ("NVIDIA H100 80GB HBM3", "h100"),
    ],
)
def test_names_of_gpus(gpu: str, name: str) -> None:
    assert read(f"t2e.machine=x86_64\nt2e.gpu={gpu}\nt2e.done=yes").names == (name,)


def test_what_is_not_understood_is_a_doubt() -> None:
    one = read("t2e.machine=aarch64\nt2e.model=Raspberry Pi 5\nt2e.l4t=what?\nt2e.done=yes")
    assert one.names == () and one.l4t is None
    assert "'what?'" in one.doubts[1] and "TensorRT" in one.doubts[0]


def test_half_an_answer_is_none() -> None:
    with pytest.raises(WorkError, match="no answer that can be read"):
        read("t2e.home=/home/jane")
