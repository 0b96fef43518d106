"""What the tests of messages need: a broker, which is skipped where it is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.deepstream.mosquitto import Mosquitto, program


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    if program() is None:
        if os.environ.get("CI"):
            pytest.fail("mosquitto is absent in CI: scripts/install --dev")
        pytest.skip("no mosquitto here: scripts/install --dev")
    broker = Mosquitto()
    broker.start()
    yield broker
    broker.stop()
