"""Four streams with everything at once, trained for, run in the CPU twin, and checked.

``python -m benchmarks.four_streams [--primary BUNDLE --secondary BUNDLE]``; on a fresh machine
``scripts/demo-streams`` with the same options. Without bundles both networks are trained first: a
detector of the labelled photos (``--data``), and a classifier of the crops of the same photos. Then
two films are made of a real video and two of test photos (``--video`` takes videos of your own in
place of the former), an app folder is written with all of them, tracker, lines, tiles, RTSP and
KITTI, and runs in the twin while a client reads the RTSP stream. Told is what was found on every
stream and whether each part did its work; the client's pictures are kept. Exit code 1 if a part did
not.
"""

import os

# Before OpenCV is imported. A client that joins hears of pictures before the first whole one.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
