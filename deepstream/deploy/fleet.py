"""Many devices at once: each for itself, and one that fails does not stop the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from deepstream.deploy.delivery import Delivered, Tell, deliver
from deepstream.deploy.host import Host
from deepstream.deploy.plan import DeployPlan
from deepstream.deploy.ssh import Connections, Remote
from train2edge.errors import T2EError
from train2edge.files import write_json
from train2edge.folders import check_free

MARK = "deploy.json"
AT_ONCE = 16  # devices
DONE, FAILED = "done", "failed"

Result = TypeVar("Result")
Board = Callable[[Host, str, str], None]  # which device, its stage, a word on it


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """One device: what came of it, or why nothing did."""

    host: Host
    result: Result | None
    error: str | None


def deploy(
    plan: DeployPlan, out: Path, board: Board, config: Path | None = None
) -> tuple[Outcome[Delivered], ...]:
    """Deliver to every device of the plan; logs and results go to ``out/HOST``.

    Raises ``InputError`` where such a folder is something else's.
    """
    folders = {host: out / host.folder for host in plan.hosts}
    for folder in folders.values():
        check_free(folder, MARK)

    def one(remote: Remote, tell: Tell) -> Delivered:
        folder = folders[remote.host]
        _emptied(folder)
        write_json(folder / MARK, plan.record())
        return deliver(plan, remote, folder, tell)

    return on_each(plan.hosts, one, board, config)


def on_each(
    hosts: Sequence[Host],
    work: Callable[[Remote, Tell], Result],
    board: Board,
    config: Path | None = None,
) -> tuple[Outcome[Result], ...]:
    """Do ``work`` on every device, in the order of ``hosts``; Ctrl-C ends every connection."""

    def guarded(host: Host) -> Outcome[Result]:
        def tell(stage: str, word: str) -> None:
            board(host, stage, word)

        try:
            result = work(Remote(host, connections), tell)
        except T2EError as error:
            tell(FAILED, error.message.splitlines()[0])
            return Outcome(host, None, _placed(error, host))
        tell(DONE, "")
        return Outcome(host, result, None)

    connections = Connections(config)
    with ThreadPoolExecutor(min(len(hosts), AT_ONCE)) as pool, _ended(connections):
        return tuple(pool.map(guarded, hosts))


@contextmanager
def _ended(connections: Connections) -> Iterator[None]:
    """What interrupts the block ends all connections, so that nothing is waited for."""
    try:
        yield
    except BaseException:
        connections.stop()
        raise


def _placed(error: T2EError, host: Host) -> str:
    """The message, which says of which device it is."""
    text = str(error)
    return text if text.startswith(host.address) else f"{host.address}: {text}"


def _emptied(folder: Path) -> None:
    """Results of a run before would be taken for those of this one."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def record(outcomes: Sequence[Outcome[Any]]) -> list[dict[str, Any]]:
    """For machines: a device each, with what came of it or its error."""
    return [
        {
            "device": one.host.address,
            "error": one.error,
            **(one.result.record() if one.result is not None else {}),
        }
        for one in outcomes
    ]
