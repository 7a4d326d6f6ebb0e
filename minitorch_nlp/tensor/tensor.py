"""Tensor: an array that remembers how it was made. Its operations are bound in `methods`, one line each, to where they are written."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..autograd import api
from ..autograd.hooks import tensors, watch_leaves
from ..autograd.tape import apply
from ..functional import elementwise as E
from ..functional._rows import Rows
from . import base, copying, creation, shaping
from .base import RemovableHandle, TensorBase
from .conversion import TYPE_NAMES, Conversions
from .dtypes import Size, channels_last, channels_last_3d, get_default_dtype, layout, memory_format, preserve_format, strided
from .methods.attributes import Attributes
from .methods.pointwise import PointwiseMethods
from .methods.products import ProductMethods
from .methods.reducing import ReducingMethods
from .methods.sampling import SamplingMethods
from .methods.selecting import SelectingMethods
from .methods.shaping import ShapingMethods
from .methods.special import SpecialMethods
from .operators import Operators
from .printing import tensor_repr
from .rows import RowSparse
from .storage import UntypedStorage

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "Tensor",
]  # fmt: skip


class Tensor(
    Operators, Conversions, PointwiseMethods, ReducingMethods, ShapingMethods, SelectingMethods, ProductMethods, SamplingMethods,
    SpecialMethods, Attributes,
):  # fmt: skip
    """An array with a gradient and a place on the tape; torch's Tensor on NumPy or CuPy.

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("__torch_function__", "__torch_dispatch__"):
            if name in cls.__dict__:
                raise NotImplementedError(f"{cls.__name__}.{name}: functions do not ask tensors' classes here; wrap the functions instead")

    def __new__(cls, *args: Any, device: Any = None, dtype: Any = None) -> Any:
        """``Tensor([1, 2])`` from data, ``Tensor(2, 3)`` uninitialised; the default dtype. Use `tensor` to keep another."""
        if dtype is not None:
            raise TypeError("Tensor() takes no dtype: it makes the default dtype; use torch.tensor(data, dtype=...)")
        if len(args) == 1 and isinstance(args[0], Tensor):
            return args[0][...]  # the same memory, whatever its dtype
        return build("Tensor", args, get_default_dtype(), device)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """All is done in ``__new__``."""

    # ---- the graph ----

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None) -> None:
        """Add the gradient of this tensor to the ``.grad`` of every leaf it was made from."""
        api.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(tensor)`` each time `backward` has added to this leaf's ``.grad``."""
        if not self.is_leaf or not self.requires_grad:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors, or on tensors that require no grad")
        watch_leaves()
        if self._accumulate_hooks is None:
            self._accumulate_hooks = {}
        handle = RemovableHandle(self._accumulate_hooks)
        self._accumulate_hooks[handle.id] = hook
        return handle

    # ---- shape and storage ----

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one of its sizes."""
        return self.shape if dim is None else self.array.shape[dim] if -self.ndim <= dim < self.ndim else shaping.wrap_dim(dim, self.ndim)

    def dim(self) -> int:
        return self.array.ndim

    ndimension = dim

    def numel(self) -> int:
        return self.array.size

    nelement = numel

    def element_size(self) -> int:
        return self.array.itemsize

    @property
    def nbytes(self) -> int:
        return self.array.nbytes

    @property
    def itemsize(self) -> int:
        return self.array.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """How many elements lie between neighbours along each dimension."""
        steps = tuple([s // self.array.itemsize for s in self.array.strides])
        if 0 in steps:
            steps = shaping.strides_of(self.array.shape, steps)
        return steps if dim is None else steps[shaping.wrap_dim(dim, self.ndim)]

    def is_contiguous(self, memory_format: memory_format | None = None) -> bool:
        """Whether its elements lie one after the other in C order, or with dimension 1 innermost for the channels_last formats."""
        array = self.array
        if memory_format is channels_last or memory_format is channels_last_3d:
            return array.ndim == (4 if memory_format is channels_last else 5) and np.moveaxis(array, 1, -1).flags.c_contiguous
        return array.flags.c_contiguous

    @property
    def layout(self) -> layout:
        return strided

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self.array.ctypes.data if isinstance(self.array, np.ndarray) else self.array.data.ptr

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind in "fV"

    def is_complex(self) -> bool:
        return False

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return tensor_repr(self, tensor_contents)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *self.__dict__})

    __copy__, __deepcopy__ = copying.copied, copying.deepcopied

    def __reduce_ex__(self, protocol: Any) -> Any:
        return copying.reduced(self)

    def new(self, *args: Any, device: Any = None) -> Any:
        """The old-style constructor for this tensor's dtype: ``t.new([1, 2])`` from data, ``t.new(2, 3)`` uninitialised."""
        return build("new", args, self.dtype, self.device if device is None else device)

    def clone(self, *, memory_format: Any = preserve_format) -> Any:
        """A copy with memory of its own, that gradients flow through."""
        if memory_format is preserve_format and not self.array.flags.c_contiguous:
            return E.clone(self, memory_format=memory_format)
        if memory_format is not preserve_format:
            creation.check_layout("clone", None, memory_format)
        return apply(E.clone, (self,), {})


base.plain = Tensor
tensors.wrap = Tensor._wrap
Rows.tensor = RowSparse


def build(name: str, args: tuple[Any, ...], dtype: Any, device: Any) -> Any:
    """What the old-style constructors make: from one sequence its data, from sizes an uninitialised tensor; on the CPU unless told."""
    device = "cpu" if device is None else device
    if not args:
        return creation.empty(0, dtype=dtype, device=device)
    data, several = args[0], len(args) > 1
    if several or (isinstance(data, (int, Size)) and not isinstance(data, bool)):
        return creation.empty(*args, dtype=dtype, device=device)
    if isinstance(data, Tensor):
        if data.dtype is not dtype:
            raise TypeError(f"{name}() takes a tensor of {dtype}, not {data.dtype}; convert with .to({dtype})")
        return data.detach()
    if isinstance(data, UntypedStorage):
        return TensorBase._wrap(data.array.view(dtype.dtype))
    if not hasattr(data, "__len__") or isinstance(data, str):
        raise TypeError(f"{name}(): data must be a sequence (got {type(data).__name__}); use torch.tensor() for a number")
    return creation.tensor(data, dtype=dtype, device=device)


class TypedConstructor(type):
    """``FloatTensor`` and its kind: callable like a class, and ``isinstance(t, FloatTensor)`` asks for dtype and device."""

    tensor_dtype: Any
    tensor_device: str

    def __call__(cls, *args: Any, device: Any = None) -> Any:
        if cls.tensor_device == "cuda" and not backend.gpu_count():
            raise TypeError(f"type torch.cuda.{cls.__name__} not available: there is no GPU, or no CuPy")
        return build(cls.__name__, args, cls.tensor_dtype, cls.tensor_device if device is None else device)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.tensor_dtype and instance.is_cuda == (cls.tensor_device == "cuda")


def typed(name: str, device: str = "cpu") -> TypedConstructor:
    kind, where = TYPE_NAMES[name], "on the GPU" if device == "cuda" else "in main memory"
    return TypedConstructor(f"{name}Tensor", (), {"tensor_dtype": kind, "tensor_device": device, "__doc__": f"A tensor of {kind} {where}."})


FloatTensor, DoubleTensor, HalfTensor = typed("Float"), typed("Double"), typed("Half")
LongTensor, IntTensor, ShortTensor = typed("Long"), typed("Int"), typed("Short")
CharTensor, ByteTensor, BoolTensor = typed("Char"), typed("Byte"), typed("Bool")
BFloat16Tensor = typed("BFloat16")
