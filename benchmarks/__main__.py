"""Run every workload here and in its peer in turn (A B A B), and print the ratios.

python -m benchmarks                    # all
python -m benchmarks spiral gpt         # some
python -m benchmarks layers             # a family: all layers:...
python -m benchmarks --rounds 5 --json results.json --plot results.png
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from .worker import THREADS
from .workloads.draws import DRAWS
from .workloads.layers import LAYERS


class Row(NamedTuple):
    """A workload, whom it is compared with, and what the ratio should not exceed: with compiled kernels, and on NumPy alone."""

    workload: str
    peer: str
    target: float | None = None
    numpy_target: float | None = None


ROWS = [
    Row("import", "numpy", 2.0),
    Row("import", "torch", 0.2),
    Row("memory", "torch", 0.2),
    Row("install", "torch"),
    Row("op_mul", "torch"),
    Row("op_tanh", "torch"),
    Row("spiral", "torch", 0.25, 0.3),
    Row("spiral", "jax", 1.0),
    Row("spiral", "autograd", 0.2),
    Row("spiral", "mlx"),
    Row("spiral", "numpy"),
    Row("mlp", "torch", 0.7, 1.0),
    Row("mlp", "jax"),
    Row("mlp", "mlx"),
    Row("skipgram", "torch", 0.5, 1.0),
    Row("lstm_lm", "torch", 1.0, 1.4),
    Row("seq2seq", "torch", 1.0, 1.4),
    Row("gpt", "torch", 0.95, 1.4),
    Row("gpt", "torch.compile"),
    Row("gpt2_decode", "torch", 1.0),
    Row("textcnn", "torch", 1.0, 1.5),
    Row("peak:gpt", "torch"),
    Row("optimizers", "torch"),
    Row("loader", "torch"),
    Row("loader_workers", "torch"),
    Row("checkpoint:save", "torch"),
    Row("checkpoint:load", "torch"),
    *(Row(f"draws:{name}", "torch") for name in DRAWS),
    *(Row(f"layers:{name}", "torch") for name in LAYERS),
]
MEGABYTES = {"memory", "install", "peak"}
WITHOUT_KERNELS = {"import", "memory", "install"}  # nothing that kernels could change


def measure(workload: str, library: str, *sizes: str, kernels: bool = True) -> float:
    """A number from a fresh process with `THREADS` threads."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), THREADS)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker", workload, library, *sizes],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent, env={**os.environ, **threads, "MINITORCH_NLP_KERNELS": str(int(kernels))},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{workload} with {library} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def summary(ours: list[float], peer: list[float]) -> dict[str, float]:
    """The median, and the median and spread of the ratio over the rounds."""
    ratios = sorted(a / b for a, b in zip(ours, peer))
    return {"ours": statistics.median(ours), "ratio": statistics.median(ratios), "low": ratios[0], "high": ratios[-1]}


def compare(row: Row, rounds: int) -> dict[str, object]:
    """Ours with kernels, ours on NumPy alone and the peer, in turn, each in a process of its own."""
    twice = row.workload.partition(":")[0] not in WITHOUT_KERNELS
    runs = []
    for _ in range(rounds):
        with_kernels = measure(row.workload, "minitorch_nlp")
        numpy_alone = measure(row.workload, "minitorch_nlp", kernels=False) if twice else with_kernels
        runs.append((with_kernels, numpy_alone, measure(row.workload, row.peer)))
    ours, alone, peer = (list(column) for column in zip(*runs))
    return {**row._asdict(), "time": statistics.median(peer), "kernels": summary(ours, peer), "numpy": summary(alone, peer)}


def show(value: float, workload: str) -> str:
    if workload.partition(":")[0] in MEGABYTES:
        return f"{value:.0f} MB"
    return f"{value * 1e6:.1f} us" if value < 1e-3 else f"{value * 1e3:.2f} ms"


def line(result: dict) -> str:
    """A row of the table as Markdown."""
    cells = [f"`{result['workload']}`", result["peer"], show(result["time"], result["workload"])]
    for part, target in (("kernels", result["target"]), ("numpy", result["numpy_target"])):
        r = result[part]
        verdict = "" if target is None else f", {'met' if r['ratio'] <= target else 'missed'}: {target:g}"
        cells.append(f"{show(r['ours'], result['workload'])}: {r['ratio']:.2f} ({r['low']:.2f}-{r['high']:.2f}){verdict}")
    return "| " + " | ".join(cells) + " |"


def machine() -> str:
    names = ("numpy", "numba", "torch", "jax", "autograd", "mlx")
    versions = []
    for name in names:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    return f"{platform.machine()}, {os.cpu_count()} cores, {THREADS} threads, Python {platform.python_version()}, {', '.join(versions)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Ratios of times, ours over the peer's: below 1, ours is quicker.")
    parser.add_argument("workloads", nargs="*", help="default: all")
    parser.add_argument("--peer", help="only this one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    about = f"{machine()}, {args.rounds} rounds in turn"
    print(f"{about}\n\n| workload | peer | peer's time | with kernels: ratio (spread) | NumPy alone |\n|---|---|---|---|---|")
    results = []
    for row in ROWS:
        wanted = not args.workloads or {row.workload, row.workload.split(":")[0]} & set(args.workloads)
        if not wanted or (args.peer and row.peer != args.peer):
            continue
        if importlib.util.find_spec(row.peer.partition(".")[0]) is None:
            print(f"| `{row.workload}` | {row.peer} is not installed | | | |")
            continue
        results.append(compare(row, args.rounds))
        print(line(results[-1]), flush=True)
    if args.json:
        args.json.write_text(json.dumps({"machine": about, "rows": results}, indent=2))
    if args.plot:
        from .plot import draw

        draw(results, about, args.plot)


if __name__ == "__main__":
    main()
