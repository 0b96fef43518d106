"""``t2e targets``: the devices that are known, and what runs on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from train2edge.targets import Release, Target


@click.command()
@click.argument("name", required=False)
@click.option("--deepstream", metavar="RELEASE", help="With --needs; default: the newest on NAME.")
@click.option(
    "--needs",
    metavar="LIST",
    help="Refuse with reasons what NAME cannot do, e.g. int8,dla,etlt,nvenc.",
)
@as_json_option
def targets(name: str | None, deepstream: str | None, needs: str | None, as_json: bool) -> None:
    """List the devices, or show one with its DeepStream releases."""
    from train2edge import targets as known

    if deepstream or needs:
        _check(name, deepstream, needs or "")
    chosen = [known.target(one) for one in ([name] if name else known.names())]
    if as_json:
        records = [_record(one) for one in chosen]
        click.echo(json.dumps(records[0] if name else records, indent=2))
    elif name:
        click.echo("\n".join(_description(chosen[0])))
    else:
        click.echo("\n".join([_HEAD, *(_line(one) for one in chosen)]))


def _check(name: str | None, deepstream: str | None, needs: str) -> None:
    from train2edge import feasibility
    from train2edge import targets as known
    from train2edge.errors import InputError

    if name is None:
        raise InputError("which device?", where="t2e targets", hint="t2e targets NAME --needs ...")
    place = known.deployment(name, deepstream or known.target(name).deepstream[-1])
    feasibility.check(place, [one.strip() for one in needs.split(",") if one.strip()])


_ROW = "{:18} {:>5}  {:24} {:6} to {:6} {:>3}  {:5}  {:>6}"
_HEAD = _ROW.format("device", "CC", "precisions", "DS", "DS", "DLA", "NVENC", "doubts")


def _line(one: Target) -> str:
    precisions = " ".join(one.precisions)
    first, last = one.deepstream[0], one.deepstream[-1]
    encoder = "yes" if one.nvenc else "no"
    cores = one.dla_cores or "-"
    return _ROW.format(
        one.name,
        one.compute_capability,
        precisions,
        first,
        last,
        cores,
        encoder,
        len(one.doubts),
    )


def _record(one: Target) -> dict[str, Any]:
    from train2edge.targets import releases

    return {
        **vars(one),
        "deepstream": {name: _platform(one, releases()[name]) for name in one.deepstream},
    }


def _platform(one: Target, release: Release) -> dict[str, Any]:
    return {
        **vars(release.platforms[one.kind]),
        "container": release.containers.get(one.kind),
        "also": list(release.also) if one.kind == "jetson" else [],
        "doubts": list(release.doubts),
    }


def _description(one: Target) -> list[str]:
    from train2edge.tensorrt import facts

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
    lines += [f"  doubt: {text}" for text in (*one.doubts, *facts().doubts)]
    for name, has in record["deepstream"].items():
        lines += [f"  doubt: DeepStream {name}: {text}" for text in has["doubts"]]
        lines += [f"  DeepStream {name} also on {text}" for text in has["also"]]
    return lines
