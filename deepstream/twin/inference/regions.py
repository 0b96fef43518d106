"""The tensors that nvdspreprocess attached to a batch, for the component that takes them."""

from __future__ import annotations

from collections.abc import Iterator

from deepstream.twin.metadata import NvDsBatchMeta, NvDsMetaType
from deepstream.twin.metadata.preprocess import GstNvDsPreProcessBatchMeta
from train2edge.contract import InputContract
from train2edge.errors import InputError


def tensors_for(batch: NvDsBatchMeta, component: int) -> Iterator[GstNvDsPreProcessBatchMeta]:
    """Those made for ``component`` (nvinfer's unique-id), in the order they were made."""
    for one in batch.users:
        if one.base_meta.meta_type == NvDsMetaType.NVDS_PREPROCESS_BATCH_META:
            made = GstNvDsPreProcessBatchMeta.cast(one.content)
            if component in made.target_unique_ids:
                yield made


def check_tensor(made: GstNvDsPreProcessBatchMeta, wanted: InputContract, where: str) -> None:
    """Refuse a tensor that the network cannot take: nvinfer compares its shape and its name."""
    shape = made.tensor_meta.tensor_shape[1:]
    needed = [wanted.channels, wanted.height, wanted.width]
    if shape != needed:
        given, asked = ("x".join(map(str, one)) for one in (shape, needed))
        message = f"nvdspreprocess makes tensors of {given}, the network takes {asked}"
        raise InputError(message, where=where)
    name = made.tensor_meta.tensor_name
    if name != wanted.tensor:
        message = f"nvdspreprocess makes the tensor '{name}', the network takes '{wanted.tensor}'"
        raise InputError(message, where=where, hint=f"write tensor-name={wanted.tensor}")
