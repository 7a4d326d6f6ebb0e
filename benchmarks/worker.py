"""One measurement in a process of its own: ``python -m benchmarks.worker WORKLOAD LIBRARY`` prints seconds as JSON."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time

THREADS = "2"


def measure_step(workload: str, library: str) -> float:
    """The median time of one training step; of one of several steps in a file: ``layers:lstm``."""
    torch = importlib.import_module(library)
    workload, *which = workload.split(":")
    if library == "torch":
        torch.set_num_threads(int(THREADS))
    module = importlib.import_module(f"benchmarks.workloads.{workload}")
    step = module.build(torch, *which)
    for _ in range(max(module.STEPS // 5, 2)):
        step()
    times = []
    for _ in range(module.STEPS):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def measure_op(name: str, library: str) -> float:
    """The time of one recorded elementwise op on a 30 x 10 tensor."""
    torch = importlib.import_module(library)
    x, y = torch.randn(30, 10, requires_grad=True), torch.randn(30, 10)
    call = {"op_mul": lambda: x * y, "op_tanh": lambda: torch.tanh(x)}[name]
    times = []
    for _ in range(30):
        start = time.perf_counter()
        for _ in range(2000):
            call()
        times.append((time.perf_counter() - start) / 2000)
    return sorted(times)[len(times) // 2]


def measure_import(library: str) -> float:
    """The time `import library` takes in a fresh interpreter, less the interpreter's own start; bytecode is written by a first run."""
    code = f"import time; t = time.perf_counter(); import {library}; print(time.perf_counter() - t)"
    with tempfile.TemporaryDirectory() as cache:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": cache}
        runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment) for _ in range(8)]
    return sorted(float(run.stdout) for run in runs[1:])[3]


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)
    workload, library = sys.argv[1:]
    if workload == "import":
        seconds = measure_import(library)
    elif workload.startswith("op_"):
        seconds = measure_op(workload, library)
    else:
        seconds = measure_step(workload, library)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
