"""torch.autograd.forward_ad: dual tensors do not exist here; each name says what to use instead."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


def refuse(name: str) -> NoReturn:
    raise NotImplementedError(
        f"forward_ad.{name}: dual tensors are not supported; torch.func.jvp(f, primals, tangents) gives the same derivative"
    )


def make_dual(tensor: Any, tangent: Any, *, level: Any = None) -> NoReturn:
    """Refused; see `torch.func.jvp`."""
    refuse("make_dual")


def unpack_dual(tensor: Any, *, level: Any = None) -> NoReturn:
    """Refused; see `torch.func.jvp`."""
    refuse("unpack_dual")


def enter_dual_level() -> NoReturn:
    """Refused; see `torch.func.jvp`."""
    refuse("enter_dual_level")


def exit_dual_level(*, level: Any = None) -> NoReturn:
    """Refused; see `torch.func.jvp`."""
    refuse("exit_dual_level")


def dual_level() -> NoReturn:
    """Refused; see `torch.func.jvp`."""
    refuse("dual_level")
