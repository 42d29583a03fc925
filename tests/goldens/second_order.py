"""Cases of a layer that has all four passes: forward, backward, tangent, and the reverse of forward and tangent."""

import torch

import golden


def case(module, seed, *shape, condition=None):
    """First and second order at a random x of that shape, for a module of x, or of x and a condition of that shape.

    `y`, `dx` and `gradients` belong to the scalar <dy, y>. `second` belongs to <dy, y> + <tx, g>, where g is the gradient
    of <dty, y> with respect to x, as a gradient penalty has it: the derivatives with respect to x and the parameters are
    what tangent_backward gives for (dy, dty), `dtx` is g itself, and `ty`, the derivative with respect to dty, is the
    tangent along tx. `dc` are the gradients of both scalars with respect to the condition, which tangents hold fixed. A
    module that changes its buffers does so in the first pass; `second` follows it in evaluation mode.
    """
    c = [] if condition is None else [golden.random(f"{seed}/condition", *condition).requires_grad_()]
    before = {key: value.clone() for key, value in golden.buffers(module).items()}
    x = golden.random(f"{seed}/x", *shape).requires_grad_()
    y = module(x, *c)
    dy = golden.random(f"{seed}/dy", *y.shape)
    (y * dy).sum().backward()
    first = {"x": x, "parameters": golden.parameters(module), "y": y, "dy": dy, "dx": x.grad,
             "gradients": golden.gradients(module)}
    if before:
        first["buffers"] = before
        first["moved buffers"] = {key: value.clone() for key, value in golden.buffers(module).items()}
        module.eval()
    if c:
        first["condition"] = c[0].detach()
        first["dc"] = c[0].grad
        c = [c[0].detach().requires_grad_()]

    x = x.detach().requires_grad_()
    tx = golden.random(f"{seed}/tx", *shape)
    dty = golden.random(f"{seed}/dty", *y.shape).requires_grad_()
    y = module(x, *c)
    (g,) = torch.autograd.grad((y * dty).sum(), x, create_graph=True)
    scalar = (dy * y).sum() + (tx * g).sum()
    inputs = [x, dty, *c, *module.parameters()]
    dx, ty, *gradients = torch.autograd.grad(scalar, inputs)
    dc = {"dc": gradients.pop(0)} if c else {}
    names = [name for name, _ in module.named_parameters()]
    return {**first, "tx": tx, "dty": dty,
            "second": {"ty": ty, "dtx": g, "dx": dx, **dc, "gradients": dict(zip(names, gradients))}}
