"""``t2e models``: the recipes and backbones there are, and pretrained weights."""

from __future__ import annotations

import importlib
import json
from typing import Any

import click

from train2edge.cli_options import as_json, finish


class _Models(click.Group):
    """Its ``import`` stands in the exporter and is imported when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "import"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "import":
            return super().get_command(ctx, cmd_name)
        command = importlib.import_module("exporter.imports.cli").import_
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Models)
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


def _trainer(module: str) -> Any:
    """A module of the trainer, named by string: this package stands without the trainer's."""
    return importlib.import_module(f"trainer.{module}")


def _imports() -> dict[str, str]:
    found: dict[str, str] = importlib.import_module("exporter.imports.recipe").descriptions()
    return found


def _catalog() -> dict[str, dict[str, str]]:
    from train2edge.chain.recipe import descriptions

    registry, pretrained = _trainer("models.registry"), _trainer("pretrained")
    cache = {
        name: f"for {entry.backbone}: {entry.description}; {entry.megabytes} MB, {entry.license}"
        for name, entry in pretrained.catalog().items()
    }
    return {
        "recipes": descriptions(),
        "imports": _imports(),
        "backbones": dict.fromkeys(registry.names("backbones"), ""),
        "heads": dict.fromkeys(registry.names("heads"), ""),
        "pretrained": cache,
    }
