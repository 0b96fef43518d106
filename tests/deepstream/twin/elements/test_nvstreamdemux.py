from __future__ import annotations

import gc

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_an_element_with_pads_goes_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    from deepstream.twin.gst import Gst

    for factory, pad in (("nvstreamdemux", "src_0"), ("nvstreammux", "sink_0")):
        element = Gst.ElementFactory.make(factory, None)
        assert element.request_pad_simple(pad) is not None
        del element
        gc.collect()
    assert "Traceback" not in capfd.readouterr().err
