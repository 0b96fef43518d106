"""Files of every kind without a finding; a test breaks one line of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deepstream.lint import Finding, lint

INFER = """[property]
gpu-id=0
gie-unique-id=1
process-mode=1
network-type=0
network-mode=2
batch-size=4
num-detected-classes=2
onnx-file=net.onnx
model-engine-file=net.onnx_b4_gpu0_fp16.engine
labelfile-path=labels.txt
infer-dims=3;272;480
model-color-format=0
offsets=1;2;3
net-scale-factor=0.0039
maintain-aspect-ratio=1
symmetric-padding=1
cluster-mode=2
[class-attrs-all]
pre-cluster-threshold=0.2
nms-iou-threshold=0.5
topk=20
[class-attrs-1]
pre-cluster-threshold=0.4
"""
INFER_YAML = """property:
  gie-unique-id: 1
  num-detected-classes: 2
  onnx-file: net.onnx
  offsets: 1;2;3
  cluster-mode: 2
class-attrs-all:
  pre-cluster-threshold: 0.2
"""
SECONDARY = """[property]
gie-unique-id=2
process-mode=2
network-type=1
onnx-file=net.onnx
operate-on-gie-id=1
classifier-threshold=0.5
parse-classifier-func-name=NvDsParse
"""
APP = """[application]
enable-perf-measurement=1
gie-kitti-output-dir=kitti
[tiled-display]
enable=1
rows=2
columns=2
[source0]
enable=1
type=3
uri=file://film.mp4
num-sources=4
[streammux]
batch-size=4
width=1280
height=720
live-source=0
[primary-gie]
enable=1
plugin-type=0
gie-unique-id=1
batch-size=4
config-file=infer.txt
[secondary-gie0]
enable=1
gie-unique-id=2
operate-on-gie-id=1
config-file=secondary.txt
[tracker]
enable=1
tracker-width=640
tracker-height=384
ll-lib-file=/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so
ll-config-file=tracker.yml
[nvds-analytics]
enable=1
config-file=analytics.txt
[osd]
enable=1
text-color=1;1;1;1;
[sink0]
enable=1
type=3
enc-type=1
output-file=out.mp4
[sink1]
enable=1
type=4
enc-type=1
rtsp-port=8554
udp-port=5400
[sink2]
enable=1
type=6
msg-broker-proto-lib=/opt/nvidia/deepstream/deepstream/lib/libnvds_kafka_proto.so
msg-broker-conn-str=localhost;9092;topic
msg-conv-config=msgconv.txt
[tests]
file-loop=0
"""
TRACKER = """%YAML:1.0
BaseConfig:
  minDetectorConfidence: 0.2
TargetManagement:
  probationAge: 3
DataAssociator:
  associationMatcherType: 1
StateEstimator:
  stateEstimatorType: 1
VisualTracker:
  visualTrackerType: 1
  featureImgSizeLevel: 2
ReID:
  reidType: 2
  networkMode: 1
  inferDims: [3, 256, 128]
  onnxFile: /models/reid.onnx
"""
ANALYTICS = """[property]
enable=1
config-width=1280
config-height=720
osd-mode=2
[roi-filtering-stream-0]
enable=1
roi-GATE=10;10;100;10;100;100
class-id=-1
[line-crossing-stream-0]
enable=1
line-crossing-IN=10;10;10;100;5;50;200;50
mode=loose
class-id=0;1
"""
PREPROCESS = """[property]
enable=1
target-unique-ids=1
network-input-order=0
network-input-shape=4;3;272;480
network-color-format=0
processing-width=480
processing-height=272
tensor-data-type=0
custom-lib-path=/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so
[user-configs]
pixel-normalization-factor=0.0039
[group-0]
src-ids=0;1
process-on-roi=1
roi-params-src-0=0;0;100;100;50;50;100;100
"""
SERVER = """infer_config {
  unique_id: 1
  gpu_ids: [0]
  max_batch_size: 4
  backend {
    triton {
      model_name: "net"
      version: -1
      grpc { url: "localhost:8001" }
    }
  }
  preprocess {
    network_format: IMAGE_FORMAT_RGB
    maintain_aspect_ratio: 1
    normalize {
      scale_factor: 0.0039
      channel_offsets: [0, 0, 0]
    }
  }
  postprocess {
    labelfile_path: "labels.txt"
    detection {
      num_detected_classes: 2
      per_class_params { key: 0 value { pre_threshold: 0.4 } }
      nms { confidence_threshold: 0.2 iou_threshold: 0.5 topk: 20 }
    }
  }
}
input_control {
  process_mode: PROCESS_MODE_FULL_FRAME
  interval: 0
}
"""
MSGCONV = '[sensor0]\nenable=1\ntype=Camera\nid=A\nlocation=1.5;2;3\ndescription="a gate"\n'
BROKER = "[message-broker]\nusername = a\npartition-key = sensor.id\n"
DEWARPER = "[property]\noutput-width=640\n[surface0]\nprojection-type=3\nfocal-length=437\n"
MUX = "[property]\nalgorithm-type=1\nbatch-size=4\n"
SOURCES = "enable,type,uri,num-sources\n1,2,file://film.mp4,1\n"
FILES = {
    "infer.txt": INFER,
    "infer.yml": INFER_YAML,
    "secondary.txt": SECONDARY,
    "app.txt": APP,
    "tracker.yml": TRACKER,
    "analytics.txt": ANALYTICS,
    "preprocess.txt": PREPROCESS,
    "server.txt": SERVER,
    "msgconv.txt": MSGCONV,
    "broker.txt": BROKER,
    "dewarper.txt": DEWARPER,
    "mux.txt": MUX,
    "sources.csv": SOURCES,
    "labels.txt": "car\ntruck\n",
}


def folder(path: Path) -> Path:
    """An app with a file of every kind, and what they name."""
    for name, text in FILES.items():
        (path / name).write_text(text)
    for name in ("net.onnx", "film.mp4"):
        (path / name).touch()
    (path / "kitti").mkdir()
    return path


def broken(path: Path, name: str, old: str, new: str) -> int:
    """Replace a text of one file; the line where it stood."""
    text = (path / name).read_text()
    assert old in text, old
    (path / name).write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def told(
    path: Path, target: str | None = "jetson-agx-orin", version: str | None = "7.1"
) -> Sequence[Finding]:
    return lint(path, target, version)
