"""Two steps on a toy lower the loss, whatever the backbone; what is frozen stays."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.trainer.models import thin
from trainer.checkpoint import Architecture, build
from trainer.models import registry
from trainer.models.network import Network

CLASSES = ("bright", "dark")


def toy() -> tuple[Tensor, Tensor]:
    """Bright and dark pictures with noise."""
    noise = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    classes = torch.arange(8) % 2
    return noise * 0.5 - classes.reshape(-1, 1, 1, 1) * 0.5, classes


def step(model: Network, rate: float = 3e-3) -> float:
    """One step of Adam on the toy; the loss before it."""
    pictures, classes = toy()
    (logits,) = model(pictures)
    loss = torch.nn.functional.cross_entropy(logits.flatten(1), classes)
    learning = [one for one in model.parameters() if one.requires_grad]
    torch.autograd.backward(loss)
    torch.optim.Adam(learning, rate).step()
    model.zero_grad()
    return loss.item()


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_two_steps_lower_the_loss_and_leave_frozen_blocks(name: str) -> None:
    torch.manual_seed(0)
    model = build(Architecture("classifier", name, CLASSES, 64, 64, thin.channels(name)))
    first = 1 if name.startswith("vgg") else 0
    model.freeze((first,))
    model.train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    losses = [step(model) for _ in range(3)]
    assert losses[2] < losses[0]
    changed = {key for key, value in model.state_dict().items() if not value.equal(before[key])}
    frozen = {id(one) for part in model.backbone.freezable()[first] for one in part.parameters()}
    kernels = dict(model.named_parameters())
    assert {key for key in kernels if id(kernels[key]) not in frozen} <= changed
    assert not {key for key in changed & kernels.keys() if id(kernels[key]) in frozen}
