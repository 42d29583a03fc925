#!/usr/bin/env python3
"""How often GANs fail: each recipe of mnist_gan from ten seeds on the 10,000 digits that come with the project.

    stability.py                       ten seeds of every recipe, 20 epochs each
    stability.py --only stable --seeds 3 --jobs 2

A run has failed where a step was not finite, where the samples cover less than half of what other real digits cover, or where
a class has less than 2 % of them. What has ended is kept in the folder of results: started again, it goes on.
"""
import argparse
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import DIVERGED, ROOT, Run, add_options, reproduce

METHODS = {
    "DCGAN": ("--recipe", "dcgan"),
    "WGAN-GP": ("--recipe", "wgan-gp"),
    "SN-hinge": ("--recipe", "sn-hinge"),
    "stable": ("--recipe", "stable"),
    "stable, AC-GAN": ("--recipe", "stable", "--conditional=acgan"),
    "stable, projection": ("--recipe", "stable", "--conditional=projection"),
}
COLLAPSED_COVERAGE, LOST_CLASS = 0.5, 0.02


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=list(METHODS), choices=METHODS, metavar="METHOD", help=", ".join(METHODS))
    parser.add_argument("--seeds", type=int, default=10, help="default: 10")
    parser.add_argument("--epochs", type=int, default=20, help="default: 20")
    parser.add_argument("--max-seconds", type=float, help="of training, for comparisons at equal time (default: no limit)")
    parser.add_argument("--dataset", default="mnist", choices=("mnist", "fashion"), help="default: mnist")
    parser.add_argument("--data", type=Path, help="folder of the images (default: examples/data, of clothes where mnist_gan looks)")
    add_options(parser, "mnist_gan", "stability")
    options = parser.parse_args()
    if options.dataset == "mnist":
        options.data = options.data or ROOT / "examples/data"
    return options


def runs_of(options, program):
    """One seed of everything first, so that an early table has a row of each method."""
    limit = ("--max-seconds", str(options.max_seconds)) if options.max_seconds else ()
    data = ("--data", str(options.data)) if options.data else ()
    for seed in range(options.seeds):
        for method in options.only:
            command = (str(program), *METHODS[method], "--dataset", options.dataset, *data, "--epochs",
                       str(options.epochs), *limit, "--seed", str(seed), "--threads", "1", "--quiet")
            yield Run((method.replace(", ", "-"), options.dataset, f"{options.epochs}epochs", seed), command)


def failure(result):
    """What went wrong in a run; None where nothing did."""
    if result.status == DIVERGED:
        return "not finite"
    if result.value("coverage") < COLLAPSED_COVERAGE * result.value("real_coverage"):
        return "coverage"
    return "class lost" if result.value("smallest_class") < LOST_CLASS else None


def row(method, results):
    good = [result for result in results if result.status != DIVERGED]
    reasons = [reason for reason in map(failure, results) if reason]
    failed = f"{len(reasons)} of {len(results)}"
    if reasons:
        failed += " (" + ", ".join(f"{reason} {reasons.count(reason)}" for reason in sorted(set(reasons))) + ")"

    def of(name, choose, digits=2, scale=1, unit=""):
        return f"{choose(result.value(name) for result in good) * scale:.{digits}f}{unit}" if good else "–"
    median = statistics.median
    return [method, failed, of("frechet_distance", median), of("frechet_distance", max), of("precision", median),
            of("recall", median), of("density", median), of("coverage", median), of("recognized", median, 1, 100, " %"),
            f"{sum(result.seconds for result in results) / len(results):.0f}"]


def report(options, runs):
    heading = ["", "failed", "Fréchet, median", "worst", "precision", "recall", "density", "coverage", "recognized", "seconds each"]
    results = runs.results()
    rows = []
    for method in options.only:
        found = [result for result in results if result.run.key[0] == method.replace(", ", "-")]
        if found:
            rows.append(row(method, found))
    good = [result for result in results if result.status != DIVERGED]
    if good:
        first = good[0]  # real images against real ones: the same for all
        rows.append(["real images", "", *(f"{first.value('real_' + name):.2f}" for name in ("frechet_distance",)), "",
                     *(f"{first.value('real_' + name):.2f}" for name in ("precision", "recall", "density", "coverage")),
                     f"{100 * first.value('real_recognized'):.1f} %", ""])
    return f"{options.dataset}, {options.epochs} epochs\n\n{table(heading, rows)}"


if __name__ == "__main__":
    reproduce(parse(), "mnist_gan", runs_of, report)
