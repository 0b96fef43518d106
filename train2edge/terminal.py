"""Tables on stdout: as wide as the terminal, and whole where there is none to limit them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WHOLE = 400  # columns; in a file or a pipe a table is cut off by nothing


def console() -> Console:
    """rich's console for results; without a terminal it would take 80 columns and cut figures."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WHOLE)
