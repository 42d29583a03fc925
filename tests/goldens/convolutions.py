"""Goldens of Conv2d and ConvTranspose2d: values, gradients and double backward."""

from torch import nn

import golden
import second_order

# kernel, stride, padding, input height and width: square, oblong, overlapping and gapped windows, rows left over.
CONVOLUTIONS = {
    "plain": dict(kernel=[3, 3], stride=[1, 1], padding=[0, 0], size=[5, 5]),
    "DCGAN": dict(kernel=[4, 4], stride=[2, 2], padding=[1, 1], size=[6, 6]),
    "oblong": dict(kernel=[3, 2], stride=[1, 2], padding=[2, 1], size=[4, 7]),
    "rows left over": dict(kernel=[2, 3], stride=[3, 2], padding=[0, 1], size=[7, 6]),
    "pointwise": dict(kernel=[1, 1], stride=[1, 1], padding=[0, 0], size=[3, 4]),
    "whole image, no bias": dict(kernel=[4, 3], stride=[1, 1], padding=[0, 0], size=[4, 3], bias=False),
    "dilated": dict(kernel=[3, 2], stride=[1, 2], padding=[2, 1], dilation=[2, 3], size=[4, 6]),
    "groups": dict(kernel=[3, 3], stride=[2, 1], padding=[1, 1], groups=2, channels=(4, 6), size=[4, 3]),
    "depthwise, dilated": dict(kernel=[3, 3], stride=[1, 1], padding=[2, 2], dilation=[2, 2], groups=3, channels=(3, 3),
                               size=[4, 5], bias=False),
}

# The same, and output_padding.
TRANSPOSED = {
    "plain": dict(kernel=[3, 3], stride=[1, 1], padding=[0, 0], output_padding=[0, 0], size=[3, 3]),
    "DCGAN": dict(kernel=[4, 4], stride=[2, 2], padding=[1, 1], output_padding=[0, 0], size=[3, 3]),
    "output padding": dict(kernel=[3, 3], stride=[2, 2], padding=[1, 1], output_padding=[1, 1], size=[3, 3]),
    "oblong": dict(kernel=[3, 2], stride=[2, 3], padding=[0, 1], output_padding=[1, 2], size=[2, 4]),
    "gapped": dict(kernel=[1, 2], stride=[2, 3], padding=[0, 0], output_padding=[1, 0], size=[3, 2]),
    "from one pixel, no bias": dict(kernel=[4, 3], stride=[1, 1], padding=[0, 0], output_padding=[0, 0], size=[1, 1],
                                    bias=False),
    "dilated": dict(kernel=[3, 2], stride=[2, 1], padding=[1, 0], output_padding=[1, 0], dilation=[2, 3], size=[2, 3]),
    "groups": dict(kernel=[3, 3], stride=[2, 2], padding=[1, 1], output_padding=[0, 1], groups=2, channels=(6, 4),
                   size=[2, 3]),
}


def cases(kind, windows, channels):
    result = {}
    for name, window in windows.items():
        window = {"dilation": [1, 1], "groups": 1, "bias": True, **window}
        size, width = window.pop("size"), window.pop("channels", channels)
        arguments = {"kernel_size" if key == "kernel" else key: value for key, value in window.items()}
        seed = f"{kind.__name__}/{name}"
        module = golden.randomize(kind(*width, **arguments), seed)
        result[name] = {**window, **second_order.case(module, seed, 2, width[0], *size)}
    return result


def write():
    golden.write("layers/conv2d", cases(nn.Conv2d, CONVOLUTIONS, (2, 3)))
    golden.write("layers/conv_transpose2d", cases(nn.ConvTranspose2d, TRANSPOSED, (3, 2)))
