"""The kernel ladder: what benchmark_kernels measured, and its table."""
import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from support.markdown import table, times
from support.peers import progress

WORK_OF_CUBES = {f"{n}x{n}x{n}" for n in (16, 256, 1024, 2048)}


class Ladder:
    """GFLOP/s of every round, by (work, who)."""

    def __init__(self, suite):
        self.speeds = defaultdict(list)
        effort = suite.effort
        for round_ in range(effort.kernel_rounds):
            progress(f"kernels: round {round_ + 1} of {effort.kernel_rounds}")
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "kernels.json"
                run = subprocess.run([suite.path("kernels"), f"--benchmark_min_time={effort.kernel_seconds}", f"--benchmark_out={out}",
                                      f"--benchmark_filter={effort.kernel_filter}"],
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
                found = json.loads(out.read_text())
            self.setting = json.loads(run.stdout.splitlines()[0])
            self.context = found["context"]
            for b in found["benchmarks"]:
                if b.get("error_occurred"):
                    raise RuntimeError(f"{b['name']}: {b['error_message']}")
                kind, case, shape, who = b["name"].split("/", 3)
                self.speeds[(kind, case, shape), who].append(b["flops"] / 1e9)
        self.works = list(dict.fromkeys(work for work, _ in self.speeds if work[0] != "peak"))
        self.rungs = list(dict.fromkeys(who for work, who in self.speeds if work[0] != "peak" and "/" in who))

    def speed(self, work, who):
        return median(self.speeds[work, who])

    def ratio(self, work, who, other):
        if (work, who) not in self.speeds or (work, other) not in self.speeds:
            return None
        return median(a / b for a, b in zip(self.speeds[work, who], self.speeds[work, other]))

    def of_peak(self, work, rung):
        """`high` takes three bf16 products for one."""
        isa, precision = rung.split("/")
        peak = ("peak", "registers", "-"), f"{isa}/{'highest' if precision == 'highest' else 'medium'}"
        if peak not in self.speeds or (work, rung) not in self.speeds:
            return None
        products = 3 if precision == "high" else 1
        return median(products * a / b for a, b in zip(self.speeds[work, rung], self.speeds[peak]))

    @staticmethod
    def flops(work):
        if work[0] != "product":
            return float("inf")
        m, n, k = map(int, work[2].split("x"))
        return 2 * m * n * k

    def best_float_rung(self):
        return [r for r in self.rungs if r.endswith("/highest")][-1]

    def worst(self, rung, works):
        """(ratio to Eigen, work) where it is smallest."""
        return min(((self.ratio(w, rung, "eigen"), w) for w in works if self.ratio(w, rung, "eigen") is not None),
                   default=(None, None))

    def training_works(self):
        return [w for w in self.works if w[2] not in WORK_OF_CUBES and self.flops(w) > 1e6]

    def small_works(self):
        return [w for w in self.works if self.flops(w) <= 1e6]

    def text(self):
        peaks = ", ".join(f"{who} {self.speed(work, who):.0f}" for (work, who) in self.speeds if work[0] == "peak")
        rows = []
        for work in self.works:
            cells = []
            for rung in self.rungs:
                if (work, rung) not in self.speeds:
                    cells.append("–")
                    continue
                peak = self.of_peak(work, rung)
                cells.append(f"{self.speed(work, rung):.1f}" + (f", {100 * peak:.0f} %" if peak is not None else "") +
                             f", {times(self.ratio(work, rung, 'eigen'))}")
            peers = [f"{self.speed(work, who):.1f}" if (work, who) in self.speeds else "–" for who in ("eigen", "openblas")]
            rows.append([f"{work[0]} {work[2]}, {work[1].replace('_', ' ')}", *peers, *cells])
        return ("One thread. Cells: GFLOP/s, share of the peak of this instruction set's multiply-adds, ratio to plain Eigen "
                "(-O3 -march=native). A `high` product counts as one product, and as three in its share of the peak. Extents "
                "are m×n×k, for convolutions in_channels×height×width-out_channels (4×4 window, stride 2, padding 1, batch "
                f"128; Eigen's by patches).\n\nPeaks, GFLOP/s: {peaks}.\n\n" +
                table(["work", "Eigen", "OpenBLAS", *(r.replace("/", ", ") for r in self.rungs)], rows))


