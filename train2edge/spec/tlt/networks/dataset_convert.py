"""``dataset_convert``: folders of pictures and labels, and how they are divided."""

from __future__ import annotations

from train2edge.spec.tlt import labels, sources
from train2edge.spec.tlt.book import Book, Rest
from train2edge.spec.tlt.group import Group
from train2edge.spec.tlt.job import Job
from train2edge.spec.tlt.sources import Convert

REST: Rest = {
    "*num_shards": ("-", "there are no TFRecords"),
    "*image_extension": ("-", "jpg, jpeg, png and bmp are found by themselves"),
    "*partition_mode": ("-", "dataset.split has it"),
    "*point_clouds_dir": ("-", "TLT did not read it either"),
    "*calibrations_dir": ("-", "TLT did not read it either"),
    "image_directory_path": ("-", "root_directory_path has it"),
    "sample_modifier_config.*": ("x", "pictures are taken once each; name a source twice to"),
    "*image_dir_name": ("x", "no source of the training specification has these pictures"),
    "*label_dir_name": ("x", "no source of the training specification has these labels"),
    "*annotation_files": ("x", "no source of the training specification has these labels"),
    "*img_dir_names": ("x", "no source of the training specification has these pictures"),
    "*root_directory_path": ("-", "the folders below it are named"),
}


def load(job: Job) -> None:
    """An experiment of pictures alone: the network is this tool's own."""
    book, spec = job.book, job.spec
    if coco := spec.group("coco_config"):
        _coco(book, coco)
    elif not sources.given(book, job.options, "kitti"):
        sources.detection(book, Group("dataset_config", spec.file), job.options, [of(spec)])
    mapping = spec.leaves("target_class_mapping")
    if mapping:
        labels.mapped(book, mapping, None, job.options)
    else:
        labels.unnamed(book, job.options)
    split(book, spec)
    book.state("It says where pictures are and nothing of a network: the rest is t2e's default.")


def of(spec: Group) -> Convert:
    kitti = spec.group("kitti_config")
    root = kitti.leaf("root_directory_path") or spec.leaf("image_directory_path")
    return Convert(root, kitti.leaf("image_dir_name"), kitti.leaf("label_dir_name"))


def split(book: Book, spec: Group) -> float | None:
    """``dataset.split`` of the partition; its fraction, if there is one."""
    group = spec.group("kitti_config") or spec.group("coco_config")
    to = "dataset.split.validation"
    mode, share = group.leaf("partition_mode"), group.leaf("val_split")
    parts, frames = group.leaf("num_partitions"), group.leaf("kitti_sequence_to_frames_file")
    percent, count = book.number(share), book.whole(parts)
    is_sequence = mode is not None and mode.text == "sequence"
    if percent is not None and not is_sequence:
        why = f"{percent:g} % of the pictures, at random; TLT took the first of the sorted names"
        book.change(share, to, round(percent / 100, 6), why)
        book.needless(parts, "training and validation")
    elif count and count > 1:
        book.needless(share, "counts with partition_mode random alone")
        book.change(parts, to, round(1 / count, 6), f"one fold of {count}")
    if is_sequence:
        why = (
            "sequences are told from file names here: dataset.split.method: sequence and a "
            "sequence_pattern, e.g. '^(.*)_[0-9]+$'; until then pictures are taken at random"
        )
        for leaf in (mode, frames):
            book.impossible(leaf, why)
    book.default("dataset.split.method", "random", "as partition_mode random")
    found = book.value(to)
    return float(str(found)) if found is not None else None


def _coco(book: Book, group: Group) -> None:
    """The first annotation file is to learn from, the others are for validation."""
    root = group.leaf("root_directory_path")
    start = f"{root.text.rstrip('/')}/" if root else ""
    pairs = zip(group.leaves("annotation_files"), group.leaves("img_dir_names"), strict=False)
    for index, (file, folder) in enumerate(pairs):
        at = f"dataset.validation.{index - 1}" if index else "dataset.train.0"
        book.default(f"{at}.format", "coco", "coco_config")
        for key, leaf in (("images", folder), ("labels", file)):
            leaves = [leaf, *([root] if root else [])]
            new = book.paths.new(start + leaf.text)
            book.join(leaves, f"{at}.{key}", new, "below root_directory_path")
