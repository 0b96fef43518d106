"""Carrying out a chain: each stage a child process, skipped when it is done and unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import click

from train2edge.chain.digests import DigestCache
from train2edge.chain.plan import ChainPlan, plan, possible
from train2edge.chain.quantizing import decide
from train2edge.chain.stage import Stage
from train2edge.errors import InputError, T2EError
from train2edge.files import write_json

STATE = "chain.json"


class StageError(T2EError):
    """A stage ended badly; its own message is on the terminal already, its exit code is ours."""

    def __init__(self, stage: Stage, code: int) -> None:
        super().__init__(
            f"stage '{stage.name}' ended with exit code {code}",
            hint="mend what it says above and run the same t2e go again: what is done stays done",
        )
        self.exit_code = code if code in (1, 2, 3) else 1


@dataclass(frozen=True)
class StageResult:
    """How a stage ended: ``skipped`` when its product was there, made from the same inputs."""

    name: str
    title: str
    outcome: Literal["done", "skipped"]
    seconds: float
    command: str


@dataclass
class _State:
    """What was made from what, kept in ``chain.json``."""

    path: Path
    stages: dict[str, dict[str, Any]]

    @classmethod
    def open(cls, path: Path) -> _State:
        if not path.exists():
            return cls(path, {})
        try:
            stages = json.loads(path.read_text())["stages"]
            if not isinstance(stages, dict):
                raise ValueError("stages is not a mapping")
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"not a chain's state: {error}", where=str(path), hint=f"remove {path}"
            ) from None
        return cls(path, stages)

    def begin(self, name: str, digest: str) -> None:
        self.stages[name] = {"begun": digest}
        write_json(self.path, {"stages": self.stages})

    def end(self, name: str, digest: str, seconds: float) -> None:
        self.stages[name] = {"digest": digest, "seconds": round(seconds, 1)}
        write_json(self.path, {"stages": self.stages})


def current(chain: ChainPlan) -> ChainPlan:
    """The chain as it has to be by what its stages have found out so far."""
    return plan(chain.experiment, chain.folder, decide(chain.experiment, chain.folder))


def run(
    chain: ChainPlan,
    *,
    until: str | None = None,
    again: str | None = None,
    replan: Callable[[ChainPlan], ChainPlan] | None = None,
) -> list[StageResult]:
    """Run what is not done; ``again`` does that stage and what depends on it once more.

    After each stage the rest is planned again by ``replan``, if given: what a stage found out may
    change what comes. ``until`` is the last one; where it turns out not to come, the one before.
    """
    state = _State.open(chain.folder / STATE)
    digests = DigestCache.open(chain.folder / ".digests.json")
    if again is not None:
        state.stages.pop(again, None)
    results: list[StageResult] = []
    while len(results) < len(chain.stages) and not _beyond(chain, len(results), until):
        stage = chain.stages[len(results)]
        results.append(_one(stage, len(results) + 1, len(chain.stages), state, digests))
        digests.save()
        chain = _planned_again(chain, replan)
    names = [one.name for one in results]
    why = f": {chain.quantizing.reason}" if chain.quantizing.reason else ""
    if until is not None and until not in names:
        _say(f"ended where '{until}' would have been, which does not come{why}", "yellow")
    elif until is None and again is not None and again not in names:
        _say(f"'{again}' was not done again, it does not come{why}", "yellow")
    return results


def _beyond(chain: ChainPlan, number: int, until: str | None) -> bool:
    """Whether the stage of this number comes after ``until``, which may not come itself."""
    if until is None:
        return False
    order = possible(chain)
    return order.index(chain.stages[number].name) > order.index(until)


def _planned_again(chain: ChainPlan, replan: Callable[[ChainPlan], ChainPlan] | None) -> ChainPlan:
    if replan is None:
        return chain
    found = replan(chain)
    if found.quantizing.reason != chain.quantizing.reason:
        _say(f"        {found.quantizing.reason}", "bright_black")
    return found


def outlook(
    chain: ChainPlan, *, until: str | None = None, again: str | None = None
) -> Iterator[tuple[Stage, str]]:
    """Each stage with 'done', 'to do', 'again' or 'changed', as it stands now."""
    state = _State.open(chain.folder / STATE)
    digests = DigestCache.open(chain.folder / ".digests.json")
    pending: set[Path] = set()
    for number, stage in enumerate(chain.stages):
        known = state.stages.get(stage.name)
        if _beyond(chain, number, until):
            return
        if known is None or "digest" not in known or not stage.product.exists():
            yield stage, "to do"
            pending.add(stage.product)
        elif stage.name == again:
            yield stage, "again"
            pending.add(stage.product)
        elif pending & set(stage.needs) or known["digest"] != stage.digest(digests, _version()):
            yield stage, "changed"
            pending.add(stage.product)
        else:
            yield stage, "done"


def _version() -> str:
    return version("train2edge")


def _one(stage: Stage, number: int, count: int, state: _State, digests: DigestCache) -> StageResult:
    digest = stage.digest(digests, _version())
    command = stage.command
    known: Mapping[str, Any] = state.stages.get(stage.name, {})
    if known.get("digest") == digest and stage.product.exists():
        _say(f"[{number}/{count}] {stage.title}: done before, unchanged", "bright_black")
        return StageResult(stage.name, stage.title, "skipped", known["seconds"], command)
    _say(f"[{number}/{count}] {stage.title}", "cyan")
    _say(f"        {command}", "bright_black")
    started = time.monotonic()
    interrupted = known.get("begun") == digest and stage.resume is not None
    if not interrupted:
        _clear(stage.out)
    state.begin(stage.name, digest)
    _execute(stage, resume=interrupted and stage.resume is not None and stage.resume.exists())
    seconds = time.monotonic() - started
    state.end(stage.name, digest, seconds)
    _say(f"        {_minutes(seconds)}", "bright_black")
    return StageResult(stage.name, stage.title, "done", seconds, command)


def _clear(path: Path) -> None:
    """Take away what an earlier run of the stage made from other inputs."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _execute(stage: Stage, *, resume: bool) -> None:
    """Run the stage's command; what it prints goes to stderr, ours is the last word on stdout."""
    arguments = [sys.executable, "-m", "train2edge", *stage.arguments]
    if resume:
        arguments.append("--resume")
    code = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
    if code != 0:
        raise StageError(stage, code)
    if not stage.product.exists():
        raise T2EError(f"stage '{stage.name}' ended well but did not write {stage.product}")


def _say(text: str, color: str) -> None:
    click.secho(text, fg=color, err=True)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
