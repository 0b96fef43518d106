"""Trainings in processes of their own, forked from one that has imported torch already.

    python -m tests.trainer.forks kill FOLDER       one undisturbed, one killed again and again
    python -m tests.trainer.forks together FOLDER   one of batch 4, one of two processes of batch 2

The parent computes nothing, so the children's thread pools are their own.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from tests.trainer import toys
from train2edge.spec.experiment import Experiment
from trainer.train import train


def child(run: Path, start: Path, spec: Experiment, **environment: str) -> int:
    """Begin or resume a training; the process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        torch.set_num_threads(1)
        os.environ.update(environment)
        train(spec, run, start=start, resume=run.is_dir())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def done(pid: int) -> bool:
    return os.waitpid(pid, 0)[1] == 0


def kill(folder: Path) -> None:
    spec = toys.experiment(toys.pictures(folder / "data"), ema=0.9, checkpoint_minutes=1e-4)
    start = toys.narrow(folder / "start.safetensors")
    began = time.monotonic()
    assert done(child(folder / "undisturbed", start, spec))
    whole = time.monotonic() - began
    chance = random.Random(5)
    for _ in range(6):
        pid = child(folder / "killed", start, spec)
        time.sleep(chance.uniform(0.2, 0.8) * whole)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert done(child(folder / "killed", start, spec))


def together(folder: Path) -> None:
    data, start = toys.pictures(folder / "data"), toys.narrow(folder / "start.safetensors")
    steady = {"optimizer": "sgd", "grad_clip": 0.0, "epochs": 2}
    settings = {"freeze_bn": True, "backbone": "resnet10", "input": {"width": 64, "height": 64}}
    plain = (toys.experiment(data, batch_size=size, **steady) for size in (4, 2))
    alone, shared = (
        Experiment.model_validate({**one.model_dump(), "model": settings}) for one in plain
    )
    assert done(child(folder / "alone", start, alone))
    (folder / "shared").mkdir()
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": sys.argv[3]}
    ranks = [
        child(folder / "shared", start, shared, RANK=str(rank), LOCAL_RANK=str(rank), **world)
        for rank in range(2)
    ]
    ends = [done(pid) for pid in ranks]
    assert all(ends)


if __name__ == "__main__":
    {"kill": kill, "together": together}[sys.argv[1]](Path(sys.argv[2]))
