"""Choosing among implementations of `scaled_dot_product_attention`: here there is one, so a choice is accepted and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from ...refused import refuse

__all__ = [
    "WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "activate_flash_attention_impl", "current_flash_attention_impl", "list_flash_attention_impls",
    "register_flash_attention_impl", "restore_flash_attention_impl", "sdpa_kernel",
]  # fmt: skip

WARN_FOR_UNFUSED_KERNELS = False  # nothing here warns


class SDPBackend(IntEnum):
    """The implementations torch has, by name."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __str__(self) -> str:
        return f"SDPBackend.{self.name}"


@contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False) -> Iterator[dict[Any, Any]]:
    """A ``with`` block that names the backends `scaled_dot_product_attention` may use; all of them are the same function here.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.attention import SDPBackend, sdpa_kernel
    >>> q = torch.ones(1, 2, 3)
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     torch.nn.functional.scaled_dot_product_attention(q, q, q)
    tensor([[[1., 1., 1.],
             [1., 1., 1.]]])
    """
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {type(backends).__name__}")
    yield {}


def list_flash_attention_impls() -> list[str]:
    """The other implementations of flash attention that may be activated: none."""
    return []


def current_flash_attention_impl() -> None:
    """The one that is active: none."""
    return None


def restore_flash_attention_impl() -> None:
    """Back to the one implementation there is."""


activate_flash_attention_impl, register_flash_attention_impl = refuse(
    "activate_flash_attention_impl register_flash_attention_impl", "scaled_dot_product_attention has one implementation"
)
