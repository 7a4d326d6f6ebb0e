"""Run every workload here and in PyTorch in turn (A B A B), and print the ratios.

python -m benchmarks                    # all
python -m benchmarks spiral gpt         # some
python -m benchmarks layers             # a family: all layers:...
python -m benchmarks --rounds 5 --json results.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from .worker import THREADS
from .workloads.draws import DRAWS
from .workloads.layers import LAYERS

OURS = "minitorch_nlp"
# workload, peer, what the ratio of times should not exceed
TARGETS = [
    ("import", "numpy", 2.0),
    ("op_mul", "torch", None),
    ("op_tanh", "torch", None),
    ("spiral", "torch", 1 / 3),
    ("mlp", "torch", None),
    ("optimizers", "torch", None),
    ("lstm_lm", "torch", 1.6),
    ("gpt", "torch", 1.6),
    ("loader", "torch", None),
    ("loader_workers", "torch", None),
    *((f"draws:{name}", "torch", None) for name in DRAWS),
    *((f"layers:{name}", "torch", None) for name in LAYERS),
]


def measure(workload: str, library: str) -> float:
    environment = {**os.environ, "OMP_NUM_THREADS": THREADS, "OPENBLAS_NUM_THREADS": THREADS, "MKL_NUM_THREADS": THREADS}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", workload, library],
        capture_output=True, text=True, env=environment, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{workload} with {library} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(workload: str, peer: str, rounds: int) -> dict[str, float]:
    """Median times of both, and the median and spread of their ratio over the rounds."""
    pairs = [(measure(workload, OURS), measure(workload, peer)) for _ in range(rounds)]
    ratios = sorted(a / b for a, b in pairs)
    return {
        "ours": statistics.median(a for a, _ in pairs),
        "peer": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(ratios),
        "low": ratios[0],
        "high": ratios[-1],
    }


def show(seconds: float) -> str:
    return f"{seconds * 1e6:8.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:8.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("workloads", nargs="*", help="default: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {THREADS} threads, Python {platform.python_version()}, {args.rounds} rounds in turn"
    )
    print(f"{'workload':22} {'ours':>11} {'peer':>11}  ratio (spread)       target")
    results = {}
    for workload, peer, target in TARGETS:
        if args.workloads and not {workload, workload.split(":")[0]} & set(args.workloads):
            continue
        r = results[workload] = compare(workload, peer, args.rounds)
        wanted = "" if target is None else f"<= {target:.2f} {'met' if r['ratio'] <= target else 'MISSED'}"
        print(
            f"{workload:22} {show(r['ours'])} {show(r['peer'])}  {r['ratio']:.2f} ({r['low']:.2f}-{r['high']:.2f}) of {peer:6} {wanted}",
            flush=True,
        )
    if args.json:
        args.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
