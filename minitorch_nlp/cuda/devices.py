"""The GPUs: which there are, which is the current one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .. import backend
from ..tensor.dtypes import Device

__all__ = [
    "can_device_access_peer", "current_device", "device", "device_count", "device_of", "get_arch_list", "get_device_capability",
    "get_device_name", "get_device_properties", "index_of", "init", "is_available", "is_bf16_supported", "is_initialized",
    "is_tf32_supported", "need_gpu", "set_device", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether CuPy is installed and sees a CUDA device."""
    return backend.gpu_count() > 0


def device_count() -> int:
    """How many CUDA devices CuPy sees."""
    return backend.gpu_count()


def need_gpu() -> Any:
    """CuPy, or an AssertionError where there is no GPU."""
    if not is_available():
        raise AssertionError("torch.cuda: CuPy sees no CUDA device here; ask torch.cuda.is_available() first")
    return backend.cupy()


def init() -> None:
    """Nothing is left to be done where there is a GPU."""
    need_gpu()


def is_initialized() -> bool:
    """Whether there is a GPU: CuPy sets it up when it is first used."""
    return is_available()


def current_device() -> int:
    """The index of the current device."""
    return int(need_gpu().cuda.runtime.getDevice())


def index_of(device: Any) -> int:
    """The index that an index, a name or a device means; None is the current device."""
    if device is None:
        return current_device()
    if isinstance(device, int):
        return device
    device = Device(device)
    if device.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {device}")
    return current_device() if device.index is None else device.index


def set_device(device: Any) -> None:
    """Make it the current device; a negative index changes nothing."""
    index = index_of(device)
    if index >= 0:
        need_gpu().cuda.runtime.setDevice(index)


class device:
    """Within the block, this is the current device; a negative index changes nothing.

    Args:
        device: an index, a name such as "cuda:1", or a `torch.device`.
    """

    def __init__(self, device: Any) -> None:
        self.index = device if isinstance(device, int) else index_of(device)
        self.before = -1

    def __enter__(self) -> None:
        if self.index >= 0:
            self.before = current_device()
            set_device(self.index)

    def __exit__(self, *exc: object) -> None:
        set_device(self.before)


class device_of(device):
    """Within the block, the device of a tensor is the current one; a tensor on the CPU changes nothing."""

    def __init__(self, obj: Any) -> None:
        super().__init__(obj.get_device() if obj.is_cuda else -1)


def get_device_properties(device: Any = None) -> Any:
    """Name, memory and capability of a GPU: attributes `name`, `major`, `minor`, `total_memory`, `multi_processor_count`."""
    facts = need_gpu().cuda.runtime.getDeviceProperties(index_of(device))
    return SimpleNamespace(
        name=facts["name"].decode(),
        major=facts["major"],
        minor=facts["minor"],
        total_memory=facts["totalGlobalMem"],
        multi_processor_count=facts["multiProcessorCount"],
    )


def get_device_name(device: Any = None) -> str:
    """What the GPU is called."""
    return get_device_properties(device).name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Its compute capability: (9, 0), say."""
    facts = get_device_properties(device)
    return facts.major, facts.minor


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Whether one GPU can read another's memory."""
    return bool(need_gpu().cuda.runtime.deviceCanAccessPeer(index_of(device), index_of(peer_device)))


def synchronize(device: Any = None) -> None:
    """Wait until the GPU has finished; nothing to do without one."""
    if is_available():
        backend.cupy().cuda.Device(index_of(device)).synchronize()


def get_arch_list() -> list[str]:
    """What is compiled in: nothing, CuPy compiles for the GPU it finds."""
    return []


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False: CuPy has no bfloat16."""
    return False


def is_tf32_supported() -> bool:
    """False: products are computed in full."""
    return False
