"""One measurement in a process of its own: ``python -m benchmarks.worker WORKLOAD LIBRARY`` prints a number as JSON: seconds, or megabytes.

A library is ``minitorch_nlp``, ``torch``, ``torch.compile`` (the step compiled), or one of `benchmarks/peers`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = "2"
STEPS_OF_PEERS = {"spiral": 2000, "mlp": 100}


def step_of(workload: str, library: str, **sizes):
    """A training step to call, and how often to call it."""
    workload, *which = workload.split(":")
    if library in ("minitorch_nlp", "torch", "torch.compile"):
        torch = importlib.import_module(library.partition(".")[0])
        torch.set_num_threads(int(THREADS))
        module = importlib.import_module(f"benchmarks.workloads.{workload}")
        step = module.build(torch, *which, **sizes)
        return (torch.compile(step) if library == "torch.compile" else step), module.STEPS
    return getattr(importlib.import_module(f"benchmarks.peers.{library}"), workload)(), STEPS_OF_PEERS[workload]


def measure_step(workload: str, library: str, **sizes) -> float:
    """The median time of one training step; of one of several steps in a file: ``layers:lstm``."""
    step, steps = step_of(workload, library, **sizes)
    for _ in range(max(steps // 5, 3)):
        step()
    times = []
    for _ in range(steps):
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


def in_fresh_interpreter(code: str, runs: int) -> list[float]:
    """What `code` prints, several times; the first run, which writes bytecode, is left out."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": cache}
        command = [sys.executable, "-c", code]
        printed = [subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout for _ in range(runs + 1)]
    return [float(text) for text in printed[1:]]


def measure_import(library: str) -> float:
    """The time `import library` takes in a fresh interpreter, less the interpreter's own start."""
    code = f"import time; t = time.perf_counter(); import {library}; print(time.perf_counter() - t)"
    return sorted(in_fresh_interpreter(code, 7))[3]


def measure_memory(library: str) -> float:
    """Resident memory after `import library`, in MB, the interpreter's own included."""
    code = f"import {library}, resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    return sorted(in_fresh_interpreter(code, 3))[1]


def measure_install(library: str) -> float:
    """Megabytes of files that the package and what it requires take; of ours, the folder itself where it is not installed as files."""
    pending, seen, total = [{"minitorch_nlp": "minitorch-nlp"}.get(library, library)], set(), 0
    while pending:
        name = pending.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # required on another platform only
        files = [Path(str(distribution.locate_file(f))) for f in distribution.files or []]
        if name == "minitorch-nlp":
            found = importlib.util.find_spec("minitorch_nlp")
            files = list(Path(str(found.origin)).parent.rglob("*")) if found else []
        total += sum(f.stat().st_size for f in files if f.is_file() and f.suffix != ".pyc")
        wanted = [r for r in distribution.requires or [] if "extra ==" not in r]
        pending += [re.split(r"[ ;<>=!~\[(]", r)[0] for r in wanted]
    return total / 2**20


def measure_peak(workload: str, library: str) -> float:
    """The most resident memory while the workload trains, in MB."""
    step, _ = step_of(workload, library)
    for _ in range(3):
        step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(workload: str, library: str, **sizes) -> float:
    kind, _, rest = workload.partition(":")
    plain = {"import": measure_import, "memory": measure_memory, "install": measure_install}
    if kind in plain:
        return plain[kind](library)
    if kind == "peak":
        return measure_peak(rest, library)
    if kind.startswith("op_"):
        return measure_op(kind, library)
    return measure_step(workload, library, **sizes)


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)
    workload, library, *sizes = sys.argv[1:]
    given = {name: int(value) for name, _, value in (size.partition("=") for size in sizes)}
    print(json.dumps(measure(workload, library, **given)))


if __name__ == "__main__":
    main()
