"""torch.accelerator: CUDA where CuPy sees a GPU, else none."""

from __future__ import annotations

from typing import Any

from . import cpu, cuda
from .missing import explains_missing
from .refused import refuse
from .tensor.dtypes import Device

__all__ = [
    "Graph", "current_accelerator", "current_device_idx", "current_device_index", "current_stream", "device_count", "device_index",
    "empty_cache", "empty_host_cache", "get_device_capability", "get_device_module", "get_memory_info", "is_available",
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved", "memory_stats",
    "reset_accumulated_memory_stats", "reset_peak_memory_stats", "set_device_idx", "set_device_index", "set_stream", "synchronize",
]  # fmt: skip

__getattr__ = explains_missing(__name__)

NO_STREAMS = "streams are CuPy's business here; everything runs in the current one"
NOT_COUNTED = "CuPy does not count it; see memory_allocated and get_memory_info"
Graph, current_stream, set_stream = refuse("Graph current_stream set_stream", NO_STREAMS)
memory_stats, reset_accumulated_memory_stats, get_device_capability = refuse(
    "memory_stats reset_accumulated_memory_stats get_device_capability", NOT_COUNTED
)


def is_available() -> bool:
    """Whether there is one."""
    return cuda.is_available()


def device_count() -> int:
    """How many there are."""
    return cuda.device_count()


def current_accelerator(check_available: bool = False) -> Device | None:
    """``device("cuda")``, or None where there is none."""
    return Device("cuda") if is_available() else None


def there_is_one() -> None:
    if not is_available():
        raise RuntimeError("Cannot access accelerator device when none is available.")


def current_device_index() -> int:
    """The index of the current device."""
    there_is_one()
    return cuda.current_device()


def set_device_index(device: Any, /) -> None:
    """Make it the current device."""
    there_is_one()
    cuda.set_device(device)


def synchronize(device: Any = None, /) -> None:
    """Wait until it has finished."""
    there_is_one()
    cuda.synchronize(device)


def empty_cache() -> None:
    """Give the memory that is not in use back to the driver."""
    there_is_one()
    cuda.empty_cache()


empty_host_cache = empty_cache


def memory_allocated(device: Any = None, /) -> int:
    """Bytes that tensors use."""
    there_is_one()
    return cuda.memory_allocated(device)


def memory_reserved(device: Any = None, /) -> int:
    """Bytes taken from the driver."""
    there_is_one()
    return cuda.memory_reserved(device)


def max_memory_allocated(device: Any = None, /) -> int:
    """See `torch.cuda.max_memory_allocated`."""
    there_is_one()
    return cuda.max_memory_allocated(device)


def max_memory_reserved(device: Any = None, /) -> int:
    """See `torch.cuda.max_memory_reserved`."""
    there_is_one()
    return cuda.max_memory_reserved(device)


def reset_peak_memory_stats(device: Any = None, /) -> None:
    """See `torch.cuda.reset_peak_memory_stats`."""
    there_is_one()
    cuda.reset_peak_memory_stats(device)


def get_memory_info(device: Any = None, /) -> tuple[int, int]:
    """Free bytes, and bytes in all."""
    there_is_one()
    return cuda.mem_get_info(device)


current_device_idx, set_device_idx = current_device_index, set_device_index


class device_index(cuda.device):
    """Within the block, the device of this index is the current one; None changes nothing."""

    def __init__(self, device: int | None, /) -> None:
        super().__init__(-1 if device is None else device)


def get_device_module(device: Any = None) -> Any:
    """`torch.cuda` or `torch.cpu`: the module for a device, or for the one there is."""
    kind = Device(device).type if device is not None else "cuda" if is_available() else "cpu"
    if kind not in ("cpu", "cuda"):
        raise RuntimeError(f"Invalid device module '{kind}': there are cpu and cuda here")
    return cuda if kind == "cuda" else cpu
