from __future__ import annotations

import pytest
import torch

from tests.trainer import toys
from train2edge.errors import InputError
from train2edge.spec.export import Calibration
from trainer import checkpoint
from trainer.quantization import fake, ranges
from trainer.quantization.network import quantise
from trainer.quantization.readers import limits, readers


def test_values_become_steps_and_clip_at_the_limit() -> None:
    x = torch.tensor([0.0, 0.49, 0.51, 126.6, 500.0, -500.0], requires_grad=True)
    y = fake.activation(x, 127.0)
    assert y.tolist() == [0, 0, 1, 127, 127, -128]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1, 1, 1, 0, 0]  # what is clipped learns nothing


def test_each_output_channel_of_a_kernel_has_its_own_127_steps() -> None:
    kernel = torch.tensor([[127.0, 1.4], [1.27, 0.016], [0.0, 0.0]])[:, :, None, None]
    steps = fake.weight(kernel).flatten(1)
    expected = torch.tensor([[127.0, 1.0], [1.27, 0.02], [0.0, 0.0]])
    torch.testing.assert_close(steps, expected)
    folded = torch.tensor([-3.0, 0.1, 2.0])[:, None, None, None]
    torch.testing.assert_close(fake.weight(kernel * folded), fake.weight(kernel) * folded)


def test_a_network_of_readers_without_limits_is_the_float_one(tmp_path) -> None:
    loaded = checkpoint.load(toys.narrow(tmp_path / "narrow.safetensors"))
    picture = torch.rand(1, 3, 64, 64) - 0.5
    expected = loaded.model()(picture)
    watched = loaded.model()
    measured = ranges.measure(watched, [picture[0].numpy()], Calibration(method="max"))
    assert measured["backbone.conv1"] == pytest.approx(float(picture.abs().max()))
    assert not limits(watched)  # measuring leaves the network as it was
    quantised = quantise(watched, measured)
    for _, reader in readers(quantised):
        reader.limit = None
    for one, other in zip(quantised(picture), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert quantised.state_dict().keys() == loaded.weights.keys()


def test_ranges_of_another_network_are_refused(tmp_path) -> None:
    loaded = checkpoint.load(toys.narrow(tmp_path / "narrow.safetensors"))
    with pytest.raises(InputError, match=r"backbone\.conv1, .* has none"):
        quantise(loaded.model(), {"head.coverage": 1.0})
    known = ranges.measure(
        loaded.model(), [torch.rand(3, 64, 64).numpy()], Calibration(method="max")
    )
    with pytest.raises(InputError, match="mask is not read in 8 bits"):
        quantise(loaded.model(), {**known, "mask": 1.0})


@pytest.mark.parametrize("text", ['{"backbone.conv1": -1}', "[]", '{"a": 1.0}', "{"])
def test_a_checkpoint_with_wrong_ranges_is_refused(tmp_path, monkeypatch, text: str) -> None:
    path = toys.narrow(tmp_path / "narrow.safetensors")
    metadata, weights = checkpoint._read(path)
    checkpoint.save_file(weights, path, metadata={**metadata, checkpoint.QUANTIZATION_KEY: text})
    with pytest.raises(InputError, match="ranges of"):
        checkpoint.load(path)
