"""torch.compile and torch.compiler: there is no compiler here, so what was to be compiled runs as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .missing import explains_missing

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling",
    "is_exporting", "list_backends", "reset", "set_stance",
]  # fmt: skip

MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")

__getattr__ = explains_missing(__name__)


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    **kwargs: Any,
) -> Any:
    """`model` itself, a function or a module; without one, a decorator. The other arguments say how to compile, which is not done.

    PyTorch returns another module, whose `state_dict` keys begin with ``_orig_mod.``; here they stay as they are.
    """
    if mode is not None and options is not None:
        raise RuntimeError("compile: give mode or options, not both")
    if mode is not None and mode not in MODES:
        raise RuntimeError(f"compile: mode must be one of {', '.join(MODES)}, not {mode!r}")
    if model is not None and not callable(model):
        raise TypeError(f"compile: a function or a module is wanted, not {type(model).__name__}")
    return unchanged if model is None else model


def unchanged(x: Any) -> Any:
    return x


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """`fn`, which was not compiled anyway; without one, a decorator."""
    return unchanged if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """`fn`."""
    return fn


def assume_constant_result(fn: Any) -> Any:
    """`fn`."""
    return fn


def reset() -> None:
    """Forget what was compiled: nothing."""


def cudagraph_mark_step_begin() -> None:
    """Nothing is recorded here."""


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """None."""
    return []


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


class set_stance:
    """How to compile from now on, in a ``with`` block, or in the function decorated: there is nothing to choose."""

    def __init__(self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass

    def __call__(self, fn: Any) -> Any:
        return fn
