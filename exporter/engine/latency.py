"""How long an engine takes on the device: percentiles, after warming up, with the clocks noted."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from exporter.engine import clocks
from exporter.engine.runner import EnginePredictor

PERCENTILES = (50, 95, 99)
RUNS = 200
WARM_UP = 20


@dataclass(frozen=True)
class Percentiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: list[float]) -> Percentiles:
        found = np.percentile(milliseconds, PERCENTILES)
        return cls(*(round(float(one), 4) for one in found))


@dataclass(frozen=True)
class LatencyReport:
    """``network`` is the network alone by the GPU's clock, ``whole`` with both copies, by ours."""

    gpu: str
    batch: int
    runs: int
    warm_up: int
    network: Percentiles
    whole: Percentiles
    clocks: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        head = f"batch {self.batch} on {self.gpu}, {self.runs} runs after {self.warm_up} to warm up"
        rows = [("network alone", self.network), ("with both copies", self.whole)]
        table = [
            f"  {what:17} p50 {one.p50:8.3f}  p95 {one.p95:8.3f}  p99 {one.p99:8.3f} ms"
            for what, one in rows
        ]
        return [head, *table, *(f"  {note}" for note in self.clocks)]


def measure(
    predictor: EnginePredictor, *, runs: int = RUNS, warm_up: int = WARM_UP
) -> LatencyReport:
    """Time the engine's largest batch; its pictures are noise, which costs as much as any other."""
    frame = predictor.contract.input
    shape = (predictor.largest, frame.channels, frame.height, frame.width)
    batch = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    for _ in range(warm_up):
        predictor(batch)
    whole = []
    for _ in range(runs):
        started = time.perf_counter()
        predictor(batch)
        whole.append(1000 * (time.perf_counter() - started))
    predictor.prepare(batch)
    network = [predictor.device.milliseconds(predictor.compute) for _ in range(runs)]
    return LatencyReport(
        gpu=predictor.device.gpu.name,
        batch=predictor.largest,
        runs=runs,
        warm_up=warm_up,
        network=Percentiles.of(network),
        whole=Percentiles.of(whole),
        clocks=clocks.notes(),
    )
