"""Every rule: one wrong file, exactly that finding, in its line; the rest of the app is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deepstream.lint.clean import broken, folder, told

STOCK = "/opt/nvidia/deepstream/deepstream/lib/libnvds_infercustomparser.so"
ORIN, NANO, T4 = "jetson-agx-orin", "jetson-orin-nano", "t4"


@pytest.mark.parametrize("target", [ORIN, NANO, T4, None])
@pytest.mark.parametrize("version", ["6.3", "7.1", "9.1", None])
def test_clean_files_have_no_findings(
    tmp_path: Path, target: str | None, version: str | None
) -> None:
    assert told(folder(tmp_path), target, version) == ()


# As many sources as the app has, by a list.
LISTED = "[source-list]\nlist=file:///a;file:///b;file:///c;file:///d\n[source-attr-all]\nenable=1\n[osd]"
MANY = (
    "[source-attr-all]\nenable=1\n[source-list]\n"
    "list=file:///a;file:///b;file:///c;file:///d\nuse-nvmultiurisrcbin=1\n"
)
CASES = [
    # the text itself
    ("infer.txt", "gpu-id=0", "gpu-id", "error", "syntax", 0),
    ("infer.yml", "  gie-unique-id: 1", "  gie-unique-id: {", "error", "syntax", 2),
    ("server.txt", "gpu_ids: [0]", "gpu_ids [0", "error", "syntax", 1),
    ("sources.csv", "film.mp4,1", "film.mp4", "error", "syntax", 0),
    ("infer.txt", "batch-size=4", "batch-size=4 # four", "warning", "inline-comment", 0),
    ("app.txt", "msg-broker-conn-str=localhost;9092;topic",
     "msg-broker-conn-str=localhost;9092;topic # here", "error", "inline-comment", 0),
    ("app.txt", "[osd]\nenable=1", "[osd]\nenable=1 # on", "warning", "inline-comment", 1),
    ("infer.txt", "symmetric-padding=1", "symmetric-padding=0 # off", "error", "inline-comment", 0),
    ("infer.txt", "net-scale-factor=0.0039", "net-scale-factor=0.0039 ", "error",
     "trailing-space", 0),
    ("msgconv.txt", "id=A", "id=A ", "warning", "trailing-space", 0),
    ("infer.txt", "topk=20", "topk=20\ntopk=30", "warning", "twice", 1),
    ("infer.yml", "  pre-cluster-threshold: 0.2", "topk: 20", "warning", "outside-section", 0),
    ("infer.yml", "offsets: 1;2;3", "offsets: [1, 2, 3]", "error", "yaml-list", 0),
    # the tables
    ("infer.txt", "network-type=0", "network-typ=0", "warning", "unknown-key", 0),
    ("analytics.txt", "mode=loose", "extendet=1", "warning", "unknown-key", 0),
    ("preprocess.txt", "src-ids=0;1", "src-id=0;1", "warning", "unknown-key", 0),
    ("broker.txt", "username = a", "user-name = a", "warning", "unknown-key", 0),
    ("dewarper.txt", "focal-length=437", "focal-lenght=437", "warning", "unknown-key", 0),
    ("tracker.yml", "probationAge: 3", "probationAgee: 3", "warning", "unknown-key", 0),
    ("tracker.yml", "probationAge: 3", "checkClassMatch: 1", "warning", "unknown-key", 0),
    ("app.txt", "[tests]\n", "[test]\n", "warning", "unknown-group", 0),
    ("infer.txt", "gpu-id=0", "strongly-typed=0", "warning", "too-new", 0),
    ("app.txt", "[osd]\nenable=1", "[osd]\nenable=yes", "error", "value", 1),
    ("app.txt", "type=3\nuri", "type=12\nuri", "error", "value", 0),
    ("app.txt", "text-color=1;1;1;1;", "text-color=1;1;2;1;", "error", "value", 0),
    ("infer.txt", "gpu-id=0", "interval=-1", "error", "value", 0),
    ("infer.txt", "topk=20", "topk=-1", "error", "value", 0),
    ("infer.txt", "infer-dims=3;272;480", "infer-dims=272;480", "error", "value", 0),
    ("tracker.yml", "associationMatcherType: 1", "associationMatcherType: 9", "error", "value", 0),
    ("analytics.txt", "osd-mode=2", "osd-mode=3", "error", "value", 0),
    ("analytics.txt", "line-crossing-IN=10;10;10;100;5;50;200;50",
     "line-crossing-IN=10;10;10;100", "error", "value", 0),
    ("preprocess.txt", "tensor-data-type=0", "tensor-data-type=9", "error", "value", 0),
    ("msgconv.txt", "location=1.5;2;3", "location=1.5;2", "error", "value", 0),
    ("sources.csv", "1,2,file", "1,x,file", "error", "value", 0),
    ("analytics.txt", "config-width=1280\n", "", "error", "missing-key", -2),
    ("infer.txt", "onnx-file=net.onnx\n", "onnx-file=nowhere.onnx\n", "error", "missing-path", 0),
    ("infer.txt", "labelfile-path=labels", "labelfile-path=lables", "error", "missing-path", 0),
    ("app.txt", "config-file=analytics.txt", "config-file=none.txt", "error", "missing-path", 0),
    ("app.txt", "ll-config-file=tracker.yml", "ll-config-file=no.yml", "error", "missing-path", 0),
    # nvinfer
    ("infer.txt", "offsets=1;2;3", "offsets=1;2", "error", "refused", 0),
    ("infer.txt", "[class-attrs-1]", "[class-attrs-2]", "error", "refused", 0),
    ("infer.txt", "infer-dims=3;272;480", "infer-dims=1;272;480", "error", "refused", 0),
    ("infer.yml", "offsets: 1;2;3", "offsets: 1;2;3;", "error", "refused", 0),
    ("infer.txt", "gpu-id=0", "tlt-encoded-model=/a.etlt", "warning", "old-model", 0),
    ("infer.txt", "gpu-id=0", "force-implicit-batch-dim=1", "warning", "no-effect", 0),
    ("infer.txt", "batch-size=4", "batch-size=8", "warning", "engine-batch", 3),
    ("infer.txt", "gpu0_fp16.engine", "gpu0_int8.engine", "warning", "engine-name", 0),
    ("infer.txt", "=net.onnx_b4", "=net_b4", "warning", "engine-name", 0),
    ("infer.txt", "gpu-id=0", "gpu-id=1", "warning", "engine-name", 8),
    ("app.txt", "batch-size=4\nconfig-file", "batch-size=8\nconfig-file", "warning",
     "engine-name", 0),
    ("app.txt", "plugin-type=0", "model-engine-file=net.onnx_b4_gpu0_fp32.engine", "warning",
     "engine-name", 0),
    ("infer.txt", "net-scale-factor=0.0039", "net-scale-factor=255", "warning", "scale", 0),
    ("infer.txt", "net-scale-factor=0.0039", "net-scale-factor=0", "error", "scale", 0),
    ("infer.txt", "gpu-id=0", "secondary-reinfer-interval=9", "warning", "primary", 0),
    ("infer.txt", "gpu-id=0", "filter-out-class-ids=1;2", "warning", "class-nobody", 0),
    ("secondary.txt", "operate-on-gie-id=1", "operate-on-class-ids=2", "warning",
     "class-nobody", 0),
    ("app.txt", "operate-on-gie-id=1", "operate-on-gie-id=1\noperate-on-class-ids=0;5", "warning",
     "class-nobody", 1),
    ("secondary.txt", "process-mode=2",
     "process-mode=2\ninput-object-min-width=64\ninput-object-max-width=32", "error", "sizes", 2),
    ("infer.txt", "topk=20", "detected-min-h=9\ndetected-max-h=8", "error", "sizes", 1),
    ("infer.txt", "topk=20", "topk=0", "warning", "topk", 0),
    ("infer.txt", "labelfile-path=labels.txt\n", "", "error", "labels", -10),
    ("infer.txt", "maintain-aspect-ratio=1\n", "", "warning", "padding", 0),
    ("infer.txt", "network-mode=2", "network-mode=3", "error", "too-new", 0),
    ("infer.txt", "network-mode=2", "network-mode=1", "error", "int8-without-cache", 0),
    ("infer.txt", "cluster-mode=2", "cluster-mode=0", "error", "cluster-mode", 0),
    ("infer.txt", "cluster-mode=2\n", "", "warning", "cluster-mode", -17),
    ("infer.txt", "gpu-id=0", "output-instance-mask=1", "error", "instance-mask", 0),
    ("infer.txt", "pre-cluster-threshold=0.4", "pre-cluster-threshold=40", "error", "fraction", 0),
    ("infer.txt", "gpu-id=0", "operate-on-gie-id=1", "warning", "primary", 0),
    ("labels.txt", "truck", "big truck", "error", "label-space", ("infer.txt", 11)),
    ("labels.txt", "truck\n", "", "error", "label-count", ("infer.txt", 11)),
    ("labels.txt", "truck\n", "truck\r\n", "error", "label-cr", ("infer.txt", 11)),
    ("infer.txt", "cluster-mode=2", "cluster-mode=1", "warning", "dbscan", 0),
    ("infer.txt", "cluster-mode=2\n[class-attrs-all]",
     "cluster-mode=4\n[class-attrs-all]\npost-cluster-threshold=0.3", "warning",
     "post-threshold", 2),
    ("infer.txt", "gpu-id=0", f"custom-lib-path={STOCK}\n"
     "parse-bbox-func-name=NvDsInferParseCustomDDETRTAO", "error", "stock-parser", 1),
    ("infer.txt", "gpu-id=0", f"[class-attrs-0]\npre-cluster-threshold=0.3\n[property]\n"
     f"custom-lib-path={STOCK}\nparse-bbox-func-name=NvDsInferParseCustomBatchedNMSTLT",
     "warning", "one-threshold", ("infer.txt", 24)),
    ("secondary.txt", "network-type=1", "network-type=2", "error", "segmentation-classes", 0),
    ("secondary.txt", "parse-classifier-func-name=NvDsParse\n", "", "warning",
     "classifier-labels", -7),
    # deepstream-app
    ("app.txt", "num-sources=4", "num-sources=3", "warning", "batch-size", 2),
    ("app.txt", "columns=2", "columns=1", "warning", "tiles", -1),
    ("app.txt", "width=1280\n", "", "error", "mux-size", -2),
    ("app.txt", "gie-kitti-output-dir=kitti", "gie-kitti-output-dir=no", "warning",
     "kitti-folder", 0),
    ("app.txt", "uri=file://film.mp4", "uri=film.mp4", "error", "uri", 0),
    ("app.txt", "uri=file://film.mp4", "uri=file://no.mp4", "error", "missing-path", 0),
    ("app.txt", "type=3\nuri=file://film.mp4", "type=4\nuri=rtsp://h/a", "warning",
     "live-source", 7),
    ("app.txt", "type=3\nuri=file://film.mp4", "type=4\nuri=file://film.mp4", "error", "uri", 1),
    ("app.txt", "uri=file://film.mp4", "uri=rtsp://h/a", "warning", "live-source", 6),
    ("app.txt", "live-source=0", "batched-push-timeout=40", "warning", "timeout", 0),
    ("app.txt", "output-file=out.mp4\n", "", "error", "sink-key", -4),
    ("app.txt", "output-file=out.mp4", "output-file=no/out.mp4", "error", "missing-path", 0),
    ("app.txt", "msg-conv-config=msgconv.txt\n", "", "warning", "sink-key", -5),
    ("app.txt", "msg-broker-proto-lib=", "topic=", "error", "sink-key", -3),
    ("app.txt", "type=3\nenc-type", "type=7\nenc-type", "error", "sink-type", 0),
    ("app.txt", "type=6", "type=4\nudp-port=5400\nrtsp-port=8600\nenc-type=1", "error", "port", 1),
    ("app.txt", "plugin-type=0", "input-tensor-meta=1", "error", "input-tensor-meta", 0),
    ("app.txt", "[osd]", "[source-list]\nlist=file:///a;file:///b;file:///c;file:///d\n[osd]",
     "error", "source-list", 0),
    ("app.txt", "[osd]", "[source-attr-all]\nenable=1\n[osd]", "warning", "source-list", 0),
    ("app.txt", "[osd]", LISTED.replace("enable=1", "type=2"), "error", "source-list", 2),
    ("app.txt", "[osd]", LISTED.replace("file:///d", "http://h/d"), "error", "uri", 1),
    ("app.txt", "[source0]", LISTED.replace("[osd]", "[source4]"), "error", "source-list", 4),
    ("app.txt", "[osd]", MANY + "max-batch-size=3\n[osd]", "error", "max-batch-size", 5),
    ("app.txt", "[osd]", MANY.replace("/b", "/b,c") + "[osd]", "error", "uri", 3),
    ("app.txt", "[osd]", MANY + "sensor-id-list=1;2;3\n[osd]", "warning", "sensor-id-list", 5),
    ("app.txt", "[osd]", MANY + "sensor-id-list=1;2;3;1;\n[osd]", "error", "sensor-id-list", 5),
    # networks among one another
    ("app.txt", "config-file=infer.txt\n", "", "error", "gie-file", -5),
    ("app.txt", "plugin-type=0", "plugin-type=1", "error", "plugin-type", 0),
    ("app.txt", "operate-on-gie-id=1", "operate-on-gie-id=7", "error", "gie-id-nobody", 0),
    ("infer.txt", "gie-unique-id=1", "gie-unique-id=3", "warning", "override", ("app.txt", 21)),
    ("infer.txt", "process-mode=1", "process-mode=2", "warning", "process-mode", ("app.txt", 23)),
    ("app.txt", "config-file=analytics.txt", "config-file=preprocess.txt", "error",
     "wrong-kind", 0),
    ("app.txt", "plugin-type=0", "plugin-type=2", "error", "too-new", 0),
    ("app.txt", "live-source=0", "config-file-path=mux.txt", "warning", "new-mux", 0),
    ("analytics.txt", "[line-crossing-stream-0]", "[line-crossing-stream-4]", "warning",
     "stream-nobody", ("app.txt", 37)),
    # tracker
    ("app.txt", "ll-config-file=tracker.yml\n", "", "warning", "tracker-config", -1),
    ("app.txt", "ll-config-file=tracker.yml", "ll-config-file=tracker.yml;tracker.yml", "error",
     "sub-batches", 0),
    ("app.txt", "tracker-height=384", "tracker-height=360", "warning", "tracker-grid", 0),
    ("app.txt", "libnvds_nvmultiobjecttracker", "libnvds_mot_klt", "error", "tracker-library", 0),
    ("tracker.yml", "networkMode: 1", "networkMode: 2", "error", "int8-without-cache", 0),
    ("tracker.yml", "onnxFile: /models/reid.onnx", "tltEncodedModel: /a.etlt", "error",
     "old-model", 0),
    # analytics, preprocessing
    ("analytics.txt", "roi-GATE=10;10;100;10;100;100", "roi-GATE=10;10;100;10", "error",
     "analytics-polygon", 0),
    ("analytics.txt", "roi-GATE=10;10;100", "roi-GATE=10;10;1900", "warning",
     "analytics-outside", 0),
    ("analytics.txt", "roi-GATE=10;10;100;10;100;100\n", "", "error", "analytics-shape", -2),
    ("preprocess.txt", "network-input-shape=4;3", "network-input-shape=4;1", "error",
     "preprocess-channels", 0),
    ("preprocess.txt", "processing-width=480", "processing-width=640", "warning",
     "preprocess-size", 0),
    ("preprocess.txt", "=0;0;100;100;50;50;100;100", "=0;0;100;100;50", "error",
     "preprocess-roi", 0),
    # nvinferserver
    ("server.txt", "topk: 20", "top_k: 20", "error", "unknown-key", 0),
    ("server.txt", "max_batch_size: 4", "max_batch_size: four", "error", "value", 0),
    ("server.txt", "IMAGE_FORMAT_RGB", "RGB", "error", "value", 0),
    ("server.txt", '"net"', "net", "error", "value", 0),
    ("server.txt", '"labels.txt"', '"lables.txt"', "error", "missing-path", 0),
    ("server.txt", "unique_id: 1", "unique_id: 1\n  unique_id: 2", "error", "twice", 1),
    ("server.txt", "interval: 0", "interval: 0\n  secondary_reinfer_interval: 9", "error",
     "one-of", 1),
    ("server.txt", "triton {", "trt_is {", "warning", "deprecated", 0),
    ("server.txt", "unique_id: 1", "unique_id: 0", "error", "gie-id", 0),
    ("server.txt", "      version: -1\n", "", "error", "missing-key", -2),
    ("server.txt", "[0, 0, 0]", "[0, 0]", "error", "channels", 0),
    ("server.txt", "iou_threshold: 0.5", "iou_threshold: 50", "error", "fraction", 0),
    ("server.txt", 'url: "localhost:8001"', 'url: "h:1" enable_cuda_buffer_sharing: true',
     "warning", "cuda-sharing", 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "level", "rule", "at"), CASES)
def test_rule(
    tmp_path: Path,
    name: str,
    old: str,
    new: str,
    level: str,
    rule: str,
    at: int | tuple[str, int],
) -> None:
    """``at``: lines below the changed one, or the file and line that the finding names."""
    folder(tmp_path)
    line = broken(tmp_path, name, old, new)
    where = at if isinstance(at, tuple) else (name, line + at)
    findings = told(tmp_path)
    assert [(one.level, one.rule) for one in findings] == [(level, rule)], findings
    assert findings[0].where == f"{tmp_path}/{where[0]}:{where[1]}"
    assert findings[0].what and findings[0].why and findings[0].fix


def test_batch_sizes_are_nobodys_business_where_one_element_plays_all(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "app.txt", "[osd]", MANY + "max-batch-size=10\n[osd]")
    broken(tmp_path, "app.txt", "batch-size=4", "batch-size=9")
    assert told(tmp_path) == ()


def test_frames_that_are_skipped_need_a_tracker(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "infer.txt", "gpu-id=0", "interval=4")
    broken(tmp_path, "app.txt", "[tracker]\nenable=1", "[tracker]\nenable=0")
    broken(tmp_path, "app.txt", "[nvds-analytics]\nenable=1", "[nvds-analytics]\nenable=0")
    assert [one.rule for one in told(tmp_path)] == ["interval"]


def test_two_networks_with_one_id(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "app.txt", "gie-unique-id=2", "gie-unique-id=1")
    assert {one.rule for one in told(tmp_path)} == {"gie-id-twice", "override"}


def test_tensors_for_nobody(tmp_path: Path) -> None:
    folder(tmp_path)
    more = "[pre-process]\nenable=1\nconfig-file=preprocess.txt\n[tests]"
    broken(tmp_path, "app.txt", "[tests]", more)
    broken(tmp_path, "preprocess.txt", "target-unique-ids=1", "target-unique-ids=9")
    assert [one.rule for one in told(tmp_path)] == ["gie-id-nobody"]


def test_what_follows_objects_needs_a_tracker(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "app.txt", "[tracker]\nenable=1", "[tracker]\nenable=0")
    broken(tmp_path, "secondary.txt", "process-mode=2", "process-mode=2\nclassifier-async-mode=1")
    assert [one.rule for one in told(tmp_path)] == ["needs-tracker", "needs-tracker"]


def test_a_secondary_network_among_several_says_whose_objects(tmp_path: Path) -> None:
    folder(tmp_path)
    more = "[secondary-gie1]\ngie-unique-id=3\nconfig-file=third.txt\n[tests]"
    broken(tmp_path, "app.txt", "[tests]", more)
    third = (tmp_path / "secondary.txt").read_text().replace("operate-on-gie-id=1\n", "")
    (tmp_path / "third.txt").write_text(third.replace("gie-unique-id=2", "gie-unique-id=3"))
    assert [one.rule for one in told(tmp_path)] == ["gie-id-any"]


def test_the_files_own_batch_must_hold_the_muxs(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "app.txt", "batch-size=4\nconfig-file=infer.txt", "config-file=infer.txt")
    broken(tmp_path, "infer.txt", "batch-size=4", "batch-size=2")
    assert [one.rule for one in told(tmp_path)] == ["batch-size"]


@pytest.mark.parametrize(
    ("name", "old", "new", "target", "version", "level", "rule"),
    [
        ("app.txt", "type=3\nenc-type=1", "type=3\nenc-type=0", NANO, "7.1", "error", "no-nvenc"),
        ("app.txt", "enable=1\ntype=3\nuri=file://film.mp4", "enable=1\ntype=5", T4, "7.1", "error",
         "csi"),
        ("app.txt", "type=3\nenc-type=1", "type=5", T4, "7.1", "error", "sink-type"),
        ("app.txt", "live-source=0", "config-file=mux.txt", T4, "7.1", "error", "gone"),
        ("app.txt", "live-source=0", "config-file-path=mux.txt", T4, "6.3", "error", "too-new"),
        ("app.txt", "[tracker]", "[tracker]\nenable-past-frame=1", T4, "6.3", "warning", "gone"),
        ("app.txt", "[osd]", "[osd]\nnvbuf-memory-type=4", T4, "7.1", "error", "memory-type"),
        ("infer.txt", "gpu-id=0", "enable-dla=1", NANO, "7.1", "error", "no-dla"),
        ("infer.txt", "gpu-id=0", "enable-dla=1\nuse-dla-core=2", ORIN, "7.1", "error", "dla-core"),
        ("infer.txt", "network-mode=2", "enable-dla=1", ORIN, "7.1", "error", "dla-precision"),
        ("infer.txt", "gpu-id=0", "enable-dla=1", ORIN, "9.1", "error", "no-dla"),
        ("infer.txt", "network-mode=2", "network-mode=1", "jetson-nano", "6.0", "error", "no-int8"),
        ("infer.txt", "gpu-id=0", "scaling-compute-hw=2", T4, "7.1", "error", "no-vic"),
        ("infer.txt", "gpu-id=0", "warmup-engine=1", T4, "7.1", "error", "too-new"),
        ("infer.txt", "gpu-id=0", "strongly-typed=1", T4, "9.1", "error", "strongly-typed"),
        ("infer.txt", "gpu-id=0", "workspace-size=100", T4, "9.1", "warning", "no-effect"),
        ("app.txt", "type=3\nenc-type=1", "type=3\nenc-type=1\nnvdslogger=1", T4, "9.1", "warning",
         "no-effect"),
        ("infer.txt", "onnx-file=net.onnx\nmodel-engine-file=net.onnx_b4_gpu0_fp16.engine",
         "tlt-encoded-model=/a.etlt", T4, "7.1", "error", "old-model"),
        ("infer.txt", "onnx-file=net.onnx\n", "", T4, "7.1", "error", "missing-path"),
        ("tracker.yml", "Type: 1\nVisual", "Type: 2\nVisual", T4, "6.1", "error", "too-new"),
        ("tracker.yml", "%YAML:1.0", "%YAML:1.0", T4, "6.1", "error", "tracker-matcher"),
        ("infer.yml", "  pre-cluster-threshold: 0.2", "  threshold: 0.2", T4, "7.1", "warning",
         "text-form-only"),
    ],
)  # fmt: skip
def test_rule_of_a_device_or_release(
    tmp_path: Path,
    name: str,
    old: str,
    new: str,
    target: str,
    version: str,
    level: str,
    rule: str,
) -> None:
    folder(tmp_path)
    broken(tmp_path, name, old, new)
    found = [(one.level, one.rule) for one in told(tmp_path, target, version)]
    # Before 6.2 the clean tracker file has its own finding.
    expected = (("error", "tracker-matcher"),) if version in ("6.0", "6.1") else ()
    assert set(found) == {(level, rule), *expected}, told(tmp_path, target, version)


def test_a_cache_must_be_there_and_of_the_right_kind(tmp_path: Path) -> None:
    folder(tmp_path)
    broken(tmp_path, "infer.txt", "gpu0_fp16.engine", "gpu0_int8.engine")
    broken(tmp_path, "infer.txt", "network-mode=2", "network-mode=1\nint8-calib-file=a.cache")
    assert [one.rule for one in told(tmp_path)] == ["missing-path"]
    (tmp_path / "a.cache").write_text("TRT-8600-MinMaxCalibration\n")
    assert [one.rule for one in told(tmp_path)] == ["calibration-header"]
    (tmp_path / "a.cache").write_text("TRT-8600-EntropyCalibration2\n")
    assert told(tmp_path) == ()


def test_a_classifiers_labels_stand_in_one_line(tmp_path: Path) -> None:
    folder(tmp_path)
    parser = "parse-classifier-func-name=NvDsParse"
    line = broken(tmp_path, "secondary.txt", parser, "labelfile-path=kinds.txt")
    (tmp_path / "kinds.txt").write_text("sedan;suv\n")
    assert told(tmp_path) == ()
    (tmp_path / "kinds.txt").write_text("sedan\nsuv\n")
    (finding,) = told(tmp_path)
    assert finding.rule == "classifier-labels" and finding.fix == "write sedan;suv... in one line"
    assert finding.where == f"{tmp_path}/secondary.txt:{line}"


def test_two_engines_of_one_name(tmp_path: Path) -> None:
    folder(tmp_path)
    for name in ("infer.txt", "secondary.txt"):
        text = (tmp_path / name).read_text()
        made = text.replace("[property]", "[property]\nengine-create-func-name=Make")
        (tmp_path / name).write_text(made.replace("network-mode=2\nbatch-size=4\n", ""))
    rules = [one.rule for one in told(tmp_path)]
    assert rules == ["engine-name"]


def test_sources_stand_in_a_table_in_the_yaml_form(tmp_path: Path) -> None:
    folder(tmp_path)
    app = "source0:\n  enable: 1\n  type: 2\n  uri: file:///a.mp4\nsink0:\n  enable: 1\n  type: 1\n"
    (tmp_path / "app.yml").write_text(app)
    assert [one.rule for one in told(tmp_path / "app.yml")] == ["form"]


def test_the_old_trackers_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tracker.yml"
    path.write_text("%YAML:1.0\nNvDCF:\n  maxTargetsPerStream: 30\n")
    assert [one.rule for one in told(path)] == ["gone"]


def test_a_sample_programs_encoder(tmp_path: Path) -> None:
    path = tmp_path / "app.yml"
    path.write_text("source-list:\n  list: file:///a.mp4\nfilesink:\n  enable: 1\n  enc-type: 0\n")
    assert [one.rule for one in told(path, NANO)] == ["no-nvenc"]
    assert told(path, ORIN) == ()
