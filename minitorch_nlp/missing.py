"""What is said of a name that is not here: whether PyTorch has it, and the nearest name there is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NoReturn

__all__ = ["explains_missing", "torch_names"]


@cache
def torch_names() -> dict[str, list[str]]:
    """PyTorch's public names by namespace: ``{"torch.linalg": ["cholesky", ...], ...}``."""
    namespaces: dict[str, list[str]] = {}
    current: list[str] = []
    for line in Path(__file__).with_name("torch_names.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            current += line.split()
        else:
            current = namespaces.setdefault(line.rstrip(":"), [])
    return namespaces


def explains_missing(module: str) -> Callable[[str], NoReturn]:
    """A module's ``__getattr__``: AttributeError with the name in torch's terms and the nearest name the module has."""

    def no_attribute(name: str) -> NoReturn:
        if name.startswith("__"):  # Python's own questions, at every import
            raise AttributeError(f"module '{module}' has no attribute '{name}'", name=name)
        from difflib import get_close_matches

        here = module.replace("minitorch_nlp", "torch", 1)
        text = f"module '{module}' has no attribute '{name}'"
        if name in torch_names().get(here, ()):
            text = f"{here}.{name} is not supported: {text}"
        near = get_close_matches(name, [n for n in dir(sys.modules[module]) if not n.startswith("_")], n=1)
        raise AttributeError(text + (f"; did you mean '{near[0]}'?" if near else ""), name=name)

    return no_attribute
