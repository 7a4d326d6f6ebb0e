"""``minitorch-nlp check PATH...``: which names of torch's a script uses, and which of them are here. Nothing is run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ..support import Support, find, support
from ..torch_alias import BUILT_ON_TORCH, nearest
from .reading import TENSOR, Use, uses

__all__ = ["Finding", "Report", "check", "judge", "main"]

ORDER = ("missing", "missing?", "optional", "refused", "differs", "supported")
TITLES = {
    "missing?": "a method or attribute that a tensor does not have here, on a value that may be something else",
    "optional": "missing, and the script is prepared for that",
}


class Finding(NamedTuple):
    """A name, where it is used, and what we have of it."""

    file: str
    name: str
    status: str
    note: str
    places: list[str]


class Report(NamedTuple):
    """All findings, and what could not be judged."""

    findings: list[Finding]
    unknown: dict[str, list[str]]  # by file: attributes of values of unknown type
    notes: list[tuple[str, str]]  # place, text

    def count(self, status: str) -> int:
        """How many names have a status."""
        return len({f.name for f in self.findings if f.status == status})


def judge(name: str) -> Support:
    """What we have of a dotted name. What lies below a function or a value of torch's is not judged: as the thing it belongs to."""
    root, _, rest = name.partition(".")
    if root in BUILT_ON_TORCH:
        return Support("missing", f"needs PyTorch: {BUILT_ON_TORCH[root]}")
    known = root
    for part in rest.split(".") if rest else []:
        try:
            owner = find(known)
            find(f"{known}.{part}")
        except LookupError:
            if isinstance(owner, (ModuleType, type)):
                near = nearest(f"{known}.{part}")
                return Support("missing", f"nearest: {near}" if near else "")
            break
        except ImportError:  # it needs a package that is not installed
            return support(f"{known}.{part}")
        known = f"{known}.{part}"
    return support(known)


def status_of(use: Use) -> Support:
    found = judge(use.name)
    if found.status == "missing" and use.spared:
        return Support("optional", found.note)
    if not use.sure and found.status in ("missing", "refused"):
        return Support("missing?", found.note)
    return found


def cells(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(place, lines) for each piece of code: a script is one, a notebook has one for each cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        yield "", text.splitlines()
        return
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            yield f"cell {number}:", ["pass" if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines]


def scripts(paths: Iterable[str]) -> Iterator[Path]:
    """The files meant: those named, and the scripts and notebooks below the folders named."""
    for path in map(Path, paths):
        if path.is_dir():
            hidden = {".git", ".venv", "__pycache__", ".ipynb_checkpoints"}
            found = (p for p in path.rglob("*") if p.suffix in (".py", ".ipynb") and not hidden & set(p.parts))
            yield from sorted(found)
        else:
            yield path


def read(path: Path, report: Report) -> None:
    """Add what one file uses."""
    code = list(cells(path))
    places = [f"{place}{i}" for place, lines in code for i in range(1, len(lines) + 1)]
    source = "\n".join(line for _, lines in code for line in lines)
    reader = uses(source, str(path))
    by_name: dict[tuple[str, Support], list[str]] = {}
    for use in reader.found:
        found = status_of(use)
        if use.sure or found.status == "missing?":
            seen = by_name.setdefault((use.name, found), [])
            if places[use.line - 1] not in seen:
                seen.append(places[use.line - 1])
    report.findings.extend(Finding(str(path), name, found.status, found.note, seen) for (name, found), seen in by_name.items())
    unsure = sorted(name for name in reader.unknown if judge(f"{TENSOR}.{name}").status in ("missing", "refused"))
    if unsure:
        report.unknown[str(path)] = unsure
    report.notes.extend((f"{path}:{places[line - 1]}", text) for line, text in reader.notes)


def check(paths: Iterable[str]) -> Report:
    """Read scripts, notebooks, and folders of them.

    Raises:
        SyntaxError: a file is not Python.
    """
    report = Report([], {}, [])
    for path in scripts(paths):
        read(path, report)
    return report


def text(report: Report, only_problems: bool) -> str:
    """The report for people."""
    lines: list[str] = []
    for status in ORDER[:-1] if only_problems else ORDER:
        by_name: dict[tuple[str, str], list[str]] = {}
        for f in report.findings:
            if f.status == status:
                by_name.setdefault((f.name, f.note), []).append(f"{f.file}:{','.join(f.places)}")
        if by_name:
            lines += [f"{status}: {TITLES[status]}" if status in TITLES else status]
            lines += [f"  {name}  {' '.join(places)}" + (f"  ({note})" if note else "") for (name, note), places in sorted(by_name.items())]
    for file, names in report.unknown.items():
        lines.append(f"not judged in {file}: .{', .'.join(names)}, which tensors do not have here; the text does not show whose they are")
    lines += [f"not judged: {place}: {note}" for place, note in report.notes]
    files = len({f.file for f in report.findings})
    counts = ", ".join(f"{report.count(status)} {status}" for status in ("supported", "differs", "refused", "missing"))
    names = len({f.name for f in report.findings})
    return "\n".join([*lines, f"{names} names in {files} file{'s' * (files != 1)}: {counts}"])


def as_json(report: Report) -> str:
    """The report for programs."""
    data: dict[str, Any] = {
        "findings": [f._asdict() for f in report.findings],
        "unknown": report.unknown,
        "notes": [{"place": place, "text": note} for place, note in report.notes],
    }
    return json.dumps(data, indent=2)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="minitorch-nlp check",
        description="Say which names of PyTorch's a script or notebook uses, and whether they are here. Nothing is run.",
        epilog="The exit status is 1 if a name is missing.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a script, a notebook, or a folder of them")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--problems", action="store_true", help="leave out what is supported")
    options = parser.parse_args(argv)
    try:
        report = check(options.paths)
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        parser.error(f"{type(error).__name__}: {error}")
    print(as_json(report) if options.json else text(report, options.problems))
    return 1 if report.count("missing") else 0
