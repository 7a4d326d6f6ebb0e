"""How the time of a step grows with a size: ``python -m benchmarks.growth`` times each model at several sizes, here and in PyTorch, and fits
``time = c size^k``. A k above the arithmetic's own would be a fault: something done once per element in Python, or copied once too often.
"""

from __future__ import annotations

import argparse

import numpy as np

from .__main__ import measure, show

# workload, size, its values, and the exponent of the arithmetic where the size is large
GROWTHS = [
    ("gpt", "T", (32, 64, 128, 256), "1 to 2"),
    ("gpt", "N", (4, 8, 16, 32), "1"),
    ("gpt", "D", (64, 128, 256, 512), "1 to 2"),
    ("lstm_lm", "T", (10, 20, 40, 80), "1"),
    ("lstm_lm", "N", (10, 20, 40, 80), "1"),
    ("lstm_lm", "H", (100, 200, 400, 800), "1 to 2"),
    ("lstm_lm", "V", (2_500, 5_000, 10_000, 20_000), "1"),
]


def exponent(sizes, times) -> float:
    """The slope of log time over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.growth")
    parser.add_argument("workloads", nargs="*", help="default: all")
    args = parser.parse_args()
    print("| workload | size | ours | exponent | PyTorch's | arithmetic |\n|---|---|---|---|---|---|")
    for workload, name, sizes, expected in GROWTHS:
        if args.workloads and workload not in args.workloads:
            continue
        times = {library: [measure(workload, library, f"{name}={n}") for n in sizes] for library in ("minitorch_nlp", "torch")}
        ours = ", ".join(show(t, workload) for t in times["minitorch_nlp"])
        fits = [exponent(sizes, times[library]) for library in ("minitorch_nlp", "torch")]
        print(f"| `{workload}` | {name} = {', '.join(map(str, sizes))} | {ours} | {fits[0]:.2f} | {fits[1]:.2f} | {expected} |", flush=True)


if __name__ == "__main__":
    main()
