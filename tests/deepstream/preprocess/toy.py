"""A configuration of nvdspreprocess, to be changed by a test."""

from __future__ import annotations

from pathlib import Path

TEXT = """[property]
enable=1
target-unique-ids=1;3
process-on-frame=1
network-input-order=0
network-input-shape=4;3;240;320
processing-width=320
processing-height=240
network-color-format=0
tensor-data-type=0
tensor-name=input_1
scaling-filter=1
scaling-pool-memory-type=0
maintain-aspect-ratio=1
symmetric-padding=1
custom-lib-path=/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so
custom-tensor-preparation-function=CustomTensorPreparation
[user-configs]
pixel-normalization-factor=0.00392156862745098
[group-0]
src-ids=0;1
custom-input-transformation-function=CustomAsyncTransformation
process-on-roi=1
roi-params-src-0=0;0;100;100;50;50;300;300
roi-params-src-1=10;20;30;40
[group-1]
src-ids=-1
process-on-roi=0
draw-roi=0
interval=1
"""


def write(folder: Path, **changes: str | None) -> Path:
    """``key_with_underscores=value`` replaces a key of the text, ``None`` takes it away."""
    lines = TEXT.splitlines()
    for name, value in changes.items():
        key = name.replace("_", "-")
        place = next(at for at, line in enumerate(lines) if line.startswith(f"{key}="))
        lines[place : place + 1] = [] if value is None else [f"{key}={value}"]
    path = folder / "preprocess.txt"
    path.write_text("\n".join(lines) + "\n")
    return path
