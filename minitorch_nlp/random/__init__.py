"""Random numbers equal to torch's on a CPU: for the same seed and calls, the same numbers bit for bit.

Generators and draw functions on plain NumPy arrays; tensors are built on these.

>>> generator = manual_seed(0)
>>> uniform(3).tolist()
[0.49625658988952637, 0.7682217955589294, 0.08847743272781372]
"""

from __future__ import annotations

from typing import Any

from . import engine
from .discrete import integers, multinomial, permutation, random_full
from .distributions import bernoulli_from, bernoulli_mask, exponential, normal, uniform
from .engine import Generator, fork_rng, get_rng_state, initial_seed, manual_seed, seed, set_default_generator, set_rng_state
from .rejection import binomial, dirichlet, poisson, standard_gamma
from .transformed import cauchy, geometric, log_normal

__all__ = [
    "Generator",
    "bernoulli_from",
    "bernoulli_mask",
    "binomial",
    "cauchy",
    "default_generator",
    "dirichlet",
    "exponential",
    "fork_rng",
    "geometric",
    "get_rng_state",
    "initial_seed",
    "integers",
    "log_normal",
    "manual_seed",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_full",
    "seed",
    "set_default_generator",
    "set_rng_state",
    "standard_gamma",
    "uniform",
]

default_generator: Generator  # supplied by __getattr__


def __getattr__(name: str) -> Any:
    """`default_generator` is looked up when asked for, because `set_default_generator` may have replaced it."""
    if name == "default_generator":
        return engine.default_generator
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
