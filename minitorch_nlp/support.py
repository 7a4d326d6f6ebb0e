"""What of PyTorch is here: for each of its public names whether we have it, and where ours differs.

``python -m minitorch_nlp.support`` prints the page `docs/support.md`. The names of PyTorch 2.13 are in `torch_names.txt`; whether we have one is
asked of the package itself, so the page cannot promise what is not there.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from .differences import DIFFERS
from .missing import torch_names
from .refused import Refused

__all__ = ["Support", "page", "support"]


class Support(NamedTuple):
    """What we have of one name: "supported", "differs", "refused" (it raises, saying why) or "missing", and a word about it."""

    status: str
    note: str = ""


def find(path: str) -> Any:
    """Our object for a dotted name below torch, or a LookupError; an ImportError if it needs a package that is not installed."""
    found: Any = import_module(__package__ or "minitorch_nlp")
    for part in path.split(".")[1:]:
        if not hasattr(found, part) and hasattr(found, "__path__"):
            try:
                found = import_module(f"{found.__name__}.{part}")
            except ImportError:
                raise LookupError(path) from None
        elif not hasattr(found, part):
            raise LookupError(path)
        else:
            found = getattr(found, part)
    return found


def support(path: str) -> Support:
    """What we have of a name of PyTorch's.

    >>> support("torch.nn.Linear").status
    'supported'
    """
    try:
        found = find(path)
    except LookupError:
        return Support("missing")
    except ImportError as needs:
        return Support("differs", str(needs))
    if isinstance(found, Refused):
        return Support("refused", found.reason)
    return Support("differs", DIFFERS[path]) if path in DIFFERS else Support("supported")


def section(namespace: str, names: list[str]) -> str:
    """The part of the page about one namespace."""
    found = {name: support(f"{namespace}.{name}") for name in names}
    lines = [f"## {namespace}", ""]
    here = sum(s.status in ("supported", "differs") for s in found.values())
    lines += [f"{here} of {len(names)} names.", ""]
    for status, title in (("supported", "Supported"), ("missing", "Not supported")):
        listed = [f"`{name}`" for name, s in found.items() if s.status == status]
        if listed:
            lines += [f"**{title}**: {', '.join(listed)}", ""]
    for status, title in (("differs", "Differs"), ("refused", "Refused")):
        listed = [f"- `{name}`: {s.note}" for name, s in found.items() if s.status == status]
        if listed:
            lines += [f"**{title}**", "", *listed, ""]
    return "\n".join(lines)


def page() -> str:
    """The text of `docs/support.md`."""
    names = torch_names()
    every = [support(f"{namespace}.{name}").status for namespace in names for name in names[namespace]]
    counts = {status: every.count(status) for status in ("supported", "differs", "refused", "missing")}
    head = [
        "# What of PyTorch is here",
        "",
        "Made from the package by `python -m minitorch_nlp.support`, checked by a test. The names are the public ones of PyTorch 2.13.",
        "",
        "- **supported**: as in PyTorch, compared with it name by name; what all share (complex numbers, say) is in `differences.md`",
        "- **differs**: there, and the line says how it differs",
        "- **refused**: there, and raises `NotImplementedError` with the reason",
        "- **not supported**: raises `AttributeError`, naming the nearest name there is",
        "",
        f"{len(every)} names: {counts['supported']} supported, {counts['differs']} differ, {counts['refused']} refused, "
        f"{counts['missing']} not supported.",
        "",
    ]
    return "\n".join(head) + "\n" + "\n".join(section(*item) for item in names.items() if item[1])


if __name__ == "__main__":
    print(page(), end="")
