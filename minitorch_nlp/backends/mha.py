"""torch.backends.mha: PyTorch's shortcut through attention in evaluation mode. Its numbers are the same; there is none here."""

__all__ = ["get_fastpath_enabled", "set_fastpath_enabled"]

fastpath = True


def get_fastpath_enabled() -> bool:
    """What was set."""
    return fastpath


def set_fastpath_enabled(value: bool) -> None:
    """Remembered."""
    global fastpath
    fastpath = bool(value)
