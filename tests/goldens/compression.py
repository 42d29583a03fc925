"""Goldens of the entropy coder, by an independent one of Python's whole numbers, and of the buckets of latent dimensions."""

import torch

import golden

LEAST_STATE = 2**32


def push(state, words, start, frequency, precision):
    """Duda 2013, the range variant, as its definition has it; words of 32 bits leave where the state would pass 64."""
    while (state // frequency) * 2**precision + state % frequency + start >= 2**64:
        words.append(state % 2**32)
        state //= 2**32
    return (state // frequency) * 2**precision + state % frequency + start


def message(name, count, precision):
    """Random intervals, some of them short; `precision` of each up to so many bits."""
    u = golden.random(f"ans_message/{name}", count, 3, low=0, high=1)
    intervals = []
    for precision_share, length_share, start_share in u.tolist():
        bits = 1 + int(precision_share * precision) % precision
        frequency = max(1, int(2**bits * length_share**4))
        intervals.append((int(start_share * (2**bits - frequency)), frequency, bits))
    state, words = LEAST_STATE, []
    for interval in intervals:
        state = push(state, words, *interval)
    start, frequency, bits = (list(column) for column in zip(*intervals))
    return {"start": start, "frequency": frequency, "precision": bits, "words": words, "state_high": state // 2**32,
            "state_low": state % 2**32}


def buckets(bits, precision, mean, deviation):
    count = 2**bits
    edges = torch.special.ndtri(torch.arange(count) / count)  # of the first: -inf
    below = torch.special.ndtr((edges - mean) / deviation)
    start = torch.floor(below * (2**precision - count)) + torch.arange(count)
    return {"bits": bits, "precision": precision, "mean": mean, "deviation": deviation,
            "center": torch.special.ndtri((torch.arange(count) + 0.5) / count).tolist(), "start": start.long().tolist()}


def write():
    golden.write("compression/ans_message", {"short": message("short", 40, 12), "long": message("long", 200, 31)})
    golden.write("compression/normal_buckets", {"prior": buckets(6, 16, 0.0, 1.0), "narrow": buckets(8, 24, 1.3, 0.02),
                                                "far": buckets(6, 24, -4.5, 0.3), "wide": buckets(6, 20, 0.4, 5.0)})
