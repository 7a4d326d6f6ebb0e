"""torch.backends.cudnn: cuDNN is not used. Its switches are remembered, and change nothing."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

from ..missing import explains_missing
from ._flags import changed

__all__ = ["flags", "is_acceptable", "is_available", "version"]

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True
fp32_precision = "none"

__getattr__ = explains_missing(__name__)


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None: there is none."""
    return


def is_acceptable(tensor: object) -> bool:
    """False: no tensor is given to it."""
    return False


def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int | None = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
    fp32_precision: str = "none",
) -> AbstractContextManager[None]:
    """Other switches for a ``with`` block."""
    return changed(
        sys.modules[__name__],
        enabled=enabled,
        benchmark=benchmark,
        benchmark_limit=benchmark_limit,
        deterministic=deterministic,
        allow_tf32=allow_tf32,
        fp32_precision=fp32_precision,
    )
