#!/usr/bin/env python3
"""The suite's arithmetic, without any measurement: python3 benchmarks/test_support.py"""
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from support import guard
from support.fit import fit, local_exponents
from support.isa import set_environment
from support.ladder import Ladder
from support.machine import Load
from support.peers import Result
from support.spread import Spread, spread
from support.work import generation_flops, step_flops


class Spreads(unittest.TestCase):
    def test_median_and_quartiles(self):
        self.assertEqual(spread([5, 1, 4, 2, 3]), Spread(3, 2, 4))
        self.assertEqual(spread([1, 2]), Spread(1.5, 1.25, 1.75))
        self.assertEqual(spread([7]), Spread(7, 7, 7))
        self.assertAlmostEqual(spread([1, 2, 3, 4, 5]).relative(), 2 / 3)


class Fits(unittest.TestCase):
    def test_finds_the_exponent_of_a_power(self):
        xs = [1, 2, 4, 8, 32]
        found = fit(xs, [3 * x ** 1.5 for x in xs])
        self.assertAlmostEqual(found.exponent, 1.5)
        self.assertAlmostEqual(found.worst, 0)
        for exponent in local_exponents(xs, [3 * x ** 1.5 for x in xs])[1:]:
            self.assertAlmostEqual(exponent, 1.5)

    def test_is_the_least_squares_of_the_logarithms(self):
        # log2: (0, 0), (1, 1), (2, 1); by hand the slope is 1/2, the constant 1/6, the farthest point 1/3 away.
        found = fit([1, 2, 4], [1, 2, 2])
        self.assertAlmostEqual(found.exponent, 0.5)
        self.assertAlmostEqual(found.worst, 2 ** (1 / 3) - 1)

    def test_needs_two_sizes(self):
        self.assertIsNone(fit([128], [1.0]))
        self.assertEqual(local_exponents([128], [1.0]), [None])


class Guards(unittest.TestCase):
    OLD = {"same": Spread(2.0, 1.9, 2.1), "slow": Spread(2.0, 1.9, 2.1), "wide": Spread(2.0, 1.2, 2.5),
           "close": Spread(2.0, 1.99, 2.01), "fast": Spread(1.0, 0.9, 1.1), "gone": Spread(1.0, 1.0, 1.0)}
    NEW = {"same": Spread(1.95, 1.85, 2.05), "slow": Spread(1.5, 1.4, 1.6), "wide": Spread(1.5, 1.4, 1.6),
           "close": Spread(1.96, 1.95, 1.97), "fast": Spread(3.0, 2.9, 3.1), "gone": None, "new": Spread(1.0, 1.0, 1.0)}

    def verdict(self, old, new, setting=None, old_setting=None):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "stored.json"
            guard.store(path, old_setting or {"isa": "avx2"}, old)
            return guard.verdict(path, setting or {"isa": "avx2"}, new)

    def test_names_what_is_slower_beyond_the_spread_and_nothing_else(self):
        self.assertEqual([name for name, _, _ in guard.slower(self.OLD, self.NEW)], ["slow"])
        lines, is_slower = self.verdict(self.OLD, self.NEW)
        self.assertTrue(is_slower)
        self.assertEqual([line for line in lines if line.startswith("slower: ")],
                         ["slower: slow: 1.50 (1.40–1.60) now, 2.00 (1.90–2.10) in the stored run"])
        self.assertIn("1 of 6 stored ratios were not measured now, gone among them", lines)

    def test_a_run_is_not_slower_than_itself(self):
        lines, is_slower = self.verdict(self.OLD, self.OLD)
        self.assertFalse(is_slower)
        self.assertEqual(lines, ["6 ratios compared with stored.json: none slower beyond the spread"])

    def test_tells_of_another_setting(self):
        lines, _ = self.verdict(self.OLD, self.OLD, {"isa": "avx512"})
        self.assertIn("other isa: avx512, and avx2 in the stored run", lines)


class Competitions(unittest.TestCase):
    def test_ratios_are_to_the_best_of_the_same_round(self):
        r = Result()
        for ours, one, other in ((1, 2, 3), (2, 6, 4), (1, 9, 4)):
            for label, time in (("ours", ours), ("one", one), ("other", other)):
                r.answers[label].append({"time": time})
        self.assertEqual(r.ratio("ours", "one", "other").median, 2)
        self.assertEqual(r.ratio("ours", "one").median, 3)
        self.assertIsNone(r.ratio("ours", "nobody"))
        r.add_difference("without", "one", "ours")
        self.assertEqual([a["time"] for a in r.answers["without"]], [1, 4, 8])


class Roofs(unittest.TestCase):
    """A ladder of one row by hand: 2·100·1·50 flops on 20,480 bytes, of which 16,384 fit into the first cache."""

    def ladder(self, speed):
        ladder, work = Ladder.__new__(Ladder), ("product", "forward", "100x1x50")
        ladder.rounds = [{(work, "avx2/highest"): speed, (work, "eigen"): 2.0, (work, "blis"): 4.0,
                          (("peak", "registers", "-"), "avx2/highest"): 100.0,
                          (("bandwidth", "read", "L1"), "avx2"): 64.0, (("bandwidth", "triad", "L1"), "avx2"): 40.0,
                          (("bandwidth", "read", "L2"), "avx2"): 20.0, (("bandwidth", "triad", "L2"), "avx2"): 32.0}]
        ladder.figures = {work: {"footprint": 20480, "traffic": 20480, "flops": 1e10, "cpu_time": 1000}}
        ladder.context = {"levels": "L1=16384 L2=524288 memory=0"}
        return ladder, work

    def test_is_what_the_levels_that_hold_the_operands_allow(self):
        ladder, work = self.ladder(speed=12.0)
        roof, bound = ladder.roof(work, "avx2/highest")
        self.assertEqual(bound, "L2")
        nanoseconds = 16384 / 64 + 4096 / 32
        self.assertAlmostEqual(roof, 10000 / nanoseconds)
        self.assertAlmostEqual(ladder.of_peak(work, "avx2/highest").median, 0.12)
        self.assertAlmostEqual(ladder.of_roof(work, "avx2/highest").median, 12 * nanoseconds / 10000)
        self.assertEqual(ladder.nanoseconds_to_move(2048, 16384, "avx2/highest"), (32, "L1"))
        self.assertAlmostEqual(ladder.nanoseconds_to_move(2048, 20480, "avx2/highest", ("read",))[0], 46.08)
        self.assertEqual(ladder.nanoseconds_to_move(1, 1 << 20, "avx2/highest"), (None, "memory"))
        self.assertEqual(ladder.ratio(work, "avx2/highest", "eigen", "blis").median, 3)
        self.assertEqual(ladder.best_peer(work), "blis")

    def test_is_never_above_the_peak(self):
        ladder, work = self.ladder(speed=12.0)
        ladder.figures[work]["traffic"] = 100
        self.assertEqual(ladder.roof(work, "avx2/highest"), (100.0, "peak"))


class Settings(unittest.TestCase):
    def test_no_setting_of_the_caller_holds_a_peer_back(self):
        environment = {"OPENBLAS_CORETYPE": "Haswell", "HOME": "/"}
        self.assertEqual(set_environment(environment, None), {"OPENBLAS_CORETYPE": "Haswell"})
        self.assertEqual(environment, {"HOME": "/"})
        set_environment(environment, "avx2")
        self.assertEqual(environment["EIGENERATE_MAX_CPU_ISA"], "avx2")
        self.assertEqual(environment["ONEDNN_MAX_CPU_ISA"], "AVX2")

    def test_load_is_a_whole(self):
        self.assertRegex(Load().text(), r"the run took 0\.0 minutes; .+")


class Flops(unittest.TestCase):
    def test_of_the_models_by_hand(self):
        self.assertEqual(step_flops("mlp_vae"), 2 * (784 * 400 * 2 + 3 * (400 * 40 + 20 * 400 + 400 * 784)))
        # DCGAN: how often each layer multiplies in a step, forward, weight and input gradients together
        first, second, score, project = 196 * 64 * 16, 49 * 128 * 1024, 6272, 100 * 6272
        self.assertEqual(step_flops("dcgan"), 2 * (9 * first + 11 * second + 8 * score + 2 * project))
        self.assertEqual(generation_flops("dcgan"), 2 * (100 * 6272 + 49 * 128 * 1024 + 196 * 64 * 16))


if __name__ == "__main__":
    unittest.main()
