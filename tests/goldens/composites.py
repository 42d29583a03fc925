"""Goldens of AppendParameter, Flatten, Reshape, SelectChannels and Residual together with the Linear layers whose weights must be PyTorch's."""

import torch
from torch import nn

import golden
import second_order


class View(nn.Module):
    """The same elements in another shape, whatever the shape before."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class AppendParameter(nn.Module):
    """Learned numbers behind every sample."""

    def __init__(self, count):
        super().__init__()
        self.value = nn.Parameter(torch.zeros(count))

    def forward(self, x):
        return torch.cat([x.flatten(1), self.value.expand(len(x), -1)], dim=1)


class SelectChannels(nn.Module):
    def __init__(self, first, count):
        super().__init__()
        self.first, self.count = first, count

    def forward(self, x):
        return x[:, self.first:self.first + self.count]


class Residual(nn.Module):
    """What the docstring of eigenerate's Residual shows."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x):
        return x + self.block(x)


def case(name, module, *shape):
    return second_order.case(golden.randomize(module, name), name, 2, *shape)


def write():
    golden.write("layers/append_parameter", {
        "one": case("append_parameter/one", AppendParameter(1), 5),
        "several": case("append_parameter/several", AppendParameter(3), 4),
        "gray image": case("append_parameter/image", AppendParameter(1), 1, 2, 3),
    })
    golden.write("layers/flatten", {
        "image": case("flatten/image", nn.Sequential(nn.Flatten(), nn.Linear(12, 4)), 3, 2, 2),
    })
    golden.write("layers/reshape", {
        "vector to image": case("reshape/to image", nn.Sequential(nn.Linear(4, 24), nn.Unflatten(1, (2, 3, 4))), 4),
        "image to image": case("reshape/image", View(2, 3, 4), 4, 3, 2),
        "image to vector": case("reshape/to vector", nn.Sequential(View(24), nn.Linear(24, 3)), 2, 4, 3),
    })
    golden.write("layers/residual", {
        "block": case("residual/block", Residual(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh())), 3),
        "of a residual": case("residual/nested", Residual(Residual(nn.Sequential(nn.Linear(3, 3), nn.Sigmoid()))), 3),
    })
    golden.write("layers/select_channels", {
        "vector": case("select_channels/vector", SelectChannels(1, 2), 5),
        "image": case("select_channels/image", SelectChannels(2, 2), 4, 3, 2),
    })
