"""What every backbone costs under DetectNet_v2's head.

    python -m benchmarks.backbones [--width 416] [--height 416]

Parameters and multiply-accumulates of convolutions, of a network with three classes; nothing is
timed. Runs in seconds.
"""

from __future__ import annotations

import argparse

import torch
from rich.console import Console
from rich.table import Table

from trainer.checkpoint import Architecture, build
from trainer.models import registry
from trainer.pruning import cost

CLASSES = ("bus", "car", "motorcycle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=416)
    parser.add_argument("--height", type=int, default=416)
    options = parser.parse_args()
    table = Table("backbone", "million parameters", "GMACs", "channels of its features")
    for name in registry.names("backbones"):
        with torch.device("meta"):
            model = build(
                Architecture("detectnet_v2", name, CLASSES, options.width, options.height)
            ).eval()
            picture = torch.zeros(1, 3, options.height, options.width)
        whole = cost.measure(model, (), picture).whole
        numbers = f"{whole.parameters / 1e6:.2f}", f"{whole.macs / 1e9:.2f}"
        table.add_row(name, *numbers, str(model.backbone.out_channels))
    Console().print(table)


if __name__ == "__main__":
    main()
