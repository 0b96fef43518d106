from __future__ import annotations

from deepstream.deploy import log

LOG = """
**PERF:  FPS 0 (Avg)\tFPS 1 (Avg)\t
**PERF:  0.00 (0.00)\t0.00 (0.00)\t
** INFO: <bus_callback:291>: Pipeline ready
**PERF:  30.02 (29.87)\t-nan (nan)\t
** ERROR: <_intr_handler:131>: User Interrupted..
App run successful
"""
FAILED = """
ERROR: Deserialize engine failed because file path: /x open error
0:00:01.2 1 0x5 WARN nvinfer gstnvinfer.cpp:679: NvDsInferContext[UID 1]: Warning from it
ERROR from primary_gie: Failed to create NvDsInferContext instance
Debug info: gstnvinfer.cpp(888): gst_nvinfer_start ()
ERROR from primary_gie: Failed to create NvDsInferContext instance
** ERROR: <main:716>: Failed to set pipeline to PAUSED
[11/26/2026-09:00:00] [E] Error[4]: [network.cpp::operator()::3212] ...
errors: 0
"""


def test_rates_are_the_means_of_the_last_line() -> None:
    assert log.rates(LOG.splitlines()) == (29.87, 0.0)
    assert log.rates(["**PERF : FPS_0 (30.11)\t"]) == (30.11,)  # nvdslogger
    assert log.mean_rate("**PERF:  10.00 (20.00)\t10.00 (40.00)\t") == 30.0
    assert log.mean_rate("**PERF:  FPS 0 (Avg)\t") is None


def test_errors_are_told_once_and_our_own_stop_is_none() -> None:
    assert log.errors(LOG.splitlines()) == ()
    assert log.errors(FAILED.splitlines()) == (
        "ERROR: Deserialize engine failed because file path: /x open error",
        "ERROR from primary_gie: Failed to create NvDsInferContext instance",
        "** ERROR: <main:716>: Failed to set pipeline to PAUSED",
        "[11/26/2026-09:00:00] [E] Error[4]: [network.cpp::operator()::3212] ...",
    )
