from __future__ import annotations

from pathlib import Path

import pytest

from train2edge.contract import ClassThresholds, InputContract
from train2edge.errors import InputError, ProblemsError
from train2edge.nvinfer.class_attrs import ClassAttrs
from train2edge.nvinfer.settings import InferSettings, read

TEXT = """
# a comment
[property]
gpu-id=0
net-scale-factor=0.00392156862745098
offsets=1.5;2;3;
model-color-format=1
onnx-file=models/net.onnx
labelfile-path=labels.txt
infer-dims=3;544;960
batch-size=4 # GLib reads the digits alone
num-detected-classes=2
cluster-mode=3
maintain-aspect-ratio=true
symmetric-padding=1
scaling-filter=1
filter-out-class-ids=1
crop-objects-to-roi-boundary=1
workspace-size=1000
gie-unique-id=1
gie-unique-id=7

[class-attrs-all]
threshold=0.1
topk=20
nms-iou-threshold=0.45
detected-min-w=8

[class-attrs-1]
pre-cluster-threshold=0.35
eps=0.25
minBoxes=3
dbscan-min-score=0.7
post-cluster-threshold=0.05
"""
YAML = """
property:
  net-scale-factor: 1
  onnx-file: /models/net.onnx
  infer-dims: 3;320;640
  num-detected-classes: 1
  cluster-mode: 2
class-attrs-all:
  pre-cluster-threshold: 0.25
"""


def write(folder: Path, text: str, name: str = "infer.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def problems(folder: Path, text: str, name: str = "infer.txt") -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        read(write(folder, text, name))
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.problems]


def test_reads_the_text_form(tmp_path: Path) -> None:
    settings = read(write(tmp_path, TEXT))
    assert settings.onnx_file == tmp_path / "models/net.onnx"
    assert settings.offsets == (1.5, 2.0, 3.0)
    assert (settings.batch_size, settings.gie_unique_id, settings.process_mode) == (4, 7, 1)
    assert settings.maintain_aspect_ratio is True
    assert settings.network_size == (960, 544)
    assert settings.warnings == ()


def test_a_class_starts_as_a_copy_of_all_classes(tmp_path: Path) -> None:
    zero, one = read(write(tmp_path, TEXT)).class_attrs
    assert zero == ClassAttrs(
        pre_cluster_threshold=0.1, topk=20, nms_iou_threshold=0.45, detected_min_w=8
    )
    assert (one.pre_cluster_threshold, one.topk, one.min_boxes) == (0.35, 20, 3)


def test_defaults_are_nvinfers(tmp_path: Path) -> None:
    settings = read(write(tmp_path, "[property]\nnum-detected-classes=1\n"))
    assert settings == InferSettings(
        tmp_path / "infer.txt", (ClassAttrs(),), num_detected_classes=1
    )
    one = settings.class_attrs[0]
    assert (one.pre_cluster_threshold, one.nms_iou_threshold, one.topk) == (0.2, 0.3, -1)


def test_reads_yaml(tmp_path: Path) -> None:
    settings = read(write(tmp_path, YAML, "infer.yml"))
    assert settings.onnx_file == Path("/models/net.onnx")
    assert settings.class_attrs == (ClassAttrs(pre_cluster_threshold=0.25),)


def test_makes_the_contract(tmp_path: Path) -> None:
    write(tmp_path, "car\nperson\n", "labels.txt")
    contract = read(write(tmp_path, TEXT)).contract(tensor="images")
    assert contract.input == InputContract(
        960,
        544,
        color="BGR",
        scale=0.00392156862745098,
        offsets=(1.5, 2.0, 3.0),
        maintain_aspect_ratio=True,
        symmetric_padding=True,
        filter="bilinear",
        tensor="images",
    )
    assert contract.output.classes == ("car", "person")
    assert (contract.output.parser, contract.output.cluster) == ("detectnet_v2", "hybrid")
    assert contract.output.thresholds[1] == ClassThresholds(
        pre_cluster=0.35,
        operating=0.35,
        post_cluster=0.05,
        topk=20,
        nms_iou=0.45,
        eps=0.25,
        min_boxes=3,
        dbscan_min_score=0.7,
    )


def test_unset_cluster_mode_becomes_nms_with_values_of_its_own(tmp_path: Path) -> None:
    text = "[property]\nnum-detected-classes=1\n[class-attrs-all]\nnms-iou-threshold=0.9\ntopk=3\n"
    output = read(write(tmp_path, text)).contract((64, 32), ["car"]).output
    assert output.cluster == "nms"
    assert (output.thresholds[0].nms_iou, output.thresholds[0].topk) == (0.5, 20)
    assert output.thresholds[0].pre_cluster == 0.2


def test_unset_filter_is_nearest_and_unset_aspect_ratio_stretches(tmp_path: Path) -> None:
    settings = read(write(tmp_path, "[property]\nnum-detected-classes=1\n"))
    found = settings.contract((64, 32), ["car"]).input
    assert (found.filter, found.maintain_aspect_ratio, found.scale) == ("nearest", False, 1.0)


def test_gives_the_frame_filters(tmp_path: Path) -> None:
    chosen = read(write(tmp_path, TEXT)).frame_filter()
    assert [one.min_width for one in chosen.limits] == [8, 8]
    assert chosen.without_class_ids == {1}
    assert chosen.crop_to_roi_boundary and not chosen.clip_to_roi


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("batch-size=0", "batch-size: 0 is less than 1"),
        ("batch-size=1025", "batch-size: 1025 is more than 1024"),
        ("batch-size=many", "batch-size: 'many' is not a whole number"),
        ("interval=3000000000", "interval: '3000000000' is not a whole number"),
        ("net-scale-factor=1/255", "net-scale-factor: '1/255' is not a number"),
        ("net-scale-factor=nan", "net-scale-factor: 'nan' is not a finite number"),
        ("maintain-aspect-ratio=yes", "maintain-aspect-ratio: 'yes' is not 0 or 1"),
        ("cluster-mode=5", "cluster-mode: 5 is not one of 0, 1, 2, 3, 4"),
        ("infer-dims=3;544", "infer-dims: '3;544' has 2 values, not 3"),
        ("infer-dims=1;544;960", "infer-dims: 1 channels, model-color-format has 3"),
        ("offsets=1;2", "offsets: 2 values for 3 channels"),
    ],
)
def test_refuses_wrong_values_with_their_line(tmp_path: Path, line: str, message: str) -> None:
    (problem,) = problems(tmp_path, f"[property]\nnum-detected-classes=1\n{line}\n")
    assert problem.startswith(f"infer.txt:3: {message}")


def test_tells_every_problem_at_once(tmp_path: Path) -> None:
    text = (
        "[property]\nnum-detected-classes=1\nprocess-mode=3\n[class-attrs-all]\ntopk=-1\n"
        "nms-iou-threshold=1.5\n[class-attrs-1]\neps=1\n"
    )
    assert problems(tmp_path, text) == [
        "infer.txt:3: process-mode: 3 is not one of 1, 2",
        "infer.txt:5: topk: -1 is less than 0",
        "infer.txt:6: nms-iou-threshold: 1.5 is more than 1",
        "infer.txt:7: [class-attrs-1], but num-detected-classes is 1 (classes count from 0)",
    ]


def test_a_detector_without_classes_would_crash(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[property]\ngpu-id=0\n")
    assert problem == "infer.txt:1: num-detected-classes is 0: nvinfer's clustering would crash"


def test_instance_segmentation_needs_its_function_and_no_clustering(tmp_path: Path) -> None:
    text = "[property]\nnum-detected-classes=1\nnetwork-type=3\n"
    assert [one.partition(" ")[0] for one in problems(tmp_path, text)] == ["infer.txt:3:"] * 2


def test_a_list_in_yaml_must_not_end_in_a_semicolon(tmp_path: Path) -> None:
    text = YAML.replace("3;320;640", "3;320;640;")
    (problem,) = problems(tmp_path, text, "infer.yaml")
    assert problem.startswith("infer.yaml:5: infer-dims: '3;320;640;': in YAML")


def test_warns_of_what_nvinfer_passes_over(tmp_path: Path) -> None:
    text = (
        "[property]\nnum-detected-classes=1\nmodel-engin-file=x\nworkspace-size=10\n"
        "scaling-filter=4\n[class-attrs-all]\nmin-boxes=3\n[primary-gie]\n"
    )
    found = [str(one).removeprefix(f"{tmp_path}/") for one in read(write(tmp_path, text)).warnings]
    assert found == [
        "infer.txt:3: nvinfer does not know the key model-engin-file "
        "(did you mean model-engine-file?)",
        "infer.txt:7: nvinfer does not know the key min-boxes (did you mean minBoxes?)",
        "infer.txt:8: nvinfer does not read [primary-gie]",
        "infer.txt:5: scaling-filter=4 is computed as bilinear here",
    ]


def test_yaml_does_not_know_the_old_keys(tmp_path: Path) -> None:
    text = YAML.replace("pre-cluster-threshold: 0.25", "threshold: 0.25")
    settings = read(write(tmp_path, text, "infer.yml"))
    assert settings.class_attrs == (ClassAttrs(),)
    assert [one.message for one in settings.warnings] == [
        "nvinfer's YAML form does not read threshold"
    ]


def test_old_keys_of_the_text_form(tmp_path: Path) -> None:
    classifier = read(write(tmp_path, "[property]\nis-classifier=1\n"))
    assert classifier.network_type == 1
    old = "[property]\nnum-detected-classes=1\nenable-dbscan=1\n"
    assert read(write(tmp_path, old)).cluster_mode == 1
    assert read(write(tmp_path, f"{old}cluster-mode=2\n")).cluster_mode == 2


def test_names_stock_parsers_and_refuses_others(tmp_path: Path) -> None:
    text = "[property]\nnum-detected-classes=1\nparse-bbox-func-name={}\n"
    stock = read(write(tmp_path, text.format("NvDsInferParseCustomResnet")))
    assert stock.contract((64, 32), ["car"]).output.parser == "custom_resnet"
    other = read(write(tmp_path, text.format("NvDsInferParseYolo")))
    with pytest.raises(InputError, match="NvDsInferParseYolo is not one of"):
        other.contract((64, 32), ["car"])


def test_a_contract_that_cannot_be_is_refused(tmp_path: Path) -> None:
    settings = read(write(tmp_path, "[property]\nnum-detected-classes=2\n"))
    with pytest.raises(InputError, match="size of the network's input"):
        settings.contract(None, ["a", "b"])
    with pytest.raises(InputError, match="but 1 class names"):
        settings.contract((64, 32), ["a"])
    mean = read(write(tmp_path, "[property]\nnum-detected-classes=1\nmean-file=mean.ppm\n"))
    with pytest.raises(InputError, match=r"mean\.ppm: cannot be read"):
        mean.contract((64, 32), ["a"])


def test_a_mean_picture_and_channels_last_are_in_the_contract(tmp_path: Path) -> None:
    (tmp_path / "mean.ppm").write_bytes(b"P6\n2 1\n255\n" + bytes(6))
    text = "[property]\nnum-detected-classes=1\nmean-file=mean.ppm\nnetwork-input-order=1\n"
    found = read(write(tmp_path, text)).contract((2, 1), ["a"]).input
    assert (found.order, found.mean_file) == ("NHWC", str(tmp_path / "mean.ppm"))


@pytest.mark.parametrize("text", ["", "[application]\n", "num-detected-classes=1\n", "{"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"infer.txt"):
        read(write(tmp_path, text))


def test_missing_label_rows_are_empty_names(tmp_path: Path) -> None:
    write(tmp_path, "car;vehicle\n\nperson\n", "labels.txt")
    text = "[property]\nnum-detected-classes=3\nlabelfile-path=labels.txt\n"
    assert read(write(tmp_path, text)).class_names() == ("car", "person", "")
