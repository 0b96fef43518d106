"""Several batches under way: their order, their end, and what became of a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


@pytest.fixture
def ahead() -> Iterator[Any]:
    from deepstream.twin.inference.ahead import Ahead

    made = Ahead(2)
    yield made
    made.close()


def finishing(done: list[int], number: int, flow: Any) -> Callable[[], Any]:
    def finish() -> Any:
        done.append(number)
        return flow

    return finish


def test_they_are_finished_in_order_before_an_event_goes_on(ahead: Any) -> None:
    from deepstream.twin.gst import Gst

    done: list[int] = []
    for number in range(50):
        ahead.put(finishing(done, number, Gst.FlowReturn.OK))
    ahead.drain()
    assert done == list(range(50))


def test_no_more_wait_than_were_asked_for(ahead: Any) -> None:
    from deepstream.twin.gst import Gst

    gate, done = threading.Event(), list[int]()

    def slow() -> Any:
        gate.wait()
        return Gst.FlowReturn.OK

    def bring() -> None:
        for number in range(9):
            ahead.put(finishing(done, number, Gst.FlowReturn.OK))

    ahead.put(slow)
    bringing = threading.Thread(target=bring)
    bringing.start()
    time.sleep(0.2)
    assert bringing.is_alive() and ahead.waiting.qsize() <= 2 and not done
    gate.set()
    bringing.join()
    ahead.drain()
    assert done == list(range(9))


def test_what_follows_a_failed_push_is_dropped_until_a_new_stream(ahead: Any) -> None:
    from deepstream.twin.gst import Gst

    done: list[int] = []
    ahead.put(finishing(done, 0, Gst.FlowReturn.EOS))
    ahead.drain()
    assert ahead.put(finishing(done, 1, Gst.FlowReturn.OK)) == Gst.FlowReturn.EOS
    ahead.begin()
    assert ahead.put(finishing(done, 2, Gst.FlowReturn.OK)) == Gst.FlowReturn.OK
    ahead.drain()
    assert done == [0, 2]
