"""``python -m train2edge`` is ``t2e``."""

from train2edge.cli import main

main()
