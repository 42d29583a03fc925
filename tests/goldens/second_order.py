"""Cases of a layer that has all four passes: forward, backward, tangent, and the reverse of forward and tangent."""

import torch

import golden


def case(module, seed, *shape):
    """First and second order at a random x of that shape.

    `y`, `dx` and `gradients` belong to the scalar <dy, y>. `second` belongs to <dy, y> + <tx, g>, where g is the gradient
    of <dty, y> with respect to x, as a gradient penalty has it: the derivatives with respect to x and the parameters are
    what tangent_backward gives for (dy, dty), `dtx` is g itself, and `ty`, the derivative with respect to dty, is the
    tangent along tx.
    """
    x = golden.random(f"{seed}/x", *shape).requires_grad_()
    y = module(x)
    dy = golden.random(f"{seed}/dy", *y.shape)
    (y * dy).sum().backward()
    first = {"x": x, "parameters": golden.parameters(module), "y": y, "dy": dy, "dx": x.grad,
             "gradients": golden.gradients(module)}

    x = x.detach().requires_grad_()
    tx = golden.random(f"{seed}/tx", *shape)
    dty = golden.random(f"{seed}/dty", *y.shape).requires_grad_()
    y = module(x)
    (g,) = torch.autograd.grad((y * dty).sum(), x, create_graph=True)
    scalar = (dy * y).sum() + (tx * g).sum()
    inputs = [x, dty, *module.parameters()]
    dx, ty, *gradients = torch.autograd.grad(scalar, inputs)
    names = [name for name, _ in module.named_parameters()]
    return {**first, "tx": tx, "dty": dty,
            "second": {"ty": ty, "dtx": g, "dx": dx, "gradients": dict(zip(names, gradients))}}
