"""Every backbone, thin, through torch, ONNX and all passes of surgery: the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from exporter import from_torch
from exporter.engine import dla
from exporter.runs import outputs_of
from exporter.surgery import run as surgery
from tests.trainer.models import thin
from train2edge.spec.model import Model, NetworkInput
from trainer import checkpoint
from trainer.models import registry

SIZE = 64


def exported(backbone: str) -> tuple[onnx.ModelProto, onnx.ModelProto, list[np.ndarray]]:
    """As traced, after surgery, and what torch computes of ``pictures``."""
    torch.manual_seed(3)
    spec = Model(backbone=backbone, input=NetworkInput(width=SIZE, height=SIZE))
    architecture = checkpoint.initial_architecture(spec, ("a", "b"))
    model = checkpoint.build(replace(architecture, channels=thin.channels(backbone)))
    with torch.no_grad():
        model.train()
        for _ in range(20):  # statistics that fit, so that no feature fades
            model(torch.from_numpy(pictures()))
        model.eval()
    contract = checkpoint.initial_contract(spec, ("a", "b"))
    raw = from_torch.to_onnx(model, contract, 17)
    done, _ = surgery.run(raw, contract, pictures()[:1])
    return raw, done, from_torch.outputs_of(model, pictures())


def pictures() -> np.ndarray:
    return np.random.default_rng(2).uniform(-0.5, 0.5, (4, 3, SIZE, SIZE)).astype(np.float32)


@pytest.mark.parametrize("backbone", registry.names("backbones"))
def test_torch_and_onnx_compute_the_same(backbone: str) -> None:
    raw, done, wanted = exported(backbone)
    for graph in (raw, done):
        for one, other in zip(wanted, outputs_of(graph, pictures()), strict=True):
            assert one.std() > 1e-6
            np.testing.assert_allclose(other, one, atol=2e-5, rtol=1e-3)
    assert not {one.op_type for one in done.graph.node} & {"BatchNormalization", "Pad"}


def test_what_dla_leaves_of_an_efficientnet_is_the_means_of_its_channels() -> None:
    _, done, _ = exported("efficientnet_b0")
    found = dla.report(done, "jetson-agx-orin")
    assert {one.operator for one in found.fallen} == {"GlobalAveragePool"}
