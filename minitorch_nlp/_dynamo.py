"""torch._dynamo, as far as scripts touch it. Nothing is compiled: settings can be made and mean nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .compiler import OptimizedModule, allow_in_graph, disable, is_compiling, list_backends, reset
from .missing import explains_missing

__all__ = [
    "OptimizedModule", "allow_in_graph", "config", "disable", "graph_break", "is_compiling", "list_backends", "mark_dynamic", "reset",
]  # fmt: skip

config = SimpleNamespace(
    accumulated_cache_size_limit=256,
    allow_unspec_int_on_nn_module=False,
    assume_static_by_default=True,
    automatic_dynamic_shapes=True,
    cache_size_limit=8,
    capture_dynamic_output_shape_ops=False,
    capture_scalar_outputs=False,
    error_on_recompile=False,
    inline_inbuilt_nn_modules=True,
    optimize_ddp=True,
    recompile_limit=8,
    suppress_errors=False,
    verbose=False,
)

__getattr__ = explains_missing(__name__)


def graph_break(msg: str = "") -> None:
    """There is no graph to break."""


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Sizes may change anyway."""
