"""A process that suits training: some settings must be there before it begins.

glibc gives freed tensors back to the kernel and takes them anew every step, page by page. Huge
pages, one arena and a high threshold for mmap keep them. OpenMP's threads wait for each other by
spinning: with anything else running on the cores, one that waits takes the time of the one that
it waits for; asleep they cost little. Both are read only when a process begins, so the command
starts itself again with them. ``benchmarks/training.py --process`` measures what they bring.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GLIBC_TUNABLES"
TUNABLES = (
    ("glibc.malloc.hugetlb", "1"),
    ("glibc.malloc.arena_max", "1"),
    ("glibc.malloc.mmap_threshold", str(4 << 30)),
    ("glibc.malloc.trim_threshold", str(8 << 30)),
)
THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
_DONE = "T2E_PROCESS_SET"


def tuned(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` with our settings; what the user set himself stays."""
    given = environment.get(VARIABLE, "")
    names = {part.partition("=")[0] for part in given.split(":")}
    ours = [f"{name}={value}" for name, value in TUNABLES if name not in names]
    allocator = ":".join(filter(None, [given, *ours]))
    return {**THREADS, **environment, VARIABLE: allocator, _DONE: "1"}


def restart() -> None:
    """Start ``t2e`` again with the settings, unless this is not glibc, not ``t2e``, or done."""
    if _DONE in os.environ or not _is_t2e() or not _is_glibc():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], tuned(os.environ))


def _is_t2e() -> bool:
    """Whether the program is ours to start again: not where a test or a notebook calls us."""
    program = Path(sys.argv[0])
    return "torch" not in sys.modules and (
        program.name == "t2e" or program.parts[-2:] == ("train2edge", "__main__.py")
    )


def _is_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        return False
