"""A quantisation-aware network and its Q/DQ graph compute the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx_graphsurgeon as gs
import pytest
import torch

from exporter import from_checkpoint, from_torch
from exporter.plan import ExportPlan
from exporter.quantize import int8, placement, qdq, trained_parity, trained_ranges
from exporter.quantize.noise import relative_noise
from exporter.runs import outputs_of
from exporter.traced import Traced
from tests.trainer.models import thin
from train2edge.datasets.sample import Sample
from train2edge.errors import WorkError
from train2edge.spec.export import Calibration, Gate
from train2edge.spec.model import Model, NetworkInput
from trainer import checkpoint
from trainer.checkpoint import Checkpoint
from trainer.quantization import ranges

SIZE = 64
CLASSES = ("square", "disc")
NETWORKS = [
    ("resnet10", "detectnet_v2"),
    ("mobilenet_v2", "detectnet_v2"),
    ("resnet18", "classifier"),
]
THIN = [
    ("darknet53", "detectnet_v2"),
    ("efficientnet_b0", "classifier"),
    ("googlenet", "classifier"),
    ("squeezenet", "detectnet_v2"),
]


def pictures(count: int = 6) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.uniform(-0.5, 0.6, (count, 3, SIZE, SIZE)).astype(np.float32)


def aware(backbone: str, head: str, channels: dict[str, int] | None = None) -> Checkpoint:
    """A quantisation-aware checkpoint with weights of no meaning, batch norms among them."""
    torch.manual_seed(4)
    spec = Model(architecture=head, backbone=backbone, input=NetworkInput(width=SIZE, height=SIZE))
    architecture = checkpoint.initial_architecture(spec, CLASSES)
    architecture = replace(architecture, channels=channels or {})
    model = checkpoint.build(architecture)
    for name, value in model.state_dict().items():
        if name.endswith(("running_var", "running_mean")) or (".bn" in name and "weight" in name):
            value.uniform_(0.5, 1.5).mul_(-1 if "mean" in name else 1)
    limits = ranges.measure(model, pictures(), Calibration(method="max"))
    for name, layer in model.head.named_children():
        if isinstance(layer, torch.nn.Conv2d):  # sigmoid and softmax shall not saturate
            torch.nn.init.normal_(layer.weight, std=0.2 / limits[f"head.{name}"])
    made = Checkpoint.of(model, architecture, checkpoint.initial_contract(spec, CLASSES))
    return replace(made, limits=limits)


def trace(made: Checkpoint, folder: Path) -> Traced:
    made.save(folder / "best.safetensors")
    picture = np.random.default_rng(1).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    cv2.imwrite(str(folder / "a.png"), picture)
    nothing = np.zeros(0, np.int32)
    boxes = np.zeros((0, 4), np.float32)
    sample = Sample(folder / "a.png", SIZE, SIZE, boxes, nothing, nothing.astype(bool))
    settings = Calibration(), Gate()
    plan = ExportPlan(
        folder / "best.safetensors", folder, "toy", "int8", 17, True, *settings, "8.6.1", False
    )
    return from_checkpoint.trace(plan, (sample,))


def readings(made: Checkpoint, traced: Traced) -> dict[str, str]:
    raw = from_torch.to_onnx(made.float_model(), made.contract, 17)
    outputs = trained_ranges.output_nodes(raw)
    return trained_ranges.readings(gs.import_onnx(traced.model), outputs)


@pytest.fixture(params=NETWORKS, ids="-".join, scope="module")
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Checkpoint, Traced]:
    aware_one = aware(*request.param)
    return aware_one, trace(aware_one, tmp_path_factory.mktemp("run"))


def test_torch_in_8_bits_is_the_q_dq_graph(made: tuple[Checkpoint, Traced]) -> None:
    source, traced = made
    graph = gs.import_onnx(traced.model)
    assert set(traced.trained) == set(placement.plan(graph).tensors)
    assert traced.quantised is not None
    assert traced.quantised.difference < 1e-7
    quantised, _ = qdq.quantize(traced.model, traced.trained)
    wanted = from_torch.outputs_of(source.model(), pictures())
    in_float = from_torch.outputs_of(source.float_model(), pictures())
    for one, found, other in zip(wanted, outputs_of(quantised, pictures()), in_float, strict=True):
        assert relative_noise(list(one), list(found)) < 2 * relative_noise(list(one), list(other))


@pytest.mark.parametrize(("backbone", "head"), THIN)
def test_every_kind_of_block_reads_8_bits_where_its_graph_does(
    backbone: str, head: str, tmp_path: Path
) -> None:
    source = aware(backbone, head, thin.channels(backbone))
    traced = trace(source, tmp_path)
    assert traced.quantised is not None
    assert traced.quantised.difference < 1e-6
    assert readings(source, traced).keys() == source.limits.keys()


def test_a_graph_that_rounds_otherwise_is_found(made: tuple[Checkpoint, Traced]) -> None:
    source, traced = made
    reads = readings(source, traced)
    for name in list(traced.trained)[1::6]:
        other = {**traced.trained, name: traced.trained[name] * 1.02}
        seen = from_checkpoint._seen(source, reads, pictures(1))
        assert not trained_parity.parity(traced.model, other, seen).passed, name


def test_a_network_that_reads_no_numbers_is_refused(made: tuple[Checkpoint, Traced]) -> None:
    source, traced = made
    (seen,) = from_checkpoint._seen(source, readings(source, traced), pictures(1))
    broken = {name: np.full_like(value, np.nan) for name, value in seen.items()}
    assert not trained_parity.parity(traced.model, traced.trained, [seen, broken]).passed


def test_a_checkpoint_that_reads_elsewhere_is_refused(made: tuple[Checkpoint, Traced]) -> None:
    source, traced = made
    reads = readings(source, traced)
    less = {name: one for name, one in source.limits.items() if ".conv" not in name}
    with pytest.raises(WorkError, match=r"not quantised alike: backbone\."):
        trained_ranges.by_tensor(reads, less)
    sums = next(name for name in reads if name.endswith(".sum"))
    with pytest.raises(WorkError, match="two ranges"):
        trained_ranges.by_tensor(reads, {**source.limits, sums: 99.0})


def test_int8_keeps_the_trained_ranges_and_biases(tmp_path: Path) -> None:
    traced = trace(aware("resnet10", "detectnet_v2"), tmp_path)
    settings, gate = Calibration(pictures=6), Gate(min_sqnr=90)  # which no 8 bits have
    made = int8.make(traced.model, pictures(), settings, gate, None, traced.trained)
    assert made.mixed.keep == ()
    assert {name: made.cached[name] for name in traced.trained} == traced.trained
    assert len(made.cached) > len(traced.trained)
    expected, _ = qdq.quantize(traced.model, traced.trained)
    for one, other in zip(
        outputs_of(made.device, pictures()), outputs_of(expected, pictures()), strict=True
    ):
        np.testing.assert_array_equal(one, other)
