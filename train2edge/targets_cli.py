"""``t2e targets``: the devices that are known, and what runs on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from train2edge.targets import Target


@click.command()
@click.argument("name", required=False)
@as_json_option
def targets(name: str | None, as_json: bool) -> None:
    """List the devices, or show one with its DeepStream releases."""
    from train2edge import targets as known

    chosen = [known.target(one) for one in ([name] if name else known.names())]
    if as_json:
        records = [_record(one) for one in chosen]
        click.echo(json.dumps(records[0] if name else records, indent=2))
    elif name:
        click.echo("\n".join(_description(chosen[0])))
    else:
        click.echo("\n".join(_line(one) for one in chosen))


def _line(one: Target) -> str:
    extras = [f"{one.dla_cores} DLA"] if one.dla_cores else []
    extras += [] if one.nvenc else ["no NVENC"]
    return (
        f"{one.name:18} {one.compute_capability:>5}  {' '.join(one.precisions):24}"
        f" DeepStream {one.deepstream[0]} to {one.deepstream[-1]:6} {', '.join(extras)}".rstrip()
    )


def _record(one: Target) -> dict[str, Any]:
    from train2edge.targets import releases

    return {
        **vars(one),
        "deepstream": {
            name: vars(releases()[name].platforms[one.kind])
            | {"container": releases()[name].containers.get(one.kind)}
            for name in one.deepstream
        },
    }


def _description(one: Target) -> list[str]:
    record = _record(one)
    lines = [
        f"{one.title} ({one.name})",
        f"  compute capability  {one.compute_capability}",
        f"  precisions          {', '.join(one.precisions)}",
        f"  DLA cores           {one.dla_cores}",
        f"  NVENC               {'yes' if one.nvenc else 'no'}",
        f"  memory, GB          {', '.join(str(size) for size in one.memory_gb)}",
        "  DeepStream          TensorRT  CUDA    on               container",
    ]
    for name, has in record["deepstream"].items():
        image = has["container"] or "not known"
        lines.append(f"    {name:18}{has['tensorrt']:10}{has['cuda']:8}{has['os']:17}{image}")
    lines += [f"  limit: {text}" for text in one.limits.values()]
    lines += [f"  doubt: {text}" for text in one.doubts]
    return lines
