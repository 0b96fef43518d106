from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer import toys
from train2edge.contract import InputContract
from train2edge.datasets.load import load
from trainer import checkpoint
from trainer.examples import Batch, Examples, Sizes, normalize
from trainer.loader import Loader, worker_count
from trainer.losses import TargetBatch
from trainer.tasks import detection


class Numbers:
    """A source whose batches say what was asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def batch(self, epoch: int, indices: Sequence[int]) -> Batch:
        none = torch.zeros(1)
        return Batch(torch.tensor([epoch, *indices]), TargetBatch(none, none, none, none))


def asked(loader: Loader, epoch: int, first: int = 0) -> list[list[int]]:
    return [batch.pictures.tolist() for batch in loader.epoch(epoch, first)]


@pytest.mark.parametrize("workers", [0, 2])
def test_from_any_step_on_the_batches_are_the_same(workers: int) -> None:
    loader = Loader(Numbers(11), 2, seed=4, workers=workers)
    whole = asked(loader, 3)
    assert len(whole) == 5
    assert asked(Loader(Numbers(11), 2, seed=4), 3, 2) == whole[2:]
    assert asked(loader, 4) != whole
    assert asked(loader, 3) == whole


def test_every_epoch_takes_each_picture_once_at_most() -> None:
    loader = Loader(Numbers(11), 2, seed=1)
    for epoch in range(4):
        taken = [index for batch in asked(loader, epoch) for index in batch[1:]]
        assert len(set(taken)) == len(taken) == 10


def test_ranks_share_each_global_batch() -> None:
    whole = asked(Loader(Numbers(24), 4, seed=1), 0)
    ranks = [asked(Loader(Numbers(24), 2, seed=1, rank=r, world=2), 0) for r in range(2)]
    together = [one + other[1:] for one, other in zip(*ranks, strict=True)]
    assert together == whole


def test_too_few_pictures_for_a_batch_are_taken_again() -> None:
    (batch,) = asked(Loader(Numbers(3), 8, seed=1), 0)
    assert sorted(set(batch[1:])) == [0, 1, 2]
    assert len(batch) == 9


def examples(folder: Path, seed: int = 5) -> Examples:
    spec = toys.experiment(folder)
    contract = checkpoint.initial_contract(spec.model, toys.CLASSES)
    return Examples(
        load(spec.dataset).train,
        contract,
        sizes=Sizes(contract.input, ((0, 0.5), (1, 1.0))),
        spec=spec.augmentation,
        targets=detection.targets(contract, spec.training),
        seed=seed,
        epochs=3,
    )


def test_an_example_depends_on_seed_epoch_and_index_alone(tmp_path: Path) -> None:
    folder = toys.pictures(tmp_path / "data")
    one, other = examples(folder), examples(folder)
    other.pictures.load()
    other.batch(2, [3, 1])
    for a, b in zip(one.batch(1, [0, 5]).targets, other.batch(1, [0, 5]).targets, strict=True):
        assert torch.equal(a, b)
    pictures = one.batch(1, [0, 5]).pictures
    assert torch.equal(pictures, other.batch(1, [0, 5]).pictures)
    assert not torch.equal(pictures, one.batch(2, [0, 5]).pictures)
    assert not torch.equal(pictures, examples(folder, 6).batch(1, [0, 5]).pictures)


def test_pictures_grow_with_the_epochs(tmp_path: Path) -> None:
    source = examples(toys.pictures(tmp_path / "data"))
    assert source.batch(0, [0]).pictures.shape == (1, 32, 32, 3)
    assert source.batch(0, [0]).targets[0].shape == (1, 2, 2, 2)
    assert source.batch(1, [0]).pictures.shape == (1, 64, 64, 3)


def test_pictures_stay_in_memory_within_the_budget(tmp_path: Path) -> None:
    source = examples(toys.pictures(tmp_path / "data"))
    source.pictures.load(budget=2 * toys.SIZE * toys.SIZE * 3)
    assert len(source.pictures.kept) == 2
    assert source.pictures[7].shape == (64, 64, 3)


def test_normalize_is_the_contracts() -> None:
    from train2edge.nvinfer import preprocess

    picture = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    contract = InputContract(8, 6, offsets=(123.7, 116.3, 103.5))
    have = normalize(torch.from_numpy(picture)[None], contract)
    np.testing.assert_allclose(have[0].numpy(), preprocess.normalize(picture, contract), atol=1e-6)
    assert have.is_contiguous(memory_format=torch.channels_last)


def test_processes_only_where_cores_are_free() -> None:
    assert worker_count(-1, gpu=False, cores=2) == 0
    assert worker_count(-1, gpu=True, cores=16) == 8
    assert worker_count(-1, gpu=True, cores=8, world=4) == 1
    assert worker_count(3, gpu=False, cores=2) == 3
