"""Which network an old specification is of, and whether anything of it carries over."""

from __future__ import annotations

from train2edge.errors import InputError
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.kind import Kind, has, starts
from train2edge.spec.tlt.refused import REFUSED, RUNS

TAKEN = (
    "detectnet_v2, classification, ssd, dssd, retinanet, yolo_v3, yolo_v4, faster_rcnn, mask_rcnn, "
    "efficientdet, dino, deformable_detr, rtdetr, mask2former (instances), dataset_convert"
)
# the first that fits
KINDS = (
    *REFUSED,
    Kind("dataset_convert", has("kitti_config", "coco_config"), "dataset_convert"),
    Kind("SSD", has("ssd_config"), "ssd"),
    Kind("DSSD", has("dssd_config"), "ssd"),
    Kind("RetinaNet", has("retinanet_config"), "ssd"),
    Kind("YOLOv3", has("yolov3_config", "yolo_config"), "yolo"),
    Kind("YOLOv4", has("yolov4_config"), "yolo"),
    Kind("MaskRCNN", has("maskrcnn_config"), "mask_rcnn"),
    Kind("EfficientDet", starts("model_config.model_name", "efficientdet"), "efficientdet"),
    Kind("EfficientDet", starts("model.name", "efficientdet"), "efficientdet"),
    Kind(
        "FasterRCNN",
        has("model_config.input_image_config", "network_config.input_image_config"),
        "faster_rcnn",
    ),
    Kind(
        "DetectNet_v2",
        has("bbox_rasterizer_config", "cost_function_config", "postprocessing_config"),
        "detectnet_v2",
    ),
    Kind(
        "classification",
        has(
            "train_config.preprocess_mode",
            "train_config.train_dataset_path",
            "model_config.input_image_size",
        ),
        "classification",
    ),
    Kind(
        "a detector's evaluation",
        has("nms_config", "eval_config.matching_iou_threshold"),
        refusal=f"{RUNS}t2e evaluate RUN -o OUT",
    ),
    Kind("classification_tf2", has("dataset.train_dataset_path"), "classification_tf2"),
    Kind(
        "classification_pyt",
        has("dataset.img_size", "model.head.topk", "model.head.loss"),
        "classification_pyt",
    ),
    Kind("Mask2Former", has("dataset.train.instance_json"), "mask2former"),
    Kind(
        "Mask2Former",
        has("model.mask_former", "model.sem_seg_head"),
        refusal="a class for every pixel is not learned here; of instances the boxes carry over",
    ),
    Kind(
        "a detection transformer",
        has(
            "dataset.train_data_sources",
            "dataset.val_data_sources",
            "dataset.test_data_sources",
            "dataset.infer_data_sources",
            "model.num_queries",
        ),
        "detr",
    ),
)
_TAO = {
    "encryption_key", "results_dir", "model", "dataset", "train", "evaluate", "inference", "export",
    "gen_trt_engine", "prune", "dataset_convert", "save_engine_path", "model_config",
    "dataset_config", "train_config", "training_config", "eval_config", "augmentation_config",
    "quantize", "distill", "random_seed",
}  # fmt: skip
_TRAINING = (
    "train", "train_config", "training_config", "num_epochs", "total_steps", "kitti_config",
    "coco_config",
)  # fmt: skip


def kind_of(spec: Group) -> Kind:
    """The kind with an importer; ``InputError`` with the reason where nothing carries over."""
    _not_ours(spec)
    found = next((one for one in KINDS if one.test(spec)), None)
    if found is None:
        raise _unknown(spec)
    if found.refusal:
        raise InputError(
            f"a specification of {found.title}: {found.refusal}",
            where=f"{spec.file}:{spec.line}",
            hint=f"taken over are: {TAKEN}",
        )
    if not _trains(spec):
        names = ", ".join(sorted(spec.keys & {"evaluate", "inference", "export", "gen_trt_engine"}))
        about = f" ({names})" if names else ""
        raise InputError(
            f"a specification of {found.title} that says nothing of training{about}: no pictures "
            "to learn from and no epochs",
            where=f"{spec.file}:{spec.line}",
            hint="give the one that it was trained with",
        )
    return found


def _trains(spec: Group) -> bool:
    """More than what to load: epochs, or pictures to learn from."""
    if spec.has("kitti_config") or spec.has("coco_config"):
        return True
    if spec.has("dataset"):  # TAO 5: one file for every action, a section each
        return bool(spec.group("train"))
    groups = [spec.group(one) for one in ("train", "train_config", "training_config")]
    epochs = any(one.has(key) for one in (*groups, spec) for key in ("num_epochs", "n_epochs"))
    steps = any(one.has(key) for one in (*groups, spec) for key in ("total_steps", "optim"))
    data = [
        "train_config.train_dataset_path", "dataset.train_dataset_path", "dataset.train_dataset",
        "dataset.train_data_sources", "dataset_config.data_sources",
    ]  # fmt: skip
    return epochs or steps or any(_given(spec, path) for path in data)


def _given(spec: Group, path: str) -> bool:
    return spec.leaf(path) is not None or any(
        leaf.is_given for group in spec.groups(path) for leaf in group.walk()
    )


def _not_ours(spec: Group) -> None:
    if spec.has("dataset.classes") and (spec.has("dataset.train") or spec.has("version")):
        raise InputError(
            "an experiment file of t2e already",
            where=f"{spec.file}:{spec.line}",
            hint=f"t2e spec check {spec.file}",
        )


def _unknown(spec: Group) -> InputError:
    where = f"{spec.file}:{spec.line}"
    if spec.keys & _TAO or any(key.endswith("_config") for key in spec.keys):
        return InputError(
            "a specification of TLT or TAO, of a network or an action of which nothing carries "
            "over: t2e trains detectors and classifiers",
            where=where,
            hint=f"taken over are: {TAKEN}",
        )
    shown = ", ".join(sorted(spec.keys)[:5])
    return InputError(
        f"not a specification of TLT or TAO: its keys are {shown}",
        where=where,
        hint=f"taken over are: {TAKEN}",
    )
