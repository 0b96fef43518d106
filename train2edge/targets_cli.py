"""``t2e targets``: the devices that are known, and what runs on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from train2edge.cli_options import as_json as as_json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from train2edge.targets import Release, Target


@click.command()
@click.argument("name", required=False)
@click.option(
    "--deepstream", metavar="RELEASE", help="With --needs; default: the newest on NAME, or any."
)
@click.option(
    "--needs",
    metavar="LIST",
    help="What has to work, e.g. int8,dla,etlt,nvenc: refused with reasons where NAME cannot do"
    " it; without NAME the devices that can, and their releases.",
)
@as_json_option
def targets(name: str | None, deepstream: str | None, needs: str | None, as_json: bool) -> None:
    """List the devices, or show one with its DeepStream releases."""
    from train2edge import targets as known

    wanted = [one.strip() for one in (needs or "").split(",") if one.strip()]
    if name and (deepstream or wanted):
        _check(name, deepstream, wanted)
    chosen = [known.target(one) for one in ([name] if name else known.names())]
    if not name and (deepstream or wanted):
        chosen = _able(chosen, deepstream, wanted)
    if as_json:
        records = [_record(one) for one in chosen]
        click.echo(json.dumps(records[0] if name else records, indent=2))
    elif name:
        click.echo("\n".join(_description(chosen[0])))
    else:
        more = "t2e targets NAME tells all of one: releases, limits, doubts"
        click.echo("\n".join([_HEAD, *(_line(one) for one in chosen), more]))


def _check(name: str, deepstream: str | None, needs: Sequence[str]) -> None:
    from train2edge import feasibility
    from train2edge import targets as known

    place = known.deployment(name, deepstream or known.target(name).deepstream[-1])
    feasibility.check(place, needs)


def _able(every: Sequence[Target], deepstream: str | None, needs: Sequence[str]) -> list[Target]:
    """The devices on which all of ``needs`` works, each with the releases that it works under."""
    from dataclasses import replace

    from train2edge import feasibility
    from train2edge import targets as known
    from train2edge.errors import InputError

    feasibility.check_names(needs)
    if deepstream:
        known.release(deepstream)
    found = []
    for one in every:
        places = (known.deployment(one.name, release) for release in one.deepstream)
        able = tuple(
            place.release.name
            for place in places
            if deepstream in (None, place.release.name) and feasibility.is_able(place, needs)
        )
        found += [replace(one, deepstream=able)] if able else []
    if not found:
        under = f" under DeepStream {deepstream}" if deepstream else ""
        raise InputError(f"no device can do {', '.join(needs)}{under}", where="--needs")
    return found


_ROW = "{:18} {:>7}  {:24} {:16} {:>3}  {:5}  {:>6}"
_HEAD = _ROW.format("device", "compute", "precisions", "DeepStream", "DLA", "NVENC", "doubts")


def _line(one: Target) -> str:
    precisions = " ".join(one.precisions)
    first, last = one.deepstream[0], one.deepstream[-1]
    releases = first if first == last else f"{first} to {last}"
    encoder = "yes" if one.nvenc else "no"
    cores = one.dla_cores or "-"
    return _ROW.format(
        one.name,
        one.compute_capability,
        precisions,
        releases,
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
