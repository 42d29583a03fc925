"""Images from latent vectors."""
import subprocess
import sys

from support.machine import CORES
from support.markdown import table, times
from support.peers import BENCHMARKS, Contender, close, progress
from support.steps import MODELS

NODE = "onnxruntime"
SESSION = "onnxruntime, Node subtracted"
OVERHEAD = "Node and an identity model"
OURS = {  # the tasks of benchmark_training that make images, and how the report calls them
    "generate": "eigenerate, prepared workspace",
    "sample": "eigenerate, `model.sample(n)`",
    "handle": "eigenerate, `Sampler` or `Predictor` kept",
}
LABELS = OURS | {NODE: "onnxruntime through Node"}


def prepare_onnxruntime(python, folder):
    """The command of the peer, with its models written into `folder`; None where something is missing."""
    program = BENCHMARKS / "generation_onnxruntime.js"
    try:
        if not python or subprocess.run(["node", program, "--version"], capture_output=True).returncode:
            return None
    except FileNotFoundError:  # no node
        return None
    export = subprocess.run([python, "-B", BENCHMARKS / "export_onnx.py", folder], capture_output=True, text=True)
    if export.returncode:
        reason = (export.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"PyTorch could not write the models for onnxruntime: {reason}", file=sys.stderr)
        return None
    return ["node", program, folder]


def contenders(suite, threads):
    ours = suite.start("training", threads)
    found = [Contender(task, ours, {"task": task}) for task in OURS]
    found += suite.pytorch(threads, task="generate")
    if threads == 1 and (node := suite.start("generation_onnxruntime")):
        found += [Contender(NODE, node, {"task": "generate"}), Contender(OVERHEAD, node, {"task": "identity"})]
    return found


def generation(suite):
    """The section's text, and the result for each (model, threads, images)."""
    rows, results = [], {}
    for threads, batch in dict.fromkeys([(1, 1), (1, 256), (CORES, 256)] if suite.effort.all_threads else [(1, 1)]):
        for model in ("mlp_vae", "dcgan"):
            progress(f"generation: {model}, {batch} images, {threads} threads")
            everybody = contenders(suite, threads)
            r = results[model, threads, batch] = suite.compete(everybody, model=model, batch=batch)
            close(everybody)
            if NODE in r:
                r.add_difference(SESSION, NODE, OVERHEAD)
            for label in r.answers:
                rows.append([MODELS[model], batch, threads, LABELS.get(label, label), (r.spread(label) / 1e-6).text(1),
                             f"{batch / r.seconds(label):,.0f}" if label != OVERHEAD else "–",
                             times(r.ratio(label, "PyTorch float32")) if label != OVERHEAD else "–",
                             times(r.ratio(label, SESSION)) if label not in (NODE, OVERHEAD) else "–"])
    return ("Ours and PyTorch draw fresh latent vectors for every call, onnxruntime is given the same ones. Its models are as "
            "PyTorch's exporter writes them, and it runs in Node: what Node costs is measured with a model that copies "
            "images to images, and subtracted (the copy too, in its favour).\n\n" +
            table(["", "images", "threads", "", "µs", "images/s", "× PyTorch float32", "× onnxruntime, Node subtracted"],
                  rows)), results


def generation_ratios(results):
    """What a guard compares."""
    found = {}
    for (model, threads, batch), r in results.items():
        for label in OURS:
            for peer in ("PyTorch float32", SESSION):
                found[f"{batch} images, {MODELS[model]}, {threads} threads, {label} × {peer}"] = r.ratio(label, peer)
    return {name: ratio for name, ratio in found.items() if ratio is not None}
