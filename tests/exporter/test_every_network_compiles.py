"""NVIDIA's compiler takes every network of the project for a T4, in every precision.

At the smallest sizes, and for other devices in INT8 alone; ``benchmarks/compile_matrix.py`` takes
the recipes' own sizes, published files, pruned networks and all backbones, for all devices.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import compile_matrix
from exporter.compile_check import CompileReport, check
from tests.trainer.models import thin
from train2edge.chain import recipe as recipes
from train2edge.spec.model import Model, NetworkInput
from trainer.models import registry

pytest.importorskip("tensorrt_rtx", reason="tensorrt_rtx is not installed")

NETWORKS = dict(compile_matrix.networks(Path("no published files"), small=True))
HEADS = registry.names("heads")
TRAINED = {f"{name}, {head}" for name in ("mobilenet_v2", "resnet10", "resnet18") for head in HEADS}
IMPORTED = {name for name in NETWORKS if name.startswith("import ")}
OTHER_OPERATORS = ("efficientnet_b0", "googlenet", "squeezenet")  # SiLU, factors; Concat, ceil mode


@pytest.mark.parametrize("name", sorted(TRAINED | IMPORTED))
def test_a_t4_takes_it_in_every_precision(name: str) -> None:
    rows = list(compile_matrix.compile_all({name: NETWORKS[name]}, ["SM75"], jobs=2))
    assert [one.precision for one in rows] == ["fp32", "fp16", "int8", "mixed"]
    assert {one.precision: one.reports["SM75"].note for one in rows if not one.passed} == {}


@pytest.mark.parametrize("backbone", ["mobilenet_v2", "resnet10"])
def test_newer_devices_take_int8(backbone: str, tmp_path: Path) -> None:
    model = NETWORKS[f"{backbone}, detectnet_v2"]()
    path = compile_matrix.write(compile_matrix.precisions(model), tmp_path)["int8"]
    for capability in ("SM86", "SM89"):
        report = check(path, capability=capability, batch=2)
        assert (report.status, report.note) == ("compiled", "")


@pytest.mark.parametrize("backbone", OTHER_OPERATORS)
def test_other_operators_compile_in_a_thin_network(backbone: str, tmp_path: Path) -> None:
    size = NetworkInput(width=compile_matrix.SMALL, height=compile_matrix.SMALL)
    model = Model(backbone=backbone, input=size)
    made = compile_matrix.trained(model, channels=thin.channels(backbone))
    files = compile_matrix.write(compile_matrix.precisions(made), tmp_path)
    report = check(files["int8"], capability="SM86", batch=2)
    assert (report.status, report.note) == ("compiled", "")


def test_the_recipes_networks_are_among_them() -> None:
    for name in recipes.names():
        model = compile_matrix.experiment(name, small=True).model
        assert f"{model.backbone}, {model.architecture}" in NETWORKS


def test_one_refusal_fails_the_row() -> None:
    good, bad = CompileReport("compiled", "SM75", 1.0), CompileReport("crashed", "SM86", note="oh")
    row = compile_matrix.Row("net", "int8", {"SM75": good, "SM86": bad})
    assert not row.passed
    assert compile_matrix.Row("net", "int8", {"SM75": good}).passed
