"""torch.autograd.profiler, as it was before `torch.profiler`: times the stretches that `record_function` names, and nothing else.

Single operations, their shapes and their memory are not recorded: without a `record_function` the tables are empty.
"""

from __future__ import annotations

from typing import Any

from ..missing import explains_missing
from ..profiler import Interval, ProfilerActivity, kineto_available, record_function
from ..profiler import profile as stretches
from ..refused import refuse

__all__ = ["emit_itt", "emit_nvtx", "kineto_available", "load_nvprof", "profile", "record_function"]

__getattr__ = explains_missing(__name__)

emit_nvtx, emit_itt, load_nvprof = refuse(
    "emit_nvtx emit_itt load_nvprof", "operations are not recorded here; name a stretch with record_function"
)


class profile(stretches):
    """Collects the stretches named by `record_function` while it is on.

    Args:
        enabled: False records nothing.
        use_cuda, use_device: accepted with a warning: only the CPU is watched.
        record_shapes, with_stack, with_modules, use_kineto, use_cpu, acc_events: accepted; there are no operations to say that of.
        with_flops, profile_memory: not supported.

    >>> from minitorch_nlp.autograd import profiler
    >>> with profiler.profile() as prof:
    ...     with profiler.record_function("forward"):
    ...         pass
    >>> [row.key for row in prof.key_averages()]
    ['forward']
    """

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None, record_shapes: bool = False,
        with_flops: bool = False, profile_memory: bool = False, with_stack: bool = False, with_modules: bool = False,
        use_kineto: bool = False, use_cpu: bool = True, acc_events: bool = False,
    ) -> None:  # fmt: skip
        on_gpu = use_cuda or use_device not in (None, "cpu")
        super().__init__(activities=[ProfilerActivity.CUDA] if on_gpu else None, profile_memory=profile_memory, with_flops=with_flops)
        self.enabled = enabled

    def start(self) -> None:
        """Begin, if enabled."""
        if self.enabled:
            super().start()

    @property
    def function_events(self) -> list[Interval] | None:
        """Every stretch, as it ended; None if not enabled."""
        return self.events() if self.enabled else None

    def table(self, sort_by: str | None = None, row_limit: int = 100, **kwargs: Any) -> str:
        """The stretches by name, as text."""
        return self.key_averages().table(sort_by, row_limit)

    def __repr__(self) -> str:
        return self.table() if self.enabled else "<disabled torch.autograd.profiler.profile>"
