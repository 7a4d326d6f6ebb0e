"""Tensor: an array that remembers how it was made. Every operation is bound here, one line each, to where it is written."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..autograd import api
from ..autograd.tape import apply
from ..functional import activation as N
from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import movement as V
from ..functional import reduction as R
from ..functional import rounding
from ..functional import special as S
from ..functional.softmax import log_softmax, softmax
from . import comparing, creation, linalg, pointwise, reducing, sampling, selecting, shaping, sorting
from .base import RemovableHandle, TensorBase
from .conversion import TYPE_NAMES, Conversions
from .dtypes import Size, float32, layout, preserve_format, strided
from .inplace import InPlace, fill_, zero_
from .operators import Operators
from .printing import tensor_repr

__all__ = ["BoolTensor", "ByteTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor", "Tensor"]


class Tensor(Operators, Conversions):
    """An array with a gradient and a place on the tape; torch's Tensor on NumPy or CuPy.

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ()

    def __new__(cls, *args: Any, device: Any = None, dtype: Any = None) -> Any:
        """``Tensor([1, 2])`` from data, ``Tensor(2, 3)`` uninitialised; float32. Use `tensor` to keep a dtype."""
        if dtype is not None:
            raise TypeError("Tensor() takes no dtype: it makes float32; use torch.tensor(data, dtype=...)")
        if len(args) == 1 and isinstance(args[0], Tensor):
            return args[0][...]  # the same memory, whatever its dtype
        return build("Tensor", args, float32, device)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """All is done in ``__new__``."""

    # ---- the graph ----

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None) -> None:
        """Add the gradient of this tensor to the ``.grad`` of every leaf it was made from."""
        api.backward(self, None if gradient is None else (gradient,), retain_graph, create_graph, inputs)

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(tensor)`` each time `backward` has added to this leaf's ``.grad``."""
        if not self.is_leaf or not self.requires_grad:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors, or on tensors that require no grad")
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
        return steps if dim is None else steps[shaping.wrap_dim(dim, self.ndim)]

    def storage_offset(self) -> int:
        """How many elements of the memory it views lie before its first."""
        return 0 if self._base is None else (self.data_ptr() - self._base.data_ptr()) // self.array.itemsize

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether its elements lie one after the other in C order."""
        return self.array.flags.c_contiguous

    @property
    def layout(self) -> layout:
        return strided

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self.array.ctypes.data if isinstance(self.array, np.ndarray) else self.array.data.ptr

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind == "f"

    def is_complex(self) -> bool:
        return False

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return tensor_repr(self)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *self.__dict__})

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol; detach() the tensor first"
            )
        if id(self) not in memo:
            memo[id(self)] = twin = self.detach().clone()
            twin._needs_grad = self._needs_grad
            twin.grad = copy.deepcopy(self.grad, memo)
            twin.__dict__.update({k: copy.deepcopy(v, memo) for k, v in self.__dict__.items() if not k.startswith("_")})
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return rebuild, (self.detach().numpy(force=True), self.requires_grad)

    T = property(shaping.transposed)
    mT = property(shaping.mT)
    H = property(shaping.t)

    reshape = shaping.reshape
    reshape_as = shaping.reshape_as
    view = shaping.view
    view_as = shaping.view_as
    flatten = shaping.flatten
    unflatten = shaping.unflatten
    permute = shaping.permute
    transpose = swapaxes = swapdims = shaping.transpose
    movedim = moveaxis = shaping.movedim
    t = shaping.t
    expand, broadcast_to = shaping.expand, shaping.broadcast_to
    expand_as = shaping.expand_as
    squeeze = shaping.squeeze
    unsqueeze = shaping.unsqueeze
    split = shaping.split
    chunk = shaping.chunk
    unbind = shaping.unbind
    select = shaping.select
    narrow = shaping.narrow
    flip = shaping.flip
    repeat = shaping.repeat
    tile = shaping.tile
    repeat_interleave = shaping.repeat_interleave
    contiguous = shaping.contiguous
    roll = V.roll
    diagonal = V.diagonal

    def clone(self, *, memory_format: Any = preserve_format) -> Any:
        """A copy with memory of its own, that gradients flow through."""
        if memory_format is preserve_format and not self.array.flags.c_contiguous:
            return E.clone(self, memory_format=memory_format)
        if memory_format is not preserve_format:
            creation.check_layout("clone", None, None, memory_format)
        return apply(E.clone, (self,), {})

    # ---- elementwise ----

    add, sub, subtract, mul, multiply = pointwise.add, pointwise.sub, pointwise.sub, A.mul, A.mul
    div, divide, true_divide = pointwise.div, pointwise.div, A.div
    floor_divide, remainder, fmod = pointwise.floor_divide, rounding.remainder, rounding.fmod
    pow, neg, negative = A.pow, A.neg, A.neg
    maximum, minimum = A.maximum, A.minimum
    exp, log, sqrt, rsqrt = E.exp, E.log, E.sqrt, E.rsqrt
    abs, absolute = E.abs, E.abs
    sin, cos, tanh, sigmoid, erf = E.sin, E.cos, N.tanh, N.sigmoid, S.erf
    relu, softmax, log_softmax = N.relu, softmax, log_softmax
    square, sign, floor, ceil, trunc, round = (
        pointwise.square, rounding.sign, rounding.floor, rounding.ceil, rounding.trunc, rounding.round
    )  # fmt: skip
    clamp = clip = pointwise.clamp

    clamp_min, clamp_max, reciprocal = pointwise.clamp_min, pointwise.clamp_max, pointwise.reciprocal

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where the condition holds, else `other`."""
        return pointwise.where(condition, self, other)

    eq, ne, lt, le, gt, ge = comparing.eq, comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    not_equal, less, less_equal, greater, greater_equal = comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    equal, isclose, allclose = comparing.equal, comparing.isclose, comparing.allclose
    isnan, isinf, isfinite = comparing.isnan, comparing.isinf, comparing.isfinite
    logical_and, logical_or, logical_not, logical_xor = (
        comparing.logical_and, comparing.logical_or, comparing.logical_not, comparing.logical_xor
    )  # fmt: skip

    # ---- reductions and sorting ----

    sum, mean, prod, var, std = reducing.sum, reducing.mean, reducing.prod, reducing.var, reducing.std
    max, min, argmax, argmin, amax, amin = reducing.max, reducing.min, reducing.argmax, reducing.argmin, R.amax, R.amin
    all, any, count_nonzero, nonzero = reducing.all, reducing.any, reducing.count_nonzero, reducing.nonzero
    logsumexp, cumsum, cumprod, norm, median = reducing.logsumexp, reducing.cumsum, R.cumprod, reducing.norm, sorting.median
    sort, argsort, topk, unique, bincount = sorting.sort, sorting.argsort, sorting.topk, sorting.unique, sorting.bincount

    # ---- products ----

    addmm, baddbmm = linalg.addmm, linalg.baddbmm
    matmul, mm, bmm, mv, dot, outer = linalg.matmul, linalg.mm, linalg.bmm, linalg.mv, linalg.dot, linalg.outer

    # ---- indexing ----

    gather, scatter, scatter_add, index_select = selecting.gather, selecting.scatter, selecting.scatter_add, selecting.index_select
    index_add, index_copy, index_fill = selecting.index_add, selecting.index_copy, selecting.index_fill
    masked_fill, masked_select, take, take_along_dim = (
        selecting.masked_fill, selecting.masked_select, selecting.take, selecting.take_along_dim
    )  # fmt: skip
    tril, triu = selecting.tril, selecting.triu
    copy_, index_put_ = selecting.copy_, selecting.index_put_

    # ---- in place ----

    fill_, zero_ = fill_, zero_
    uniform_, normal_, bernoulli_, random_, exponential_ = (
        sampling.uniform_, sampling.normal_, sampling.bernoulli_, sampling.random_, sampling.exponential_
    )  # fmt: skip
    bernoulli, multinomial = sampling.bernoulli, sampling.multinomial
    add_, sub_, mul_, div_, pow_, neg_ = map(InPlace, (pointwise.add, pointwise.sub, A.mul, pointwise.div, A.pow, A.neg))
    subtract_, multiply_, divide_, true_divide_, negative_ = sub_, mul_, div_, div_, neg_
    floor_divide_, remainder_, fmod_, reciprocal_ = map(
        InPlace, (pointwise.floor_divide, rounding.remainder, rounding.fmod, pointwise.reciprocal)
    )
    exp_, log_, sqrt_, rsqrt_, abs_, sin_, cos_, erf_ = map(InPlace, (E.exp, E.log, E.sqrt, E.rsqrt, E.abs, E.sin, E.cos, S.erf))
    absolute_ = abs_
    tanh_, sigmoid_, relu_ = map(InPlace, (N.tanh, N.sigmoid, N.relu))
    clamp_, clamp_min_, clamp_max_ = map(InPlace, (pointwise.clamp, pointwise.clamp_min, pointwise.clamp_max))
    clip_ = clamp_
    floor_, ceil_, round_, trunc_, sign_, square_ = map(
        InPlace, (rounding.floor, rounding.ceil, rounding.round, rounding.trunc, rounding.sign, pointwise.square)
    )
    masked_fill_, scatter_, scatter_add_ = map(InPlace, (selecting.masked_fill, selecting.scatter, selecting.scatter_add))
    index_add_, index_copy_, index_fill_ = map(InPlace, (selecting.index_add, selecting.index_copy, selecting.index_fill))
    tril_, triu_, cumsum_, cumprod_ = map(InPlace, (selecting.tril, selecting.triu, reducing.cumsum, R.cumprod))

    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
        """self += value * tensor1 * tensor2."""
        return self.add_(A.mul(tensor1, tensor2), alpha=value)

    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
        """self += value * tensor1 / tensor2."""
        return self.add_(A.div(tensor1, tensor2), alpha=value)

    def lerp_(self, end: Any, weight: Any) -> Any:
        """self += weight * (end - self)."""
        return self.add_(A.mul(A.sub(end, self), weight))


TensorBase._class = Tensor


def rebuild(array: np.ndarray, requires_grad: bool) -> Tensor:
    """A tensor from its pickled parts."""
    return creation.place(array, requires_grad=requires_grad)


def build(name: str, args: tuple[Any, ...], dtype: Any, device: Any) -> Any:
    """What the old-style constructors make: from one sequence its data, from sizes an uninitialised tensor."""
    if not args:
        return creation.empty(0, dtype=dtype, device=device)
    data, several = args[0], len(args) > 1
    if several or (isinstance(data, (int, Size)) and not isinstance(data, bool)):
        return creation.empty(*args, dtype=dtype, device=device)
    if isinstance(data, Tensor):
        if data.dtype is not dtype:
            raise TypeError(f"{name}() takes a tensor of {dtype}, not {data.dtype}; convert with .to({dtype})")
        return data.detach()
    if not hasattr(data, "__len__") or isinstance(data, str):
        raise TypeError(f"{name}(): data must be a sequence (got {type(data).__name__}); use torch.tensor() for a number")
    return creation.tensor(data, dtype=dtype, device=device)


class TypedConstructor(type):
    """``FloatTensor`` and its kind: callable like a class, and ``isinstance(t, FloatTensor)`` asks for the dtype."""

    tensor_dtype: Any

    def __call__(cls, *args: Any, device: Any = None) -> Any:
        return build(cls.__name__, args, cls.tensor_dtype, device)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.tensor_dtype


def typed(name: str) -> TypedConstructor:
    return TypedConstructor(f"{name}Tensor", (), {"tensor_dtype": TYPE_NAMES[name], "__doc__": f"A tensor of {TYPE_NAMES[name]}."})


FloatTensor, DoubleTensor, HalfTensor = typed("Float"), typed("Double"), typed("Half")
LongTensor, IntTensor, ShortTensor = typed("Long"), typed("Int"), typed("Short")
CharTensor, ByteTensor, BoolTensor = typed("Char"), typed("Byte"), typed("Bool")
