"""The text of a tensor: one number style for all its values, columns aligned, big tensors cut to their edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from .dtypes import get_default_dtype

__all__ = ["set_printoptions", "tensor_repr"]

PLAIN = ("Tensor", "Parameter", "Buffer")  # other classes are printed by their own name
PROFILES = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}
DOTS = " ..."


class Options:
    """How tensors are printed; see `set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed. What is left out stays as it is, except `sci_mode`.

    Args:
        precision: digits after the point (4).
        threshold: a tensor with more elements than this is cut to its edges (1000).
        edgeitems: how many entries are left at either end of each dimension then (3).
        linewidth: lines are broken at this many characters (80).
        profile: "default", "short" or "full", sets the first four; the others given are set on top of it.
        sci_mode: scientific notation always or never; None, also when left out, lets each tensor's values decide.

    >>> import minitorch_nlp as torch
    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.23456])
    tensor([1.23])
    >>> torch.set_printoptions(profile="default")
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"set_printoptions: profile must be one of {', '.join(PROFILES)}, not {profile!r}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None and not isinstance(value, (int, float) if name == "threshold" else int):
            raise TypeError(f"set_printoptions: {name} must be a number, not {type(value).__name__} {value!r}")
        if value is not None and value < 0:
            raise ValueError(f"set_printoptions: {name} must not be negative, not {value}")
    for name, preset in zip(given, PROFILES.get(profile or "", (None,) * 4), strict=True):
        value = preset if given[name] is None else given[name]
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def tensor_repr(t: Any, contents: str | None = None) -> str:
    """`t` as text: its values (or `contents`) and what is not to be seen from them (device, size where empty, dtype, gradient)."""
    array = t.array
    name = type(t).__name__
    prefix = "tensor(" if name in PLAIN else f"{name}("
    cut = array.size > options.threshold
    notes = []
    if t.device.type != "cpu":
        notes.append(f"device='{t.device}'")
    if array.ndim != 1 if array.size == 0 else options.edgeitems == 0:
        notes.append(f"size={tuple(array.shape)}")
    default = get_default_dtype()
    if t.dtype is not default and (array.size == 0 or t.dtype.name not in ("int64", "bool")):
        notes.append(f"dtype={t.dtype}")
    node = t.grad_fn
    if node is not None:
        notes.append(f"grad_fn=<{node.name().rsplit('::', 1)[-1]}>")
    elif t.requires_grad:
        notes.append("requires_grad=True")
    if contents is not None:
        text = contents
    elif array.size == 0:
        text = "[]"
    elif cut and options.edgeitems == 0 and array.ndim > 0:
        text = "[...]"
    else:
        text = values_text(array, options.edgeitems if cut else None, len(prefix))
    return add_notes(prefix + text, notes, len(prefix))


def add_notes(text: str, notes: list[str], indent: int) -> str:
    """`text` and its notes, each on a new line where the line would get too long."""
    used = len(text) - (text.rfind("\n") + 1) + 2  # 2: the closing bracket and one more, as torch counts
    for note in notes:
        if used + len(note) + 2 > options.linewidth:
            text += ",\n" + " " * indent + note
            used = indent + len(note)
        else:
            text += ", " + note
            used += len(note) + 2
    return text + ")"


def values_text(array: Any, edge: int | None, indent: int) -> str:
    """The values in nested brackets, with `edge` entries at either end of each dimension if that is not None."""
    cuts = [edge is not None and n > 2 * edge for n in array.shape]
    for axis, is_cut in enumerate(cuts):
        if is_cut:  # before anything is moved to main memory or formatted
            middle = (slice(None),) * axis
            array = np.concatenate([array[(*middle, slice(None, edge))], array[(*middle, slice(-(edge or 0), None))]], axis=axis)
    texts, width = number_texts(backend.to_numpy(array))
    cells = np.empty(len(texts), dtype=object)
    cells[:] = [text.rjust(width) for text in texts]
    nested = cells.reshape(array.shape).tolist()
    return nested if array.ndim == 0 else rows_text(nested, cuts, edge, indent, width)


def rows_text(nested: list[Any], cuts: list[bool], edge: int | None, indent: int, width: int) -> str:
    """Nested lists of cells as text: the last dimension runs along the lines, each other one stacks blocks."""
    inner = cuts[1:]
    entries = [rows_text(row, inner, edge, indent + 1, width) for row in nested] if inner else nested
    if cuts[0]:
        entries = [*entries[:edge], DOTS if not inner else DOTS.strip(), *entries[edge:]]
    margin = " " * (indent + 1)
    if inner:
        return "[" + ("," + "\n" * len(inner) + margin).join(entries) + "]"
    per_line = max(1, (options.linewidth - indent) // (width + 2))
    lines = [", ".join(entries[i : i + per_line]) for i in range(0, len(entries), per_line)]
    return "[" + (",\n" + margin).join(lines) + "]"


def number_texts(array: np.ndarray) -> tuple[list[str], int]:
    """Every value as text, all in one style, and the width of their column.

    Floats that are all whole are printed as ``1.``, others with `precision` digits, and in scientific notation where plain
    digits would be too long or say too little. Zeros, nan and inf have no say in style or width.
    """
    values = array.reshape(-1).tolist()
    if array.dtype.kind not in "fV":
        texts = [str(v) for v in values]
        return texts, max(map(len, texts))
    wide = array.reshape(-1).astype(np.float64)
    decisive = np.isfinite(wide) & (wide != 0)
    sizes = np.abs(wide[decisive])
    whole = bool(np.all(sizes == np.floor(sizes)))
    if sizes.size and is_scientific(float(sizes.min()), float(sizes.max())):
        texts = [f"{v:.{options.precision}e}" for v in values]
    elif whole:
        texts = [f"{v:.0f}." if math.isfinite(v) else str(v) for v in values]
    else:
        texts = [f"{v:.{options.precision}f}" for v in values]
    return texts, max((len(text) for text, counts in zip(texts, decisive.tolist(), strict=True) if counts), default=1)


def is_scientific(low: float, high: float) -> bool:
    """Whether values whose sizes go from `low` to `high` are better read in scientific notation."""
    if options.sci_mode is not None:
        return options.sci_mode
    return high > 1e8 or high / low > 1000 or low < 1e-4
