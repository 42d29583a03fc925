#!/usr/bin/env python3
"""Whether a β-TCVAE tells factors apart better than a VAE: the mutual information gap of both on sprites, as Chen et al. 2018 compare
them on dSprites (figure 3 there; other pixels, other networks, other numbers).

    disentanglement.py                    ten seeds of a VAE, and of a β-TCVAE with β = 6
    disentanglement.py --jobs 2 --seeds 3
    disentanglement.py --only VAE β-VAE FactorVAE
    disentanglement.py --table

What has ended is kept in the folder of results: started again, it goes on. Differences are of runs with the same seed, and their
interval is Student's, of the seeds.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import SUCCESS, Run, add_options, mean_and_error, reproduce, text_of

# Objective, its weight, and the beginning of the names of its runs.
METHODS = {"VAE": ("elbo", None, "vae"), "β-TCVAE": ("beta-tcvae", 6, "tcvae"), "β-VAE": ("elbo", 4, "betavae"),
           "FactorVAE": ("factor-vae", 6, "factorvae")}
# (name, heading, digits)
MEASURES = (("mig", "MIG", 3), ("beta_vae_score", "β-VAE score", 3), ("factor_vae_score", "FactorVAE score", 3),
            ("disentanglement", "DCI: D", 3), ("completeness", "C", 3), ("error", "error", 3), ("active_units", "active", 1),
            ("reconstruction", "reconstruction, nats", 1), ("kl", "KL", 1))
# Student's t at 97.5 %, by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 11: 2.201, 12: 2.179,
           13: 2.160, 14: 2.145, 15: 2.131, 19: 2.093, 24: 2.064, 29: 2.045}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="default: 10")
    parser.add_argument("--first-seed", type=int, default=0, help="default: 0")
    parser.add_argument("--only", nargs="+", default=["VAE", "β-TCVAE"], choices=METHODS, metavar="METHOD", help="; ".join(METHODS))
    parser.add_argument("--beta", type=float, help="of all but the VAE; default: β-TCVAE and FactorVAE 6, β-VAE 4")
    parser.add_argument("--epochs", type=int, help="default: that of sprites_vae")
    parser.add_argument("--smoke", action="store_true", help="next to no work, for a test of this program")
    add_options(parser, "sprites_vae", "disentanglement")
    return parser.parse_args()


SMOKE = ("--side", "16", "--scales", "2", "--orientations", "2", "--positions", "4", "--hidden", "16", "--latent", "3", "--judged", "50",
         "--score-batches", "20", "--batch-size", "32")


def runs_of(options, program):
    """All methods of a seed before the next one, so that an early table compares them."""
    shared = (*(("--epochs", str(options.epochs)) if options.epochs else ()), *(SMOKE if options.smoke else ()))
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for method in options.only:
            objective, usual, _ = METHODS[method]
            beta = "" if usual is None else f"{usual if options.beta is None else options.beta:g}"
            command = (str(program), "--objective", objective, *(("--beta", beta) if beta else ()), *shared, "--seed", str(seed),
                       "--threads", "1", "--quiet")
            yield Run((METHODS[method][2] + beta, f"{options.epochs or 'usual'}epochs", seed), command, resume=("--resume",))


def interval_of(differences):
    """The mean, and half of the 95 % interval around it; None of less than two."""
    estimate = mean_and_error(differences)
    if estimate is None or estimate[1] is None:
        return None
    degrees = len(differences) - 1
    known = max(k for k in STUDENT if k <= degrees)  # of fewer degrees, where the table has a gap: wider
    return estimate[0], STUDENT[known] * estimate[1]


def is_of(result, method):
    return result.run.key[0].rstrip("0123456789.") == METHODS[method][2]


def report(options, runs):
    found = {method: {r.run.key[2]: r for r in runs.results() if r.status == SUCCESS and is_of(r, method)} for method in options.only}
    rows, remarks = [], []
    for method, results in found.items():
        minutes = sum(r.seconds for r in results.values()) / max(len(results), 1) / 60
        means = [text_of(mean_and_error(r.value(name) for r in results.values()), digits) for name, _, digits in MEASURES]
        rows.append([method, str(len(results)), *means, f"{minutes:.1f}"])
    for method, results in found.items():
        both = sorted(set(found.get("VAE", ())) & set(results))
        if method == "VAE" or not both:
            continue
        differences = {name: [results[seed].value(name) - found["VAE"][seed].value(name) for seed in both] for name, _, _ in MEASURES}
        intervals = [text_of(interval_of(differences[name]), digits) for name, _, digits in MEASURES]
        rows.append([f"{method} less VAE, 95 %", str(len(both)), *intervals, ""])
        better = sum(difference > 0 for difference in differences["mig"])
        remarks.append(f"The gap of the {method} is larger than the VAE's in {better} of {len(both)} seeds.")
    headings = ["", "seeds", *(heading for _, heading, _ in MEASURES), "minutes each"]
    return "\n\n".join([table(headings, rows), *remarks])


if __name__ == "__main__":
    reproduce(parse(), "sprites_vae", runs_of, report)
