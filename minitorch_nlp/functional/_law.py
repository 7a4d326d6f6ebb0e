"""Shape laws: one line that says what an op wants, parsed only when something has gone wrong.

``"(..., i), (o, i), (o)? -> (..., o)"`` has one group per array. A letter is a size, equal wherever it occurs; ``...`` are leading
dimensions that broadcast; ``?`` marks an array that may be left out.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

__all__ = ["TORCH_NAMES", "RefusedValue", "explain", "parse_law", "wrap_dim", "wrong_kind"]

GROUP = re.compile(r"\(([^()]*)\)(\??)")


class RefusedValue(ValueError):
    """What a forward raises for an argument that torch answers with a ValueError; `explain` makes a RuntimeError of any other."""


def parse_law(law: str) -> tuple[list[tuple[list[str], bool]], str]:
    """Split a law into its input groups, each (letters, optional), and the text of its output.

    >>> parse_law("(..., i), (o)? -> (..., o)")
    ([(['...', 'i'], False), (['o'], True)], '(..., o)')
    """
    inputs, output = law.split("->")
    groups = [([s.strip() for s in m[1].split(",") if s.strip()], bool(m[2])) for m in GROUP.finditer(inputs)]
    return groups, output.strip()


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the end made positive, or torch's IndexError."""
    size = max(ndim, 1)
    if not -size <= dim < size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim})")
    return dim + size if dim < 0 else dim


def explain(op: Any, arrays: Any, kwargs: dict[str, Any], error: Exception) -> Exception:
    """Turn NumPy's complaint inside `op` into torch's error type and our text: op, law, fact, fix."""
    if isinstance(error, (TypeError, AttributeError)):
        text = str(error).replace("_forward()", "()")
        named = wrong_kind(op, arrays) or unknown_option(op, kwargs)
        if not named and isinstance(error, AttributeError) and not hasattr(arrays[0], "shape"):  # a number where only arrays are taken
            return TypeError(f"{op.name}(): argument 'input' must be Tensor, not {type(arrays[0]).__name__}")
        return named or type(error)(text if text.startswith(op.name) else f"{op.name}: {text}")
    if isinstance(error, np.exceptions.AxisError):
        n = max(error.ndim or 1, 1)
        return IndexError(
            f"{op.name}: Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {error.axis}); "
            f"the input has shape {shape_of(arrays[0])}"
        )
    if isinstance(error, RefusedValue):
        return ValueError(f"{op.name}: {error}")
    if isinstance(error, IndexError):
        return error
    facts, conflict = match(op, arrays)
    if not conflict:
        return RuntimeError(f"{op.name}: {error}\n" + "\n".join(facts))
    lines = [f"{op.name}: {named_law(op)}", *facts]
    if op.hint:
        lines.append(f"  hint: {op.hint}")
    return RuntimeError("\n".join(lines))


def wrong_kind(op: Any, arrays: Any) -> Exception | None:
    """An argument that is no array and no number, named."""
    for name, x in zip(op.array_names, arrays):
        if not (x is None or hasattr(x, "shape") or isinstance(x, (bool, int, float))):
            return TypeError(f"{op.name}(): argument '{TORCH_NAMES.get(name, name)}' must be Tensor, not {type(x).__name__}")
    return None


TORCH_NAMES = {"x": "input", "y": "other"}  # what torch calls our first and second array


def unknown_option(op: Any, kwargs: dict[str, Any]) -> Exception | None:
    if kwargs.get("out") is not None and "out" not in op.option_names:
        return NotImplementedError(f"{op.name}: out= is not supported; assign the result, or copy it with out.copy_(result)")
    unknown = [k for k in kwargs if k not in op.option_names]
    if not unknown or (not op.option_names and not kwargs):
        return None
    return TypeError(f"{op.name}() got an unexpected keyword argument '{unknown[0]}'; it takes {', '.join(op.option_names) or 'none'}")


def named_law(op: Any) -> str:
    groups, output = parse_law(op.shapes)
    names = op.array_names if len(op.array_names) == len(groups) else [op.array_names[0]] * len(groups)
    shown = ", ".join(f"{n} ({', '.join(letters)}){'?' if optional else ''}" for n, (letters, optional) in zip(names, groups))
    return f"{shown} -> {output}"


def match(op: Any, arrays: Any) -> tuple[list[str], bool]:
    """One line per array, the first one that breaks the law marked with what it breaks."""
    groups, _ = parse_law(op.shapes)
    if len(groups) == 1 and len(arrays) > 1:
        groups = groups * len(arrays)
    names = op.array_names[: len(arrays)] if len(op.array_names) >= len(arrays) else [f"[{i}]" for i in range(len(arrays))]
    width = max(map(len, names), default=0)
    laws = [f"({', '.join(letters)})" for letters, _ in groups]
    law_width = max(map(len, laws), default=0)
    bound: dict[str, tuple[int, str]] = {}
    batch: tuple[tuple[int, ...], str] = ((), "")
    lines, conflict = [], False
    for name, law, (letters, _), x in zip(names, laws, groups, arrays):
        if not hasattr(x, "shape"):
            continue
        complaint = ""
        if not conflict:
            complaint, batch = fit_group(name, letters, x.shape, bound, batch)
            conflict = bool(complaint)
        lines.append(f"  {name:<{width}} {law:<{law_width}} is {shape_of(x)}" + (f"   <- {complaint}" if complaint else ""))
    return lines, conflict


def fit_group(name: str, letters: list[str], shape: tuple[int, ...], bound: dict, batch: tuple) -> tuple[str, tuple]:
    """Bind one array's letters; return what is wrong with it (or "") and the broadcast leading dimensions."""
    fixed = [s for s in letters if s != "..."]
    if len(shape) < len(fixed) or (len(shape) != len(fixed) and "..." not in letters):
        return f"{len(fixed)} dimension{'s' * (len(fixed) != 1)} wanted, it has {len(shape)}", batch
    split = len(shape) - len(fixed)
    for letter, size in zip(fixed, shape[split:]):
        if letter in bound and bound[letter][0] != size:
            return f"{letter} = {size}, but {bound[letter][1]} has {letter} = {bound[letter][0]}", batch
        bound.setdefault(letter, (size, name))
    lead, owner = batch
    try:
        return "", (np.broadcast_shapes(lead, shape[:split]), owner or name)
    except ValueError:
        return f"{shape[:split]} does not broadcast with {lead} of {owner}", batch


def shape_of(x: Any) -> str:
    return str(tuple(x.shape)) if hasattr(x, "shape") else repr(x)
