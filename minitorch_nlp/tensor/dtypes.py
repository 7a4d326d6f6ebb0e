"""torch's dtypes, devices and sizes as small value objects over NumPy's."""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import backend

__all__ = [
    "DTYPES", "Device", "NamedDtype", "Size", "as_device", "as_dtype", "as_numpy_dtype", "default", "dtype", "dtype_of_number",
    "get_default_device", "get_default_dtype", "layout", "memory_format", "set_default_device", "set_default_dtype",
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
    def kind(self) -> str:
        """NumPy's letter for the category: b, u, i, f or c; q for quantized."""
        return self.dtype.kind

    @property
    def is_floating_point(self) -> bool:
        return self.kind == "f"

    @property
    def is_complex(self) -> bool:
        return self.kind == "c"

    @property
    def is_signed(self) -> bool:
        return self.kind in "fic" and self.name != "float8_e8m0fnu"

    @property
    def abbr(self) -> str:
        """The short name that graphs are printed with: ``f32``."""
        special = {"bool": "b8", "bfloat16": "bf16"}.get(self.name, self.name if self.kind == "q" else "")
        return special or self.kind + self.name.lstrip("abcdefghijklmnopqrstuvwxyz").replace("_", "")

    def to_real(self) -> dtype:
        """The dtype of a complex number's parts; itself for the others."""
        return next((real for real, pair in COMPLEX_OF.items() if pair is self), self)

    def to_complex(self) -> dtype:
        """The dtype of complex numbers with parts of this one."""
        if self.is_complex:
            return self
        if self is bfloat16:
            return complex64
        if self not in COMPLEX_OF:
            raise RuntimeError(f"to_complex: no complex numbers are made of {self}, only of float16, float32 and float64")
        return COMPLEX_OF[self]

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (as_dtype, (self.dtype.name,))


class NamedDtype(dtype):
    """A dtype that NumPy does not have. It can be named, compared and printed; a tensor of it cannot be made."""

    __slots__ = ("letter",)

    def __init__(self, name: str, letter: str, itemsize: int) -> None:
        self.name = name
        self.letter = letter
        self.itemsize = itemsize

    @property
    def dtype(self) -> Any:
        instead = {"c": "keep the real and imaginary part in two tensors", "q": "use an integer dtype"}
        raise NotImplementedError(f"{self}: tensors of this dtype are not supported; {instead.get(self.kind, 'use torch.float32')}")

    @property
    def kind(self) -> str:
        return self.letter

    def __reduce__(self) -> str:
        return self.name


class BFloat16(dtype):
    """The upper half of a float32. NumPy gets it from the package ml_dtypes, which the first tensor of it imports."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name = "bfloat16"
        self.itemsize = 2

    @property
    def kind(self) -> str:
        return "f"  # of an array it is V, as of all dtypes that NumPy gets from elsewhere

    @property
    def dtype(self) -> Any:
        array_dtype = backend.bfloat16()
        DTYPES[array_dtype] = self
        return array_dtype

    def __reduce__(self) -> str:
        return self.name


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

bfloat16 = BFloat16()
complex32 = chalf = NamedDtype("complex32", "c", 4)
complex64 = cfloat = NamedDtype("complex64", "c", 8)
complex128 = cdouble = NamedDtype("complex128", "c", 16)
float8_e4m3fn, float8_e4m3fnuz = NamedDtype("float8_e4m3fn", "f", 1), NamedDtype("float8_e4m3fnuz", "f", 1)
float8_e5m2, float8_e5m2fnuz = NamedDtype("float8_e5m2", "f", 1), NamedDtype("float8_e5m2fnuz", "f", 1)
float8_e8m0fnu, float4_e2m1fn_x2 = NamedDtype("float8_e8m0fnu", "f", 1), NamedDtype("float4_e2m1fn_x2", "f", 1)
qint8, quint8, qint32 = NamedDtype("qint8", "q", 1), NamedDtype("quint8", "q", 1), NamedDtype("qint32", "q", 4)
quint4x2, quint2x4 = NamedDtype("quint4x2", "q", 1), NamedDtype("quint2x4", "q", 1)

COMPLEX_OF = {float16: complex32, float32: complex64, float64: complex128}
DTYPES: dict[np.dtype, dtype] = {
    d.dtype: d for d in (float16, float32, float64, uint8, int8, int16, int32, int64, bool_, uint16, uint32, uint64)
}
PYTHON_TYPES = {float: float64, int: int64, bool: bool_, complex: complex128}


def as_dtype(spec: Any) -> dtype:
    """Our dtype object for a dtype, a NumPy dtype, or a Python type (``float`` is float64, as in NumPy)."""
    if isinstance(spec, dtype):
        return spec
    if spec in PYTHON_TYPES:
        return PYTHON_TYPES[spec]
    numpy_dtype = np.dtype(spec)
    found = DTYPES.get(numpy_dtype)
    if numpy_dtype.name == "bfloat16":
        found = DTYPES[numpy_dtype] = bfloat16
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
    if d is bfloat16:
        raise NotImplementedError("set_default_dtype: bfloat16 holds data here; compute in float32 and convert with .bfloat16()")
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
sparse_coo, sparse_csr, sparse_csc = layout("sparse_coo"), layout("sparse_csr"), layout("sparse_csc")
sparse_bsr, sparse_bsc, jagged = layout("sparse_bsr"), layout("sparse_bsc"), layout("jagged")
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")


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


DEVICE_TYPES = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan", "mps",
    "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class DefaultDevice(threading.local):
    """This thread's device for new tensors (None is the CPU), and what it was before each ``with device:`` around."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self.before: list[Device | None] = []


default = DefaultDevice()


class Device:
    """Where a tensor lives: ``device("cpu")``, ``device("cuda", 1)``, ``device("cuda:1")``.

    As a context manager, or as a decorator, it is where creation functions put their tensors. The other device types of torch's can be
    named and compared; a tensor can be put on the CPU or on CUDA only.
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | int | Device, index: int | None = None) -> None:
        if isinstance(type, Device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        if not isinstance(type, str):
            raise TypeError(f"device(): a string such as 'cpu' or 'cuda:0', or an index, is wanted, not {type!r}")
        if not (index is None or (isinstance(index, int) and index >= 0)):
            raise (RuntimeError if isinstance(index, int) else TypeError)(f"device(): the index must be an int from 0 up, not {index!r}")
        name, colon, number = type.partition(":")
        if number and index is not None:
            raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")
        if name not in DEVICE_TYPES:
            raise RuntimeError(f"Expected one of {', '.join(DEVICE_TYPES)} device type at start of device string: {name}")
        if colon and not (number.isascii() and number.isdigit() and str(int(number)) == number):
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

    def __enter__(self) -> Device:
        default.before.append(default.device)
        default.device = self
        return self

    def __exit__(self, *exc: object) -> None:
        default.device = default.before.pop()

    def __call__(self, function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return wrapper


def as_device(spec: Any) -> Device:
    return spec if isinstance(spec, Device) else Device("cpu" if spec is None else spec)


def get_default_device() -> Device:
    """Where creation functions put their tensors."""
    return default.device or Device("cpu")


def set_default_device(device: Any) -> None:
    """Set where creation functions put their tensors in this thread, unless told; None is the CPU."""
    default.device = None if device is None else as_device(device)
