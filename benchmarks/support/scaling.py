"""Curves: a step's time over threads, batch, width, depth and the size of the dataset, with the exponent that fits."""
from support.fit import fit, local_exponents
from support.machine import CORES
from support.markdown import table, times
from support.peers import Contender, close, progress
from support.steps import MODELS


def exponent_cells(sizes, seconds):
    return ["–" if e is None else f"{e:.2f}" for e in local_exponents(sizes, seconds)]


def fitted(name, curves):
    """A line for each curve of more than two points: `curves` maps a label to (sizes, seconds)."""
    lines = []
    for label, (sizes, seconds) in curves.items():
        if len(sizes) > 2 and (found := fit(sizes, seconds)):
            lines.append(f"{label}: time of a step ∝ {name}^{found.exponent:.2f}, its points within {100 * found.worst:.0f} %")
    return "".join(f"\n- {line}" for line in lines)


def over_threads(suite):
    """The section's text, and the result for each model."""
    if CORES == 1 or not suite.effort.all_threads:
        return "Not measured: one core, or a smoke test.", {}
    counts = [n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n < CORES] + [CORES]
    rows, results, curves = [], {}, {}
    for model in ("mlp_vae", "dcgan"):
        progress(f"scaling over threads: {model}")
        programs = [Contender(f"{name} {n}", program, {}) for n in counts for name in ("training", "training_pytorch")
                    if (program := suite.start(name, n))]
        for c in programs:
            c.program.threads = 0  # all on the clock, also the one with one thread
        r = results[model] = suite.compete(programs, model=model, batch=suite.effort.batch)
        close(programs)
        seconds = [r.seconds(f"training {n}") for n in counts]
        curves[MODELS[model]] = counts, seconds
        for n, exponent in zip(counts, exponent_cells(counts, seconds)):
            rows.append([MODELS[model], n, (r.spread(f"training {n}") / 1e-3).text(2), exponent,
                         times(r.ratio(f"training {n}", "training 1")),
                         times(r.ratio(f"training_pytorch {n}", "training_pytorch 1")),
                         times(r.ratio(f"training {n}", f"training_pytorch {n}"))])
    return table(["", "threads", "ms per step", "exponent", "× one thread", "PyTorch × its one thread", "× PyTorch"],
                 rows) + "\n" + fitted("threads", curves), results


def over_sizes(suite, name, sizes, models):
    """`name` is a word of support/serve.hpp's requests."""
    rows, curves = [], {}
    for model in models:
        everybody = suite.contenders(1)
        results = []
        for size in sizes:
            progress(f"scaling over {name}: {model}, {size}")
            results.append(suite.compete(everybody, **{"model": model, "batch": suite.effort.batch, name: size}))
        close(everybody)
        seconds = [r.seconds("highest") for r in results]
        curves[MODELS[model]] = sizes, seconds
        for size, r, exponent in zip(sizes, results, exponent_cells(sizes, seconds)):
            batch = size if name == "batch" else suite.effort.batch
            rows.append([MODELS[model], f"{size:,}", (r.spread("highest") / 1e-3).text(2), exponent,
                         f"{batch / r.seconds('highest'):,.0f}", times(r.ratio("highest", "PyTorch float32")),
                         times(r.ratio("medium", "PyTorch float32", "PyTorch bf16"))])
    return table(["", name, "ms per step", "exponent", "images/s", "× PyTorch float32", "`medium` × PyTorch's better"],
                 rows) + "\n" + fitted(name, curves)


def curves(suite):
    """One thread, by title."""
    effort = suite.effort
    return {
        "Batch size": over_sizes(suite, "batch", effort.batches, ("mlp_vae", "dcgan")),
        "Hidden width": over_sizes(suite, "width", effort.widths, ("mlp_vae",)),
        "Depth": "Hidden layers of 400 in the encoder, and as many in the decoder.\n\n" +
                 over_sizes(suite, "depth", effort.depths, ("mlp_vae",)),
        "Size of the dataset": "Images of 784 floats; an exponent of zero means that a step does not notice.\n\n" +
                               over_sizes(suite, "samples", effort.samples, ("mlp_vae",)),
    }
