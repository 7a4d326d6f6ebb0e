"""The GPU's memory, as CuPy's pool sees it. Without a GPU, nothing is used."""

from __future__ import annotations

from typing import Any

from ..refused import refuse
from .devices import index_of, is_available, need_gpu

__all__ = [
    "empty_cache", "ipc_collect", "max_memory_allocated", "max_memory_cached", "max_memory_reserved", "mem_get_info", "memory_allocated",
    "memory_cached", "memory_reserved", "memory_snapshot", "memory_stats", "memory_stats_as_nested_dict", "memory_summary",
    "reset_accumulated_memory_stats", "reset_max_memory_allocated", "reset_max_memory_cached", "reset_peak_memory_stats",
    "set_per_process_memory_fraction",
]  # fmt: skip

NOT_COUNTED = "CuPy does not count it; see memory_allocated, memory_reserved and mem_get_info"
memory_snapshot, memory_stats, memory_stats_as_nested_dict, memory_summary, reset_accumulated_memory_stats = refuse(
    "memory_snapshot memory_stats memory_stats_as_nested_dict memory_summary reset_accumulated_memory_stats", NOT_COUNTED
)


def in_device(device: Any, ask: str) -> int:
    if not is_available():
        return 0
    xp = need_gpu()
    with xp.cuda.Device(index_of(device)):
        return int(getattr(xp.get_default_memory_pool(), ask)())


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors use."""
    return in_device(device, "used_bytes")


def memory_reserved(device: Any = None) -> int:
    """Bytes taken from the driver."""
    return in_device(device, "total_bytes")


def max_memory_reserved(device: Any = None) -> int:
    """The same as `memory_reserved`: CuPy's pool keeps what it has taken, until `empty_cache`."""
    return memory_reserved(device)


def max_memory_allocated(device: Any = None) -> int:
    """An upper bound: bytes taken from the driver since `empty_cache`. CuPy does not note the peak of what was in use."""
    return memory_reserved(device)


def reset_peak_memory_stats(device: Any = None) -> None:
    """Begin the peaks anew: as `empty_cache`."""
    need_gpu()
    empty_cache()


memory_cached, max_memory_cached = memory_reserved, max_memory_reserved
reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats


def empty_cache() -> None:
    """Give the memory that is not in use back to the driver; nothing to do without a GPU."""
    if is_available():
        need_gpu().get_default_memory_pool().free_all_blocks()


def ipc_collect() -> None:
    """There is no memory shared between processes."""
    need_gpu()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Free bytes, and bytes in all."""
    xp = need_gpu()
    free, total = xp.cuda.Device(index_of(device)).mem_info
    return int(free), int(total)


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Take no more than this part of the GPU's memory."""
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must be between 0 and 1, not {fraction}")
    xp = need_gpu()
    with xp.cuda.Device(index_of(device)):
        xp.get_default_memory_pool().set_limit(fraction=fraction)
