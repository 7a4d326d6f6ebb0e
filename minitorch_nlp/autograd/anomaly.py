"""`detect_anomaly`: stop at the first NaN in a backward, and say where its op was called in the forward."""

from __future__ import annotations

from .mode import debug

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_anomaly_enabled", "set_detect_anomaly"]


def is_anomaly_enabled() -> bool:
    """Whether ops remember where they were called, and backward looks for NaN."""
    return debug.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether backward looks for NaN while anomaly detection is on."""
    return debug.check_nan


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Turn anomaly detection on or off, for all threads."""
    debug.watch(int(bool(mode)) - int(debug.anomaly))
    debug.anomaly, debug.check_nan = bool(mode), bool(check_nan)


class set_detect_anomaly:
    """Turn anomaly detection on or off, at once or for a ``with`` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = debug.anomaly, debug.check_nan
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.before)


class detect_anomaly:
    """Within the block, ops remember where they were called; a NaN gradient raises, and a warning shows the line of its op.

    >>> import minitorch_nlp as torch
    >>> with torch.autograd.detect_anomaly():
    ...     x = torch.ones(2, requires_grad=True)
    ...     x.log().sum().backward()
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self.before.append((debug.anomaly, debug.check_nan))
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.before.pop())
