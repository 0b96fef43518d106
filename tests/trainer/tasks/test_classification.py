from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer import toys
from train2edge.datasets.picture import read_picture
from train2edge.datasets.task import load_experiment
from train2edge.errors import InputError
from train2edge.nvinfer.preprocess import prepare
from train2edge.spec.training import Cost
from trainer import augmentation, checkpoint, hooks
from trainer.change import unchanged
from trainer.examples import Examples, Sizes, normalize
from trainer.loop import Loop
from trainer.plan import fingerprint, plan_training
from trainer.tasks import classification
from trainer.train import train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pictures(tmp_path_factory.mktemp("toys") / "data", 24)


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    spec = toys.classification(data, epochs=12, batch_size=8, schedule={"maximum": 0.02})
    start = toys.narrow(folder / "start.safetensors", spec)
    train(spec, folder / "run", start=start)
    return folder / "run"


def test_crops_are_learned_and_the_threshold_is_chosen(run: Path) -> None:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {"top1", "mean_recall", "loss/entropy"} <= set(lines[-1])
    assert max(line["top1"] for line in lines) >= 0.9
    contract = checkpoint.load(run).contract
    assert (contract.task, contract.output.parser) == ("classification", "classifier")
    assert not contract.input.maintain_aspect_ratio
    assert 0 <= contract.output.classifier_threshold < 1


def test_a_resumed_training_ends_with_the_same_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = toys.classification(data, epochs=2, ema=0.9)
    start = toys.narrow(tmp_path / "start.safetensors", spec)
    train(spec, tmp_path / "whole", start=start)
    save = hooks.Saver.save

    def killed(self: hooks.Saver, loop: Loop) -> None:
        save(self, loop)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(hooks.Saver, "save", killed)
        train(spec, tmp_path / "parts", start=start)
    train(spec, tmp_path / "parts", start=start, resume=True)
    expected = checkpoint.load(tmp_path / "whole").weights
    for name, value in checkpoint.load(tmp_path / "parts").weights.items():
        assert torch.equal(value, expected[name])


def test_an_unchanged_example_is_what_nvinfer_would_see(data: Path) -> None:
    spec = toys.classification(data)
    sample = load_experiment(spec).train[0]
    contract = checkpoint.initial_contract(spec.model, toys.CLASSES, spec.dataset.crops)
    examples = Examples(
        [sample],
        contract,
        sizes=Sizes(contract.input),
        spec=spec.augmentation,
        targets=classification.targets(contract, spec.training),
        seed=1,
        epochs=1,
    )
    view = augmentation.augment(examples._stored(0), unchanged(), contract.input)
    have = normalize(torch.from_numpy(view.picture)[None], contract.input)[0].numpy()
    want, _ = prepare(read_picture(sample.image), contract.input, sample.region)
    inner = slice(1, -1)  # at the rim, what is beside the crop shows through
    np.testing.assert_allclose(have[:, inner, inner], want[:, inner, inner], atol=2.5 / 255)
    assert examples.batch(0, [0]).targets[0].tolist() == sample.class_ids.tolist()


def test_rare_classes_weigh_more_and_a_sample_one() -> None:
    counts = np.array([90, 10])
    weights = {
        balance: classification.class_weights(counts, ("a", "b"), Cost(class_balance=balance))
        for balance in ("none", "root", "inverse")
    }
    assert weights["none"].tolist() == [1, 1]
    assert weights["root"][1] / weights["root"][0] == pytest.approx(3)
    assert weights["inverse"][1] / weights["inverse"][0] == pytest.approx(9)
    for one in weights.values():
        assert (one * counts).sum() / counts.sum() == pytest.approx(1)


def test_a_sample_costs_its_classs_weight() -> None:
    loss = classification.SoftmaxLoss(Cost(label_smoothing=0), np.array([1.0, 3.0]))
    logits = torch.tensor([[1.0, 0.0], [1.0, 0.0]]).reshape(2, 2, 1, 1)
    cost = -torch.log_softmax(torch.tensor([1.0, 0.0]), 0)
    (term,) = loss((logits,), classification.Labels(torch.tensor([0, 1]))).values()
    assert float(term) == pytest.approx(float(cost[0] + 3 * cost[1]) / 2)


def test_the_loss_falls_with_the_right_class_and_a_student_like_its_teacher_costs_nothing() -> None:
    loss = classification.SoftmaxLoss(Cost(label_smoothing=0.1), np.ones(3))
    labels = classification.Labels(torch.tensor([2, 0]))
    logits = torch.zeros(2, 3, 1, 1)
    right = logits.clone()
    right[0, 2], right[1, 0] = 4.0, 4.0
    assert float(loss((right,), labels)["entropy"]) < float(loss((logits,), labels)["entropy"])
    assert float(loss.distance((right,), (right,), labels)) == pytest.approx(0, abs=1e-6)
    assert float(loss.distance((logits,), (right,), labels)) > 0.1


def test_a_crops_region_is_part_of_the_experiment(data: Path) -> None:
    spec = toys.classification(data)
    samples = load_experiment(spec).train
    plan = plan_training(spec, samples)
    moved = [replace(samples[0], region=None), *samples[1:]]
    assert fingerprint(plan, spec, samples) != fingerprint(plan, spec, moved)


def test_a_detector_is_no_start_for_a_classifier(data: Path, tmp_path: Path) -> None:
    start = toys.narrow(tmp_path / "detector.safetensors")
    with pytest.raises(InputError, match="its task is detection"):
        plan_training(toys.classification(data), [object()], start=start)  # type: ignore[list-item]
