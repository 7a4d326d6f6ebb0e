"""torch.backends.cuda: switches of PyTorch's CUDA libraries. They are remembered, and change nothing: CuPy computes in full float32."""

from __future__ import annotations

from .. import backend
from ..missing import explains_missing
from ..settings import get_float32_matmul_precision, set_float32_matmul_precision

__all__ = [
    "allow_fp16_bf16_reduction_math_sdp", "cudnn_sdp_enabled", "enable_cudnn_sdp", "enable_flash_sdp", "enable_math_sdp",
    "enable_mem_efficient_sdp", "flash_sdp_enabled", "fp16_bf16_reduction_math_sdp_allowed", "is_built", "is_flash_attention_available",
    "math_sdp_enabled", "matmul", "mem_efficient_sdp_enabled",
]  # fmt: skip

__getattr__ = explains_missing(__name__)


class MatmulSwitches:
    """``torch.backends.cuda.matmul``: how precise a product must be."""

    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True
    allow_fp16_accumulation = False
    fp32_precision = "none"

    @property
    def allow_tf32(self) -> bool:
        """Another way to say ``set_float32_matmul_precision``."""
        return get_float32_matmul_precision() != "highest"

    @allow_tf32.setter
    def allow_tf32(self, value: bool) -> None:
        set_float32_matmul_precision("high" if value else "highest")


matmul = MatmulSwitches()
# Which ways to compute attention are allowed; here there is one.
allowed = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True, "reduced": False}


def is_built() -> bool:
    """Whether CuPy sees a GPU."""
    return backend.gpu_count() > 0


def is_flash_attention_available() -> bool:
    """False."""
    return False


def enable_flash_sdp(enabled: bool) -> None:
    """Remembered."""
    allowed["flash"] = bool(enabled)


def flash_sdp_enabled() -> bool:
    """What was set."""
    return allowed["flash"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Remembered."""
    allowed["mem_efficient"] = bool(enabled)


def mem_efficient_sdp_enabled() -> bool:
    """What was set."""
    return allowed["mem_efficient"]


def enable_math_sdp(enabled: bool) -> None:
    """Remembered."""
    allowed["math"] = bool(enabled)


def math_sdp_enabled() -> bool:
    """What was set."""
    return allowed["math"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Remembered."""
    allowed["cudnn"] = bool(enabled)


def cudnn_sdp_enabled() -> bool:
    """What was set."""
    return allowed["cudnn"]


def allow_fp16_bf16_reduction_math_sdp(enabled: bool) -> None:
    """Remembered."""
    allowed["reduced"] = bool(enabled)


def fp16_bf16_reduction_math_sdp_allowed() -> bool:
    """What was set."""
    return allowed["reduced"]
