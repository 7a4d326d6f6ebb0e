"""torch.backends.mkldnn: oneDNN is not used. Its switches are remembered, and change nothing."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

from ..missing import explains_missing
from ._flags import changed

__all__ = ["flags", "is_available"]

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"

__getattr__ = explains_missing(__name__)


def is_available() -> bool:
    """False."""
    return False


def flags(
    enabled: bool = False, deterministic: bool = False, allow_tf32: bool = True, fp32_precision: str = "none"
) -> AbstractContextManager[None]:
    """Other switches for a ``with`` block."""
    return changed(
        sys.modules[__name__], enabled=enabled, deterministic=deterministic, allow_tf32=allow_tf32, fp32_precision=fp32_precision
    )
