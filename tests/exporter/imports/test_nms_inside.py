"""``t2e engine --nms engine``: the files that ``t2e models import --nms efficient`` writes."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.exporter.imports import toy
from train2edge.cli import run

T4 = ("--target", "t4", "--deepstream", "7.1")
ORIN = ("--target", "jetson-agx-orin", "--deepstream", "7.1")
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A bundle of either kind of ``--nms``."""
    folder = tmp_path_factory.mktemp("nms")
    file = toy.write(toy.yolox(), folder / "toy.onnx")
    names, pictures = toy.labels(folder / "names.txt"), toy.pictures(folder / "pictures")
    words = ["--recipe", "yolox", "--labels", names, "--calibrate", pictures, "--no-check"]
    for nms in ("topk", "efficient"):
        imported = ["models", "import", file, "-o", folder / nms, "--nms", nms, *words]
        assert run([str(one) for one in imported]) == 0
    return {nms: folder / nms for nms in ("topk", "efficient")}


@pytest.fixture
def engine(bundles: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> Told:
    """``t2e engine`` of the bundle that has the plugin: exit code, stdout, stderr."""

    def told(*words: object, nms: str = "efficient") -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["engine", str(bundles[nms]), "--nms", "engine", *map(str, words)])
        return (code, *capsys.readouterr())

    return told


@pytest.mark.parametrize(
    ("precision", "model"),
    [("int8", "model_nms"), ("fp16", "model_fp32_nms"), ("fp32", "model_fp32_nms")],
)
def test_every_precision_takes_its_file_with_the_plugin(
    engine: Told, precision: str, model: str
) -> None:
    code, told, _ = engine(*T4, "--precision", precision)
    assert (code, f" --onnx={model}.onnx " in told) == (0, True)
    assert ("--int8" in told) == (precision == "int8")


@pytest.mark.parametrize("place", [T4, (*T4[:3], "9.1"), ORIN])
def test_the_engine_has_the_name_that_its_app_looks_for(
    engine: Told, bundles: dict[str, Path], tmp_path: Path, place: tuple[str, ...]
) -> None:
    app = ["stream", "config", bundles["efficient"], *place, "--nms", "engine"]
    app += ["--input", "rtsp://camera/1", "-o", tmp_path / "app"]
    assert run([str(one) for one in app]) == 0
    _, told, _ = engine(*place)
    (name,) = (one for one in shlex.split(told) if one.startswith("--saveEngine="))
    wanted = f"model-engine-file=model/{name.partition('=')[2]}"
    assert wanted in (tmp_path / "app" / "infer.txt").read_text().splitlines()


def test_dla_takes_the_bundles_cache_or_another_and_leaves_the_plugin_to_the_gpu(
    engine: Told, bundles: dict[str, Path]
) -> None:
    code, told, said = engine(*ORIN, "--dla", 0)
    assert (code, "--onnx=model_cached_nms.onnx" in told) == (0, True)
    assert "--calib=calibration.cache.trt100300" in told
    assert "EfficientNMS_TRT" in said
    other = bundles["topk"] / "calibration.cache"
    code, told, said = engine(*ORIN, "--dla", 0, "--cache", other)
    assert (code, "--calib=calibration.cache.trt100300" in told) == (0, True)


def test_a_layer_is_found_by_its_name_in_the_file_with_the_plugin(engine: Told) -> None:
    code, told, _ = engine(*T4, "--layer", "nms=fp32")
    assert (code, "--layerPrecisions=nms:fp32" in told) == (0, True)
    code, _, said = engine(*T4, "--layer", "topk=fp32")
    assert (code, "topk" in said) == (2, True)


def test_a_bundle_without_such_files_and_a_check_are_refused_with_what_to_type(
    engine: Told,
) -> None:
    code, _, said = engine(*T4, nms="topk")
    assert (code, "--nms efficient" in said, "--nms cluster" in said) == (2, True, True)
    code, _, said = engine(*T4, "--check")
    assert (code, "leave --nms engine out" in " ".join(said.split())) == (2, True)
