"""Toy networks with every way in which layers share channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EXAMPLE = torch.zeros(1, 3, 16, 16)


class Toy(nn.Module):
    """stem -> (a: depthwise, then b) + stem -> [c, d] concatenated -> two heads."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.stem = nn.Conv2d(3, 12, 3, 2, 1)
        self.stem_bn = nn.BatchNorm2d(12)
        self.a = nn.Conv2d(12, 24, 1, bias=False)
        self.a_bn = nn.BatchNorm2d(24)
        self.wise = nn.Conv2d(24, 24, 3, 1, 1, groups=24, bias=False)
        self.wise_bn = nn.BatchNorm2d(24)
        self.b = nn.Conv2d(24, 12, 1, bias=False)
        self.b_bn = nn.BatchNorm2d(12)
        self.c = nn.Conv2d(12, 10, 1)
        self.d = nn.Conv2d(12, 14, 1)
        self.head = nn.ModuleList([nn.Conv2d(24, 2, 1), nn.Conv2d(24, 8, 1)])
        for one in self.modules():
            if isinstance(one, nn.BatchNorm2d):
                nn.init.uniform_(one.weight, 0.5, 1.5)
                nn.init.normal_(one.bias)
        self.eval()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.relu(self.stem_bn(self.stem(x)))
        y = torch.relu(self.wise_bn(self.wise(torch.relu(self.a_bn(self.a(x))))))
        x = x + self.b_bn(self.b(y))
        x = torch.cat([torch.relu(self.c(x)), torch.relu(self.d(x))], 1)
        return self.head[0](x), self.head[1](x)


class Classifier(nn.Module):
    """Two convolutions, a flatten of 2x2 positions, a linear layer of four classes."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 6, 5, 4, 2)
        self.head = nn.ModuleDict({"dense": nn.Linear(24, 4)})
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn(self.first(x)))
        x = torch.relu(self.second(x))
        return self.head["dense"](torch.flatten(x, 1))  # type: ignore[no-any-return]
