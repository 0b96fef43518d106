"""``python3 -m deepstream.app APP``: ``t2e stream run APP --app python`` by any Python's name.

For a device whose ``python3`` has NVIDIA's ``pyds``, and its ``PATH`` no ``t2e`` of that Python.
"""

from __future__ import annotations

import sys

from train2edge.cli import main

if __name__ == "__main__":
    main(["stream", "run", "--app", "python", *sys.argv[1:]])
