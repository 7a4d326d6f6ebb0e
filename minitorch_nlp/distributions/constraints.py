"""Where values may lie: each constraint says of a tensor, element by element or event by event, whether it is inside.

>>> import minitorch_nlp as torch
>>> torch.distributions.constraints.positive.check(torch.tensor([1.0, -1.0]))
tensor([ True, False])
"""

from __future__ import annotations

from typing import Any

from ..linalg import cholesky_ex, eigvalsh
from ..missing import explains_missing
from ..refused import Refused
from ..tensor.comparing import isclose
from ..tensor.types import finfo

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property", "greater_than",
    "greater_than_eq", "half_open_interval", "independent", "integer_interval", "interval", "is_dependent", "less_than",
    "lower_cholesky", "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer", "one_hot", "positive",
    "positive_definite", "positive_integer", "positive_semidefinite", "real", "real_vector", "simplex", "square", "stack", "symmetric",
    "unit_interval",
]  # fmt: skip


class Constraint:
    """A set of values.

    Attributes:
        is_discrete: whether the set is countable.
        event_dim: how many of the last dimensions make up one value.
    """

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Any) -> Any:
        """Booleans of the shape ``value.shape`` less the event dimensions: which values are in the set."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it holds: it needs a check(value)")

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={bound}" for name, bound in self.__dict__.items() if name.endswith("_bound"))
        return f"{type(self).__name__.lstrip('_')}({bounds})"


class Dependent(Constraint):
    """A set that depends on other parameters and so cannot be checked by itself."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> Any:
        return self._known("is_discrete", self._is_discrete)

    @property
    def event_dim(self) -> Any:
        return self._known("event_dim", self._event_dim)

    def _known(self, name: str, fact: Any) -> Any:
        if fact is NotImplemented:
            raise NotImplementedError(f"constraint: {name} depends on the parameters and is not known here")
        return fact

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> Any:
        return Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Any) -> Any:
        raise ValueError("constraint: what depends on other parameters cannot be checked by itself")


class DependentProperty(property, Dependent):
    """A property that is a constraint on the class, not yet known, and a certain one on each instance."""

    def __init__(self, fn: Any = None, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        super().__init__(fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn: Any) -> Any:
        return DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint cannot be checked by itself."""
    return isinstance(constraint, Dependent)


class IndependentConstraint(Constraint):
    """Events whose last dimensions all satisfy `base_constraint`."""

    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        if value.dim() < self.event_dim:
            raise ValueError(f"constraint: {self} needs {self.event_dim} dimensions or more, but the value has {value.dim()}")
        return all_rightmost(self.base_constraint.check(value), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


def all_rightmost(inside: Any, dims: int) -> Any:
    return inside.reshape(inside.shape[: inside.dim() - dims] + (-1,)).all(-1) if dims else inside


class MixtureSameFamilyConstraint(Constraint):
    """Values inside `base_constraint` for every component of a mixture."""

    def __init__(self, base_constraint: Any) -> None:
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim

    def check(self, value: Any) -> Any:
        if value.dim() < self.event_dim:
            raise ValueError(f"constraint: {self} needs {self.event_dim} dimensions or more, but the value has {value.dim()}")
        inside = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return all_rightmost(inside, inside.dim() - (value.dim() - self.event_dim))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


# ---- numbers -----------------------------------------------------------------------------------------------------------------------


class Boolean(Constraint):
    """0 or 1."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class Real(Constraint):
    """Any number but nan."""

    def check(self, value: Any) -> Any:
        return value == value


class LowerBound(Constraint):
    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound


class UpperBound(Constraint):
    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound


class TwoBounds(Constraint):
    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound


class GreaterThan(LowerBound):
    """lower_bound < x"""

    def check(self, value: Any) -> Any:
        return self.lower_bound < value


class GreaterThanEq(LowerBound):
    """lower_bound <= x"""

    def check(self, value: Any) -> Any:
        return self.lower_bound <= value


class LessThan(UpperBound):
    """x < upper_bound"""

    def check(self, value: Any) -> Any:
        return value < self.upper_bound


class Interval(TwoBounds):
    """lower_bound <= x <= upper_bound"""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class HalfOpenInterval(TwoBounds):
    """lower_bound <= x < upper_bound"""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class IntegerInterval(TwoBounds):
    """Whole numbers in lower_bound ... upper_bound."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class IntegerGreaterThan(LowerBound):
    """Whole numbers from lower_bound on."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)


# ---- vectors -----------------------------------------------------------------------------------------------------------------------


class OneHot(Constraint):
    """A single 1 among 0s."""

    is_discrete, event_dim = True, 1

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class Simplex(Constraint):
    """Numbers >= 0 with sum 1."""

    event_dim = 1

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class Multinomial(Constraint):
    """Numbers >= 0 whose sum is at most upper_bound."""

    is_discrete, event_dim = True, 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)

    def __repr__(self) -> str:
        return "Multinomial()"


# ---- matrices ----------------------------------------------------------------------------------------------------------------------


class LowerTriangular(Constraint):
    """0 above the diagonal."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return all_rightmost(value.tril() == value, 2)


class LowerCholesky(Constraint):
    """0 above the diagonal, positive on it."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return all_rightmost(value.tril() == value, 2) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class CorrCholesky(LowerCholesky):
    """A `LowerCholesky` with rows of length 1: the factor of a correlation matrix."""

    def check(self, value: Any) -> Any:
        near = finfo(value.dtype).eps * value.size(-1) * 10
        lengths = value.detach().square().sum(-1).sqrt()
        return super().check(value) & ((lengths - 1).abs() <= near).all(-1)


class Square(Constraint):
    """As many rows as columns."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return (value.new_ones(value.shape[:-2]) * (value.shape[-2] == value.shape[-1])).bool()


class Symmetric(Square):
    """Equal to its transpose, within 1e-6."""

    def check(self, value: Any) -> Any:
        if value.shape[-2] != value.shape[-1]:
            return super().check(value)
        return isclose(value, value.mT, atol=1e-6).all(-2).all(-1)


class PositiveSemidefinite(Symmetric):
    """Symmetric with eigenvalues >= 0."""

    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        return (eigvalsh(value) >= 0).all(-1) if bool(symmetric.all()) else symmetric


class PositiveDefinite(Symmetric):
    """Symmetric with eigenvalues > 0."""

    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        return cholesky_ex(value).info == 0 if bool(symmetric.all()) else symmetric


dependent, dependent_property, independent = Dependent(), DependentProperty, IndependentConstraint
boolean, one_hot, simplex, multinomial = Boolean(), OneHot(), Simplex(), Multinomial
nonnegative_integer, positive_integer, integer_interval = IntegerGreaterThan(0), IntegerGreaterThan(1), IntegerInterval
real, positive, nonnegative = Real(), GreaterThan(0.0), GreaterThanEq(0.0)
real_vector = IndependentConstraint(real, 1)
greater_than, greater_than_eq, less_than = GreaterThan, GreaterThanEq, LessThan
interval, half_open_interval, unit_interval = Interval, HalfOpenInterval, Interval(0.0, 1.0)
lower_triangular, lower_cholesky, corr_cholesky = LowerTriangular(), LowerCholesky(), CorrCholesky()
square, symmetric, positive_semidefinite, positive_definite = Square(), Symmetric(), PositiveSemidefinite(), PositiveDefinite()
cat = Refused("constraints.cat", "check the parts of the value one by one")
stack = Refused("constraints.stack", "check the parts of the value one by one")

__getattr__ = explains_missing(__name__)
