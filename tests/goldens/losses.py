"""Goldens of the losses: torch.nn.functional, summed over the features and averaged over the batch."""

import torch
from torch.nn import functional as F

import golden

EXTREME = torch.tensor([[-1e4, -88.0, -30.0, -1.0, 0.0, 1e-9, 1.0, 30.0, 88.0, 1e4]])


def case(loss, x, **others):
    """Value and gradient of loss(x) per sample, averaged over the batch."""
    x = x.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return {"x": x, **others, "value": value, "dx": x.grad}


def bce(target):
    def loss(logits):
        t = target if isinstance(target, torch.Tensor) else torch.full_like(logits, target)
        return F.binary_cross_entropy_with_logits(logits, t, reduction="sum") / len(logits)

    return loss


def bce_with_logits():
    binary = (golden.random("bce/binary/t", 3, 70) > 0).double()
    grey = golden.random("bce/grey/t", 4, 6, low=0, high=1)
    extreme_targets = golden.random("bce/extreme/t", 1, 10, low=0, high=1)
    cases = {
        "binary": case(bce(binary), 3 * golden.random("bce/binary/x", 3, 70), target=binary),
        "grey levels": case(bce(grey), golden.random("bce/grey/x", 4, 6), target=grey),
        "extreme logits": case(bce(extreme_targets), EXTREME, target=extreme_targets),
    }
    for target in [0.0, 1.0, 0.9]:
        x = torch.cat([golden.random("bce/scalar/x", 5, 1), EXTREME.T])
        cases[f"the same target {target}"] = case(bce(target), x, scalar_target=target)
    golden.write("losses/bce_with_logits", cases)


def reconstruction():
    x, target = golden.random("mse/x", 3, 70), golden.random("mse/t", 3, 70)
    mean_x, mean_target = golden.random("mean/x", 4, 9), golden.random("mean/t", 4, 9)
    golden.write("losses/mse", {
        "case": case(lambda p: F.mse_loss(p, target, reduction="sum") / len(p), x, target=target),
        "mean": case(lambda p: F.mse_loss(p, mean_target), mean_x, target=mean_target),
    })
    target[0, :5] = x[0, :5]  # at zero the gradient is zero
    golden.write("losses/l1", {
        "case": case(lambda p: F.l1_loss(p, target, reduction="sum") / len(p), x, target=target),
        "mean": case(lambda p: F.l1_loss(p, mean_target), mean_x, target=mean_target),
    })


def softmax_cross_entropy():
    cases = {}
    for name, logits, labels in [
        ("ordinary", 2 * golden.random("softmax/x", 4, 10), [3, 0, 9, 3]),
        ("extreme logits", torch.tensor([[1e4, -1e4, 0.0], [1e4, -1e4, 0.0], [88.0, 88.0, 87.0]]), [0, 1, 2]),
    ]:
        loss = lambda x, labels=labels: F.cross_entropy(x, torch.tensor(labels))
        cases[name] = case(loss, logits, labels=labels)
    golden.write("losses/softmax_cross_entropy", cases)


def write():
    bce_with_logits()
    reconstruction()
    softmax_cross_entropy()
