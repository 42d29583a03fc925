#!/usr/bin/env python3
"""Runs the benchmark suite and writes its report in Markdown; benchmarks/run.sh builds the programs and calls this.

Peers take turns: each round measures all of them once, and a ratio is the median of the rounds' ratios. With one thread
a step's time is the processor time of its program, which does not count what others do to the machine; with more it is
the time on the clock.
"""
import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True  # nothing new in the source tree
from support.ladder import Ladder
from support.markdown import table, times
from support.peers import Contender, Suite, close, progress

MODELS = {"mlp_vae": "MLP VAE", "conv_vae": "conv VAE", "mlp_gan": "MLP GAN", "dcgan": "DCGAN"}
CORES = len(os.sched_getaffinity(0))


@dataclass
class Effort:
    """How much is measured: `rounds` of `seconds` for each peer."""
    rounds: int
    seconds: float
    kernel_rounds: int
    kernel_seconds: float
    kernel_filter: str = "."
    models: tuple = tuple(MODELS)
    batch: int = 128
    batches: tuple = (16, 32, 64, 128, 256, 512, 1024)
    widths: tuple = (64, 128, 256, 512, 1024, 2048, 4096)
    all_threads: bool = True


EFFORTS = {
    "full": Effort(rounds=9, seconds=0.5, kernel_rounds=5, kernel_seconds=0.05),
    "quick": Effort(rounds=5, seconds=0.1, kernel_rounds=2, kernel_seconds=0.01,
                    kernel_filter="-2048x2048x2048|/scalar/highest", batches=(16, 256), widths=(64, 512, 2048)),
    "smoke": Effort(rounds=1, seconds=0, kernel_rounds=1, kernel_seconds=0.001,
                    kernel_filter="peak|product/forward/400x128x20/|product/weight_gradient/16x16x16/|1x28x28",
                    models=("mlp_vae", "dcgan"), batch=8, batches=(16,), widths=(64,), all_threads=False),
}


# ---- Training steps -------------------------------------------------------------------------------------------------

LABELS = {"highest": "eigenerate, `highest`", "high": "eigenerate, `high`", "medium": "eigenerate, `medium`",
          "native": "eigenerate, `highest`, -march=native", "Eigen": "plain Eigen, -march=native"}


def training_steps(suite):
    """The section's text, and the result for each (model, threads)."""
    results, parts = {}, []
    for model in suite.effort.models:
        rows = []
        for threads in [1, CORES] if CORES > 1 and suite.effort.all_threads else [1]:
            progress(f"training steps: {model}, {threads} threads")
            everybody = suite.contenders(threads, native=True, eigen=model in ("mlp_vae", "dcgan"))
            r = results[model, threads] = suite.compete(everybody, model=model, batch=suite.effort.batch)
            close(everybody)
            for label in r.answers:
                name = LABELS.get(label, label) + (" (products alone)" if (label, model) == ("Eigen", "dcgan") else "")
                best = r.ratio(label, "PyTorch float32", "PyTorch bf16")
                rows.append([name, threads, f"{1e3 * r.seconds(label):.2f}", f"{suite.effort.batch / r.seconds(label):,.0f}",
                             times(r.ratio(label, "PyTorch float32")), times(best), f"{r.memory(label):.0f}"])
        parts.append(f"### {MODELS[model]}, batch {suite.effort.batch}\n\n" + table(
            ["", "threads", "ms per step", "images/s", "× PyTorch float32", "× PyTorch's better", "peak memory, MiB"], rows))
    return "\n\n".join(parts), results


KINDS = [  # the first pattern that occurs in a symbol names its kind of work
    ("optimizer", r"Update|Adam|adam_|RmsProp|ieee754_pow"),
    ("random numbers", r"fill_normal|fill_uniform|[Pp]hilox|draw_mask|permutation|sincos|logf|box_muller"),
    ("normalization", r"RowPairSums|RowLoops|[Nn]ormaliz|moments"),
    ("element-wise and sums", r"map_blocks|map_one_block|kernels::map|6kernels3map|Elementwise|sum_of|sum_blocks|add_columns|combine_columns|"
                              r"row_sums|expm1|log1p|expf|tanh|sigmoid|softplus"),
    ("data and layout", r"memmove|memcpy|memset|transpose_each|transpose_by_blocks|Batches|Dataset"),
    ("windows of convolutions", r"[Ww]indow|[Pp]atch|[Cc]onvolution|[Pp]hase|scatter|gather|copy_run|clear_run|fill_columns"),
    ("products", r"gemm|[Pp]roduct|multiply|[Pp]ack|[Tt]ile|[Pp]anel|[Dd]ot|Backend<float>::(transpose|copy_rows|add_to)|amx|bf16"),
]


def where_time_goes(suite):
    perf = shutil.which("perf")
    if not perf:
        return "perf is not installed (Debian: linux-perf): the breakdown is absent."
    columns = {}
    for model in suite.effort.models:
        progress(f"profile: {model}")
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "perf.data"
            record = subprocess.run([perf, "record", "-e", "cpu-clock:u", "-F", "1999", "-o", data, suite.path("training")],
                                    input=f"model={model} batch={suite.effort.batch} seconds={10 * suite.effort.seconds}\n",
                                    text=True, capture_output=True, env=os.environ | {"EIGENERATE_NUM_THREADS": "1"})
            if record.returncode:
                reason = (record.stderr.strip().splitlines() or ["no reason given"])[-1]
                return f"perf may not record here ({reason}): the breakdown is absent."
            report = subprocess.run([perf, "report", "-i", data, "--stdio", "--no-children", "--sort", "symbol"],
                                    text=True, capture_output=True, check=True).stdout
        shares = defaultdict(float)
        for share, symbol in re.findall(r"^\s*([\d.]+)%\s+(.*)$", report, re.M):
            kind = next((name for name, pattern in KINDS if re.search(pattern, symbol)), "other")
            shares[kind] += float(share)
        columns[model] = shares
    kinds = [name for name, _ in KINDS] + ["other"]
    kinds.sort(key=lambda kind: -sum(shares[kind] for shares in columns.values()))
    return ("Share of the samples of one thread, `highest`, by the names of the functions they fall into (a product inside "
            "a convolution counts as a product).\n\n" +
            table(["", *(MODELS[m] for m in columns)],
                  [[kind, *(f"{shares[kind]:.1f} %" for shares in columns.values())] for kind in kinds]))


def no_march(results):
    rows = []
    for (model, threads), r in results.items():
        if (ratio := r.ratio("highest", "native")) is not None:
            rows.append([MODELS[model], threads, f"{100 * ratio:.1f} %"])
    return table(["", "threads", "speed without -march, of the speed with it"], rows) if rows else "Not measured."


# ---- Scaling and generation -----------------------------------------------------------------------------------------

def scaling_threads(suite):
    counts = [n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n < CORES] + [CORES]
    if CORES == 1:
        return "This machine gives the suite one core: nothing to scale over.", {}
    rows, results = [], {}
    for model in ("mlp_vae", "dcgan"):
        progress(f"scaling over threads: {model}")
        programs = [Contender(f"{name} {n}", program, {}) for n in counts for name in ("training", "training_pytorch")
                    if (program := suite.start(name, n))]
        for c in programs:
            c.program.threads = 0  # all on the clock, also the one with one thread
        r = results[model] = suite.compete([c for c in programs], model=model, batch=suite.effort.batch)
        close(programs)
        for n in counts:
            row = [MODELS[model], n, f"{1e3 * r.seconds(f'training {n}'):.2f}", times(r.ratio(f"training {n}", "training 1"))]
            row.append(times(r.ratio(f"training_pytorch {n}", "training_pytorch 1")))
            row.append(times(r.ratio(f"training {n}", f"training_pytorch {n}")))
            rows.append(row)
    return table(["", "threads", "ms per step", "× one thread", "PyTorch × its one thread", "× PyTorch"], rows), results


def scaling_size(suite, name, sizes, models):
    rows = []
    for model in models:
        everybody = suite.contenders(1)
        for size in sizes:
            progress(f"scaling over {name}: {model}, {size}")
            request = {"model": model, "batch": suite.effort.batch, name: size}
            r = suite.compete(everybody, **request)
            rows.append([MODELS[model], size, f"{1e3 * r.seconds('highest'):.2f}", f"{request['batch'] / r.seconds('highest'):,.0f}",
                         times(r.ratio("highest", "PyTorch float32")),
                         times(r.ratio("medium", "PyTorch float32", "PyTorch bf16"))])
        close(everybody)
    return table(["", name, "ms per step", "images/s", "× PyTorch float32", "`medium` × PyTorch's better"], rows)


def generation(suite):
    rows, results = [], {}
    for threads, batch in dict.fromkeys([(1, 1), (1, 256), (CORES, 256)] if suite.effort.all_threads else [(1, 1)]):
        for model in ("mlp_vae", "dcgan"):
            progress(f"generation: {model}, {batch} images, {threads} threads")
            with suite.start("training", threads) as ours:
                torch = suite.start("training_pytorch", threads)
                everybody = [Contender("prepared", ours, {"task": "generate"}), Contender("sample", ours, {"task": "sample"})]
                if torch:
                    everybody.append(Contender("PyTorch float32", torch, {"task": "generate", "precision": "float32"}))
                    everybody.append(Contender("PyTorch bf16", torch, {"task": "generate", "precision": "bf16"}))
                r = results[model, threads, batch] = suite.compete(everybody, model=model, batch=batch)
                if torch:
                    torch.__exit__()
            for label in r.answers:
                name = {"prepared": "eigenerate, prepared workspace", "sample": f"eigenerate, `model.sample({batch})`"}
                rows.append([MODELS[model], batch, threads, name.get(label, label), f"{1e6 * r.seconds(label):,.1f}",
                             f"{batch / r.seconds(label):,.0f}", times(r.ratio(label, "PyTorch float32"))])
    return table(["", "images", "threads", "", "µs", "images/s", "× PyTorch float32"], rows), results


# ---- The machine and the targets ------------------------------------------------------------------------------------

def machine(suite, ladder):
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.*)", info)
    caches = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / f).read_text().strip() for f in ("level", "type", "size"))
        if kind != "Instruction":
            caches.append(f"L{level} {size}iB".replace("KiB", " KiB").replace("MiB", " MiB"))
    s = ladder.setting
    lines = [f"{model[1] if model else platform.machine()}, {CORES} cores for the suite, {', '.join(caches) or 'caches unknown'}, "
             f"{platform.system()} {platform.release()}",
             f"eigenerate {s['version']}, {s['compiler']}, no -march; instruction set in use {s['isa']}; this machine has "
             f"{s['supported'].replace(' ', ', ')}, and no {s['missing'].replace(' ', ', no ')}: their rows are absent",
             "precisions: " + ("`highest` (the default), `high` and `medium`" if s["bf16"] else
                               "`highest`; no bf16 instructions here, so `high` and `medium` are the same and absent"),
             f"Eigen {ladder.context['eigen']}",
             ladder.context.get("openblas") or "OpenBLAS was not found by CMake (Debian: libopenblas-dev): its column is absent"]
    if torch := suite.settings.get("training_pytorch"):
        lines.append(f"PyTorch {torch['version']}")
    lines += suite.missing
    if suite.idle:
        lines.append(f"the programs with one thread had {100 * median(suite.idle):.0f} % of a core" +
                     ("" if suite.machine_is_free() else ": **others used the machine, and the figures of several threads say "
                      "nothing**"))
    return "\n".join(f"- {line}" for line in lines)


def targets(suite, ladder, steps, threads, latency):
    def row(work, target, value, goal, detail="", show=times):
        if value is None:
            return [work, target, "not measured" + (f": {detail}" if detail else ""), ""]
        shown = show(value)
        return [work, target, shown + (f" ({detail})" if detail else ""), "reached" if value >= goal else "**missed**"]

    def percent(value):
        return f"{100 * value:.1f} %"

    def worst(rung, works):
        ratio, work = ladder.worst(rung, works)
        return ratio, f"{work[2]}, {work[1].replace('_', ' ')}" if work else ""

    def lowest(values):
        found = [v for v in values if v is not None]
        return min(found) if found else None

    cases = [("product", case, "1024x1024x1024") for case in ("forward", "input_gradient", "weight_gradient")]
    best = ladder.best_float_rung()
    rows = [row(f"float32 product, {best.split('/')[0]}", "≥ 85 % of the peak at 1024³", lowest(ladder.of_peak(w, best) for w in cases), 0.85, show=percent)]
    ratio, detail = worst(best, [w for w in ladder.training_works() if w[0] == "product"])
    rows.append(row("", "≥ 1.25× Eigen on training shapes above 1 MFLOP", ratio, 1.25, detail))
    ratio, detail = worst(best, ladder.small_works())
    rows.append(row("", "≥ 1× Eigen on small shapes", ratio, 1, detail))
    reason = "this machine has no AMX"
    if "amx/medium" in ladder.rungs:
        ratio, detail = worst("amx/medium", ladder.training_works())
        speed = lowest(ladder.speed(w, "amx/medium") if (w, "amx/medium") in ladder.speeds else None for w in cases)
        high = lowest(ladder.ratio(w, "amx/high", "eigen") for w in cases)
        reason = ""
    else:
        ratio = speed = high = None
        detail = reason
    rows.append(row("`medium` product, AMX", "≥ 4× Eigen on training shapes", ratio, 4, detail))
    rows.append(row("", "≥ 1000 GFLOP/s at 1024³", speed, 1000, reason, lambda v: f"{v:.0f} GFLOP/s"))
    rows.append(row("`high` product, AMX", "≥ 2× Eigen at 1024³", high, 2, reason))
    for model, float_goal, medium_goal in (("mlp_vae", 2, 5), ("dcgan", 2.2, 6)):
        r = steps.get((model, 1))
        rows.append(row(f"{MODELS[model]} training step", f"≥ {float_goal}× PyTorch float32",
                        r and r.ratio("highest", "PyTorch float32"), float_goal))
        rows.append(row("", f"`medium`: ≥ {medium_goal}× PyTorch's better",
                        r and r.ratio("medium", "PyTorch float32", "PyTorch bf16"), medium_goal))
    rows.append(row("two threads on two free cores", "≥ 1.7× one thread, both models",
                    lowest(r.ratio("training 2", "training 1") for r in threads.values()), 1.7,
                    "" if suite.machine_is_free() else "the cores were not free"))
    rows.append(row("one image by the MLP decoder", "≥ 10× less latency than PyTorch",
                    latency["mlp_vae", 1, 1].ratio("prepared", "PyTorch float32", "PyTorch bf16"), 10))
    rows.append(row("no -march", "≥ 95 % of the speed with -march=native",
                    lowest(steps[m, 1].ratio("highest", "native") for m in ("mlp_vae", "dcgan") if (m, 1) in steps), 0.95,
                    show=percent))
    return table(["one thread unless said", "target", "measured", ""], rows)


# ---- All of it ------------------------------------------------------------------------------------------------------

def find_python():
    named = os.environ.get("EIGENERATE_BENCHMARK_PYTHON")
    for python in [named] if named else ["python3", "/usr/bin/python3"]:
        if shutil.which(python) and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--programs", type=Path, required=True, help="folder of the built programs")
    arguments.add_argument("--out", type=Path, required=True, help="the report")
    arguments.add_argument("--quick", action="store_const", dest="effort", const="quick", default="full",
                           help="fewer sizes and rounds: figures are rough")
    arguments.add_argument("--smoke", action="store_const", dest="effort", const="smoke",
                           help="next to no work: does every part run?")
    options = arguments.parse_args()

    suite = Suite(options.programs, find_python(), EFFORTS[options.effort])
    ladder = Ladder(suite)
    steps_text, steps = training_steps(suite)
    profile = where_time_goes(suite)
    threads_text, threads = scaling_threads(suite) if suite.effort.all_threads else ("Not measured.", {})
    batches = scaling_size(suite, "batch", suite.effort.batches, ("mlp_vae", "dcgan"))
    widths = scaling_size(suite, "width", suite.effort.widths, ("mlp_vae",))
    generation_text, latency = generation(suite)

    note = {"full": "", "quick": "\n\nA quick run: few rounds, rough figures.", "smoke": "\n\nA smoke test: the figures mean nothing."}
    sections = {
        "Machine": machine(suite, ladder),
        "Targets": targets(suite, ladder, steps, threads, latency),
        "Training steps": steps_text,
        "Where the time goes": profile,
        "Without -march": no_march(steps),
        "Threads": threads_text,
        "Batch size": batches,
        "Hidden width": widths,
        "Generation": generation_text,
        "Kernels": ladder.text(),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(f"# Benchmarks of eigenerate{note[options.effort]}\n\n{__doc__.split(chr(10), 2)[2].strip()}\n\n" +
                           "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items()) + "\n")
    print(options.out)


if __name__ == "__main__":
    main()
