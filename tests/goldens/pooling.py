"""Goldens of AveragePool, MaxPool and what else changes the size of images: values, gradients and double backward."""

from torch import nn

import golden
import second_order

# kernel, stride, padding, input height and width.
WINDOWS = {
    "halves": (2, 2, 0, [4, 6]),
    "overlapping": (3, 1, 0, [4, 5]),
    "padded": (3, 2, 1, [5, 4]),
    "rows left over": (2, 3, 1, [6, 7]),
    "gapped": (1, 2, 0, [3, 4]),
    "whole image": (3, 3, 0, [3, 3]),
}


def pools(kind):
    cases = {}
    for name, (kernel, stride, padding, size) in WINDOWS.items():
        case = second_order.case(kind(kernel, stride, padding), f"{kind.__name__}/{name}", 2, 2, *size)
        cases[name] = {"kernel": kernel, "stride": stride, "padding": padding, **case}
    return cases


def write():
    golden.write("layers/average_pool", pools(nn.AvgPool2d))
    golden.write("layers/max_pool", pools(nn.MaxPool2d))
    golden.write("layers/upsample", {
        f"times {factor}": {"factor": factor,
                            **second_order.case(nn.Upsample(scale_factor=factor), f"upsample/{factor}", 2, 3, 2, 3)}
        for factor in [1, 2, 3]})
    golden.write("layers/bilinear_upsample", {
        f"{height}×{width}, times {factor}": {
            "factor": factor,
            **second_order.case(nn.Upsample(scale_factor=factor, mode="bilinear"), f"bilinear_upsample/{name}", 2, 3, height,
                                width)}
        for name, height, width, factor in [("same", 2, 3, 1), ("twice", 2, 3, 2), ("odd", 3, 1, 3), ("four", 1, 2, 4)]})
    golden.write("layers/pixel_shuffle", {
        f"by {factor}": {"factor": factor,
                         **second_order.case(nn.PixelShuffle(factor), f"pixel_shuffle/{factor}", 2, 2 * factor ** 2, 2, 3)}
        for factor in [1, 2, 3]})
    golden.write("layers/reflection_pad", {
        f"{height}×{width} by {vertical} and {horizontal}": {
            "padding": [vertical, horizontal],
            **second_order.case(nn.ReflectionPad2d((horizontal, horizontal, vertical, vertical)),
                                f"reflection_pad/{vertical}{horizontal}", 2, 2, height, width)}
        for height, width, vertical, horizontal in [(4, 3, 1, 1), (3, 4, 2, 3), (2, 5, 0, 2), (2, 2, 1, 0)]})
