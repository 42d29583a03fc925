"""Goldens of BatchNorm, InstanceNorm and LayerNorm."""

import torch
from torch import nn

import golden
import second_order


def state(module):
    """A copy: the module goes on to change its buffers in place."""
    return {**{key: value.clone() for key, value in golden.buffers(module).items()},
            "num_batches_tracked": float(module.num_batches_tracked)}


def batch_norm_pass(module, seed, *shape):
    x = (3 * golden.random(f"{seed}/x", *shape) + 2).requires_grad_()
    dy = golden.random(f"{seed}/dy", *shape)
    module.zero_grad(set_to_none=True)
    y = module(x)
    (y * dy).sum().backward()
    return {"x": x, "y": y, "dy": dy, "dx": x.grad, "gradients": golden.gradients(module), "buffers": state(module)}


def batch_norm():
    """Three training batches, the last one smaller, then an evaluating pass: the buffers after each."""
    cases = {}
    for name, module, shape, options in [
        ("vectors", nn.BatchNorm1d, [3], {}),
        ("images", nn.BatchNorm2d, [4, 3, 5], {"eps": 1e-3, "momentum": 0.3}),
        ("not affine", nn.BatchNorm2d, [2, 2, 3], {"affine": False}),
    ]:
        seed = f"batch_norm/{name}"
        layer = golden.randomize(module(shape[0], **options), seed)
        passes = {}
        for step, batch in enumerate([5, 5, 4]):
            passes[f"batch {step}"] = {"train": True, **batch_norm_pass(layer, f"{seed}/{step}", batch, *shape)}
        layer.eval()
        passes["evaluation"] = {"train": False, **batch_norm_pass(layer, f"{seed}/evaluation", 1, *shape)}
        cases[name] = {"epsilon": layer.eps, "momentum": layer.momentum, "affine": layer.affine,
                       "parameters": golden.parameters(layer), "passes": passes}
    golden.write("layers/batch_norm", cases)


def layer_norm():
    cases = {}
    for name, shape, options in [
        ("vectors", [7], {}),
        ("images", [3, 2, 4], {"eps": 1e-2}),
        ("not affine", [2, 3, 2], {"elementwise_affine": False}),
    ]:
        seed = f"layer_norm/{name}"
        layer = golden.randomize(nn.LayerNorm(shape, **options), seed)
        cases[name] = {"epsilon": layer.eps, "affine": layer.elementwise_affine,
                       **second_order.case(layer, seed, 3, *shape)}
    golden.write("layers/layer_norm", cases)


def instance_norm():
    cases = {}
    for name, shape, options in [
        ("PyTorch's defaults", [3, 2, 3], {}),
        ("affine", [4, 3, 5], {"eps": 1e-2, "affine": True}),
        ("a sequence", [2, 1, 6], {"affine": True}),
    ]:
        seed = f"instance_norm/{name}"
        layer = golden.randomize(nn.InstanceNorm2d(shape[0], **options), seed)
        cases[name] = {"epsilon": layer.eps, "affine": layer.affine, **second_order.case(layer, seed, 3, *shape)}
    golden.write("layers/instance_norm", cases)


def write():
    batch_norm()
    instance_norm()
    layer_norm()
