"""What a foreign model was trained to see, in the words of nvinfer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exporter.imports.recipe import Frame, Letterbox
from train2edge.contract import Color, InputContract
from train2edge.errors import InputError


def input_contract(
    known: Frame,
    size: tuple[int, int],
    color: Color | None,
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
    letterbox: Letterbox | None,
) -> tuple[InputContract, tuple[float, ...]]:
    """The recipe's, where the user says nothing else, and what has to go into the graph.

    That is a factor for each channel, where one scale cannot say all divisors.
    """
    color = color or known.color
    channels = 1 if color == "GRAY" else 3
    means = _by_channel(mean or known.mean, channels, "--mean")
    divisors = _positive(_by_channel(std or known.std, channels, "--std"), "--std")
    middle = float(np.mean(divisors))
    fit = letterbox or known.letterbox
    frame = InputContract(
        *size,
        color=color,
        scale=1 / middle,
        offsets=means,
        maintain_aspect_ratio=fit != "none",
        symmetric_padding=fit == "centre",
    )
    return frame, tuple(middle / one for one in divisors)


def _by_channel(values: Sequence[float], channels: int, option: str) -> tuple[float, ...]:
    if len(set(values)) == 1:
        return (float(values[0]),) * channels
    if len(values) != channels:
        raise InputError(f"{len(values)} values for {channels} channels", where=option)
    return tuple(float(one) for one in values)


def _positive(values: tuple[float, ...], option: str) -> tuple[float, ...]:
    if min(values) <= 0:
        raise InputError(
            f"{min(values):g} is not above 0, and pixels are divided by it", where=option
        )
    return values
