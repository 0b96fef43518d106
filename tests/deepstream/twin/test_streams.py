"""What happens to one stream is nobody else's business: the others lose no frame and no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.deepstream.twin.cameras import RATE, Camera
from tests.deepstream.twin.player import Player

pytestmark = pytest.mark.usefixtures("gstreamer")


@pytest.fixture
def cameras() -> Iterator[Callable[..., Camera]]:
    made: list[Camera] = []

    def make(count: int = 1) -> Camera:
        made.append(Camera(count).start())
        return made[-1]

    yield make
    for camera in made:
        camera.kill()


def test_a_camera_that_dies_and_one_that_freezes_come_back_and_disturb_nobody(
    cameras: Callable[..., Camera],
) -> None:
    steady, dying, freezing = cameras(), cameras(), cameras()
    with Player([steady.address(), dying.address(), freezing.address()]) as player:
        for number in range(3):
            player.more(number, 3)
        dying.kill()
        freezing.freeze()
        before = player.seen()
        player.more(0, 3 * RATE)
        assert player.seen()[1] < before[1] + RATE
        assert player.seen()[2] < before[2] + RATE
        dying.start()
        freezing.thaw()
        for number in (1, 2):
            player.more(number, RATE)
        assert player.lost(0) == 0


def test_a_source_is_added_and_removed_while_another_runs(cameras: Callable[..., Camera]) -> None:
    camera = cameras(3)
    with Player([camera.address(0)]) as player:
        player.more(0, 3)
        for _ in range(2):
            player.add(1, camera.address(1)).sync_state_with_parent()
            player.more(1, 3)
            player.remove(1)
            player.more(0, 3)
        assert player.lost(0) == 0


def test_a_mux_goes_on_when_a_frozen_camera_never_gave_a_frame(
    cameras: Callable[..., Camera],
) -> None:
    steady, frozen = cameras(), cameras()
    frozen.freeze()
    with Player([steady.address(), frozen.address()]) as player:
        player.more(0, RATE)
        frozen.thaw()
        player.more(1, 3)
        assert player.lost(0) == 0
