"""The RTSP server of deepstream-app's sink type 4: repeats the stream that comes by UDP."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from deepstream.twin.gst import GLib, library
from deepstream.twin.pieces import RtspOut
from train2edge.errors import WorkError

MOUNT = "/ds-test"
BUFFER = 4 << 20  # bytes; with the kernel's usual 208 KiB a busy machine loses parts of key frames


@contextlib.contextmanager
def serve(outs: Sequence[RtspOut]) -> Iterator[list[str]]:
    """Serve every stream while the block runs; gives their addresses. ``WorkError`` if in use."""
    # The server asks every pay0 for its pt; deepstream-app's, which this is, has none to tell.
    warnings.filterwarnings("ignore", ".*'GstUDPSrc' has no property named 'pt'")
    rtsp = library("GstRtspServer")
    loop = GLib.MainLoop()
    servers = []
    for out in outs:
        server = rtsp.RTSPServer.new()
        server.set_service(str(out.port))
        server.get_mount_points().add_factory(MOUNT, _factory(rtsp, out))
        if not server.attach(None):
            raise WorkError(f"port {out.port} is in use", where="[sink] rtsp-port")
        servers.append(server)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield [f"rtsp://localhost:{out.port}{MOUNT}" for out in outs]
    finally:
        loop.quit()
        thread.join()


def _factory(rtsp: Any, out: RtspOut) -> Any:
    factory = rtsp.RTSPMediaFactory.new()
    caps = f"application/x-rtp,media=video,clock-rate=90000,encoding-name={out.encoding},payload=96"
    # As deepstream-app's: the packets go on as they are, parameter sets before every key frame.
    # Packed anew, by rtph264depay and rtph264pay, a picture's slices become pictures of their own.
    factory.set_launch(
        f'( udpsrc name=pay0 port={out.udp_port} buffer-size={BUFFER} caps="{caps}" )'
    )
    factory.set_shared(True)
    return factory
