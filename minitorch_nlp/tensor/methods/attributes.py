"""What a tensor is and where it lies: flags, layout, storage, and its values handed to others."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import backend
from ...functional._op import Traced
from ...refused import RefusedMethods
from .. import interop, storage
from ..base import TensorBase
from ..dtypes import dtype

__all__ = ["Attributes"]


class Attributes(RefusedMethods):
    """Flags and small questions. What tensors here never are is False."""

    __slots__ = ()
    array: Any
    _base: Any

    is_sparse = is_sparse_csr = is_quantized = is_mkldnn = is_nested = is_meta = False
    is_mps = is_xpu = is_xla = is_ipu = is_maia = is_mtia = is_vulkan = volatile = False
    name: Any = None
    __array_priority__ = 1000  # in `array op tensor` the tensor's method is asked first

    @property
    def is_cpu(self: Any) -> bool:
        return isinstance(self.array, np.ndarray)

    def get_device(self: Any) -> int:
        """The index of the GPU it is on; -1 on the CPU."""
        return -1 if self.is_cpu else backend.device_of(self.array)[1]

    def is_signed(self) -> bool:
        """Whether its dtype has negative numbers."""
        return self.array.dtype.kind in "ifV"

    def is_inference(self) -> bool:
        """Whether autograd may not use it: never. What `inference_mode` makes is an ordinary tensor here."""
        return False

    def is_distributed(self) -> bool:
        return False

    def is_shared(self) -> bool:
        """Whether other processes see its memory: never."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """Whether its memory is page-locked: never."""
        return False

    def as_subclass(self: Any, cls: type) -> Any:
        """The same memory as a tensor of another class, in the same place of the graph."""
        result = self[...]
        result.__class__ = cls
        return result

    def _is_view(self) -> bool:
        return self._base is not None

    @property
    def grad_dtype(self: Any) -> dtype:
        """The dtype that gradients have: its own."""
        return self.dtype

    # ---- layout ----

    def storage_offset(self: Any) -> int:
        """How many elements of the memory it views lie before its first."""
        origin = self._origin if self._base is None else self._base.array
        return 0 if origin is None else (self.data_ptr() - storage.address(origin)) // self.array.itemsize

    def dim_order(self: Any, *, ambiguity_check: Any = False) -> tuple[int, ...]:
        """The dimensions from the outermost in memory to the innermost: ``(1, 0)`` for a transposed matrix."""
        steps = self.stride()
        if ambiguity_check and len(set(steps)) < len(steps):
            raise RuntimeError("dim_order: several dimensions have the same stride, so their order is not unique")
        return tuple(sorted(range(self.ndim), key=lambda d: -steps[d]))

    def untyped_storage(self) -> storage.UntypedStorage:
        """All the memory it is a view of, as bytes."""
        return storage.untyped_storage(self)

    def storage(self) -> storage.TypedStorage:
        """All the memory it is a view of, as elements; superseded by `untyped_storage`."""
        return storage.storage(self)

    def const_data_ptr(self: Any) -> int:
        return self.data_ptr()

    def sparse_dim(self) -> int:
        """0: tensors are dense."""
        return 0

    def dense_dim(self: Any) -> int:
        return self.ndim

    def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool = True) -> Any:
        """The tensor itself, or cast: tensors are dense."""
        return self if dtype is None else self.to(dtype)

    # ---- values for others ----

    __dlpack__ = interop.dlpack
    __dlpack_device__ = interop.dlpack_device

    def __array_wrap__(self: Any, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """A NumPy function's result as a tensor; bools as uint8."""
        array = np.asarray(array)
        return self._wrap(array.astype(np.uint8) if array.dtype == bool else array)

    @property
    def __cuda_array_interface__(self: Any) -> Any:
        if self.is_cpu:
            raise AttributeError("__cuda_array_interface__: the tensor is on the CPU; move it with .cuda()")
        if self.requires_grad:
            raise RuntimeError("__cuda_array_interface__: a tensor that requires grad cannot be shared; use detach() first")
        return self.array.__cuda_array_interface__

    def apply_(self: Any, callable: Any) -> Any:
        """Replace each element v by ``callable(v)``; slow, on the CPU only, without a gradient."""
        return fill_by(self, "apply_", callable)

    def map_(self: Any, other: Any, callable: Any) -> Any:
        """Replace each element v by ``callable(v, w)``, w the element of `other` (broadcast) at its place."""
        return fill_by(self, "map_", callable, other)

    def map2_(self: Any, x: Any, y: Any, callable: Any) -> Any:
        """Replace each element v by ``callable(v, w, u)`` with the elements of `x` and `y` at its place."""
        return fill_by(self, "map2_", callable, x, y)


def fill_by(tensor: Any, name: str, function: Any, *others: Any) -> Any:
    if tensor.requires_grad or any(isinstance(o, Traced) and o.requires_grad for o in others):
        raise RuntimeError(f"{name}: not on a tensor that requires grad; use detach() first")
    for other in others:
        if not isinstance(other, Traced):
            raise TypeError(f"{name}(): argument 'other' must be Tensor, not {type(other).__name__}")
    try:
        columns = [np.broadcast_to(o.array, tensor.shape).reshape(-1).tolist() for o in (tensor, *others)]
    except ValueError as error:
        raise RuntimeError(f"{name}: the shapes do not broadcast to {tuple(tensor.shape)}: {error}") from None
    values = [function(*row) for row in zip(*columns)]
    if not all(isinstance(v, (bool, int, float)) for v in values):
        raise TypeError(f"{name}: the function must return numbers")
    return tensor.copy_(TensorBase._wrap(np.array(values, tensor.array.dtype).reshape(tensor.shape)))
