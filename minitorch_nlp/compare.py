"""``minitorch-nlp compare SCRIPT [ARGS]``: run a script under PyTorch and here, and show where the two first differ."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Curve", "Difference", "Run", "curves", "first_difference", "first_in_modules", "main"]

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan\b|inf\b)")


class Run(NamedTuple):
    """What one of the two runs gave."""

    status: int
    output: str
    errors: str
    seconds: float


class Difference(NamedTuple):
    """The first line that differs."""

    line: int
    torch: str
    ours: str
    size: float | None  # the relative difference, where only numbers differ


class Curve(NamedTuple):
    """One of the numbers in lines that are the same but for their numbers."""

    text: str
    place: int
    points: int
    largest: float
    first_apart: int | None


def unit(number: str) -> float:
    """One unit of the last digit printed."""
    mantissa, _, exponent = number.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def relative(a: float, b: float) -> float:
    """The difference in relation to the larger one."""
    if a == b or (a != a and b != b):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b))


def close(a: str, b: str, rtol: float) -> bool:
    """Equal as printed, or within `rtol` and a unit of the last digit."""
    x, y = float(a), float(b)
    if a == b or x == y or (x != x and y != y):
        return True
    if not (math.isfinite(x) and math.isfinite(y)):
        return False
    return abs(x - y) <= rtol * max(abs(x), abs(y)) + 1.01 * max(unit(a), unit(b))


def skeleton(line: str) -> tuple[str, list[str]]:
    """A line with # for its numbers, and the numbers."""
    return " ".join(NUMBER.sub("#", line).split()), NUMBER.findall(line)


def first_difference(theirs: str, ours: str, rtol: float) -> Difference | None:
    """The first line of two texts that differs, its numbers by more than the tolerance; None where there is none.

    >>> first_difference("loss 0.51", "loss 0.5100001", 1e-4) is None
    True
    >>> first_difference("a\\nloss 0.51", "a\\nloss 0.61", 1e-4).line
    2
    """
    for i, (a, b) in enumerate(zip_longest(theirs.splitlines(), ours.splitlines(), fillvalue="(nothing)"), 1):
        (text_a, numbers_a), (text_b, numbers_b) = skeleton(a), skeleton(b)
        if text_a != text_b or len(numbers_a) != len(numbers_b):
            return Difference(i, a, b, None)
        if not all(close(x, y, rtol) for x, y in zip(numbers_a, numbers_b)):
            return Difference(i, a, b, max(relative(float(x), float(y)) for x, y in zip(numbers_a, numbers_b)))
    return None


def curves(theirs: str, ours: str, rtol: float, shortest: int = 3) -> list[Curve]:
    """The numbers that a script prints again and again, and how far they are apart."""
    series: dict[str, tuple[list[list[str]], list[list[str]]]] = {}
    for side, text in enumerate((theirs, ours)):
        for line in text.splitlines():
            words, numbers = skeleton(line)
            series.setdefault(words, ([], []))[side].append(numbers)
    found = []
    for words, (a, b) in series.items():
        points = min(len(a), len(b))
        for place in range(len(a[0]) if points >= shortest else 0):
            pairs = [(x[place], y[place]) for x, y in zip(a, b)]
            if any("." in x for x, _ in pairs):  # whole numbers are counters
                apart = [i for i, (x, y) in enumerate(pairs, 1) if not close(x, y, rtol)]
                largest = max(relative(float(x), float(y)) for x, y in pairs)
                found.append(Curve(words, place + 1, points, largest, apart[0] if apart else None))
    return found


def apart(a: dict[str, Any], b: dict[str, Any], rtol: float) -> str | None:
    """How two summaries of a tensor differ, or None."""
    if a["shape"] != b["shape"]:
        return f"shape {tuple(a['shape'])} in PyTorch, {tuple(b['shape'])} here"
    scale = max(a["rms"], b["rms"])
    for x, y in zip(a["values"], b["values"]):
        if not (abs(x - y) <= rtol * scale or x == y or (x != x and y != y)):
            return f"{x:.8g} in PyTorch, {y:.8g} here, in a tensor of shape {tuple(a['shape'])} with root mean square {a['rms']:.3g}"
    return None


def first_in_modules(theirs: list[dict[str, Any]], ours: list[dict[str, Any]], rtol: float) -> str:
    """The first call of a module whose output differs; if there is none, the first gradient."""

    def key(record: dict[str, Any]) -> tuple[Any, ...]:
        return record["kind"], record["module"], record["call"], record["output"]

    here = {key(record): record for record in ours}
    for kind in ("output", "gradient"):
        for record in theirs:
            if record["kind"] == kind and key(record) in here:
                how = apart(record, here[key(record)], rtol)
                if how:
                    return f"the first {kind} that differs: {record['module']}, call {record['call']}\n  {how}"
    both = {key(record) for record in theirs} & here.keys()
    only = [key(record) for record in theirs if key(record) not in here]
    text = f"all {len(both)} outputs and gradients of modules agree"
    return text + (f"; {len(only)} were seen in PyTorch only, the first of {only[0][1]}" if only else "")


def execute(library: str, options: argparse.Namespace, record: str) -> Run:
    """Run the script in a process of its own."""
    command = [sys.executable, "-m", "minitorch_nlp.recording", library, str(options.seed), record, *options.script]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    began = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment, timeout=options.timeout, stdin=subprocess.DEVNULL
    )
    return Run(done.returncode, done.stdout, done.stderr, time.perf_counter() - began)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def report(theirs: Run, ours: Run, options: argparse.Namespace) -> tuple[bool, list[str]]:
    """Whether the printed texts agree, and the lines that say so."""
    lines = [f"PyTorch {theirs.seconds:.1f} s, minitorch_nlp {ours.seconds:.1f} s"]
    for name, run in (("PyTorch", theirs), ("minitorch_nlp", ours)):
        if run.status:
            lines += [f"under {name} the script ended with status {run.status}:", run.errors.rstrip()]
    a, b = (re.sub(options.ignore, "", run.output) if options.ignore else run.output for run in (theirs, ours))
    found = first_difference(a, b, options.rtol)
    if found:
        size = "" if found.size is None else f"   (relative difference {found.size:.1e})"
        lines += [f"the first difference is in line {found.line}:", f"  PyTorch: {found.torch}", f"  here:    {found.ours}{size}"]
    else:
        lines.append(f"the same text: {len(a.splitlines())} lines")
    for c in curves(a, b, options.rtol):
        where = f", apart from point {c.first_apart} on" if c.first_apart else ""
        lines.append(f"  {c.text!r}, number {c.place}: {c.points} points, largest relative difference {c.largest:.1e}{where}")
    return found is None and theirs.status == ours.status, lines


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="minitorch-nlp compare",
        description="Run a script under PyTorch and under minitorch_nlp, from the same seed, and show the first difference in what it prints.",
        epilog="The exit status is 0 if what they print agrees, 1 if it differs. The script is run twice, also where it writes files.",
    )
    parser.add_argument("--rtol", type=float, default=1e-4, help="how far numbers may differ, relatively (default 1e-4)")
    parser.add_argument("--seed", type=int, default=0, help="what both are seeded with before the script begins (default 0)")
    parser.add_argument("--ignore", metavar="REGEX", help="text to leave out of the comparison: times, paths")
    parser.add_argument("--deep", action="store_true", help="also find the first module whose output, or then whose gradient, differs")
    parser.add_argument(
        "--deep-rtol", type=float, default=1e-2, help="how far their elements may be apart, in relation to the root mean square"
    )
    parser.add_argument("--timeout", type=float, help="seconds that each run may take")
    parser.add_argument("script", nargs=argparse.REMAINDER, metavar="SCRIPT [ARGS]", help="the script, and its own arguments")
    options = parser.parse_args(argv)
    if not options.script or not os.path.exists(options.script[0]):
        parser.error(f"there is no file {options.script[0]}" if options.script else "say which script to run")
    if find_spec("torch") is None:
        parser.error("PyTorch is not installed: pip install 'minitorch-nlp[oracle]'")
    with tempfile.TemporaryDirectory(prefix="minitorch_nlp-") as folder:
        files = [str(Path(folder, name)) if options.deep else "" for name in ("torch", "ours")]
        try:
            theirs, ours = execute("torch", options, files[0]), execute("minitorch_nlp", options, files[1])
        except subprocess.TimeoutExpired as error:
            parser.error(f"the script took longer than {error.timeout} s")
        agree, lines = report(theirs, ours, options)
        if options.deep:
            lines.append(first_in_modules(records(Path(files[0])), records(Path(files[1])), options.deep_rtol))
    print("\n".join(lines))
    return 0 if agree else 1
