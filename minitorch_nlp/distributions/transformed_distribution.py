"""The distribution of f(x) for x from another distribution."""

from __future__ import annotations

from typing import Any

from ..autograd.mode import no_grad
from ..tensor.dtypes import Size
from . import constraints
from ._transform import ComposeTransform, Transform
from .distribution import Distribution
from .independent import Independent
from .utils import sum_rightmost

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """Draws of `base_distribution`, sent through `transforms` one after the other.

    With y = f(x): ``ln p(y) = ln p(x) - ln |det dy/dx|``.

    >>> import minitorch_nlp as torch
    >>> d = torch.distributions
    >>> d.TransformedDistribution(d.Normal(0.0, 1.0), d.ExpTransform()).log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    arg_constraints: Any = {}
    has_rsample: Any = property(lambda self: self.base_dist.has_rsample)

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(self.transforms, list) or not all(isinstance(t, Transform) for t in self.transforms):
            raise ValueError(f"{type(self).__name__}: transforms must be a Transform or a list of them, but they are {transforms!r}")
        chain = ComposeTransform(self.transforms)
        domain, codomain = chain.domain.event_dim, chain.codomain.event_dim
        base_shape, base_dims = base_distribution.batch_shape + base_distribution.event_shape, len(base_distribution.event_shape)
        if len(base_shape) < domain:
            raise ValueError(
                f"{type(self).__name__}: the transforms need {domain} dimensions or more, but batch_shape + event_shape of the base "
                f"distribution is {base_shape}"
            )
        shape = chain.forward_shape(base_shape)
        expanded = Size(chain.inverse_shape(shape))
        if base_shape != expanded:
            base_distribution = base_distribution.expand(expanded[: len(expanded) - base_dims])
        if domain > base_dims:
            base_distribution = Independent(base_distribution, domain - base_dims)
        self.base_dist = base_distribution
        cut = len(shape) - max(codomain, base_dims + codomain - domain)
        super().__init__(Size(shape[:cut]), Size(shape[cut:]), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        ours = next(c for c in type(self).__mro__ if c.__module__.startswith(f"{__package__}."))
        new = self._get_checked_instance(ours, _instance)
        shape = Size(batch_shape) + self._event_shape
        for transform in reversed(self.transforms):
            shape = transform.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        new.transforms = self.transforms
        return self._expanded(new, batch_shape)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        support, dims = self.transforms[-1].codomain, len(self._event_shape)
        return constraints.independent(support, dims - support.event_dim) if dims > support.event_dim else support

    def sample(self, sample_shape: Any = Size()) -> Any:
        with no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return self._forward(self.base_dist.rsample(sample_shape))

    def _forward(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        dims, total, y = len(self._event_shape), 0.0, value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            total = total - sum_rightmost(transform.log_abs_det_jacobian(x, y), dims - transform.domain.event_dim)
            y = x
        return total + sum_rightmost(self.base_dist.log_prob(y), dims - len(self.base_dist.event_shape))

    def _monotonize(self, probability: Any) -> Any:
        """1 - p where the transforms fall, p where they rise."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return probability if isinstance(sign, int) and sign == 1 else sign * (probability - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotonize(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._forward(self.base_dist.icdf(self._monotonize(value)))
