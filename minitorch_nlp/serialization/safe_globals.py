"""The classes and functions that the user lets files name, beside those that plain data needs."""

from __future__ import annotations

import sys
from typing import Any

from ..tensor.sampling import Generator

__all__ = [
    "NEVER",
    "RestoredGenerator",
    "add_safe_globals",
    "chosen_globals",
    "clear_safe_globals",
    "find_chosen",
    "get_safe_globals",
    "safe_globals",
]

OURS = __name__.partition(".")[0]
NEVER = ("sys", "os", "posix", "nt")  # modules whose names are refused, whatever was added
chosen: dict[int, Any] = {}  # by id: what was added need not be hashable


class RestoredGenerator(Generator):
    """What a file's ``torch._C.Generator`` is until it has its state: ``(seed, offset, state)``."""

    def __setstate__(self, state: Any) -> None:
        _, _, words = state
        self.set_state(words)
        object.__setattr__(self, "__class__", Generator)


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let ``load(weights_only=True)`` make objects of these classes, and call these functions.

    What they do with a file's data is then up to them: their ``__new__`` and ``__setstate__`` run. Names in the modules sys, os, posix and
    nt stay refused.

    Args:
        safe_globals: classes and functions, each under its own name, or as ``(object, "name.in.the.file")``. A class of ours goes by
            torch's name for it too.

    >>> import io, minitorch_nlp as torch
    >>> f = io.BytesIO()
    >>> torch.save(torch.nn.ReLU(), f)
    >>> with torch.serialization.safe_globals([torch.nn.ReLU]):
    ...     f.seek(0), torch.load(f)
    (0, ReLU())
    """
    items = list(safe_globals)
    for item in items:
        entry(item)
    chosen.update((id(item), item) for item in items if not any(item == other for other in chosen.values()))


def get_safe_globals() -> list[Any]:
    """What was added."""
    return list(chosen.values())


def clear_safe_globals() -> None:
    """Take back all that was added."""
    chosen.clear()


class safe_globals:
    """`add_safe_globals` for a ``with`` block."""

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = list(safe_globals)

    def __enter__(self) -> None:
        add_safe_globals(self.safe_globals)

    def __exit__(self, *exc: object) -> None:
        for key, item in list(chosen.items()):
            if any(item == mine for mine in self.safe_globals):
                del chosen[key]


def entry(item: Any) -> tuple[str, Any]:
    """The name in files, and the object, of one thing that was added."""
    if isinstance(item, tuple):
        if len(item) != 2:
            raise ValueError(f"add_safe_globals: a tuple must be (object, name), but this has {len(item)} parts")
        if type(item[1]) is not str:
            raise TypeError(f"add_safe_globals: the name beside an object must be a str, not {type(item[1]).__name__}")
        return item[1], item[0]
    if item is Generator:
        return "torch._C.Generator", RestoredGenerator
    if not (hasattr(item, "__module__") and hasattr(item, "__qualname__")):
        raise TypeError(f"add_safe_globals: classes and functions are wanted, not {type(item).__name__}")
    return f"{item.__module__}.{item.__qualname__}", item


def chosen_globals() -> dict[str, Any]:
    """What was added, by the names that files may have for it."""
    named = dict(map(entry, chosen.values()))
    torchs = {"torch" + name.removeprefix(OURS): item for name, item in named.items() if name.startswith(OURS + ".")}
    return torchs | named


def find_chosen(module: str, name: str, named: dict[str, Any]) -> Any:
    """The object among `named` that a file means by ``module.name``, or None. Nothing is imported."""
    if module in NEVER:
        return None
    found = named.get(f"{module}.{name}")
    if found is None and module.partition(".")[0] == "torch":
        found = vars(sys.modules.get(OURS + module.removeprefix("torch"), object)).get(name)
        found = found if any(found is item for item in named.values()) else None
    return found
