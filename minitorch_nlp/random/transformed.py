"""Distributions that are a function of a uniform or a normal number: Cauchy, log-normal, geometric."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .boxmuller import each
from .checks import FLOATS, Shape, element_count
from .distributions import FLOAT32, narrow, normals_one_by_one, unit53
from .engine import Generator, chosen
from .rounding import fma

__all__ = ["cauchy", "geometric", "log_normal"]


def float_kind(name: str, dtype: Any) -> np.dtype:
    kind = np.dtype(dtype)
    if kind.char not in FLOATS:
        raise NotImplementedError(f"{name}: needs a float dtype, but dtype = {kind}; draw floats and cast them")
    return kind


@np.errstate(over="ignore", invalid="ignore")
def cauchy(shape: Shape, dtype: Any = FLOAT32, median: float = 0.0, sigma: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Cauchy-distributed numbers: ``median + sigma tan(pi (u - 1/2))`` in float64, u of 53 bits, then narrowed.

    Raises:
        RuntimeError: sigma <= 0 or nan.
        NotImplementedError: not a float dtype.

    Example:
        >>> cauchy(2, np.float64, generator=Generator().manual_seed(0)).shape
        (2,)
    """
    kind, n, g = float_kind("cauchy", dtype), element_count(shape), chosen(generator)
    if not sigma > 0:
        raise RuntimeError(f"cauchy: needs sigma > 0, but sigma = {sigma}")
    values = each(math.tan, math.pi * (unit53(g, n) - 0.5))
    return narrow(fma(values, float(sigma), float(median)), kind).reshape(shape)


@np.errstate(over="ignore", invalid="ignore")
def log_normal(shape: Shape, dtype: Any = FLOAT32, mean: float = 1.0, std: float = 2.0, generator: Generator | None = None) -> np.ndarray:
    """Numbers whose logarithm is normal: ``e^(mean + std z)`` in float64, z from pairs of normals, then narrowed.

    Raises:
        RuntimeError: std <= 0 or nan.
        NotImplementedError: not a float dtype.

    Example:
        >>> log_normal(2, np.float64, generator=Generator().manual_seed(0)).shape
        (2,)
    """
    kind, n, g = float_kind("log_normal", dtype), element_count(shape), chosen(generator)
    if not std > 0:
        raise RuntimeError(f"log_normal: needs std > 0, but std = {std}")
    exponents = fma(normals_one_by_one(g, n), float(std), float(mean))
    return narrow(each(exp_or_inf, exponents), kind).reshape(shape)


def exp_or_inf(x: float) -> float:
    return math.exp(x) if x < 709.8 else math.inf


def geometric(shape: Shape, dtype: Any = FLOAT32, p: float = 0.5, generator: Generator | None = None) -> np.ndarray:
    """How many trials of probability p until the first success: ``ceil(ln u / ln(1 - p))``, u of 53 bits; any dtype but bool.

    Raises:
        RuntimeError: p outside (0, 1).

    Example:
        >>> geometric(2, np.int64, 0.5, Generator().manual_seed(0)).shape
        (2,)
    """
    kind, n, g = np.dtype(dtype), element_count(shape), chosen(generator)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric: needs 0 < p < 1, but p = {p}; pass a probability")
    if kind.kind == "b":
        raise NotImplementedError("geometric: not implemented for bool; draw integers")
    values = np.ceil(each(log_or_inf, unit53(g, n)) / math.log1p(-p))
    return (narrow(values, kind) if kind.char in FLOATS else values.astype(np.int64).astype(kind)).reshape(shape)


def log_or_inf(u: float) -> float:
    return math.log(u) if u else -math.inf
