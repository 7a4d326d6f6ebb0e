"""`assert_close`: that results are what they should be, up to roundings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import backend
from ..tensor.tensor import Tensor

__all__ = ["assert_close"]

TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}  # rtol, atol
NUMBERS = (bool, int, float, np.number, np.bool_)


class Rules(NamedTuple):
    """What must agree, and how closely."""

    subclasses: bool
    tolerances: tuple[float, float] | None
    equal_nan: bool
    attributes: tuple[str, ...]


def assert_close(
    actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None, atol: float | None = None,
    equal_nan: bool = False, check_device: bool = True, check_dtype: bool = True, check_layout: bool = True, check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:  # fmt: skip
    """Raise AssertionError unless ``|actual - expected| <= atol + rtol |expected|`` everywhere.

    Args:
        actual, expected: two tensors, two arrays, two numbers, or sequences and mappings of such pairs.
        allow_subclasses: whether tensors of two classes may be compared, one derived from the other.
        rtol, atol: both or neither; by default what the dtype allows, for float32 1.3e-6 and 1e-5, for integers 0.
        equal_nan: whether nan equals nan.
        check_device, check_dtype, check_layout, check_stride: whether these must be the same.
        msg: the text of the error, or a function that makes it of ours.

    Raises:
        AssertionError: they are not close, or their shapes, dtypes, lengths, keys differ.
        ValueError: one tolerance is given without the other.
        TypeError: the two cannot be compared.

    >>> import minitorch_nlp as torch
    >>> torch.testing.assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.000001]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"assert_close: rtol and atol must both be given, or neither; they are {rtol} and {atol}")
    checks = {"device": check_device, "layout": check_layout, "dtype": check_dtype, "stride": check_stride}
    attributes = ("shape", *(name for name, wanted in checks.items() if wanted))
    tolerances = None if rtol is None or atol is None else (rtol, atol)
    text = difference(actual, expected, "", Rules(allow_subclasses, tolerances, equal_nan, attributes))
    if text is not None:
        raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


def difference(actual: Any, expected: Any, place: str, rules: Rules) -> str | None:
    """In words where the two differ first; None if they are close."""
    where = f"\n\nat item {place}" if place else ""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            return f"the keys differ: {sorted(map(repr, actual))} and {sorted(map(repr, expected))}{where}"
        keys = list(actual)
    elif is_sequence(actual) and is_sequence(expected):
        if len(actual) != len(expected):
            return f"the lengths differ: {len(actual)} and {len(expected)}{where}"
        keys = list(range(len(actual)))
    else:
        text = difference_of_pair(actual, expected, place, rules)
        return None if text is None else text + where
    found = (difference(actual[key], expected[key], f"{place}[{key!r}]", rules) for key in keys)
    return next((text for text in found if text is not None), None)


def is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def difference_of_pair(actual: Any, expected: Any, place: str, rules: Rules) -> str | None:
    """`difference` of two tensors, arrays or numbers."""
    if actual is None or expected is None:
        return None if actual is expected else f"{actual!r} is not {expected!r}"
    if isinstance(actual, NUMBERS) and isinstance(expected, NUMBERS):
        if "dtype" in rules.attributes and type(actual) is not type(expected):
            return f"the types differ: {type(actual).__name__} and {type(expected).__name__}"
        return difference_of_values(np.asarray(actual), np.asarray(expected), rules)
    arrays = isinstance(actual, np.ndarray) and isinstance(expected, np.ndarray)
    if not arrays and not comparable(actual, expected, rules.subclasses):
        raise TypeError(
            f"assert_close: {type(actual).__name__} and {type(expected).__name__} cannot be compared (item {place or 'itself'})"
        )
    x: Any = Tensor._wrap(actual) if arrays else actual
    y: Any = Tensor._wrap(expected) if arrays else expected
    for name in rules.attributes:
        one, two = (v.stride() if name == "stride" else getattr(v, name) for v in (x, y))
        if one != two:
            return f"the values of '{name}' differ: {one} and {two}"
    return difference_of_values(backend.to_numpy(x.array), backend.to_numpy(y.array), rules)


def comparable(actual: Any, expected: Any, subclasses: bool) -> bool:
    """Whether both are tensors, of one class or of two that are related."""
    if not (isinstance(actual, Tensor) and isinstance(expected, Tensor)):
        return False
    one, two = type(actual), type(expected)
    return one is two or (subclasses and (issubclass(one, two) or issubclass(two, one)))


def difference_of_values(x: np.ndarray, y: np.ndarray, rules: Rules) -> str | None:
    """`difference` of two arrays of one shape."""
    rtol, atol = rules.tolerances or tuple(max(TOLERANCES.get(a.dtype.name, (0.0, 0.0))[i] for a in (x, y)) for i in (0, 1))
    exact = x.dtype.kind in "iub" and y.dtype.kind in "iub" and rtol == atol == 0
    a, b = (x, y) if exact else (x.astype(np.float64), y.astype(np.float64))
    close = a == b if exact else np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=rules.equal_nan)
    if np.all(close):
        return None
    a, b = x.astype(np.float64), y.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.where(close, 0.0, np.abs(a - b))
        ratio = np.where(close, 0.0, apart / np.abs(b))
    lines = [f"{np.count_nonzero(~close)} of {x.size} elements differ by more than allowed"]
    for name, sizes, allowed in (("absolute", apart, atol), ("relative", ratio, rtol)):
        index = tuple(int(i) for i in np.unravel_index(np.argmax(sizes), sizes.shape))
        lines.append(
            f"greatest {name} difference: {sizes[index]:.6g} (up to {allowed:g} allowed) at index {index}: {x[index]} and {y[index]}"
        )
    return "\n".join(lines)
