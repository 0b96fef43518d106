"""``t2e doctor``: what is installed, which doors open, what to type for the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from train2edge import cli_options as options

EXTRA = "pip install 'train2edge[{}]'"
GSTREAMER = "scripts/install, or your distribution's python3-gst-1.0 and gstreamer1.0-plugins-*"


@dataclass(frozen=True)
class Door:
    """Something that a command needs: is it here, in which version, and how does one get it."""

    what: str
    opens: str
    version: str | None
    hint: str


def doors() -> Iterator[Door]:
    """Everything that t2e can use, here or not."""
    for package, opens, extra in (
        ("torch", "train, prune, export", "train"),
        ("torch-pruning", "prune", "train"),
        ("onnx", "export", "export"),
        ("onnx-graphsurgeon", "export", "export"),
        ("onnxruntime", "export, evaluate --engine exact", "export"),
        ("openvino", "evaluate and stream run on a CPU", "run"),
        ("paho-mqtt", "messages to an MQTT broker from the twin", "run"),
        ("confluent-kafka", "messages to a Kafka broker from the twin", "run"),
        ("tensorrt-rtx-cu13", "the compile check without a GPU", "check"),
        ("tensorrt", "engines, on the device", "device"),
        ("cuda-bindings", "evaluate ENGINE and engine --latency, on the device", "device"),
    ):
        yield Door(package, opens, _version(package), EXTRA.format(extra))
    gi = "found" if importlib.util.find_spec("gi") else None
    yield Door("gi (GStreamer)", "stream run", gi, GSTREAMER)
    for program, opens, hint in (
        ("gst-launch-1.0", "data synth, stream run", GSTREAMER),
        ("deepstream-app", "stream run on NVIDIA hardware", "NVIDIA's DeepStream SDK"),
        ("ssh", "deploy", "sudo apt-get install openssh-client"),
        ("trtexec", "engines, on the device", "TensorRT, in JetPack or NVIDIA's containers"),
        ("nvidia-smi", "a GPU for training", "NVIDIA's driver"),
    ):
        yield Door(program, opens, shutil.which(program), hint)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@click.command()
@options.as_json
def doctor(as_json: bool) -> None:
    """Say what is installed, which doors it opens, and what to type for the rest."""
    found = list(doors())
    if as_json:
        import json

        click.echo(json.dumps({"doors": [asdict(door) for door in found]}))
        return
    click.echo(f"Python {platform.python_version()} on {platform.platform()}")
    for door in found:
        mark = click.style("yes", fg="green") if door.version else click.style(" no", fg="yellow")
        click.echo(f"{mark}  {door.what:18} {door.version or 'get it: ' + door.hint}")
        click.echo(f"     {door.opens}")
