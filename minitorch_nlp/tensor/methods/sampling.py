"""Methods that draw random numbers."""

from __future__ import annotations

from .. import sampling

__all__ = ["SamplingMethods"]


class SamplingMethods:
    """In-place fills from distributions, and draws whose parameters are the tensor."""

    __slots__ = ()

    uniform_, normal_, bernoulli_ = sampling.uniform_, sampling.normal_, sampling.bernoulli_
    random_, exponential_ = sampling.random_, sampling.exponential_
    cauchy_, log_normal_, geometric_ = sampling.cauchy_, sampling.log_normal_, sampling.geometric_
    bernoulli, multinomial = sampling.bernoulli, sampling.multinomial
