#!/usr/bin/env python3
"""Runs the benchmark suite and writes its report in Markdown; benchmarks/run.sh builds the programs and calls this.

Peers take turns: each round measures all of them once, and a ratio is the median of the rounds' ratios, with their
quartiles in brackets. Where somebody's times are spread by more than 5 %, rounds go on, up to twice their number. With
one thread a step's time is the processor time of its program, which does not count what others do to the machine; with
more it is the time on the clock.
"""
import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True  # nothing new in the source tree
from support import guard
from support.generation import generation, generation_ratios, prepare_onnxruntime
from support.isa import RESTRICTED, set_environment
from support.ladder import PEERS, Ladder
from support.machine import CORES, Load, caches, processor
from support.peers import Suite
from support.scaling import curves, over_threads
from support.steps import MODELS, no_march, step_ratios, training_steps, where_time_goes
from support.targets import targets


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
    depths: tuple = (1, 2, 4, 8)
    samples: tuple = (1024, 4096, 16384, 65536)
    all_threads: bool = True


EFFORTS = {
    "full": Effort(rounds=9, seconds=0.5, kernel_rounds=7, kernel_seconds=0.05),
    "quick": Effort(rounds=5, seconds=0.1, kernel_rounds=3, kernel_seconds=0.01,
                    kernel_filter="-2048x2048x2048|/scalar/highest", batches=(16, 256), widths=(64, 512, 2048), depths=(1, 4),
                    samples=(1024, 16384)),
    "smoke": Effort(rounds=1, seconds=0, kernel_rounds=1, kernel_seconds=0.001,
                    kernel_filter="peak|bandwidth/.*/L1|product/forward/400x128x20/|product/weight_gradient/16x16x16/|1x28x28-64",
                    models=("mlp_vae", "dcgan"), batch=8, batches=(8, 16), widths=(64, 128), depths=(1, 2), samples=(256, 512),
                    all_threads=False),
}
NOTES = {"full": "", "quick": "\n\nA quick run: few rounds, rough figures.", "smoke": "\n\nA smoke test: the figures mean nothing."}


def machine(suite, ladder, load):
    s = ladder.setting
    lines = [f"{processor()}, {CORES} cores for the suite, {caches()}, {platform.system()} {platform.release()}",
             load.text(),
             f"eigenerate {s['version']}, {s['compiler']}, no -march; instruction set in use {s['isa']}; this machine has "
             f"{s['supported'].replace(' ', ', ')}, and no {s['missing'].replace(' ', ', no ')}: their rows are absent"]
    if suite.isa:
        lines.append(f"**everybody on {suite.isa} alone**, as far as it can be restricted")
    else:
        lines.append("precisions: " + ("`highest` (the default), `high` and `medium`" if s["bf16"] else
                                       "`highest`; no bf16 instructions here, so `high` and `medium` are the same and absent"))
    lines += [ladder.context[peer] for peer in PEERS]
    lines += [suite.settings[name]["version"] if name != "training_pytorch" else f"PyTorch {suite.settings[name]['version']}"
              for name in ("training_pytorch", "generation_onnxruntime") if name in suite.settings]
    lines += suite.missing
    if suite.idle:
        lines.append(f"the programs with one thread had {100 * median(suite.idle):.0f} % of a core" +
                     ("" if suite.machine_is_free() else ": **others used the machine, and the figures of several threads say "
                      "nothing**"))
    return "\n".join(f"- {line}" for line in lines)


def find_python():
    named = os.environ.get("EIGENERATE_BENCHMARK_PYTHON")
    for python in [named] if named else ["python3", "/usr/bin/python3"]:
        if shutil.which(python) and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


def measure(suite, load):
    """The report's sections by title, and the ratios that a guard compares."""
    ladder = Ladder(suite)
    steps_text, steps = training_steps(suite, ladder)
    profile = where_time_goes(suite)
    threads_text, threads = over_threads(suite)
    scaling = curves(suite)
    generation_text, latency = generation(suite)
    sections = {
        "Machine": machine(suite, ladder, load),
        "Targets": targets(suite, ladder, steps, threads, latency),
        "Training steps": steps_text,
        "Where the time goes": profile,
        "Without -march": no_march(steps),
        "Threads": threads_text,
        **scaling,
        "Generation": generation_text,
        "Kernels": ladder.text(),
    }
    if not suite.machine_is_free():  # what several threads did then is no property of the library
        steps, latency = ({key: r for key, r in results.items() if key[1] == 1} for results in (steps, latency))
        threads = {}
    ratios = ladder.ratios() | step_ratios(suite, ladder, steps) | generation_ratios(latency)
    ratios |= {f"threads, {MODELS[model]}, 2 × 1": r.ratio("training 2", "training 1") for model, r in threads.items()}
    setting = {"processor": processor(), "isa": ladder.setting["isa"], "compiler": ladder.setting["compiler"]}
    return sections, setting, ratios


def parse_arguments():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--programs", type=Path, required=True, help="folder of the built programs")
    arguments.add_argument("--out", type=Path, required=True, help="the report")
    arguments.add_argument("--isa", choices=RESTRICTED, help="everybody on this instruction set alone")
    arguments.add_argument("--store", type=Path, metavar="FILE", help="keep this run's ratios")
    arguments.add_argument("--guard", type=Path, metavar="FILE", help="name what is slower than in the run stored there; exit status 1 then")
    arguments.add_argument("--quick", action="store_const", dest="effort", const="quick", default="full",
                           help="fewer sizes and rounds: figures are rough")
    arguments.add_argument("--smoke", action="store_const", dest="effort", const="smoke",
                           help="next to no work: does every part run?")
    return arguments.parse_args()


def main():
    options = parse_arguments()
    if options.guard:
        guard.load(options.guard)  # not after an hour
    dropped = set_environment(os.environ, options.isa)
    load = Load()
    python = find_python()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(options.programs, EFFORTS[options.effort], isa=options.isa, python=python,
                      onnxruntime=prepare_onnxruntime(python, folder))
        sections, setting, ratios = measure(suite, load)
    setting["effort"] = options.effort
    if dropped:
        sections["Machine"] += "\n- settings of the caller's that were dropped, because they hold somebody back: " + \
            ", ".join(f"{name}={value}" for name, value in dropped.items())
    is_slower = False
    if options.guard:
        lines, is_slower = guard.verdict(options.guard, setting, ratios)
        sections = {"Guard": "\n".join(f"- {line}" for line in lines)} | sections
        print(*lines, sep="\n", file=sys.stderr)
    if options.store:
        guard.store(options.store, setting, ratios)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(f"# Benchmarks of eigenerate{NOTES[options.effort]}\n\n{__doc__.split(chr(10), 2)[2].strip()}\n\n" +
                           "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items()) + "\n")
    print(options.out)
    return 1 if is_slower else 0


if __name__ == "__main__":
    sys.exit(main())
