"""``t2e models``: the recipes and backbones there are, and pretrained weights."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import click

from train2edge.cli_options import (
    ANY_PATH,
    EXISTING_FILE,
    Command,
    WithStages,
    as_json,
    finish,
    out,
)


@click.group(cls=WithStages, stages={"import": "exporter.imports.cli:import_"})
def models() -> None:
    """List recipes and backbones, fetch pretrained weights, import foreign ONNX files."""


@models.command("list")
@as_json
def list_(as_json: bool) -> None:
    """Show recipes (t2e go RECIPE), backbones and pretrained weights."""
    found = _catalog()
    if as_json:
        click.echo(json.dumps(found))
        return
    for kind, entries in found.items():
        click.echo(f"{kind}:")
        width = max(map(len, entries), default=0)
        for name, text in entries.items():
            click.echo(f"  {name:<{width}}  {text}".rstrip())


@models.command()
@click.argument("name")
@as_json
def pull(name: str, as_json: bool) -> None:
    """Fetch the pretrained weights NAME into the cache and check them."""
    from train2edge.files import digest_file
    from train2edge.spec.model import Pretrained

    path = _trainer("pretrained").fetch(Pretrained(name=name))
    finish(path, {"name": name, "sha256": digest_file(path)}, as_json=as_json)


@models.group(short_help="Read and write NVIDIA's encrypted .etlt files.")
def etlt() -> None:
    """Read and write NVIDIA's encrypted .etlt files (ONNX inside), with NVIDIA's own codec."""


def _etlt_options(command: Command) -> Command:
    for option in (
        click.option("--key-file", type=ANY_PATH, help="File with the key, or - for stdin."),
        click.option("--key-env", metavar="VARIABLE", help="Environment variable with the key."),
        click.option(
            "--python",
            type=EXISTING_FILE,
            metavar="PATH",
            help="A Python that has nvidia-eff-tao-encryption; default: this one.",
        ),
        as_json,
    ):
        command = option(command)
    return command


@etlt.command()
@click.argument("model", metavar="FILE.etlt", type=EXISTING_FILE)
@out("The ONNX file to write.")
@_etlt_options
def decrypt(model: Path, out: Path, **given: Any) -> None:
    """Write the ONNX model that is inside FILE.etlt."""
    _etlt("decrypt", model, out, **given)


@etlt.command()
@click.argument("model", metavar="FILE.onnx", type=EXISTING_FILE)
@out("The .etlt file to write.")
@_etlt_options
def encrypt(model: Path, out: Path, **given: Any) -> None:
    """Write FILE.onnx as an .etlt file, for DeepStream up to 7.0."""
    _etlt("encrypt", model, out, **given)


def _etlt(
    action: str,
    model: Path,
    out: Path,
    *,
    key_file: Path | None,
    key_env: str | None,
    python: Path | None,
    as_json: bool,
) -> None:
    import sys

    from train2edge.files import digest_file

    codec = _stage("exporter.etlt")
    key = codec.key_of(key_file, key_env)
    used = codec.Codec(python or Path(sys.executable), key)
    path = getattr(codec, action)(model, out, used)
    finish(path, {"sha256": digest_file(path)}, as_json=as_json)


def _trainer(module: str) -> Any:
    return _stage(f"trainer.{module}")


def _stage(module: str) -> Any:
    """A module of a stage, named by string: this package stands without the stages."""
    return importlib.import_module(module)


def _imports() -> dict[str, str]:
    found: dict[str, str] = _stage("exporter.imports.recipe").descriptions()
    return found


def _catalog() -> dict[str, dict[str, str]]:
    from train2edge.chain.recipe import descriptions

    registry, weights = _trainer("models.registry"), _trainer("catalog")
    cache = {
        name: f"for {entry.backbone}: {entry.description}; {entry.megabytes} MB, {entry.license}"
        for name, entry in weights.catalog().items()
    }
    return {
        "recipes": descriptions(),
        "imports": _imports(),
        "backbones": dict.fromkeys(registry.names("backbones"), ""),
        "heads": dict.fromkeys(registry.names("heads"), ""),
        "pretrained": cache,
    }
