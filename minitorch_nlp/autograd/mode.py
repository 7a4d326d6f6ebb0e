"""Grad modes: whether ops are recorded on the tape. Each thread has its own."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = [
    "debug",
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_multithreading_enabled",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
    "state",
]

F = TypeVar("F", bound=Callable[..., Any])


class Walk:
    """A backward under way: where it started, and whether it accumulates into every leaf."""

    __slots__ = ("everywhere", "starts")

    def __init__(self, starts: list[tuple[Any, Any]], everywhere: bool) -> None:
        self.starts = starts
        self.everywhere = everywhere

    @property
    def roots(self) -> list[Any]:
        """The nodes, or leaves, it started from."""
        return [edge for edge, _ in self.starts]


class State(threading.local):
    """This thread's grad mode, and who keeps what its ops save (the last entry)."""

    enabled: bool = True
    inference: bool = False
    keepers: tuple[Any, ...] = ()
    no_keepers: str | None = None  # why new keepers are refused
    walk: Walk | None = None  # the backward under way


class Debug:
    """What `apply` and the engine look at once per op: anomaly detection, and whether new nodes are to be looked at at all."""

    anomaly: bool = False
    check_nan: bool = True
    watching: int = 0  # anomaly detection and keepers, counted over all threads
    lock = threading.Lock()

    def watch(self, count: int) -> None:
        with self.lock:
            self.watching += count


state = State()
debug = Debug()


def is_grad_enabled() -> bool:
    """Whether ops on tensors that require grad are being recorded in this thread."""
    return state.enabled


def is_inference_mode_enabled() -> bool:
    return state.inference


def is_multithreading_enabled() -> bool:
    """False: backward runs in the thread that called it."""
    return False


class set_multithreading_enabled:
    """Says whether backward may use several threads; it never does, so this changes nothing."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


class GradMode:
    """A grad mode as a context manager and as a decorator; generators keep it while they run, and only then."""

    enabled: bool

    def __init__(self) -> None:
        self.previous: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self.previous.append((state.enabled, state.inference))
        state.enabled = self.enabled and not state.inference

    def __exit__(self, *exc: object) -> None:
        state.enabled, state.inference = self.previous.pop()

    def clone(self) -> GradMode:
        """A fresh context for each call of a decorated function, so that it may recurse."""
        return type(self)()

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return self.decorate_generator(function)

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]

    def decorate_generator(self, function: F) -> F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            sent = None
            try:
                while True:
                    with self.clone():
                        item = generator.send(sent)
                    sent = yield item
            except StopIteration as stop:
                return stop.value
            finally:
                generator.close()

        return wrapper  # type: ignore[return-value]


class no_grad(GradMode):
    """Ops inside are not recorded.

    >>> import minitorch_nlp as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    enabled = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """``@no_grad`` without parentheses decorates too."""
        mode = super().__new__(cls)
        if function is None:
            return mode
        mode.__init__()
        return mode(function)

    def __init__(self, function: None = None) -> None:
        super().__init__()


class enable_grad(no_grad):
    """Ops inside are recorded, also within `no_grad`; but not within `inference_mode`."""

    enabled = True


class set_grad_enabled(GradMode):
    """Sets the grad mode at once when called, or for a block when used with ``with``."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.enabled = bool(mode)
        self.before = state.enabled
        state.enabled = self.enabled and not state.inference

    def __enter__(self) -> None:
        self.previous.append((self.before, state.inference))
        state.enabled = self.enabled and not state.inference

    def __call__(self, function: F) -> F:
        state.enabled = self.before  # used as a decorator: nothing changes until the function runs
        return super().__call__(function)

    def clone(self) -> GradMode:
        return set_grad_enabled(self.enabled)


class inference_mode(GradMode):
    """`no_grad` under torch's newer name; ``inference_mode(False)`` records."""

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        self = super().__new__(cls)
        if not callable(mode):
            return self
        self.__init__()
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.inference = bool(mode)
        self.enabled = not mode

    def __enter__(self) -> None:
        self.previous.append((state.enabled, state.inference))
        state.enabled, state.inference = self.enabled, self.inference

    def clone(self) -> GradMode:
        return inference_mode(self.inference)
