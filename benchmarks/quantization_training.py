"""What training in 8 bits gains over calibration, on one trained RUN and its own test pictures.

    python benchmarks/quantization_training.py RUN [--spec SPEC] [--epochs 4] [-o FOLDER]
        [--set a.b=c ...]

Four files of the same network are scored, all executed exactly as written: in float; calibrated
with every layer in 8 bits; calibrated with the layers in float that the gate of the SPEC wants;
trained in 8 bits. Each is made by the command that a user would type, and its seconds are told:
take them when the machine is quiet.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ALL = ("--set", "export.gate.min_sqnr=0", "--max-drop", "100")  # no layer in float


@dataclass(frozen=True)
class Row:
    """One file: its score on the final pictures, layers and work in float, decibels, seconds."""

    what: str
    score: float
    kept: int
    float_share: float
    decibels: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--spec", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--split", default="test")
    parser.add_argument("--set", dest="sets", action="append", default=[])
    parser.add_argument("-o", "--out", type=Path)
    options = parser.parse_args()
    work = Work(
        options.run,
        options.spec or options.run / "spec.yaml",
        options.out or Path(tempfile.mkdtemp()),
        options.split,
        tuple(word for one in options.sets for word in ("--set", one)),
    )
    console = Console()
    console.print(work.table(options.epochs))


@dataclass(frozen=True)
class Work:
    run: Path
    spec: Path
    out: Path
    split: str
    sets: tuple[str, ...]

    def table(self, epochs: int) -> Table:
        rows = [self.bundle("calibrated, all in 8 bits", "all", self.run, ALL)]
        rows.insert(0, self.score("in float", self.out / "all" / "model_fp32.onnx"))
        rows.append(self.bundle("calibrated, by the gate", "gate", self.run))
        trained = self.out / "trained"
        quantize = ("--quantize", "--set", f"quantization.epochs={epochs}", "-o", str(trained))
        started = time.perf_counter()
        self.t2e("train", str(self.spec), "--from", str(self.run), *quantize, *self.sets)
        seconds = time.perf_counter() - started
        rows.append(self.bundle(f"trained {epochs} epochs", "qat", trained, ALL, seconds))
        return shown(rows)

    def bundle(
        self, what: str, name: str, run: Path, more: tuple[str, ...] = (), before: float = 0
    ) -> Row:
        folder, started = self.out / name, time.perf_counter()
        words = ("--spec", str(self.spec), "--no-check", "-o", str(folder))
        self.t2e("export", str(run), *words, *more, *self.sets)
        seconds = before + time.perf_counter() - started
        plan = json.loads((folder / "report.json").read_text())["quantization"]["mixed"]
        trial = next(one for one in plan["trials"] if one["kept"] == len(plan["keep"]))
        found = self.score(what, folder)
        share, decibels = 1 - trial["int8_share"], trial["sqnr"]
        return Row(what, found.score, trial["kept"], share, decibels, seconds)

    def score(self, what: str, model: Path) -> Row:
        out = self.out / f"score-{model.parent.name}-{model.name}"
        words = ("--spec", str(self.spec), "--split", self.split, "--engine", "exact")
        self.t2e("evaluate", str(model), *words, "-o", str(out), *self.sets)
        record = json.loads((out / "evaluation.json").read_text())
        score = record["ap50"] if "ap50" in record else record["top1"]
        return Row(what, score, 0, 1.0, float("inf"), 0.0)

    @staticmethod
    def t2e(*words: str) -> None:
        command = [sys.executable, "-m", "train2edge", *words]
        subprocess.run(command, check=True, stdout=sys.stderr)


def shown(rows: list[Row]) -> Table:
    table = Table("", "score", "layers in float", "work in float", "dB", "seconds")
    for one in rows:
        kept = "all" if one.float_share == 1 and not one.kept else str(one.kept)
        table.add_row(
            one.what,
            f"{one.score:.4f}",
            kept,
            f"{one.float_share:.1%}",
            f"{one.decibels:.1f}",
            f"{one.seconds:.0f}",
        )
    return table


if __name__ == "__main__":
    main()
