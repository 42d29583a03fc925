"""Goldens of what discriminators are made of: Maxout, minibatch standard deviation and discrimination, packs."""

import torch
from torch import nn
from torch.nn import functional as F

import golden
import second_order


class Maxout(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (self.pieces, x.shape[1] // self.pieces)).amax(1)


class MinibatchStd(nn.Module):
    """Groups of neighbours, given by their sizes."""

    def __init__(self, sizes, epsilon=1e-8):
        super().__init__()
        self.sizes, self.epsilon = sizes, epsilon

    def forward(self, x):
        out = []
        for group in x.split(self.sizes):
            t = (group.var(0, unbiased=False) + self.epsilon).sqrt().mean()
            out.append(torch.cat([group, t.expand(len(group), 1, *x.shape[2:])], 1))
        return torch.cat(out)


class MinibatchDiscrimination(nn.Module):
    """What the docstring of eigenerate's MinibatchDiscrimination shows."""

    def __init__(self, inputs, features, numbers):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(features * numbers, inputs))
        self.features, self.numbers = features, numbers

    def forward(self, x):
        m = F.linear(x, self.weight).view(-1, self.features, self.numbers)
        o = torch.exp(-(m[:, None] - m[None]).abs().sum(3)).sum(1)
        return torch.cat([x, o], 1)


class PackChannels(nn.Module):
    def __init__(self, samples):
        super().__init__()
        self.samples = samples

    def forward(self, x):
        return torch.cat(x.chunk(self.samples, 2), 1)


def write():
    def case(name, module, *shape):
        return second_order.case(golden.randomize(module, name), name, *shape)

    golden.write("layers/maxout", {
        "vector": case("maxout/vector", Maxout(3), 4, 6),
        "image": case("maxout/image", Maxout(2), 2, 6, 2, 3),
        "behind a linear": case("maxout/linear", nn.Sequential(nn.Linear(4, 10), Maxout(5)), 3, 4),
    })
    golden.write("layers/minibatch_std", {
        "group of 4": case("minibatch_std/4", MinibatchStd([4, 4]), 8, 3, 2, 2),
        "uneven groups": case("minibatch_std/uneven", MinibatchStd([2, 2, 3]), 7, 5),
        "whole batch": case("minibatch_std/whole", MinibatchStd([5]), 5, 2, 3, 2),
    })
    golden.write("layers/minibatch_discrimination", {
        "two features of three": case("minibatch_discrimination", MinibatchDiscrimination(4, 2, 3), 5, 4),
    })
    golden.write("layers/pack_channels", {
        "images": case("pack_channels/images", PackChannels(2), 2, 3, 4, 2),
        "vectors": case("pack_channels/vectors", PackChannels(3), 2, 4, 3, 1),
    })
