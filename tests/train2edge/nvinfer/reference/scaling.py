"""Where a frame or a crop lies in the network input."""

from __future__ import annotations


def place(
    crop: tuple[float, float, float, float], size: tuple[int, int], *, aspect: bool, symmetric: bool
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[float, float]]:
    """Source and destination left, top, width, height, and the ratios."""
    left, top, width, height = (int(one) for one in crop)
    left, top = left + left % 2, top + top % 2
    width, height = width - width % 2, height - height % 2
    fitted = size
    if aspect and size[0] * height / width <= size[1]:
        fitted = size[0], int(size[0] * height / width)
    elif aspect:
        fitted = int(size[1] * width / height), size[1]
    start = (0, 0)
    if aspect and symmetric:
        start = (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2
    ratios = fitted[0] / width, fitted[1] / height
    return (left, top, width, height), (*start, *fitted), ratios
