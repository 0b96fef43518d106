from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.trainer import toys
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment
from train2edge.spec.export import Calibration
from trainer import checkpoint
from trainer.plan import plan_training
from trainer.predict import open_predictor
from trainer.pruning.apply import planner
from trainer.pruning.rule import Rule
from trainer.quantization import ranges
from trainer.quantization.network import quantise
from trainer.quantization.readers import limits
from trainer.train import train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pictures(tmp_path_factory.mktemp("toys") / "data")


def spec(data: Path, epochs: int = 2, **more: object) -> Experiment:
    return Experiment.model_validate(
        {
            **toys.experiment(data).model_dump(),
            "export": {"calibration": {"pictures": 4}},
            "quantization": {"epochs": epochs, "learning_rate": 1e-3, **more},
        }
    )


@pytest.fixture(scope="module")
def start(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float network that has seen the toys."""
    folder = tmp_path_factory.mktemp("float")
    torch.manual_seed(2)
    train(toys.experiment(data, epochs=2), folder / "run", start=toys.narrow(folder / "a"))
    return folder / "run"


@pytest.fixture(scope="module")
def run(data: Path, start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("quantised") / "run"
    train(spec(data, 4), out, start=start, quantize=True)
    return out


def test_a_few_steps_bring_the_quantised_network_to_what_it_shall_say(start: Path) -> None:
    loaded = checkpoint.load(start)
    batch = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    with torch.no_grad():
        wanted = [one + 0.5 for one in loaded.model()(batch)]
    measured = ranges.measure(loaded.model(), batch.numpy(), Calibration(method="max"))
    model = quantise(loaded.model(), measured)
    learns = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(15):
        pairs = zip(model(batch), wanted, strict=True)
        loss = torch.stack([functional.mse_loss(*pair) for pair in pairs]).sum()
        learns.zero_grad()
        loss.backward()
        learns.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    first = model.get_parameter("backbone.conv1.weight").grad
    assert first is not None  # through every rounding down to the picture
    assert first.abs().max() > 0


def test_a_run_has_the_float_network_as_its_teacher(run: Path) -> None:
    lines = [json.loads(one) for one in (run / "metrics.jsonl").read_text().splitlines()]
    assert len(lines) == 4
    assert all(0 < one["loss/distillation"] < 0.1 for one in lines)


def test_the_checkpoint_carries_its_ranges_and_computes_in_them(run: Path) -> None:
    loaded = checkpoint.load(run)
    assert loaded.limits == limits(loaded.model())
    assert limits(loaded.float_model()) == {}
    readers = {"backbone.conv1", "backbone.layer1.0.sum", "head.coverage", "head.bbox"}
    assert readers < loaded.limits.keys()
    assert loaded.limits["head.coverage"] == loaded.limits["head.bbox"]  # one tensor
    picture = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 64, 64)).astype(np.float32)
    given = open_predictor(run, torch.device("cpu"))(picture)["output_bbox/BiasAdd"]
    with torch.inference_mode():
        in_float = loaded.float_model().deployed(torch.from_numpy(picture))[1].numpy()
    assert 0 < np.abs(given - in_float).max() < 0.5 * np.abs(in_float).max()


def test_batch_norms_keep_their_statistics(run: Path, start: Path) -> None:
    before, after = checkpoint.load(start).weights, checkpoint.load(run).weights
    assert torch.equal(before["backbone.bn1.running_var"], after["backbone.bn1.running_var"])
    assert not torch.equal(before["backbone.conv1.weight"], after["backbone.conv1.weight"])


def test_resumed_it_ends_as_undisturbed(
    data: Path, start: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer import hooks

    class Killed(Exception):
        pass

    whole = hooks.Journal.after_epoch

    def kill(self: hooks.Journal, loop: hooks.Loop) -> None:
        whole(self, loop)
        if loop.progress.epoch == 3:
            raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(hooks.Journal, "after_epoch", kill)
        train(spec(data, 4), tmp_path / "run", start=start, quantize=True)
    train(spec(data, 4), tmp_path / "run", start=start, quantize=True, resume=True)
    again, expected = checkpoint.load(tmp_path / "run"), checkpoint.load(run)
    assert again.limits == expected.limits
    assert all(torch.equal(one, again.weights[name]) for name, one in expected.weights.items())


def test_what_does_not_go_together_is_refused(data: Path, run: Path, start: Path) -> None:
    samples = [object()] * 8
    with pytest.raises(InputError, match="after it has learned in float"):
        plan_training(spec(data), samples, quantize=True)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="would undo that"):
        plan_training(spec(data), samples, start=run)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"distillation\.weight is 0"):
        plan_training(
            spec(data, distillation=0.0),
            samples,  # type: ignore[arg-type]
            start=start,
            teacher=start,
            quantize=True,
        )
    with pytest.raises(InputError, match="prune the RUN that it comes from"):
        planner(checkpoint.load(run), Rule())


def test_fewer_pictures_than_ranges_need_are_refused(
    data: Path, start: Path, tmp_path: Path
) -> None:
    many = spec(data).model_copy(update={"export": toys.experiment(data).export})
    with pytest.raises(InputError, match="64 calibration pictures asked for"):
        train(many, tmp_path / "run", start=start, quantize=True)
    assert not (tmp_path / "run").exists()


def test_a_pruned_networks_own_training_is_gone_on_with(data: Path, tmp_path: Path) -> None:
    narrow = toys.narrow(tmp_path / "narrow.safetensors")
    plan = plan_training(spec(data), [object()] * 8, start=narrow, quantize=True)  # type: ignore[list-item]
    assert (plan.training.epochs, plan.training.amp) == (2, "off")
    assert plan.teacher == plan.start == str(narrow)
    assert plan.as_record()["calibration"]["pictures"] == 4
