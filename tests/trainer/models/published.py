"""The published definitions of the backbones, written down once more: names and shapes of tensors.

After torchvision's and timm's documentation and the papers' tables, up to the last features; what
comes behind them is only counted, in ``WHOLE``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Tensors = Iterator[tuple[str, tuple[int, ...]]]


def conv(name: str, outputs: int, inputs: int, kernel: int, *, bias: bool = False) -> Tensors:
    yield f"{name}.weight", (outputs, inputs, kernel, kernel)
    if bias:
        yield f"{name}.bias", (outputs,)


def norm(name: str, channels: int) -> Tensors:
    for one in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{one}", (channels,)
    yield f"{name}.num_batches_tracked", ()


def unit(name: str, outputs: int, inputs: int, kernel: int) -> Tensors:
    yield from conv(f"{name}.conv", outputs, inputs, kernel)
    yield from norm(f"{name}.bn", outputs)


def resnet(*depths: int, kernels: tuple[int, ...] = (3, 3)) -> Tensors:
    """``kernels`` of a block: 3, 3 is the basic one, 1, 3, 1 the bottleneck."""
    yield from conv("conv1", 64, 3, 7)
    yield from norm("bn1", 64)
    inputs, grown = 64, 4 if len(kernels) == 3 else 1
    for stage, depth in enumerate(depths, 1):
        width = 32 * 2**stage
        for block in range(depth):
            name, channels = f"layer{stage}.{block}", inputs
            for part, kernel in enumerate(kernels, 1):
                outputs = width * (grown if part == len(kernels) else 1)
                yield from conv(f"{name}.conv{part}", outputs, channels, kernel)
                yield from norm(f"{name}.bn{part}", outputs)
                channels = outputs
            if inputs != outputs:
                yield from conv(f"{name}.downsample.0", outputs, inputs, 1)
                yield from norm(f"{name}.downsample.1", outputs)
            inputs = outputs


def vgg(layers: str) -> Tensors:
    """``M`` is a pool, a number a convolution."""
    index, inputs = 0, 3
    for one in layers.split():
        if one == "M":
            index += 1
            continue
        yield from conv(f"features.{index}", int(one), inputs, 3, bias=True)
        yield from norm(f"features.{index + 1}", int(one))
        index, inputs = index + 3, int(one)


def darknet53() -> Tensors:
    yield from unit("stem.conv1", 32, 3, 3)
    for stage, depth in enumerate((1, 2, 8, 8, 4)):
        width = 64 * 2**stage
        yield from unit(f"stages.{stage}.conv_down", width, width // 2, 3)
        for block in range(depth):
            yield from unit(f"stages.{stage}.blocks.{block}.conv1", width // 2, width, 1)
            yield from unit(f"stages.{stage}.blocks.{block}.conv2", width, width // 2, 3)


def darknet19() -> Tensors:
    yield from unit("stem.conv1", 32, 3, 3)
    inputs = 32
    for stage, depth in enumerate((1, 3, 3, 5, 5)):
        for index in range(depth):
            outputs = 64 * 2**stage // (1 + index % 2)
            kernel = 1 if index % 2 else 3
            yield from unit(f"stages.{stage}.{index}", outputs, inputs, kernel)
            inputs = outputs


def mobilenet_v1() -> Tensors:
    yield from conv("conv_stem", 32, 3, 3)
    yield from norm("bn1", 32)
    inputs = 32
    for stage, depth in enumerate((1, 2, 2, 6, 2)):
        outputs = 64 * 2**stage
        for block in range(depth):
            yield from conv(f"blocks.{stage}.{block}.conv_dw", inputs, 1, 3)
            yield from norm(f"blocks.{stage}.{block}.bn1", inputs)
            yield from conv(f"blocks.{stage}.{block}.conv_pw", outputs, inputs, 1)
            yield from norm(f"blocks.{stage}.{block}.bn2", outputs)
            inputs = outputs


def squeezenet() -> Tensors:
    yield from conv("features.0", 96, 3, 7, bias=True)
    inputs = 96
    for index in (3, 4, 5, 7, 8, 9, 10, 12):
        few = {3: 16, 4: 16, 5: 32, 7: 32, 8: 48, 9: 48, 10: 64, 12: 64}[index]
        yield from conv(f"features.{index}.squeeze", few, inputs, 1, bias=True)
        yield from conv(f"features.{index}.expand1x1", 4 * few, few, 1, bias=True)
        yield from conv(f"features.{index}.expand3x3", 4 * few, few, 3, bias=True)
        inputs = 8 * few


def efficientnet_b0() -> Tensors:
    yield from conv("features.0.0", 32, 3, 3)
    yield from norm("features.0.1", 32)
    inputs = 32
    rows = ((1, 3, 16, 1), (6, 3, 24, 2), (6, 5, 40, 2), (6, 3, 80, 3), (6, 5, 112, 3))
    for stage, row in enumerate((*rows, (6, 5, 192, 4), (6, 3, 320, 1)), 1):
        expansion, kernel, outputs, depth = row
        for block in range(depth):
            name, hidden, part = f"features.{stage}.{block}.block", inputs * expansion, 0
            if expansion > 1:
                yield from conv(f"{name}.0.0", hidden, inputs, 1)
                yield from norm(f"{name}.0.1", hidden)
                part = 1
            yield from conv(f"{name}.{part}.0", hidden, 1, kernel)
            yield from norm(f"{name}.{part}.1", hidden)
            yield from conv(f"{name}.{part + 1}.fc1", inputs // 4, hidden, 1, bias=True)
            yield from conv(f"{name}.{part + 1}.fc2", hidden, inputs // 4, 1, bias=True)
            yield from conv(f"{name}.{part + 2}.0", outputs, hidden, 1)
            yield from norm(f"{name}.{part + 2}.1", outputs)
            inputs = outputs


def googlenet() -> Tensors:
    yield from unit("conv1", 64, 3, 7)
    yield from unit("conv2", 64, 64, 1)
    yield from unit("conv3", 192, 64, 3)
    table = """3a 192 64 96 128 16 32 32
               3b 256 128 128 192 32 96 64
               4a 480 192 96 208 16 48 64
               4b 512 160 112 224 24 64 64
               4c 512 128 128 256 24 64 64
               4d 512 112 144 288 32 64 64
               4e 528 256 160 320 32 128 128
               5a 832 256 160 320 32 128 128
               5b 832 384 192 384 48 128 128"""
    for row in table.splitlines():
        name, *numbers = row.split()
        inputs, one, few3, three, few5, five, pooled = map(int, numbers)
        yield from unit(f"inception{name}.branch1", one, inputs, 1)
        yield from unit(f"inception{name}.branch2.0", few3, inputs, 1)
        yield from unit(f"inception{name}.branch2.1", three, few3, 3)
        yield from unit(f"inception{name}.branch3.0", few5, inputs, 1)
        yield from unit(f"inception{name}.branch3.1", five, few5, 3)  # in torchvision not 5x5
        yield from unit(f"inception{name}.branch4.1", pooled, inputs, 1)


VGG16 = "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512"
VGG19 = "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512"
DEFINITIONS: dict[str, Callable[[], Tensors]] = {
    "darknet19": darknet19,
    "darknet53": darknet53,
    "efficientnet_b0": efficientnet_b0,
    "googlenet": googlenet,
    "mobilenet_v1": mobilenet_v1,
    "resnet10": lambda: resnet(1, 1, 1, 1),
    "resnet18": lambda: resnet(2, 2, 2, 2),
    "resnet34": lambda: resnet(3, 4, 6, 3),
    "resnet50": lambda: resnet(3, 4, 6, 3, kernels=(1, 3, 1)),
    "squeezenet": squeezenet,
    "vgg16": lambda: vgg(VGG16),
    "vgg19": lambda: vgg(VGG19),
}


def linear(outputs: int, inputs: int) -> int:
    return outputs * (inputs + 1)


VGG_HEAD = linear(4096, 512 * 7 * 7) + linear(4096, 4096) + linear(1000, 4096)
# parameters of the whole classifier as published, and of what stands behind the features
WHOLE = {
    "darknet53": (41_609_928, linear(1000, 1024)),
    "efficientnet_b0": (5_288_548, 320 * 1280 + 2 * 1280 + linear(1000, 1280)),
    "googlenet": (6_624_904, linear(1000, 1024)),
    "mobilenet_v1": (4_231_976, linear(1000, 1024)),
    "mobilenet_v2": (3_504_872, 320 * 1280 + 2 * 1280 + linear(1000, 1280)),
    "resnet18": (11_689_512, linear(1000, 512)),
    "resnet34": (21_797_672, linear(1000, 512)),
    "resnet50": (25_557_032, linear(1000, 2048)),
    "squeezenet": (1_248_424, linear(1000, 512)),
    "vgg16": (138_365_992, VGG_HEAD),
    "vgg19": (143_678_248, VGG_HEAD),
}
