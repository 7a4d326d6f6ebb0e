"""Random tensors: torch's functions over the generators of `minitorch_nlp.random`, which draw torch's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend, random
from ..autograd import tape
from ..autograd.mode import state
from ..functional._op import Traced
from .base import TensorBase, array_of, integer
from .creation import deliver, empty_like, float_or, place, shape_from
from .dtypes import Device
from .results import into

__all__ = [
    "Generator", "bernoulli", "binomial", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "multinomial",
    "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed", "set_rng_state",
]  # fmt: skip


class Generator(random.Generator):
    """A stream of random numbers of its own: ``Generator().manual_seed(0)``."""

    @property
    def device(self) -> Device:
        """Where the numbers are made: the CPU."""
        return Device("cpu")

    def get_state(self) -> Any:
        """The state as a uint8 tensor, byte for byte torch's."""
        return TensorBase._wrap(self.state_bytes())

    def set_state(self, new_state: Any) -> None:
        """Go back to a state that `get_state` returned."""
        if not isinstance(new_state, Traced):
            raise TypeError(f"set_state: the state must be a uint8 Tensor, not a {type(new_state).__name__}; pass what get_state returned")
        self.load_state_bytes(new_state.array)


default_generator = Generator()
default_generator.seed()
random.set_default_generator(default_generator)


fork_rng, get_rng_state, set_rng_state = random.fork_rng, random.get_rng_state, random.set_rng_state
manual_seed, seed, initial_seed = random.manual_seed, random.seed, random.initial_seed


def float_dtype(dtype: Any, name: str, out: Any = None) -> np.dtype:
    kind = float_or(dtype, out)
    if kind.kind not in "fV":
        raise NotImplementedError(f"{name}: not implemented for {kind}; ask for a floating point dtype")
    return kind


def rand(*sizes: Any, size: Any = None, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         pin_memory: bool = False, out: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """Uniform on [0, 1)."""
    array = random.uniform(shape_from(sizes, "rand", size), float_dtype(dtype, "rand", out), generator=generator)
    return deliver("rand", array, device, requires_grad, out, layout)


def randn(*sizes: Any, size: Any = None, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          pin_memory: bool = False, out: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """Normal with mean 0 and variance 1."""
    array = random.normal(shape_from(sizes, "randn", size), float_dtype(dtype, "randn", out), generator=generator)
    return deliver("randn", array, device, requires_grad, out, layout)


def rand_like(input: Any, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
              memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """`rand` with the shape, dtype and layout of `input`."""
    kind = float_dtype(dtype or input.dtype, "rand_like")
    result = empty_like(input, dtype=kind, device=device, memory_format=memory_format, layout=layout)
    return uniform_(result, generator=generator).requires_grad_(requires_grad)


def randn_like(input: Any, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """`randn` with the shape, dtype and layout of `input`."""
    kind = float_dtype(dtype or input.dtype, "randn_like")
    result = empty_like(input, dtype=kind, device=device, memory_format=memory_format, layout=layout)
    return normal_(result, generator=generator).requires_grad_(requires_grad)


def randint(low: Any = 0, high: Any = None, size: Any = None, *, generator: Any = None, dtype: Any = None, device: Any = None,
            requires_grad: bool = False, out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Integers in [low, high), or [0, low): ``randint(10, (2, 3))``, ``randint(3, 10, (2, 3))``."""
    if size is None:
        low, high, size = 0, low, high
    if high is None:
        low, high = 0, low
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint(): argument 'size' must be a tuple of ints, not {type(size).__name__}")
    kind = np.dtype(np.int64) if dtype is None and out is None else float_or(dtype, out)
    array = random.integers(shape_from((size,), "randint"), integer("randint", low), integer("randint", high), kind, generator=generator)
    return deliver("randint", array, device, requires_grad, out, layout)


def randint_like(input: Any, low: int, high: int | None = None, *, generator: Any = None, dtype: Any = None, device: Any = None,
                 requires_grad: bool = False, memory_format: Any = None, layout: Any = None,
                 pin_memory: bool = False) -> Any:  # fmt: skip
    """`randint` with the shape, dtype and layout of `input`."""
    low, high = (0, low) if high is None else (low, high)
    result = empty_like(input, dtype=dtype, device=device, memory_format=memory_format, layout=layout)
    return random_(result, low, high, generator=generator).requires_grad_(requires_grad)


def randperm(n: int, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
             pin_memory: bool = False, out: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """The integers 0 ... n - 1 in random order."""
    kind = np.dtype(np.int64) if dtype is None and out is None else float_or(dtype, out)
    n = integer("randperm", n)
    check_permutation(n, kind)
    array = random.permutation(n, generator=generator).astype(kind, copy=False)
    return deliver("randperm", array, device, requires_grad, out, layout)


def check_permutation(n: int, kind: np.dtype) -> None:
    """torch's conditions on the dtype of a permutation: it holds n, or as a float all integers below n."""
    if kind.kind == "b":
        raise NotImplementedError("randperm: not implemented for bool; draw int64")
    most = int(np.iinfo(kind).max) if kind.kind in "iu" else 2 ** ((7 if kind.kind == "V" else np.finfo(kind).nmant) + 1) + 1
    if n > most:
        raise RuntimeError(f"randperm: {kind} is enough for n <= {most}, but n = {n}; ask for dtype=torch.int64")


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None, device: Any = None,
           requires_grad: bool = False, out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Normal with the given mean and standard deviation, numbers with a `size`, or tensors."""
    if size is not None:
        kind = float_dtype(dtype, "normal", out)
        array = random.normal(shape_from((size,), "normal"), kind, float(mean), float(std), generator=generator)
        return deliver("normal", array, device, requires_grad, out, layout)
    like = mean if hasattr(mean, "array") else std
    if not hasattr(like, "array"):
        raise TypeError("normal(): numbers for mean and std want a size= too")
    if hasattr(mean, "array") and hasattr(std, "array"):
        shape = np.broadcast_shapes(mean.shape, std.shape)
    else:
        shape = tuple(like.shape)
    if hasattr(std, "array"):
        if not (std.array >= 0).all():
            raise RuntimeError(f"normal: needs std >= 0 everywhere, but its smallest is {std.array.min()}; pass standard deviations")
        draws = random.normal(shape, like.array.dtype, generator=generator) * std.array
    else:
        draws = random.normal(shape, like.array.dtype, 0.0, float(std), generator=generator)
    return into("normal", out, place(backend.as_array(draws + (mean.array if hasattr(mean, "array") else mean)), device=device))


def bernoulli(input: Any, p: float | None = None, *, generator: Any = None, out: Any = None) -> Any:
    """1 with the probability that each element of `input` says (or `p`), else 0."""
    if p is not None:
        mask = random.bernoulli_mask(tuple(input.shape), p, generator=generator).astype(input.array.dtype)
    else:
        mask = backend.as_array(random.bernoulli_from(input.array, generator=generator))
    return into("bernoulli", out, place(mask))


def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None) -> Any:
    """Indices drawn with the (unnormalised) probabilities in each row of `input`."""
    if out is not None and out.array.dtype != np.int64:
        raise RuntimeError(f"multinomial: out= must hold int64, not {out.array.dtype}")
    return into("multinomial", out, place(random.multinomial(input.array, num_samples, replacement, generator=generator)))


def poisson(input: Any, generator: Any = None) -> Any:
    """Poisson counts, with each element of `input` as the rate.

    >>> import minitorch_nlp as torch
    >>> torch.poisson(torch.zeros(3))
    tensor([0., 0., 0.])
    """
    return place(random.poisson(array_of("poisson", input), generator=generator))


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """Successes among `count` trials (a float tensor) of probability `prob`, element by element.

    >>> import minitorch_nlp as torch
    >>> torch.binomial(torch.tensor([3.0, 5.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 5.])
    """
    return place(random.binomial(array_of("binomial", count, "count"), array_of("binomial", prob, "prob"), generator=generator))


def standard_gamma(concentration: Any, generator: Any = None) -> Any:
    """Gamma-distributed numbers of rate 1. Without gradient, which it refuses to promise."""
    return place(random.standard_gamma(no_gradient("Gamma", concentration), generator=generator))


def dirichlet(concentration: Any, generator: Any = None) -> Any:
    """Random shares of 1 along the last dimension. Without gradient, which it refuses to promise."""
    return place(random.dirichlet(no_gradient("Dirichlet", concentration), generator=generator))


def no_gradient(name: str, concentration: Any) -> Any:
    """The array of a parameter in which draws cannot be differentiated."""
    if state.enabled and concentration.requires_grad:
        raise NotImplementedError(f"{name}: the gradient of a draw in its concentration is not supported; draw with sample()")
    return concentration.array


# ---- filling tensors in place ------------------------------------------------------------------------------------------------------


def fill_from(tensor: Any, values: np.ndarray) -> Any:
    tape.check_inplace(tensor, tensor.requires_grad)
    tensor.array[...] = backend.beside(tensor.array, values)
    tape.mark_written(tensor)
    return tensor


def uniform_(self: Any, from_: float = 0, to: float = 1, *, generator: Any = None) -> Any:
    """Fill with uniform numbers on [from_, to)."""
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return fill_from(self, memory_order(self, lambda shape: random.uniform(shape, self.array.dtype, from_, to, generator=generator)))


def normal_(self: Any, mean: float = 0, std: float = 1, *, generator: Any = None) -> Any:
    """Fill with normal numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    array = self.array
    one_by_one = not array.flags.c_contiguous
    return fill_from(
        self, memory_order(self, lambda shape: random.normal(shape, array.dtype, mean, std, generator=generator, scalar_path=one_by_one))
    )


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with 1 with probability `p`, else 0."""
    if hasattr(p, "array"):
        probabilities, (order, back) = np.broadcast_to(p.array, self.shape), memory_axes(self)
        return fill_from(self, random.bernoulli_from(probabilities.transpose(order), generator=generator).transpose(back))
    return fill_from(self, memory_order(self, lambda shape: random.bernoulli_mask(shape, p, generator=generator)))


def random_(self: Any, from_: int | None = None, to: int | None = None, *, generator: Any = None) -> Any:
    """Fill with integers in [from, to), or [0, from), or over the whole range of the dtype."""
    kind = self.array.dtype
    if from_ is None:
        return fill_from(self, memory_order(self, lambda shape: random.random_full(shape, kind, generator=generator)))
    low, high = (0, from_) if to is None else (from_, to)
    return fill_from(self, memory_order(self, lambda shape: random.integers(shape, low, high, kind, generator=generator)))


def exponential_(self: Any, lambd: float = 1, *, generator: Any = None) -> Any:
    """Fill with exponentially distributed numbers of rate `lambd`."""
    return fill_from(self, memory_order(self, lambda shape: random.exponential(shape, self.array.dtype, lambd, generator=generator)))


def cauchy_(self: Any, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Any:
    """Fill with Cauchy-distributed numbers."""
    return fill_from(self, memory_order(self, lambda shape: random.cauchy(shape, self.array.dtype, median, sigma, generator=generator)))


def log_normal_(self: Any, mean: float = 1, std: float = 2, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithm is normal with this mean and standard deviation."""
    return fill_from(self, memory_order(self, lambda shape: random.log_normal(shape, self.array.dtype, mean, std, generator=generator)))


def geometric_(self: Any, p: float, *, generator: Any = None) -> Any:
    """Fill with numbers of trials, each of probability `p`, until the first success."""
    return fill_from(self, memory_order(self, lambda shape: random.geometric(shape, self.array.dtype, p, generator=generator)))


def memory_axes(tensor: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The dimensions in the order they lie in memory, the outermost first, and the permutation that undoes it."""
    order = tuple(sorted(range(tensor.ndim), key=lambda d: -tensor.array.strides[d]))
    return order, tuple(order.index(d) for d in range(tensor.ndim))


def memory_order(tensor: Any, draw: Any) -> np.ndarray:
    """Draw in the order the elements lie in memory, as torch fills tensors, and return them in logical order."""
    order, back = memory_axes(tensor)
    return draw(tuple(tensor.shape[d] for d in order)).transpose(back)
