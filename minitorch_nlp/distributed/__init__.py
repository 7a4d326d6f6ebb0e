"""torch.distributed: one process. It says so when asked, and refuses to be more."""

from __future__ import annotations

import os
from enum import IntEnum
from typing import Any, NoReturn

from ..missing import explains_missing
from ..refused import refuse

__all__ = [
    "ReduceOp", "all_gather", "all_gather_into_tensor", "all_gather_object", "all_reduce", "all_to_all", "all_to_all_single", "barrier",
    "broadcast", "broadcast_object_list", "destroy_process_group", "gather", "gather_object", "get_backend",
    "get_default_backend_for_device", "get_node_local_rank", "get_rank", "get_world_size", "init_device_mesh", "init_process_group",
    "irecv", "is_available", "is_backend_available", "is_gloo_available", "is_initialized", "is_mpi_available", "is_nccl_available",
    "is_torchelastic_launched", "is_ucc_available", "is_xccl_available", "isend", "monitored_barrier", "new_group", "recv", "reduce",
    "reduce_scatter", "reduce_scatter_tensor", "scatter", "scatter_object_list", "send",
]  # fmt: skip

__getattr__ = explains_missing(__name__)

ONE_PROCESS = "training in several processes is not supported; run the script in one, where torch.distributed.is_available() is False"
init_process_group, init_device_mesh, new_group, get_default_backend_for_device = refuse(
    "init_process_group init_device_mesh new_group get_default_backend_for_device", ONE_PROCESS
)


class ReduceOp(IntEnum):
    """How values of several processes are brought together."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM, UNUSED = range(10)


def is_available() -> bool:
    """False."""
    return False


is_initialized = is_nccl_available = is_gloo_available = is_mpi_available = is_ucc_available = is_xccl_available = is_available
is_torchelastic_launched = is_available


def is_backend_available(backend: str) -> bool:
    """False."""
    return False


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """What a launcher wrote into LOCAL_RANK, else `fallback_rank`."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment; pass fallback_rank")
    return int(fallback_rank)


def no_group(*args: Any, **kwargs: Any) -> NoReturn:
    """There are no other processes: a ValueError, as in PyTorch before `init_process_group`."""
    raise ValueError(f"Default process group has not been initialized: {ONE_PROCESS}")


get_rank = get_world_size = get_backend = barrier = monitored_barrier = destroy_process_group = no_group
all_reduce = all_gather = all_gather_into_tensor = all_gather_object = all_to_all = all_to_all_single = broadcast = no_group
broadcast_object_list = gather = gather_object = scatter = scatter_object_list = reduce = reduce_scatter = no_group
reduce_scatter_tensor = send = recv = isend = irecv = no_group
