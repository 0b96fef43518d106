"""Checkpoints: one safetensors file of architecture, contract, provenance and weights.

This is the door by which other stages get a model; nothing in it is ever pickled.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from train2edge import files
from train2edge.contract import METADATA_KEY, Contract, InputContract, OutputContract
from train2edge.errors import InputError
from train2edge.spec.dataset import Crops
from train2edge.spec.model import Model
from trainer.models import registry
from trainer.models.backbone import Widths
from trainer.models.network import IMAGENET_MEAN, Network
from trainer.quantization.network import quantise
from trainer.quantization.readers import limits

ARCHITECTURE_KEY = "train2edge.architecture"
PROVENANCE_KEY = "train2edge.provenance"
QUANTIZATION_KEY = "train2edge.quantization"
BEST = "best.safetensors"
_BACKBONE = "backbone."
_Limit = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build a network again.

    ``name`` is a head of ``trainer/models/heads``, ``backbone`` one of ``backbones`` beside it,
    ``classes`` in the order of the outputs, ``width`` and ``height`` of the input in pixels.
    ``channels`` is the channel table: a convolution's path in the model (``backbone.features.0.0``)
    -> its output channels, where pruning changed them; empty = unpruned.
    """

    name: str
    backbone: str
    classes: tuple[str, ...]
    width: int
    height: int
    channels: dict[str, int] = field(default_factory=dict)
    dropout: float = 0.0

    __pydantic_config__ = ConfigDict(extra="forbid")

    def __post_init__(self) -> None:
        if not self.classes:
            raise InputError("a network needs at least one class")
        if self.width <= 0 or self.height <= 0 or self.width % 16 or self.height % 16:
            raise InputError(f"an input of {self.width}x{self.height} is not a multiple of 16")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout {self.dropout} is not in 0..1")

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, *, where: str) -> Architecture:
        """Read what ``to_json`` wrote; ``InputError`` naming ``where`` if it is anything else."""
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "architecture"
            raise InputError(f"not an architecture: {place}: {first['msg']}", where=where) from None
        except InputError as error:
            raise InputError(error.message, where=where) from None


@dataclass(frozen=True)
class Checkpoint:
    """A network, what its input and output mean, and where it comes from.

    ``limits`` are those of the tensors that a quantisation-aware network reads in 8 bits, by the
    name of the module that reads (``quantization.readers``); empty for any other.
    """

    architecture: Architecture
    contract: Contract
    weights: dict[str, Tensor]
    provenance: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        model: nn.Module,
        architecture: Architecture,
        contract: Contract,
        provenance: dict[str, Any] | None = None,
    ) -> Checkpoint:
        """Copy ``model``'s weights to the CPU."""
        state = model.state_dict()
        weights = {key: value.detach().cpu().clone().contiguous() for key, value in state.items()}
        return cls(architecture, contract, weights, provenance or {}, limits(model))

    def model(self) -> Network:
        """The network as it was trained, on the CPU, in evaluation mode: in 8 bits if it has
        ``limits``."""
        model = self.float_model()
        return quantise(model, self.limits) if self.limits else model

    def float_model(self) -> Network:
        """The network with these weights, nothing quantised, on the CPU, in evaluation mode."""
        model = build(self.architecture)
        model.load_state_dict(self.weights)
        return model.eval()

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        metadata = {
            ARCHITECTURE_KEY: self.architecture.to_json(),
            METADATA_KEY: self.contract.to_json(),
            PROVENANCE_KEY: json.dumps(self.provenance, sort_keys=True),
        }
        if self.limits:
            metadata[QUANTIZATION_KEY] = json.dumps(self.limits, sort_keys=True)
        weights = {key: value.contiguous() for key, value in self.weights.items()}
        with files.replacing(path) as beside:
            save_file(weights, beside, metadata=metadata)


def find(run_or_checkpoint: Path) -> Path:
    """The checkpoint file of a RUN folder, or the file itself; ``InputError`` if absent."""
    path = Path(run_or_checkpoint)
    file = path / BEST if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            "no such checkpoint", where=str(file), hint="a RUN of t2e train, or a file"
        )
    return file


def load(path: Path) -> Checkpoint:
    """Read a checkpoint file or a RUN folder; ``InputError`` in one line if it is not whole."""
    file = find(path)
    where = str(file)
    metadata, weights = _read(file)
    if ARCHITECTURE_KEY not in metadata:
        raise InputError("weights, but not a train2edge checkpoint", where=where)
    architecture = Architecture.from_json(metadata[ARCHITECTURE_KEY], where=where)
    contract = Contract.from_metadata(metadata, where=where)
    provenance = _provenance(metadata.get(PROVENANCE_KEY, "{}"), where)
    _check_contract(architecture, contract, where)
    _check_weights(architecture, weights, where)
    read = _limits(metadata.get(QUANTIZATION_KEY, "{}"), architecture, where)
    return Checkpoint(architecture, contract, weights, provenance, read)


def build(architecture: Architecture) -> Network:
    """The network that ``architecture`` describes, with fresh weights.

    NCHW float32 -> the head's raw outputs. ``InputError`` for an unknown name or an impossible
    channel table.
    """
    foreign = [name for name in architecture.channels if not name.startswith(_BACKBONE)]
    if foreign:
        raise InputError(f"channel table: {foreign[0]} is not in the backbone")
    table = {name.removeprefix(_BACKBONE): w for name, w in architecture.channels.items()}
    widths = Widths(table)
    backbone = registry.module("backbones", architecture.backbone).build(widths)
    widths.check()
    head = registry.module("heads", architecture.name)
    classes = len(architecture.classes)
    return Network(backbone, head.build(backbone.out_channels, classes, architecture.dropout))


def initial_architecture(model: Model, classes: tuple[str, ...]) -> Architecture:
    """The unpruned network that the spec's ``model:`` asks for."""
    size = model.input
    return Architecture(
        model.architecture,
        model.backbone,
        tuple(classes),
        size.width,
        size.height,
        dropout=model.dropout,
    )


def initial_contract(
    model: Model, classes: tuple[str, ...], crops: Crops | None = None
) -> Contract:
    """The contract of a new network: RGB, ``(x - ImageNet's mean) / 255``.

    ``crops`` of a task that looks at objects says how small they may be.
    nvinfer has one scale for all channels; ImageNet's per-channel 1/std is the network's first op.
    """
    size = model.input
    frame = InputContract(
        width=size.width,
        height=size.height,
        offsets=tuple(round(255 * mean, 6) for mean in IMAGENET_MEAN),
        maintain_aspect_ratio=size.maintain_aspect_ratio,
        symmetric_padding=size.symmetric_padding,
        filter=size.filter,
    )
    if crops is not None:
        frame = replace(frame, min_width=crops.min_width, min_height=crops.min_height)
    output = OutputContract(classes=tuple(classes), parser=model.architecture)
    return Contract(frame, output, registry.module("heads", model.architecture).TASK)


def _read(file: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(file, framework="pt") as opened:
            weights = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
            return opened.metadata() or {}, weights
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"not a whole safetensors file: {reason}", where=str(file)) from None


def _provenance(text: str, where: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise InputError("the checkpoint's provenance is not a JSON object", where=where)
    return data


def _limits(text: str, architecture: Architecture, where: str) -> dict[str, float]:
    """The limits of a quantisation-aware checkpoint, which have to be this architecture's."""
    try:
        read = TypeAdapter(dict[str, _Limit]).validate_json(text)
        if read:
            with torch.device("meta"):
                quantise(build(architecture), read)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(f"not ranges of activations: {reason}", where=where) from None
    except InputError as error:
        raise InputError(error.message, where=where) from None
    return read


def _check_contract(architecture: Architecture, contract: Contract, where: str) -> None:
    size = (contract.input.width, contract.input.height)
    if size != (architecture.width, architecture.height):
        raise InputError("the checkpoint's contract is for another input size", where=where)
    if contract.output.classes != architecture.classes:
        raise InputError("the checkpoint's contract is for other classes", where=where)


def _check_weights(architecture: Architecture, weights: dict[str, Tensor], where: str) -> None:
    """Compare names, shapes and types with the architecture's, without making its tensors."""
    try:
        with torch.device("meta"):
            expected = build(architecture).state_dict()
    except InputError as error:
        raise InputError(error.message, where=where) from None
    for key in sorted(expected.keys() | weights.keys()):
        if key not in weights:
            raise InputError(f"the weights lack {key}", where=where)
        if key not in expected:
            raise InputError(f"the architecture has no {key}", where=where)
        want, have = expected[key], weights[key]
        if want.shape != have.shape or want.dtype != have.dtype:
            raise InputError(
                f"{key} is {have.dtype} {tuple(have.shape)}, expected "
                f"{want.dtype} {tuple(want.shape)}",
                where=where,
            )
        if not bool(torch.isfinite(have).all()):
            raise InputError(f"{key} holds values that are not finite", where=where)
