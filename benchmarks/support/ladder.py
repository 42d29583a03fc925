"""The kernel ladder: what benchmark_kernels measured, and its tables."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from support.markdown import percent, table, times
from support.peers import progress
from support.spread import spread, spread_or_none

PEERS = {"eigen": "Eigen", "openblas": "OpenBLAS", "blis": "BLIS", "onednn": "oneDNN"}
WORK_OF_CUBES = {f"{n}x{n}x{n}" for n in (16, 256, 1024, 2048)}
RESTLESS = 0.05  # a row whose ratio to the best peer is spread wider than this is measured again


class Ladder:
    """GFLOP/s, and GB/s of the bandwidths, of every round by (work, who). All who do one piece of work are measured in
    the same round, one after another, so that ratios compare neighbours."""

    def __init__(self, suite):
        self.rounds, self.figures = [], {}
        self.suite = suite
        effort = suite.effort
        for round_ in range(effort.kernel_rounds):
            progress(f"kernels: round {round_ + 1} of {effort.kernel_rounds}")
            self.measure(effort.kernel_filter)
        self.works = list(dict.fromkeys(w for w, _ in self.rounds[0] if w[0] not in ("peak", "bandwidth")))
        self.rungs = list(dict.fromkeys(who for work, who in self.rounds[0] if work in self.works and "/" in who))
        self.rung = [r for r in self.rungs if r.endswith("/highest")][-1]  # the best of float32
        for _ in range(effort.kernel_rounds if effort.kernel_rounds > 1 else 0):
            restless = [w for w in self.works if (r := self.ratio(w, self.rung, *PEERS)) and r.relative() > RESTLESS]
            if not restless:
                break
            progress(f"kernels: {len(restless)} of {len(self.works)} rows again")
            self.measure("^(peak/|" + "|".join("/".join(w) + "/" for w in restless) + ")")

    def measure(self, pattern):
        suite = self.suite
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "kernels.json"
            run = subprocess.run([suite.path("kernels"), f"--benchmark_min_time={suite.effort.kernel_seconds}",
                                  f"--benchmark_out={out}", f"--benchmark_filter={pattern}"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
                                 env=os.environ | {"OMP_NUM_THREADS": "1"})
            found = json.loads(out.read_text())
        self.setting = json.loads(run.stdout.splitlines()[0])
        self.context = found["context"]
        speeds = {}
        for b in found["benchmarks"]:
            if b.get("error_occurred"):
                raise RuntimeError(f"{b['name']}: {b['error_message']}")
            kind, case, shape, who = b["name"].split("/", 3)
            work = kind, case, shape
            speeds[work, who] = (b["flops"] if "flops" in b else b["bytes"]) / 1e9
            self.figures.setdefault(work, b)
        self.rounds.append(speeds)

    # ---- Figures

    def speed(self, work, who):
        return spread_or_none(r[work, who] for r in self.rounds if (work, who) in r)

    def median_speed(self, work, who):
        found = self.speed(work, who)
        return found and found.median

    def ratio(self, work, who, *others):
        """To the best of those `others` that do this work."""
        ratios = []
        for r in self.rounds:
            rivals = [r[work, o] for o in others if (work, o) in r]
            if (work, who) in r and rivals:
                ratios.append(r[work, who] / max(rivals))
        return spread_or_none(ratios)

    def best_peer(self, work):
        return max((p for p in PEERS if self.speed(work, p)), key=lambda p: self.speed(work, p).median)

    def peak(self, rung):
        """GFLOP/s of this rung's multiply-adds."""
        isa, precision = rung.split("/")
        if rung == "avx512_bf16/high":  # computes as `highest`
            isa, precision = "avx512", "highest"
        return self.median_speed(("peak", "registers", "-"), f"{isa}/{'highest' if precision == 'highest' else 'medium'}")

    def of_peak(self, work, rung):
        """With AMX, `high` takes three bf16 products for one."""
        peak, speed = self.peak(rung), self.speed(work, rung)
        return speed / (peak / (3 if rung == "amx/high" else 1)) if peak and speed else None

    def bandwidth(self, level, rung, ways=("read", "triad")):
        """GB/s: of the fastest of these ways; None where none was measured."""
        isa = rung.split("/")[0].replace("avx512_bf16", "avx512").replace("amx", "avx512")
        found = [self.median_speed(("bandwidth", way, level), isa) for way in ways]
        return max((speed for speed in found if speed), default=None)

    def nanoseconds_to_move(self, size, footprint, rung, ways=("read", "triad")):
        """(for `size` bytes of operands that are `footprint` bytes in all, the name of the level that holds them). That is
        the smallest that holds them all; what fits into the next smaller one moves at that one's bandwidth. None where a
        bandwidth is missing."""
        levels = [(name, int(capacity)) for name, capacity in (l.split("=") for l in self.context["levels"].split())]
        index = next(i for i, (_, capacity) in enumerate(levels) if capacity == 0 or footprint <= capacity)
        parts = [(levels[index][0], 1.0)]
        if index > 0:
            nearer, capacity = levels[index - 1]
            parts = [(levels[index][0], 1 - capacity / footprint), (nearer, capacity / footprint)]
        speeds = [self.bandwidth(level, rung, ways) for level, _ in parts]
        if None in speeds:
            return None, levels[index][0]
        return sum(size * share / speed for (_, share), speed in zip(parts, speeds)), levels[index][0]

    def roof(self, work, rung):
        """GFLOP/s that the bytes which must move at least once allow, and no more than the peak; and what bounds it."""
        figures, peak = self.figures[work], self.peak(rung)
        nanoseconds, level = self.nanoseconds_to_move(figures["traffic"], figures["footprint"], rung)
        if not peak or not nanoseconds:
            return None, ""
        allowed = self.flops(work) / nanoseconds
        return (peak, "peak") if peak <= allowed else (allowed, level)

    def of_roof(self, work, rung):
        roof, speed = self.roof(work, rung)[0], self.speed(work, rung)
        return speed / roof if roof and speed else None

    def flops(self, work):
        figures = self.figures[work]  # google benchmark says flops per second of its processor time
        return figures["flops"] * figures["cpu_time"] * 1e-9

    # ---- Which rows

    def worst(self, rung, works, *others):
        """(Spread of the ratio to the best of `others`, work) where it is smallest."""
        found = [(r, w) for w in works if (r := self.ratio(w, rung, *others))]
        return min(found, key=lambda row: row[0].median, default=(None, None))

    def model_works(self):
        """Those of the four models, none of the cubes."""
        return [w for w in self.works if w[2] not in WORK_OF_CUBES]

    def is_large(self, work):
        """Above 10 MFLOP with 64 terms in each sum, or a convolution of several channels."""
        deep = (int(work[2].split("x")[2]) >= 64 if work[0] == "product" else not work[2].startswith("1x"))
        return deep and self.flops(work) > 10e6

    @staticmethod
    def name(work):
        return f"{work[0]} {work[2]}, {work[1].replace('_', ' ')}"

    def ratios(self):
        """What a guard compares."""
        found = {}
        for rung in self.rungs:
            for work in self.works:
                found[f"{self.name(work)}, {rung} of the peak"] = self.of_peak(work, rung)
        for work in self.works:
            for peer in PEERS:
                found[f"{self.name(work)}, {self.rung} × {PEERS[peer]}"] = self.ratio(work, self.rung, peer)
        return {name: r for name, r in found.items() if r is not None}

    # ---- Tables

    def against_peers(self):
        peers = [p for p in PEERS if any((w, p) in r for r in self.rounds for w in self.works)]
        rows = []
        for work in self.works:
            best, bound = self.best_peer(work), self.roof(work, self.rung)[1]
            speeds = [f"{s:.1f}" if (s := self.median_speed(work, p)) else "–" for p in peers]
            rows.append([self.name(work), self.speed(work, self.rung).text(1), percent(self.of_peak(work, self.rung)),
                         percent(self.of_roof(work, self.rung)), bound or "–",
                         f"{times(self.ratio(work, self.rung, *peers))} {PEERS[best]}", *speeds])
        return table(["work", f"GFLOP/s, {self.rung.split('/')[0]}", "of the peak", "of the roof", "roof", "× best peer",
                      *(PEERS[p] for p in peers)], rows)

    def rungs_beside(self):
        others = [r for r in self.rungs if r != self.rung]
        rows = []
        for work in self.works:
            cells = []
            for rung in others:
                speed, share = self.median_speed(work, rung), self.of_peak(work, rung)
                parts = [f"{speed:.1f}" if speed else "–"]
                if share:
                    parts.append(f"{100 * share.median:.0f} %")
                if ratio := self.ratio(work, rung, "eigen"):
                    parts.append(f"{ratio.median:.2f}×")
                cells.append(", ".join(parts))
            rows.append([self.name(work), *cells])
        return table(["work", *(r.replace("/", ", ") for r in others)], rows) if others else ""

    def text(self):
        isa = self.rung.split("/")[0]
        peaks = ", ".join(f"{who} {self.median_speed(work, who):.0f}" for work, who in self.rounds[0] if work[0] == "peak")
        levels = [level.split("=")[0] for level in self.context["levels"].split()]
        bandwidths = ", ".join(f"{level} {b:.0f}" for level in levels if (b := self.bandwidth(level, self.rung)))
        text = (f"One thread. GFLOP/s are medians of the rounds with their quartiles in brackets; a row whose ratio to the best "
                f"peer had quartiles more than {100 * RESTLESS:.0f} % apart was measured in up to twice as many rounds. Extents are "
                "m×n×k, for convolutions in_channels×height×width-out_channels (4×4 window, stride 2, padding 1, batch 128).\n\n"
                f"**Peak**: multiply-adds on registers alone, GFLOP/s: {peaks}.\n\n"
                "**Roof**: every operand must move at least once between the registers and the smallest level of the memory "
                "that holds them all (a result that is added to moves twice), what fits into the next smaller one at that one's "
                "bandwidth. The roof is the lower of the speed that this allows and the peak; \"roof\" names which of them it "
                f"is. Bandwidths of {isa}, the faster of reading and of the triad a = b + s·c, GB/s: {bandwidths}.\n\n"
                "**Peers** compute from and to the same layouts. oneDNN's primitives exist before the clock starts; whatever it "
                "reorders, weights and activations, is on the clock, and of its forms (our layouts; layouts of its choice for "
                "the weights; for everything) the fastest counts. Eigen is compiled with -O3 and "
                f"{'-march=native' if not self.suite.isa else 'for ' + self.suite.isa}; its convolutions are products with patches.\n\n" +
                self.against_peers())
        if others := self.rungs_beside():
            text += ("\n\nThe other instruction sets and precisions: GFLOP/s, share of their own peak, ratio to plain Eigen as "
                     "above. With AMX a `high` product counts as one product, and as three in its share of the peak.\n\n" + others)
        return text
