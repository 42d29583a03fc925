"""What the suite is to show, and what it showed."""
from support.generation import OURS, SESSION
from support.ladder import PEERS
from support.markdown import percent, table, times
from support.steps import MODELS, of_peak
from support.work import generation_bytes, generation_flops


def lowest(values):
    return min((v for v in values if v is not None), key=lambda v: v.median, default=None)


def row(work, target, value, goal, detail="", show=times, at_most=False):
    """`value` is a Spread or None."""
    if value is None:
        return [work, target, "not measured" + (f": {detail}" if detail else ""), ""]
    reached = value.median <= goal if at_most else value.median >= goal
    return [work, target, show(value) + (f" ({detail})" if detail else ""), "reached" if reached else "**missed**"]


def kernel_rows(ladder):
    rung, works = ladder.rung, ladder.model_works()
    isa = rung.split("/")[0]
    ratio, work = ladder.worst(rung, works, *PEERS)
    detail = f"{ladder.name(work)}; {sum(ladder.ratio(w, rung, *PEERS).median < 1 for w in works)} of {len(works)} rows below" \
        if work else ""
    rows = [row(f"products and convolutions of the models, {isa}", "≥ 1× the best peer", ratio, 1, detail)]
    for large, target in ((True, "≥ 85 % of the peak where k ≥ 64 and above 10 MFLOP"), (False, "≥ 85 % of the roof elsewhere")):
        share = ladder.of_peak if large else ladder.of_roof
        found = [(s, w) for w in works if ladder.is_large(w) == large and (s := share(w, rung))]
        worst = min(found, key=lambda pair: pair[0].median, default=(None, None))
        detail = f"{ladder.name(worst[1])}; {sum(s.median < 0.85 for s, _ in found)} of {len(found)} rows below" if found else ""
        rows.append(row("", target, worst[0], 0.85, detail, percent))
    return rows


def step_rows(suite, ladder, steps):
    rows = []
    for model, share, ratio in (("mlp_vae", 0.72, 2), ("mlp_gan", 0.72, 2), ("conv_vae", 0.70, 1.8), ("dcgan", 0.75, 1.8)):
        r = steps.get((model, 1))
        peak = r and of_peak(r, "highest", model, suite.effort.batch, ladder.peak(ladder.rung))
        rows.append(row(f"{MODELS[model]} training step", f"≥ {100 * share:.0f} % of the multiply-add peak", peak, share,
                        show=percent))
        rows.append(row("", f"≥ {ratio}× PyTorch float32", r and r.ratio("highest", "PyTorch float32"), ratio))
    for model in ("mlp_vae", "mlp_gan"):
        r = steps.get((model, 1))
        rows.append(row(f"{MODELS[model]} training step, `medium`", "≥ 2× `highest`", r and r.ratio("medium", "highest"), 2,
                        "no bf16 instructions in this run" if r and "medium" not in r else ""))
    return rows


def generation_rows(suite, ladder, latency):
    rows, peak = [], ladder.peak(ladder.rung)
    unfair = "onnxruntime cannot be restricted" if suite.is_beyond_isa() else ""

    def against_onnxruntime(result, label, goal):
        ratio = result.ratio(label, SESSION) if result and not unfair else None
        return row("", f"≥ {goal}× onnxruntime", ratio, goal, unfair)

    for model, goal in (("mlp_vae", 2), ("dcgan", 1.4)):
        one, many = latency.get((model, 1, 1)), latency.get((model, 1, 256))
        size = generation_bytes(model)
        reading, _ = ladder.nanoseconds_to_move(size, size, ladder.rung, ("read",))
        bound = (reading + generation_flops(model) / peak) * 1e-9 if peak and reading else None
        for label, name in OURS.items():
            rows.append(row(f"one image, {MODELS[model]}, {name.removeprefix('eigenerate, ')}", "≤ 1.3× reading the weights plus the products at peak",
                            one and bound and one.spread(label) / bound, 1.3, at_most=True))
            rows.append(against_onnxruntime(one, label, goal))
        share = many and many.rate("sample", 256 * generation_flops(model) / 1e9)
        rows.append(row(f"256 images, {MODELS[model]}, `model.sample(n)`", "≥ 80 % of the multiply-add peak",
                        share and peak and share / peak, 0.8, show=percent))
        rows.append(against_onnxruntime(many, "sample", 1))
    return rows


def targets(suite, ladder, steps, threads, latency):
    rows = kernel_rows(ladder) + step_rows(suite, ladder, steps)
    two = lowest(r.ratio("training 2", "training 1") for r in threads.values())
    rows.append(row("two threads on two free cores", "≥ 1.85× one thread, MLP VAE and DCGAN", two, 1.85,
                    "" if suite.machine_is_free() else "the cores were not free"))
    rows += generation_rows(suite, ladder, latency)
    native = lowest(steps[m, 1].ratio("highest", "native") for m in ("mlp_vae", "dcgan") if (m, 1) in steps)
    rows.append(row("no -march", "≥ 95 % of the speed with -march=native", native, 0.95, show=percent))
    return table(["one thread unless said", "target", "measured", ""], rows)
