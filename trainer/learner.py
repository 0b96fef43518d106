"""One training step: forward, loss, backward, update; and the state that it changes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from train2edge.contract import InputContract
from train2edge.spec.training import Training
from trainer import optimizer as optimizers
from trainer.distributed import Group
from trainer.ema import MovingAverage
from trainer.examples import Batch, normalize
from trainer.models.head import Outputs
from trainer.models.network import Network
from trainer.predict import placed
from trainer.regularizer import kernels, penalty
from trainer.tasks.task import Loss, Targets

PRIME = 1_000_003  # spreads seeds of neighbouring steps


class Learner:
    """A model that learns from batches."""

    def __init__(
        self,
        model: Network,
        spec: Training,
        contract: InputContract,
        loss: Loss,
        *,
        group: Group,
        seed: int,
        teacher: Network | None = None,
    ) -> None:
        self.spec = spec
        self.contract = contract
        self.group = group
        self.seed = seed
        self.model = placed(model, group.device)
        self.optimizer = optimizers.build(self.model, spec)
        self.average = MovingAverage(self.model, spec.ema) if spec.ema else None
        self.network: nn.Module = group.wrap(self.model)
        self.loss = loss.to(group.device)
        self.precision = _precision(spec, group.device)
        self.scaler = torch.GradScaler(group.device.type, enabled=self.precision is torch.float16)
        self.teacher = _frozen(teacher, group.device)
        self._kernels = kernels(self.model)

    @property
    def best_model(self) -> Network:
        """The model to judge and to keep: the moving average if there is one."""
        average = self.average.model if self.average else self.model
        assert isinstance(average, Network)
        return average

    def step(self, batch: Batch, number: int, rate: float) -> dict[str, Tensor]:
        """Learn from ``batch`` as step ``number``; gives the loss terms, detached."""
        torch.manual_seed((self.seed * PRIME + number) * self.group.world + self.group.rank)
        optimizers.set_rate(self.optimizer, rate)
        batch = batch.to(self.group.device)
        terms, total = self._cost(batch)
        self.optimizer.zero_grad()
        self.scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        self._clip()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average:
            self.average.update(self.model)
        return {name: value.detach() for name, value in {**terms, "total": total}.items()}

    def state(self) -> dict[str, Any]:
        """Everything that a step changes, as tensors and plain values."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": self.average.state() if self.average else None,
            "weights": dict(self.loss.weights),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.loss.weights = dict(state["weights"])
        if self.average:
            self.average.restore(state["average"])

    def _cost(self, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
        pictures = normalize(batch.pictures, self.contract)
        with self._autocast():
            outputs = self.network(pictures)
        terms = self.loss(outputs, batch.targets)
        total = self.loss.total(terms)
        if self.spec.regularizer.type != "none":
            terms["regularizer"] = penalty(self._kernels, self.spec.regularizer)
            total = total + terms["regularizer"]
        if self.teacher is not None:
            terms["distillation"] = self._distance(pictures, outputs, batch.targets)
            total = total + self.spec.distillation.weight * terms["distillation"]
        return terms, total

    def _distance(self, pictures: Tensor, student: Outputs, targets: Targets) -> Tensor:
        assert self.teacher is not None
        with torch.no_grad(), self._autocast():
            teacher = self.teacher(pictures)
        return self.loss.distance(student, teacher, targets)

    def _clip(self) -> None:
        if self.spec.grad_clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.spec.grad_clip)

    def _autocast(self) -> torch.autocast:
        enabled = self.precision is not torch.float32
        kind = self.precision if enabled else None
        return torch.autocast(self.group.device.type, kind, enabled=enabled)


def _precision(spec: Training, device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware computes with it, float16 on older GPUs, else float32."""
    if spec.amp == "off":
        return torch.float32
    if device.type == "cpu":
        return torch.bfloat16 if _fast_bfloat16() else torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _frozen(teacher: Network | None, device: torch.device) -> Network | None:
    if teacher is None:
        return None
    return placed(teacher, device).requires_grad_(False).eval()


def _fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 itself (AVX512_BF16, AMX): 1.5 to 2 times as fast."""
    return bool(torch.cpu._is_avx512_bf16_supported())
