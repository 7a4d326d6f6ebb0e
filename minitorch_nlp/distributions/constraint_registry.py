"""Transforms from unconstrained tensors into a constraint: `biject_to` (one to one) and `transform_to` (onto)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Calling it with a constraint gives a transform into it; `register` adds one.

    Raises:
        NotImplementedError: no transform is known for the constraint.
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """``factory(constraint)`` makes the transform for this class of constraints; a decorator without `factory`."""
        if factory is None:
            return lambda made: self.register(constraint, made)
        kind = constraint if isinstance(constraint, type) else type(constraint)
        if not issubclass(kind, constraints.Constraint):
            raise TypeError(f"register: needs a Constraint or a subclass of it, but got {constraint!r}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"no transform into {type(constraint).__name__} constraints is known; register one")
        return factory(constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def onto_interval(constraint: Any) -> Any:
    lower, upper = constraint.lower_bound, constraint.upper_bound
    if isinstance(lower, (int, float)) and isinstance(upper, (int, float)) and (lower, upper) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(lower, upper - lower)])


def onto_half_line(bound: Any, direction: int) -> Any:
    return transforms.ComposeTransform([transforms.ExpTransform(), transforms.AffineTransform(bound, direction)])


for registry in (biject_to, transform_to):
    registry.register(constraints.real, lambda c: transforms.identity_transform)
    registry.register(
        constraints.independent,
        lambda c, r=registry: transforms.IndependentTransform(r(c.base_constraint), c.reinterpreted_batch_ndims),
    )
    for above in (constraints.greater_than, constraints.greater_than_eq):
        registry.register(above, lambda c: onto_half_line(c.lower_bound, 1))
    registry.register(constraints.less_than, lambda c: onto_half_line(c.upper_bound, -1))
    for between in (constraints.interval, constraints.half_open_interval):
        registry.register(between, onto_interval)
biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform())
transform_to.register(constraints.positive_definite, lambda c: transforms.PositiveDefiniteTransform())
transform_to.register(constraints.positive_semidefinite, lambda c: transforms.PositiveDefiniteTransform())
