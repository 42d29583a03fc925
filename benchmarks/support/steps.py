"""Training steps of the reference models, and where their time goes."""
import os
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

from support.machine import CORES
from support.markdown import percent, table, times
from support.peers import close, progress
from support.work import step_flops

MODELS = {"mlp_vae": "MLP VAE", "conv_vae": "conv VAE", "mlp_gan": "MLP GAN", "dcgan": "DCGAN"}
LABELS = {"highest": "eigenerate, `highest`", "high": "eigenerate, `high`", "medium": "eigenerate, `medium`",
          "native": "eigenerate, `highest`, -march=native", "Eigen": "plain Eigen"}


def of_peak(result, label, model, batch, peak):
    """The share of one thread's multiply-adds that a step's products keep busy."""
    rate = result.rate(label, batch * step_flops(model) / 1e9)
    return rate / peak if rate and peak else None


def training_steps(suite, ladder):
    """The section's text, and the result for each (model, threads)."""
    peak = ladder.peak(ladder.rung)
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
                own_peak = threads == 1 and label in ("highest", "native")
                rows.append([name, threads, (r.spread(label) / 1e-3).text(2), f"{suite.effort.batch / r.seconds(label):,.0f}",
                             percent(of_peak(r, label, model, suite.effort.batch, peak)) if own_peak else "–",
                             times(r.ratio(label, "PyTorch float32")),
                             times(r.ratio(label, "PyTorch float32", "PyTorch bf16")), f"{r.memory(label):.0f}"])
        parts.append(f"### {MODELS[model]}, batch {suite.effort.batch}\n\n" + table(
            ["", "threads", "ms per step", "images/s", "of the peak", "× PyTorch float32", "× PyTorch's better",
             "peak memory, MiB"], rows))
    return ("\"of the peak\": the flops of a step's products over its time, as a share of one core's multiply-adds in "
            f"{ladder.rung.split('/')[0]}. Figures are medians of the rounds, with their quartiles in brackets.\n\n" +
            "\n\n".join(parts)), results


def step_ratios(suite, ladder, results):
    """What a guard compares."""
    found = {}
    for (model, threads), r in results.items():
        for label in ("highest", "medium"):
            name = f"training step, {MODELS[model]}, {threads} threads, {label}"
            found[f"{name} × PyTorch float32"] = r.ratio(label, "PyTorch float32")
        if threads == 1:
            peak = ladder.peak(ladder.rung)
            found[f"training step, {MODELS[model]}, of the peak"] = of_peak(r, "highest", model, suite.effort.batch, peak)
    return {name: ratio for name, ratio in found.items() if ratio is not None}


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
            rows.append([MODELS[model], threads, percent(ratio)])
    return table(["", "threads", "speed without -march, of the speed with it"], rows) if rows else "Not measured."
