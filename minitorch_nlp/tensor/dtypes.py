"""torch's dtypes, devices and sizes as small value objects over NumPy's."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import backend

__all__ = [
    "DTYPES", "Device", "Size", "as_dtype", "as_numpy_dtype", "as_device", "dtype", "dtype_of_number", "finfo", "get_default_dtype",
    "iinfo", "layout", "memory_format", "set_default_dtype",
]  # fmt: skip


class dtype:
    """A tensor's element type, printed as torch prints it: ``torch.float32``.

    NumPy accepts it wherever it takes a dtype.
    """

    __slots__ = ("dtype", "itemsize", "name")

    def __init__(self, name: str, numpy_dtype: str) -> None:
        self.name = name
        self.dtype = np.dtype(numpy_dtype)
        self.itemsize = self.dtype.itemsize

    @property
    def is_floating_point(self) -> bool:
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        return False

    @property
    def is_signed(self) -> bool:
        return self.dtype.kind in "fi"

    @property
    def kind(self) -> str:
        """NumPy's letter for the category: b, u, i or f."""
        return self.dtype.kind

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (as_dtype, (self.dtype.name,))


float16 = half = dtype("float16", "float16")
float32 = float_ = dtype("float32", "float32")
float64 = double = dtype("float64", "float64")
uint8 = dtype("uint8", "uint8")
int8 = dtype("int8", "int8")
int16 = short = dtype("int16", "int16")
int32 = int_ = dtype("int32", "int32")
int64 = long = dtype("int64", "int64")
bool_ = dtype("bool", "bool")
uint16 = dtype("uint16", "uint16")
uint32 = dtype("uint32", "uint32")
uint64 = dtype("uint64", "uint64")

DTYPES: dict[np.dtype, dtype] = {
    d.dtype: d for d in (float16, float32, float64, uint8, int8, int16, int32, int64, bool_, uint16, uint32, uint64)
}
PYTHON_TYPES = {float: float64, int: int64, bool: bool_}


def as_dtype(spec: Any) -> dtype:
    """Our dtype object for a dtype, a NumPy dtype, or a Python type (``float`` is float64, as in NumPy)."""
    if isinstance(spec, dtype):
        return spec
    if spec in PYTHON_TYPES:
        return PYTHON_TYPES[spec]
    found = DTYPES.get(np.dtype(spec))
    if found is None:
        raise TypeError(f"can't convert {spec} to a tensor dtype; supported: {', '.join(d.name for d in DTYPES.values())}")
    return found


def as_numpy_dtype(spec: Any) -> np.dtype:
    return as_dtype(spec).dtype


def dtype_of_number(x: Any) -> np.dtype:
    """The dtype of a tensor made from a Python number: bool, int64, or the default float."""
    if not isinstance(x, (bool, int, float)):
        raise TypeError(f"a number is wanted, not {type(x).__name__}")
    return backend.default_dtype() if isinstance(x, float) else PYTHON_TYPES[bool if isinstance(x, bool) else int].dtype


def get_default_dtype() -> dtype:
    """The float dtype of new tensors made from Python floats."""
    return DTYPES[backend.default_dtype()]


def set_default_dtype(d: dtype) -> None:
    """Set the float dtype of new tensors made from Python floats."""
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    backend.set_default_dtype(d.dtype)


class Named:
    """One of torch's named constants: equal only to itself, printed by its name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class layout(Named):
    """How elements are stored. Tensors here are always ``torch.strided``."""


class memory_format(Named):
    """The order of elements in memory that a new tensor should have."""


strided = layout("strided")
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")


class finfo:
    """What a float dtype can hold: ``finfo(torch.float32).eps``; the default dtype if none is given."""

    def __init__(self, type: Any = None) -> None:
        kind = backend.default_dtype() if type is None else as_numpy_dtype(type)
        if kind.kind != "f":
            raise TypeError(f"finfo: a floating point dtype is wanted, not {type}; use iinfo for integers")
        limits = np.finfo(kind)
        self.bits: int = limits.bits
        self.dtype: str = kind.name
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(limits.resolution)

    def __repr__(self) -> str:
        numbers = (f"{name}={getattr(self, name):g}" for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny"))
        return f"finfo({', '.join(numbers)}, dtype={self.dtype})"


class iinfo:
    """What an integer dtype can hold: ``iinfo(torch.int64).max``."""

    def __init__(self, type: Any) -> None:
        kind = as_numpy_dtype(type)
        if kind.kind not in "iu":
            raise TypeError(f"iinfo: an integer dtype is wanted, not {type}; use finfo for floats")
        limits = np.iinfo(kind)
        self.bits, self.dtype = kind.itemsize * 8, kind.name
        self.max, self.min = int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


class Size(tuple):
    """A shape. A tuple that prints as ``torch.Size([2, 3])``."""

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        try:
            return tuple.__new__(cls, map(operator.index, sizes))
        except TypeError as error:
            raise TypeError(f"torch.Size() takes an iterable of integers: {error}") from None

    def numel(self) -> int:
        """The number of elements: the product of the sizes."""
        n = 1
        for s in self:
            n *= s
        return n

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, n: Any) -> Size:
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__

    def __getitem__(self, i: Any) -> Any:
        item = tuple.__getitem__(self, i)
        return Size(item) if isinstance(i, slice) else item


class Device:
    """Where a tensor lives: ``device("cpu")``, ``device("cuda", 1)``, ``device("cuda:1")``."""

    __slots__ = ("index", "type")

    def __init__(self, type: str | int | Device = "cpu", index: int | None = None) -> None:
        if isinstance(type, Device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise TypeError(f"device(): a string such as 'cpu' or 'cuda:0', or an index, is wanted, not {type!r}")
        name, _, number = type.partition(":")
        if number and index is not None:
            raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")
        if name not in ("cpu", "cuda"):
            raise RuntimeError(f"Expected one of cpu, cuda device type at start of device string: {name}")
        if number and not number.isdigit():
            raise RuntimeError(f"Invalid device string: '{type}'")
        self.type = name
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Device, (self.type, self.index))


def as_device(spec: Any) -> Device:
    return spec if isinstance(spec, Device) else Device("cpu" if spec is None else spec)
