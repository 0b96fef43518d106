"""Pictures are converted one by one, batches stay batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.deepstream.twin.elements.muxing import play
from tests.deepstream.twin.toy import COLORS, GRAY, moving, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")


def ended(tmp_path: Path, tail: str) -> Any:
    from deepstream.twin.gst import Gst

    video = write_video(tmp_path / "a.avi", moving(3))
    sources = " ".join(f"nvurisrcbin uri=file://{video} ! mux.sink_{n}" for n in range(2))
    pipeline = Gst.parse_launch(
        f"nvstreammux name=mux batch-size=2 width=320 height=240 ! {tail} ! fakesink {sources}"
    )
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    return message


def test_a_batch_passes_where_nothing_is_converted(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    tail = "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! nvmultistreamtiler columns=2"
    assert ended(tmp_path, tail).type == Gst.MessageType.EOS


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize(("form", "size"), [("NV12", (320, 240)), ("RGBA", (160, 120))])
def test_every_picture_of_a_batch_is_converted(
    tmp_path: Path, streams: int, form: str, size: tuple[int, int]
) -> None:
    """What comes out of a tiler is what went into the converter, within its rounding."""
    colors = ("red", "blue", "red")[:streams]
    videos = [
        write_video(tmp_path / f"{n}.avi", moving(3, color)) for n, color in enumerate(colors)
    ]
    width, height = size
    line = (
        f"nvstreammux name=mux batch-size={streams} width=320 height=240 ! nvvideoconvert !"
        f" video/x-raw(memory:NVMM),format={form},width={width},height={height} !"
        f" nvmultistreamtiler rows=1 columns={streams} width={320 * streams} height=240 !"
        " fakesink name=end"
    )
    seen: list[NDArray[np.uint8]] = []
    play(line, videos, lambda buffer: seen.append(pixels(buffer, 320 * streams, 240)))
    assert len(seen) == 3
    for number, color in enumerate(colors):
        square, ground = seen[1][120, 320 * number + 36], seen[1][40, 320 * number + 36]
        assert np.abs(square[:3].astype(int) - COLORS[color]).max() < 12
        assert np.abs(ground[:3].astype(int) - GRAY).max() < 6


def pixels(buffer: Any, width: int, height: int) -> NDArray[np.uint8]:
    from deepstream.twin.metadata.pixels import pixels_at

    return pixels_at(hash(buffer), 0, width, height).copy()
