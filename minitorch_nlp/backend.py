"""The one file that knows about CuPy: devices, moving arrays, default dtype, scatter-add, allocator settings.

Everything else is written in NumPy's function style (``np.exp(x)``, operators, methods), which runs unchanged on NumPy and CuPy
arrays. What that style cannot say (creating an array beside another one, adding at repeated indices) is here.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable
from contextvars import Context
from importlib import import_module
from typing import Any

import numpy as np

__all__ = [
    "LARGEST",
    "Array",
    "add_rows",
    "as_array",
    "bfloat16",
    "cuda_version",
    "default_dtype",
    "device_of",
    "either",
    "gpu_count",
    "is_array",
    "is_view_of",
    "one_like",
    "quiet_arithmetic",
    "quietly",
    "reduce_runs",
    "keep_where",
    "scatter_add",
    "scatter_add_rows",
    "scatter_with",
    "set_default_dtype",
    "special",
    "to_device",
    "to_numpy",
    "tune_allocator",
    "unit",
    "windows",
    "zeros",
]

Array = Any  # a numpy.ndarray or a cupy.ndarray
LARGEST = {"E": (2 - 2.0**-7) * 2.0**127, **{char: float(np.finfo(char).max) for char in "efd"}}  # by NumPy's letters, E: bfloat16
_default_dtype = np.dtype("float32")


def default_dtype() -> np.dtype:
    """The float dtype of new tensors made from Python numbers: float32 unless set otherwise."""
    return _default_dtype


def set_default_dtype(dtype: np.dtype) -> None:
    global _default_dtype
    _default_dtype = np.dtype(dtype)


@functools.cache
def bfloat16() -> np.dtype:
    """The dtype of numbers with the sign, the exponent and the first 7 bits of a float32: `ml_dtypes` adds it to NumPy, as kind ``V``."""
    try:
        import ml_dtypes
    except ImportError as error:
        raise ImportError(
            "bfloat16 tensors are arrays of the package ml_dtypes; install it with: pip install 'minitorch-nlp[bfloat16]'"
        ) from error
    return np.dtype(ml_dtypes.bfloat16)


def cupy() -> Any:
    """The CuPy module, or an error that says how to get it."""
    try:
        import cupy as module
    except ImportError as error:
        raise RuntimeError(
            "a CUDA device was asked for, but CuPy is not installed; "
            "install it with: pip install 'minitorch-nlp[cuda12]' (or [cuda13], to match your driver)"
        ) from error
    return module


def special(name: str, *arrays: Any) -> Any:
    """A function of ``scipy.special``, or of CuPy's twin of it where one of `arrays` is on a GPU: what NumPy has no tables for."""
    on_gpu = any(hasattr(a, "dtype") and not isinstance(a, (np.ndarray, np.generic)) for a in arrays)
    try:
        return getattr(import_module("cupyx.scipy.special" if on_gpu else "scipy.special"), name)
    except ImportError as error:
        raise ImportError(f"this function is computed by SciPy ({name}); install it with: pip install 'minitorch-nlp[special]'") from error
    except AttributeError as error:
        raise NotImplementedError(f"CuPy has no {name}; move the tensor to main memory with .cpu()") from error


def gpu_count() -> int:
    """How many CUDA devices CuPy sees; 0 where CuPy or a driver is missing."""
    try:
        return int(cupy().cuda.runtime.getDeviceCount())
    except Exception:  # no CuPy, no driver, no device: CuPy has a type of its own for each
        return 0


def cuda_version() -> str | None:
    """The version of CUDA that CuPy runs on: "12.4", say; None without a GPU."""
    if not gpu_count():
        return None
    number = int(cupy().cuda.runtime.runtimeGetVersion())
    return f"{number // 1000}.{number % 1000 // 10}"


def is_array(x: Any) -> bool:
    """Whether `x` is a NumPy or a CuPy array."""
    return isinstance(x, np.ndarray) or ("cupy" in sys.modules and isinstance(x, sys.modules["cupy"].ndarray))


def as_array(x: Any) -> Array:
    """An array again from what a NumPy function returned: NumPy gives scalars where torch keeps 0-dim tensors."""
    return np.asarray(x) if isinstance(x, (np.generic, bool, int, float)) else x


def one_like(array: Array) -> Any:
    """A 1 (or ones) to start a backward with: for a 0-dim NumPy array a scalar, which is ten times quicker to make."""
    return array.dtype.type(1) if isinstance(array, np.ndarray) and not array.ndim else np.ones_like(array)


def unit(x: Any) -> Any:
    """A 1 to add to `x` or to subtract from: for NumPy arrays 0-dim and of their dtype, on small ones twice as quick as a Python number."""
    return UNITS.get(x.dtype, 1) if x.__class__ is np.ndarray else 1


UNITS = {np.dtype(char): np.ones((), char) for char in "efd"}


def device_of(array: Array) -> tuple[str, int]:
    """``("cpu", 0)`` or ``("cuda", index)``."""
    return ("cpu", 0) if isinstance(array, np.ndarray) else ("cuda", int(array.device.id))


def to_device(array: Array, kind: str, index: int = 0) -> Array:
    """`array` on the device; the same array where it is there already."""
    if kind == "cpu":
        return to_numpy(array)
    if kind != "cuda":
        raise NotImplementedError(f"device type '{kind}' is not supported; use 'cpu' or 'cuda'")
    if array.dtype.kind == "V":
        raise NotImplementedError("bfloat16 tensors stay in main memory, CuPy has no such dtype; convert with .float() first")
    xp = cupy()
    with xp.cuda.Device(index):
        return xp.asarray(array)


def to_numpy(array: Array) -> np.ndarray:
    """`array` in main memory; the same array where it is there already."""
    return array if isinstance(array, np.ndarray) else array.get()


def repeats(array: Array) -> bool:
    """Whether several elements share one place in memory, as in what `broadcast_to` gives."""
    return 0 in array.strides and array.size > 0 and any(step == 0 and n > 1 for step, n in zip(array.strides, array.shape))


def is_view_of(array: Array, source: Array) -> bool:
    """Whether `array`, made from `source`, is a view of it. Empty arrays share nothing, so their base tells."""
    base = array.base
    if base is not None and (base is source or base is source.base):
        return True
    return np.may_share_memory(array, source) or not (array.size or base is None)


def writable(array: Array) -> bool:
    """Whether each element can be written: its memory is not read-only, and its place is not another's too."""
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        return False
    return 0 not in array.strides or not repeats(array)


def beside(like: Array, array: Any) -> Array:
    """`array` (NumPy) on the device of `like`."""
    return array if isinstance(like, (np.ndarray, np.generic)) else cupy().asarray(array)


def scatter_add(target: Array, index: Any, values: Array) -> None:
    """``target[index] += values`` in place, adding once per occurrence of a repeated index; bfloat16 is added up in float32."""
    if target.dtype.kind == "V":
        total = target.astype(np.float32)
        np.add.at(total, index, values.astype(np.float32) if hasattr(values, "dtype") else values)
        target[...] = total
    elif isinstance(target, np.ndarray):
        np.add.at(target, index, values)
    else:
        cupy().add.at(target, index, values)


def scatter_with(ufunc: np.ufunc, target: Array, index: Any, values: Array) -> None:
    """``target[index] = ufunc(target[index], values)`` in place, once per occurrence of a repeated index."""
    (ufunc if isinstance(target, np.ndarray) else getattr(cupy(), ufunc.__name__)).at(target, index, values)


def zeros(like: Array, shape: tuple[int, ...]) -> Array:
    """Zeros with the dtype and on the device of `like`; quicker than `np.zeros_like` on big shapes."""
    return np.zeros(shape, like.dtype) if isinstance(like, np.ndarray) else np.zeros_like(like, shape=shape)


def scatter_add_rows(rows: Array, n: int, values: Array) -> Array:
    """An (n, ...) array of zeros to which ``values[k]`` (k, ...) is added at row ``rows[k]``, in the order of k.

    Negative rows count from the end. Rows that occur once are only copied. The repeated ones are added as one flat array, where
    `np.add.at` has a fast path, two floats at a time as one complex number. That is 4 to 10 times quicker than `np.add.at` on rows, and
    beats sorting and summing runs.
    """
    out = zeros(values, (n, *values.shape[1:]))
    if not isinstance(values, np.ndarray) or values.size < 1000:
        scatter_add(out, rows, values)
        return out
    places = np.arange(len(rows))
    first = np.empty(n, dtype=places.dtype)
    first[rows[::-1]] = places[::-1]  # written last to first, so the first occurrence stays
    out[rows[::-1]] = values[::-1]
    again = np.flatnonzero(first[rows] != places)
    if len(again):
        add_rows(out, rows[again], values[again])
    return out


def add_rows(out: Array, rows: Array, values: Array) -> None:
    """``out[rows] += values`` in place, once per occurrence of a repeated row, in their order."""
    if not (isinstance(out, np.ndarray) and out.flags.c_contiguous and out.size):
        scatter_add(out, rows, values)
        return
    flat, added = out.reshape(-1), values.reshape(-1)
    width = flat.size // len(out)
    pair = {"f": "F", "d": "D"}.get(out.dtype.char) if width % 2 == 0 else None
    if pair:
        flat, added, width = flat.view(pair), added.view(pair), width // 2
    scatter_add(flat, (rows[:, None] * width + np.arange(width)).reshape(-1), added)


def reduce_runs(ufunc: np.ufunc, values: Array, runs: Array, counts: Array) -> Array:
    """`ufunc` over runs of rows of `values` that lie one after the other, ``counts[i]`` rows with ``runs[k] == i``; zeros for empty runs."""
    out = zeros(values, (len(counts), *values.shape[1:]))
    if not len(values):
        return out
    full = counts > 0
    starts = (np.cumsum(counts) - counts)[full]
    if isinstance(values, np.ndarray):
        out[full] = ufunc.reduceat(values, starts, axis=0)
        return out
    out[full] = values[starts]
    rest = np.ones_like(runs, dtype=bool)
    rest[starts] = False
    scatter_with(ufunc, out, runs[rest], values[rest])
    return out


def either(mask: Array, x: Any, y: Any) -> Array:
    """``np.where(mask, x, y)``, eight times quicker on big NumPy arrays of floats whose mask has no pattern: chosen by bits, not by branches.

    x or y may be a number. With m all ones where the mask is True, the bits of the result are ((x ^ y) & m) ^ y.
    """
    like = y if y.__class__ is np.ndarray and y.size >= np.size(x) else x
    if not chosen_by_bits(mask, like):
        return np.where(mask, x, y)
    a, b = (np.asarray(v, like.dtype) if v.__class__ in (float, int) else v for v in (x, y))
    if any(not isinstance(v, (np.ndarray, np.floating)) or v.dtype != like.dtype or not v.flags.c_contiguous for v in (a, b)):
        return np.where(mask, x, y)
    ones = bits_of(mask, like)
    other = b.view(ones.dtype)
    chosen = (a.view(ones.dtype) ^ other) & ones
    chosen ^= other
    return chosen.view(like.dtype)


def keep_where(mask: Array, values: Array) -> Array:
    """``np.where(mask, values, 0.0)``, in the same way: 0 has no bits."""
    if not chosen_by_bits(mask, values) or mask.shape != values.shape or not values.flags.c_contiguous:
        return np.where(mask, values, 0.0)
    kept = bits_of(mask, values)
    kept &= values.view(kept.dtype)
    return kept.view(values.dtype)


def chosen_by_bits(mask: Array, like: Any) -> bool:
    plain = mask.__class__ is np.ndarray is like.__class__ and mask.dtype == bool and mask.flags.c_contiguous
    return plain and like.size >= 4096 and like.dtype.kind == "f"


def bits_of(mask: Array, like: Array) -> Array:
    """Integers as long as the elements of `like`, all ones where the mask is True, else 0."""
    ones = mask.astype(f"i{like.itemsize}")
    return np.negative(ones, out=ones)


def strided(flat: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """The array with ``out[i, j, ...] = flat[offset + i * strides[0] + j * strides[1] + ...]``, sharing memory with the 1-d `flat`."""
    steps = tuple(s * flat.itemsize for s in strides)
    if isinstance(flat, np.ndarray):
        return np.ndarray(shape, flat.dtype, flat, offset * flat.itemsize, steps)
    return cupy().lib.stride_tricks.as_strided(flat[offset:], shape, steps)


def windows(array: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """A view of `array` from its first element on, with these strides in bytes; whether they stay inside is up to the caller."""
    module = np if isinstance(array, np.ndarray) else cupy()
    return module.lib.stride_tricks.as_strided(array, shape, strides)


def quiet_arithmetic() -> None:
    """Keep NumPy's floating-point warnings about this package's own lines from the user: inf and nan are results here, as in torch.

    The filter names this package only. `np.errstate`, and warnings about the user's own lines, stay as they are.
    """
    warnings.filterwarnings("ignore", ".* encountered in ", RuntimeWarning, r"minitorch_nlp\.")


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)`` under ``np.errstate(all="ignore")``, at a tenth of its cost: NumPy keeps the error state in a context variable.

    Each call has a copy of the context, so that threads, and calls within calls, do not meet.
    """
    return QUIET.copy().run(function, *args)


QUIET = Context()
QUIET.run(functools.partial(np.seterr, all="ignore"))


def tune_allocator() -> None:
    """Tell glibc to keep big freed blocks instead of returning them to the system after every op.

    A training step allocates the same megabytes again and again; the page faults of fetching them anew cost up to 40 % of a
    small GPT's step. Set ``MINITORCH_NLP_MALLOC=0`` to leave the allocator alone. Elsewhere than on glibc this does nothing.
    """
    if os.environ.get("MINITORCH_NLP_MALLOC", "1") == "0" or not sys.platform.startswith("linux"):
        return
    try:
        import ctypes

        mallopt = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError):  # WebAssembly has no ctypes, musl no mallopt
        return
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    mallopt(mmap_threshold, 1 << 30)
    mallopt(trim_threshold, 1 << 30)
    mallopt(top_pad, 64 << 20)
