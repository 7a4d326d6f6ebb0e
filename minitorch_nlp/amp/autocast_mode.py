"""autocast: notes what is asked for. NumPy has no bfloat16 and computes float16 slower than float32, so nothing is cast."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import backend
from ..tensor.dtypes import bfloat16, dtype, float16, float64
from ..tensor.tensor import Tensor

__all__ = [
    "autocast", "autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache", "custom_bwd", "custom_fwd",
    "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype", "is_autocast_available", "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled", "is_autocast_enabled", "set_autocast_cache_enabled", "set_autocast_cpu_dtype", "set_autocast_cpu_enabled",
    "set_autocast_dtype", "set_autocast_enabled", "set_autocast_gpu_dtype",
]  # fmt: skip

# The dtype each of torch's devices begins with. Those that are not here are taken too: a script that asks first runs on.
FIRST_DTYPES = {
    "cpu": bfloat16, "cuda": float16, "xpu": float16, "mps": float16, "hpu": bfloat16, "mtia": float16, "maia": bfloat16, "xla": bfloat16,
    "ipu": float16,
}  # fmt: skip
OTHER_DEVICES = {"meta", "vulkan", "ve", "fpga", "lazy", "hip", "opengl", "opencl", "ideep", "mkldnn", "privateuseone"}


class State(threading.local):
    """What is switched on in this thread."""

    def __init__(self) -> None:
        self.enabled = dict.fromkeys(FIRST_DTYPES, False)
        self.dtypes = dict(FIRST_DTYPES)
        self.cache = True
        self.nesting = 0


state = State()


def kind_of(device_type: Any) -> str:
    """The device type in "cuda" or "cuda:1"; an error for what is none of torch's."""
    if not isinstance(device_type, str):
        raise TypeError(f"device_type must be a str, not {type(device_type).__name__}")
    kind = device_type.split(":")[0]
    if kind not in FIRST_DTYPES and kind not in OTHER_DEVICES:
        raise RuntimeError(f"Expected one of {', '.join(FIRST_DTYPES)} device type, but got {device_type!r}")
    return kind


def known(device_type: Any) -> str:
    kind = kind_of(device_type)
    if kind not in FIRST_DTYPES:
        raise RuntimeError(f"there is no autocast for device type {device_type!r}; use one of {', '.join(FIRST_DTYPES)}")
    return kind


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` takes the device type."""
    return kind_of(device_type) in FIRST_DTYPES


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast was asked for on the device type, in this thread; without one, as in torch, on CUDA."""
    return state.enabled[known(device_type)]


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Switch autocast on or off for a device type; ``set_autocast_enabled(enabled)`` is for CUDA."""
    kind, value = ("cuda", device_type) if enabled is None else (known(device_type), enabled)
    if not isinstance(value, bool):
        raise TypeError(f"enabled must be a bool, not {type(value).__name__}")
    state.enabled[kind] = value


def get_autocast_dtype(device_type: str) -> dtype:
    """The dtype that was asked for on the device type; at first float16, or bfloat16 on a CPU."""
    return state.dtypes[known(device_type)]


def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    state.dtypes[known(device_type)] = check_dtype(dtype)


def check_dtype(value: Any) -> dtype:
    if not isinstance(value, dtype):
        raise TypeError(f"dtype must be a torch.dtype, not {type(value).__name__}")
    return value


def is_autocast_cache_enabled() -> bool:
    """Whether casts are to be kept; there are none."""
    return state.cache


def set_autocast_cache_enabled(enabled: bool) -> None:
    state.cache = enabled


def clear_autocast_cache() -> None:
    """Forget the casts that were kept: there are none."""


def autocast_increment_nesting() -> int:
    """Enter one more autocast; returns how deep."""
    state.nesting += 1
    return state.nesting


def autocast_decrement_nesting() -> int:
    """Leave one; returns how deep."""
    state.nesting -= 1
    return state.nesting


def older(name: str, instead: str) -> None:
    warnings.warn(f"torch.{name}() is deprecated. Please use torch.{instead} instead.", DeprecationWarning, stacklevel=3)


def is_autocast_cpu_enabled() -> bool:
    older("is_autocast_cpu_enabled", "is_autocast_enabled('cpu')")
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    older("set_autocast_cpu_enabled", "set_autocast_enabled('cpu', enabled)")
    set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> dtype:
    older("get_autocast_cpu_dtype", "get_autocast_dtype('cpu')")
    return get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: dtype) -> None:
    older("set_autocast_cpu_dtype", "set_autocast_dtype('cpu', dtype)")
    set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> dtype:
    older("get_autocast_gpu_dtype", "get_autocast_dtype('cuda')")
    return get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: dtype) -> None:
    older("set_autocast_gpu_dtype", "set_autocast_dtype('cuda', dtype)")
    set_autocast_dtype("cuda", dtype)


class autocast:
    """The region in which torch would compute products in `dtype`. Here all is computed in the tensors' own dtypes.

    So a script with autocast runs, and gives float32's numbers; what it asks for can be read back. A context manager and a decorator.

    Args:
        device_type: "cpu", "cuda"...
        dtype: bfloat16 or float16; by default `get_autocast_dtype`'s.
        enabled: False for a region without.
        cache_enabled: whether torch would keep the casts.

    >>> import minitorch_nlp as torch
    >>> with torch.autocast("cpu", dtype=torch.bfloat16):
    ...     print(torch.is_autocast_enabled("cpu"), torch.mm(torch.ones(1, 2), torch.ones(2, 1)).dtype)
    True torch.float32
    """

    def __init__(self, device_type: str, dtype: dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device_type
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        kind = known(device_type)
        self._cache_enabled = state.cache if cache_enabled is None else cache_enabled
        if enabled and kind == "cuda" and not backend.gpu_count():
            warnings.warn("CUDA is not available. Disabling autocast.", stacklevel=2)
            enabled = False
        elif enabled and self.fast_dtype not in (bfloat16, float16):
            warnings.warn(
                f"{kind.upper()} autocast supports torch.bfloat16 and torch.float16, but the dtype is {self.fast_dtype}. Disabling autocast.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        self._before: list[tuple[bool, Any, bool]] = []

    def __enter__(self) -> autocast:
        kind = known(self.device)
        self._before.append((state.enabled[kind], state.dtypes[kind], state.cache))
        state.enabled[kind], state.dtypes[kind], state.cache = self._enabled, check_dtype(self.fast_dtype), self._cache_enabled
        autocast_increment_nesting()
        return self

    def __exit__(self, *exc: object) -> None:
        kind = known(self.device)
        autocast_decrement_nesting()
        state.enabled[kind], state.dtypes[kind], state.cache = self._before.pop()

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(func):
            raise TypeError(f"autocast()(func) requires a callable, but got {type(func).__name__}; or use it in a with statement")

        @functools.wraps(func)
        def decorate_autocast(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorate_autocast


def check_device_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def cast(value: Any, device_type: str, to: dtype) -> Any:
    """`value` with the float tensors in it, float64 excepted, in another dtype."""
    if isinstance(value, Tensor):
        eligible = value.is_floating_point() and value.device.type == device_type and value.dtype is not float64
        return value.to(to) if eligible else value
    if isinstance(value, Mapping):
        return {cast(k, device_type, to): cast(v, device_type, to) for k, v in value.items()}
    if isinstance(value, (str, bytes)) or backend.is_array(value) or not isinstance(value, Iterable):
        return value
    parts = (cast(v, device_type, to) for v in value)
    return type(value)(parts) if isinstance(value, (list, tuple)) else parts


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: dtype | None = None) -> Any:
    """Decorates the `forward` of an `autograd.Function`, so that `custom_bwd` finds the autocast it ran in.

    With `cast_inputs`, where autocast is on, float tensors come in that dtype, and autocast is off in the function.
    """
    check_device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args: Any, **kwargs: Any) -> Any:
        enabled = is_autocast_enabled(device_type)
        args[0]._dtype = get_autocast_dtype(device_type)
        args[0]._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(*cast(args, device_type, cast_inputs), **cast(kwargs, device_type, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates the `backward` of an `autograd.Function`: it runs in the autocast of its forward, which `custom_fwd` noted."""
    check_device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd
