"""`detect_anomaly`: stop at the first NaN in a backward, and say where its op was called in the forward."""

from __future__ import annotations

from .mode import debug

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Turn anomaly detection on or off, at once or for a ``with`` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = debug.anomaly
        debug.anomaly = bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        debug.anomaly = self.before


class detect_anomaly(set_detect_anomaly):
    """Within the block, ops remember where they were called, and a NaN gradient raises there."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
