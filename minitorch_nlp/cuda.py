"""torch.cuda's questions, answered truthfully: a GPU is there when CuPy sees one."""

from __future__ import annotations

from . import backend

__all__ = ["current_device", "device_count", "is_available", "manual_seed", "manual_seed_all", "synchronize"]


def is_available() -> bool:
    """Whether CuPy is installed and sees a CUDA device."""
    return backend.gpu_count() > 0


def device_count() -> int:
    return backend.gpu_count()


def current_device() -> int:
    return int(backend.cupy().cuda.runtime.getDevice())


def manual_seed(seed: int) -> None:
    """Seed CuPy's generator; accepted, as in torch, where there is no GPU. The CPU generator is not touched."""
    if is_available():
        backend.cupy().random.seed(int(seed) % 2**32)


manual_seed_all = manual_seed


def synchronize(device: object = None) -> None:
    """Wait until the GPU has finished; nothing to do without one."""
    if is_available():
        backend.cupy().cuda.runtime.deviceSynchronize()
