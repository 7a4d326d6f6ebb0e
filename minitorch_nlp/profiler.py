"""torch.profiler: times the stretches that `record_function` names. Single operations, shapes and memory are not recorded."""

from __future__ import annotations

import functools
import json
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from .missing import explains_missing
from .refused import refuse

__all__ = [
    "ExecutionTraceObserver", "Interval", "ProfilerAction", "ProfilerActivity", "Table", "kineto_available", "profile", "record_function",
    "schedule", "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip

__getattr__ = explains_missing(__name__)

(ExecutionTraceObserver,) = refuse("ExecutionTraceObserver", "operations are not recorded here")


class ProfilerActivity(Enum):
    """What is watched."""

    CPU = 0
    XPU = 1
    CUDA = 2
    MTIA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(Enum):
    """What to do in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """False."""
    return False


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0, acc_events: bool = False
) -> Callable[[int], ProfilerAction]:
    """A function step -> action: skip, then cycles of waiting, warming up and recording; `repeat` cycles, or without end for 0."""
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("schedule: wait, warmup, repeat and skip_first must be 0 or more, active 1 or more")

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"schedule: a step must be 0 or more, not {step}")
        place, length = step - skip_first, wait + warmup + active
        if place < 0:
            return ProfilerAction.NONE
        place += wait if skip_first_wait else 0
        if repeat and place >= repeat * length:
            return ProfilerAction.NONE
        place %= length
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if place == length - 1 else ProfilerAction.RECORD

    return action


class Interval:
    """A stretch of time with a name; begin and length in microseconds."""

    def __init__(self, name: str, begin: float, length: float) -> None:
        self.name, self.begin, self.length, self.thread = name, begin, length, threading.get_ident()


class Row:
    """All stretches of one name."""

    def __init__(self, key: str, intervals: list[Interval]) -> None:
        self.key = key
        self.count = len(intervals)
        self.cpu_time_total = sum(i.length for i in intervals)
        self.cpu_time = self.cpu_time_total / self.count


class Table(list[Row]):
    """What `key_averages` returns."""

    def table(self, sort_by: str | None = None, row_limit: int = 100, **kwargs: Any) -> str:
        """As text, longest first; `row_limit` -1 for all. Times are in microseconds."""
        rows = sorted(self, key=lambda row: -row.cpu_time_total) if sort_by else list(self)
        rows = rows if row_limit < 0 else rows[:row_limit]
        width = max([len(row.key) for row in rows] + [4])
        lines = [f"{'Name':>{width}}  {'CPU total':>12}  {'CPU time avg':>12}  {'# of Calls':>10}"]
        lines += [f"{row.key:>{width}}  {row.cpu_time_total:10.3f}us  {row.cpu_time:10.3f}us  {row.count:>10}" for row in rows]
        return "\n".join(lines) + "\n"


running: list[profile] = []


class record_function:
    """Names the stretch of time that a block takes, or each call of a function decorated with it."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.begin = 0.0

    def __enter__(self) -> record_function:
        self.begin = time.perf_counter()
        return self

    def __exit__(self, *exc: object) -> None:
        length = time.perf_counter() - self.begin
        for profiler in running:
            profiler.intervals.append(Interval(self.name, self.begin * 1e6, length * 1e6))

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name):
                return function(*args, **kwargs)

        return wrapper


class profile:
    """Collects the stretches named by `record_function` while it is on.

    Args:
        activities: the CPU is watched; others are warned about.
        schedule: a function of the step's number, see `schedule`; without one all is recorded.
        on_trace_ready: called with this profiler at the end of each cycle, or of the block.
        record_shapes, with_stack, with_modules, acc_events: accepted; there are no operations to say that of.
        profile_memory, with_flops: not supported.
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        acc_events: bool = False,
    ) -> None:
        if profile_memory or with_flops:
            raise NotImplementedError("profile: profile_memory and with_flops are not supported; operations are not recorded here")
        others = [a.name for a in activities or () if a is not ProfilerActivity.CPU]
        if others:
            warnings.warn(f"profile: only the CPU is watched, not {', '.join(others)}", stacklevel=2)
        self.plan = schedule or (lambda step: ProfilerAction.RECORD)
        self.on_trace_ready = on_trace_ready
        self.intervals: list[Interval] = []
        self.step_num = 0
        self.current_action = self.plan(0)
        self.step_began = 0.0

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        self.step_began = time.perf_counter()
        self.listen()

    def listen(self) -> None:
        wanted = self.current_action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if wanted and self not in running:
            self.intervals = []
            running.append(self)
        elif not wanted and self in running:
            running.remove(self)

    def step(self) -> None:
        """The next step begins."""
        now = time.perf_counter()
        if self in running:
            self.intervals.append(Interval(f"ProfilerStep#{self.step_num}", self.step_began * 1e6, (now - self.step_began) * 1e6))
        if self.current_action is ProfilerAction.RECORD_AND_SAVE:
            running.remove(self)
            self.hand_over()
        self.step_num += 1
        self.step_began = now
        self.current_action = self.plan(self.step_num)
        self.listen()

    def hand_over(self) -> None:
        if self.on_trace_ready:
            self.on_trace_ready(self)

    def stop(self) -> None:
        """End."""
        if self in running:
            running.remove(self)
            self.hand_over()

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> Table:
        """The stretches by name, longest first: ``print(prof.key_averages().table(sort_by="cpu_time_total"))``."""
        by_name: dict[str, list[Interval]] = {}
        for interval in self.intervals:
            by_name.setdefault(interval.name, []).append(interval)
        return Table(sorted((Row(name, found) for name, found in by_name.items()), key=lambda row: -row.cpu_time_total))

    def events(self) -> list[Interval]:
        """Every stretch, as it ended."""
        return list(self.intervals)

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the stretches as a file for chrome://tracing or Perfetto."""
        process = os.getpid()
        events = [{"name": i.name, "ph": "X", "ts": i.begin, "dur": i.length, "pid": process, "tid": i.thread} for i in self.intervals]
        Path(path).write_text(json.dumps({"traceEvents": events}), encoding="utf-8")


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Callable[[profile], None]:
    """An `on_trace_ready` that writes each trace into a folder."""
    if use_gzip:
        raise NotImplementedError("tensorboard_trace_handler: use_gzip is not supported")

    def write(profiler: profile) -> None:
        name = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        Path(dir_name).mkdir(parents=True, exist_ok=True)
        profiler.export_chrome_trace(Path(dir_name) / f"{name}.{time.time_ns()}.pt.trace.json")

    return write
