"""torch.cuda.Event, for timing. Everything runs in CuPy's current stream; others are not offered."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..refused import refuse
from .devices import is_available

__all__ = ["CUDAGraph", "Event", "ExternalStream", "Stream", "StreamContext", "current_stream", "default_stream", "set_stream", "stream"]

NO_STREAMS = "streams are not offered here; everything runs in CuPy's current one"
CUDAGraph, ExternalStream, Stream, StreamContext, current_stream, default_stream, set_stream, stream = refuse(
    "CUDAGraph ExternalStream Stream StreamContext current_stream default_stream set_stream stream", NO_STREAMS
)


class Event:
    """A mark in the GPU's work: ``start.record(); ...; end.record(); end.synchronize(); start.elapsed_time(end)``."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        if not is_available():
            raise RuntimeError("torch.cuda.Event: CuPy sees no CUDA device here")
        if interprocess:
            raise NotImplementedError("Event: interprocess=True is not supported")
        self.timed = enable_timing
        self.event = backend.cupy().cuda.Event(block=blocking, disable_timing=not enable_timing)

    def record(self, stream: Any = None) -> None:
        """Set the mark after what was asked of the GPU so far."""
        if stream is not None:
            raise NotImplementedError("Event.record: stream is not supported; everything runs in the current one")
        self.event.record()

    def query(self) -> bool:
        """Whether the GPU has come there."""
        return bool(self.event.done)

    def synchronize(self) -> None:
        """Wait until it has."""
        self.event.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds between two marks."""
        if not (self.timed and end_event.timed):
            raise ValueError("Event.elapsed_time: make both events with enable_timing=True")
        return float(backend.cupy().cuda.get_elapsed_time(self.event, end_event.event))
