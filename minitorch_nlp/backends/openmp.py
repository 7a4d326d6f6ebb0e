"""torch.backends.openmp: no threads of OpenMP's here; matrix products use those of NumPy's BLAS."""

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
