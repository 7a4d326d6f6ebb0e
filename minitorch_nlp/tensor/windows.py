"""Window functions for signals.

All but Kaiser's are a few cosines, or a triangle, over [0, 1]. A periodic window of n values is the first n of a symmetric one of n + 1,
whose two ends would overlap when it repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .base import integer
from .creation import deliver, float_or

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]


def window(
    name: str, formula: Callable[[Any], Any], n: int, periodic: bool, dtype: Any, layout: Any, device: Any, requires_grad: bool
) -> Any:
    """`formula` at `n` places in [0, 1], computed in float64."""
    n, kind = integer(name, n), float_or(dtype)
    if n < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={n}")
    if kind.kind not in "fV":
        raise RuntimeError(f"{name} expects floating point dtypes, got {dtype}")
    values = formula(np.arange(n) / (n if periodic else n - 1)) if n > 1 else np.ones(n)
    return deliver(name, values.astype(kind), device, requires_grad, None, layout)


def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
                pin_memory: bool = False, requires_grad: bool = False) -> Any:  # fmt: skip
    """w(t) = (1 - cos 2 pi t) / 2.

    >>> import minitorch_nlp as torch
    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """

    def formula(t: Any) -> Any:
        return 0.5 - 0.5 * np.cos(2 * math.pi * t)

    return window("hann_window", formula, window_length, periodic, dtype, layout, device, requires_grad)


def hamming_window(window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
                   layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Any:  # fmt: skip
    """w(t) = alpha - beta cos 2 pi t."""

    def formula(t: Any) -> Any:
        return alpha - beta * np.cos(2 * math.pi * t)

    return window("hamming_window", formula, window_length, periodic, dtype, layout, device, requires_grad)


def blackman_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
                    pin_memory: bool = False, requires_grad: bool = False) -> Any:  # fmt: skip
    """w(t) = 0.42 - 0.5 cos 2 pi t + 0.08 cos 4 pi t."""

    def formula(t: Any) -> Any:
        return 0.42 - 0.5 * np.cos(2 * math.pi * t) + 0.08 * np.cos(4 * math.pi * t)

    return window("blackman_window", formula, window_length, periodic, dtype, layout, device, requires_grad)


def bartlett_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
                    pin_memory: bool = False, requires_grad: bool = False) -> Any:  # fmt: skip
    """w(t) = 1 - |2 t - 1|."""

    def formula(t: Any) -> Any:
        return 1 - np.abs(2 * t - 1)

    return window("bartlett_window", formula, window_length, periodic, dtype, layout, device, requires_grad)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = None,
                  device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Any:  # fmt: skip
    """w(t) = I_0(beta sqrt(1 - (2 t - 1)^2)) / I_0(beta), I_0 being Bessel's modified function."""

    def formula(t: Any) -> Any:
        return np.i0(beta * np.sqrt(1 - (2 * t - 1) ** 2)) / np.i0(beta)

    return window("kaiser_window", formula, window_length, periodic, dtype, layout, device, requires_grad)
