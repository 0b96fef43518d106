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


def test_a_stream_whose_pad_was_stopped_is_told_no_size() -> None:
    """Its caps went with it; what pushes the frame hears of the stop."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import NvDsFrameMeta

    demux = Gst.ElementFactory.make("nvstreamdemux")
    pad = demux.request_pad_simple("src_0")
    pad.set_active(False)
    assert pad.get_current_caps() is None
    demux._tell_size(NvDsFrameMeta())
    assert demux.sizes == {}
    assert pad.push(Gst.Buffer.new()) == Gst.FlowReturn.FLUSHING
