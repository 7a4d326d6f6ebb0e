"""torch._inductor: settings of a compiler that is not here. They can be made and mean nothing."""

from __future__ import annotations

from types import SimpleNamespace

from .missing import explains_missing

__all__ = ["config"]

config = SimpleNamespace(
    coordinate_descent_tuning=False,
    cpp=SimpleNamespace(threads=-1),
    debug=False,
    epilogue_fusion=True,
    fx_graph_cache=True,
    max_autotune=False,
    triton=SimpleNamespace(cudagraphs=False, unique_kernel_names=True),
)

__getattr__ = explains_missing(__name__)
