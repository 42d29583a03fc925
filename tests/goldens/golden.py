"""What every section of the goldens uses: deterministic inputs, and the writer of golden files.

A golden file holds what PyTorch computes, in double unless a case says otherwise. It is JSON made of three things:

* a tensor, `{"shape": [2, 3], "values": [...]}`: PyTorch's shape and order (slowest dimension first, batch first), values
  written so that they read back to the same double;
* a number or a list of numbers: hyper-parameters and scalar results;
* an object of such things: a case, or the parameters of a module by their state-dict names.

`golden.write("layers/conv2d", cases)` writes `layers/conv2d.json` beside this script, the golden of
`tests/layers/conv2d.cpp`. tests/support/golden.hpp reads them.
"""

import json
import pathlib
import zlib

import torch

FOLDER = pathlib.Path(__file__).resolve().parent

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def random(name, *shape, low=None, high=None, dtype=torch.float64):
    """Standard normal numbers, or uniform ones in [low, high], that depend on the name alone: a new case elsewhere
    changes no file but its own. Rounded to four decimals, which keeps the files small and the same on every CPU."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    if low is None:
        values = torch.randn(*shape, generator=generator)
    else:
        values = low + (high - low) * torch.rand(*shape, generator=generator)
    return values.round(decimals=4).to(dtype)


def randomize(module, name):
    """Fills every parameter and floating buffer of a module with small deterministic numbers, and returns it."""
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            parameter.copy_((0.5 * random(f"{name}/{key}", *parameter.shape)).round(decimals=4))
    return module


def parameters(module):
    """The parameters of a module by their state-dict names."""
    return dict(module.named_parameters())


def buffers(module):
    """The floating-point buffers of a module by their state-dict names."""
    return {key: value for key, value in module.named_buffers() if value.is_floating_point()}


def gradients(module):
    """The gradients of a module's parameters by their state-dict names."""
    return {key: value.grad for key, value in module.named_parameters()}


def write(name, cases):
    """Writes the golden file `name`.json: `cases` is a dictionary of cases, each one of named values."""
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(cases, "") + "\n")
    print(f"{path.relative_to(FOLDER)}: {len(cases)} cases, {path.stat().st_size} bytes")


def _text(value, indent):
    """JSON with one tensor or number per line."""
    if isinstance(value, torch.Tensor):
        if value.dim() == 0:
            return _text(value.item(), indent)
        value = value.detach()
        return json.dumps({"shape": list(value.shape), "values": value.flatten().tolist()}, allow_nan=False)
    if isinstance(value, dict):
        inner = indent + " "
        lines = [f"{inner}{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return json.dumps(value, allow_nan=False)
