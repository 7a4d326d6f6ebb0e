"""torch.backends.opt_einsum: einsum contracts from left to right here; the switches are remembered."""

__all__ = ["get_opt_einsum", "is_available"]

enabled = False
strategy: "str | None" = None


def is_available() -> bool:
    """False: opt_einsum is not used."""
    return False


def get_opt_einsum() -> None:
    """None: it is not used."""
    return
