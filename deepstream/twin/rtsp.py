"""The RTSP server of deepstream-app's sink type 4: repeats the stream that comes by UDP."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from deepstream.twin.gst import PACKAGES, GLib
from deepstream.twin.pieces import RtspOut
from train2edge.errors import MissingError, WorkError

MOUNT = "/ds-test"


@contextlib.contextmanager
def serve(outs: Sequence[RtspOut]) -> Iterator[list[str]]:
    """Serve every stream while the block runs; gives their addresses. ``WorkError`` if in use."""
    try:
        import gi

        gi.require_version("GstRtspServer", "1.0")
        from gi.repository import GstRtspServer
    except (ImportError, ValueError) as error:
        raise MissingError(f"no RTSP server: {error}", hint=PACKAGES) from None
    loop = GLib.MainLoop()
    servers = []
    for out in outs:
        server = GstRtspServer.RTSPServer.new()
        server.set_service(str(out.port))
        server.get_mount_points().add_factory(MOUNT, _factory(GstRtspServer, out))
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


def _factory(library: object, out: RtspOut) -> object:
    factory = library.RTSPMediaFactory.new()  # type: ignore[attr-defined]
    caps = f"application/x-rtp,media=video,clock-rate=90000,encoding-name={out.encoding},payload=96"
    factory.set_launch(f'( udpsrc name=pay0 port={out.udp_port} caps="{caps}" )')
    factory.set_shared(True)
    return factory
