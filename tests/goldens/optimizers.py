"""Goldens of the optimisers: ten steps of torch.optim on given gradients, and the schedules of torch.optim.lr_scheduler.

The gradients are the same at every step number and shrink, so that moments, bias corrections and decay all matter; one
parameter never has a gradient.
"""

import torch
from torch import optim

import golden

STEPS = 10


class Lookahead:
    """Zhang et al. 2019, algorithm 1, around an optimiser of PyTorch's."""

    def __init__(self, inner, every, share):
        self.inner, self.every, self.share, self.steps = inner, every, share, 0
        self.param_groups = inner.param_groups
        self.parameters = [p for group in self.param_groups for p in group["params"]]
        self.slow = [p.detach().clone() for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.inner.step()
        self.steps += 1
        if self.steps % self.every == 0:
            for slow, p in zip(self.slow, self.parameters):
                slow += self.share * (p - slow)
                p.copy_(slow)


def lookahead_cases():
    cases = {}
    for cls, options, every, share in [
        (optim.SGD, {"lr": 0.1, "momentum": 0.9}, 3, 0.5),
        (optim.Adam, {"lr": 1e-2, "betas": (0.5, 0.99)}, 4, 0.8),
        (optim.RMSprop, {"lr": 1e-2, "alpha": 0.9}, 2, 0.5),
        (optim.RMSprop, {"lr": 1e-2, "alpha": 0.9, "momentum": 0.5, "centered": True}, 5, 0.3),
    ]:
        make = lambda p: Lookahead(cls(p, **options), every, share)
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}
        label = f"{cls.__name__}, " + ", ".join(f"{key} {value}" for key, value in options.items())
        cases[label] = {"options": {**plain, "every": every, "share": share},
                        "double": ten_steps(make, torch.float64), "float": ten_steps(make, torch.float32)}
    golden.write("optim/lookahead", cases)


def ten_steps(make, dtype, factors=None):
    parameters = golden.random("optimizers/parameters", 6, dtype=dtype)
    parameter = torch.nn.Parameter(parameters.clone())
    optimizer = make([parameter])
    rates = [group["lr"] for group in optimizer.param_groups]
    gradients, trajectory = [], []
    for step in range(STEPS):
        gradient = golden.random(f"optimizers/gradient {step}", 6, dtype=dtype) * 0.8**step
        gradient[5] = 0
        parameter.grad = gradient.clone()
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * (factors[step] if factors else 1)
        optimizer.step()
        gradients.append(gradient)
        trajectory.append(parameter.detach().clone())
    return {"parameters": parameters, "gradients": torch.stack(gradients), "trajectory": torch.stack(trajectory)}


def optimizer_cases():
    makers = {
        "sgd": [(optim.SGD, {"lr": 0.1}),
                (optim.SGD, {"lr": 0.1, "weight_decay": 0.01}),
                (optim.SGD, {"lr": 0.1, "momentum": 0.9}),
                (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
                (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01})],
        "adam": [(optim.Adam, {"lr": 1e-2}),
                 (optim.Adam, {"lr": 1e-2, "betas": (0.5, 0.99), "eps": 1e-3}),
                 (optim.Adam, {"lr": 1e-2, "weight_decay": 0.1})],
        "adam_w": [(optim.AdamW, {"lr": 1e-2}),
                   (optim.AdamW, {"lr": 1e-2, "betas": (0.0, 0.9), "weight_decay": 0.5})],
        "rms_prop": [(optim.RMSprop, {"lr": 1e-2}),
                     (optim.RMSprop, {"lr": 1e-2, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1}),
                     (optim.RMSprop, {"lr": 1e-2, "alpha": 0.9, "eps": 1e-3, "centered": True}),
                     (optim.RMSprop, {"lr": 1e-2, "momentum": 0.5, "centered": True})],
    }
    for name, configurations in makers.items():
        cases = {}
        for cls, options in configurations:
            label = ", ".join(f"{key} {value}" for key, value in options.items())
            plain = {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}
            cases[label] = {
                "options": plain,
                "double": ten_steps(lambda p: cls(p, **options), torch.float64),
                "float": ten_steps(lambda p: cls(p, **options), torch.float32),
            }
        options = configurations[-1][1]
        factors = [1.0 - 0.1 * step for step in range(STEPS)]
        cases["a schedule"] = {
            "options": {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()},
            "factors": factors,
            "double": ten_steps(lambda p: configurations[-1][0](p, **options), torch.float64, factors),
        }
        golden.write(f"optim/{name}", cases)


def rates(make, steps):
    """The factors of a scheduler, from a base rate of one."""
    optimizer = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    factors = []
    for _ in range(steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return factors


def schedules():
    schedule = optim.lr_scheduler

    # Four steps at 1/4, 2/4, 3/4, 4/4, then the cosine over the other sixteen.
    warm_up = rates(lambda o: schedule.LinearLR(o, start_factor=0.25, total_iters=3), 4)
    after_warm_up = rates(lambda o: schedule.CosineAnnealingLR(o, T_max=16), 16)

    golden.write("optim/schedule", {
        "step": {"factors": rates(lambda o: schedule.StepLR(o, step_size=3, gamma=0.5), 12)},
        "milestones": {"factors": rates(lambda o: schedule.MultiStepLR(o, milestones=[2, 5, 9], gamma=0.5), 12)},
        "factors of one's own": {"factors": rates(
            lambda o: schedule.LambdaLR(o, lambda step: (0.72, 1.3, 0.37)[min(step // 4, 2)]), 12)},
        "cosine": {"factors": rates(lambda o: schedule.CosineAnnealingLR(o, T_max=20), 21)},
        "cosine with a minimum": {"factors": rates(lambda o: schedule.CosineAnnealingLR(o, T_max=20, eta_min=0.1), 21)},
        "warm-up and cosine": {"factors": warm_up + after_warm_up},
    })


def clipping():
    """torch.nn.utils: two tensors clipped by their common norm, and by value."""
    cases = {}
    for name, max_norm in [("above the limit", 1.0), ("below the limit", 100.0)]:
        tensors = [torch.nn.Parameter(torch.zeros(7)), torch.nn.Parameter(torch.zeros(4))]
        gradients = [golden.random(f"clipping/{i}", len(t)) for i, t in enumerate(tensors)]
        for tensor, gradient in zip(tensors, gradients):
            tensor.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(tensors, max_norm)
        cases[name] = {"first": gradients[0], "second": gradients[1], "max_norm": max_norm, "norm": norm,
                       "clipped_first": tensors[0].grad, "clipped_second": tensors[1].grad}
    tensor = torch.nn.Parameter(torch.zeros(7))
    tensor.grad = golden.random("clipping/value", 7)
    gradient = tensor.grad.clone()
    torch.nn.utils.clip_grad_value_([tensor], 0.5)
    cases["by value"] = {"first": gradient, "limit": 0.5, "clipped_first": tensor.grad}
    golden.write("optim/clipping", cases)


def write():
    optimizer_cases()
    lookahead_cases()
    schedules()
    clipping()
