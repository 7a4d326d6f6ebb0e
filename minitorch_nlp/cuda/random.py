"""torch.cuda.random: CuPy's generator. Its numbers are others than PyTorch's on a GPU."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..refused import Refused
from .devices import is_available

__all__ = [
    "get_rng_state", "get_rng_state_all", "initial_seed", "manual_seed", "manual_seed_all", "seed", "seed_all", "set_rng_state",
    "set_rng_state_all",
]  # fmt: skip

NO_STATE = "CuPy does not say the state of its generator; seed it with torch.cuda.manual_seed"
get_rng_state, set_rng_state, initial_seed = [Refused(name, NO_STATE) for name in ("get_rng_state", "set_rng_state", "initial_seed")]


def manual_seed(seed: int) -> None:
    """Seed CuPy's generator; accepted, as in torch, where there is no GPU. The CPU generator is not touched."""
    if is_available():
        backend.cupy().random.seed(int(seed) % 2**32)


def seed() -> None:
    """Seed CuPy's generator from the operating system; nothing to do without a GPU."""
    if is_available():
        backend.cupy().random.seed(None)


manual_seed_all, seed_all = manual_seed, seed


def get_rng_state_all() -> list[Any]:
    """The states of every GPU's generator: [] without one."""
    return [get_rng_state(i) for i in range(backend.gpu_count())]


def set_rng_state_all(new_states: Any) -> None:
    """Put them back: nothing to do for []."""
    for state in new_states:
        set_rng_state(state)
