from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

from train2edge.errors import InputError
from trainer.state import Progress, State


def state() -> State:
    progress = Progress(epoch=2, step=3, total=13, sums={"total": torch.tensor(0.1)})
    return State(progress, {"model": {"w": torch.arange(6.0)}}, "fingerprint")


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    state().save(tmp_path / "last.pt")
    back = State.load(tmp_path / "last.pt", "fingerprint")
    assert back.progress == state().progress
    assert torch.equal(back.learner["model"]["w"], torch.arange(6.0))


def test_of_another_experiment(tmp_path: Path) -> None:
    state().save(tmp_path / "last.pt")
    with pytest.raises(InputError, match="another experiment"):
        State.load(tmp_path / "last.pt", "another")


def test_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    state().save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="not a training state"):
        State.load(path, "fingerprint")


def test_code_in_a_state_is_never_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "run"),)

    path = tmp_path / "last.pt"
    torch.save({"schema": 1, "progress": Evil()}, path, pickle_module=pickle)
    with pytest.raises(InputError, match="not a training state"):
        State.load(path, "fingerprint")
    assert not (tmp_path / "run").exists()


def test_a_save_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    state().save(path)
    broken = State(Progress(), {"model": lambda: None}, "fingerprint")
    with pytest.raises(AttributeError):
        broken.save(path)
    assert State.load(path, "fingerprint").progress.total == 13
    assert [one.name for one in tmp_path.iterdir()] == ["last.pt"]
