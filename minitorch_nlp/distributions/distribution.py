"""The base of all distributions: shapes, checks of parameters and values, and what follows from the methods of a subclass."""

from __future__ import annotations

import warnings
from typing import Any

from typing_extensions import deprecated

from ..autograd.mode import no_grad
from ..functional._op import Traced
from ..tensor.dtypes import Size
from . import constraints
from .utils import Undefined, lazy_property

__all__ = ["Distribution"]


class Distribution:
    """A batch of probability distributions.

    A draw has the shape ``sample_shape + batch_shape + event_shape``: `batch_shape` counts independent distributions side by side,
    `event_shape` is that of one draw from one of them.

    Args:
        validate_args: whether parameters and values are checked; by default yes, unless Python runs with ``-O``.

    Raises:
        ValueError: a parameter that does not satisfy its constraint.
    """

    arg_constraints: Any = Undefined("its parameters' constraints, a dict by name")
    support: Any = Undefined("the constraint that all draws satisfy")
    mean: Any = Undefined("the expected value")
    mode: Any = Undefined("the most likely value")
    variance: Any = Undefined("the expected squared distance from the mean")
    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their arguments where they are not told."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: needs True or False, but value = {value!r}")
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = Size(), event_shape: Any = Size(), validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = batch_shape, event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()

    def _validate_parameters(self) -> None:
        try:
            checks = self.arg_constraints
        except NotImplementedError:
            name = type(self).__name__
            warnings.warn(f"{name} has no arg_constraints: define them, {{}} for none, or pass validate_args=False", stacklevel=3)
            return
        for name, constraint in checks.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property):
                continue  # computed from a parameter that is checked
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} must satisfy the "
                    f"constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # ---- shapes ----

    @property
    def batch_shape(self) -> Any:
        """The shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of one draw."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = Size()) -> Any:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distributions with `batch_shape`, to which their own must broadcast; parameters are views.

        Raises:
            NotImplementedError: a subclass with its own ``__init__`` that has no ``expand``.
        """
        ours = next(c for c in type(self).__mro__ if c.__module__.startswith(f"{__package__}."))
        if ours is Distribution:
            raise NotImplementedError(f"{type(self).__name__} has no expand(batch_shape)")
        new = self._get_checked_instance(ours, _instance)
        batch_shape = Size(batch_shape)
        for name, constraint in self.arg_constraints.items():
            if name in self.__dict__:
                parameter = self.__dict__[name]
                new.__dict__[name] = parameter.expand(batch_shape + parameter.shape[parameter.dim() - constraint.event_dim :])
        return self._expanded(new, batch_shape)

    def _expanded(self, new: Any, batch_shape: Any) -> Any:
        """Where `expand` ends: `new` gets its shapes; its parameters were checked when this distribution was made."""
        Distribution.__init__(new, Size(batch_shape), self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(f"{type(self).__name__} has an __init__ of its own, so it needs an expand() of its own too")
        return type(self).__new__(type(self)) if _instance is None else _instance

    # ---- what it is ----

    @property
    def stddev(self) -> Any:
        """The root of the variance."""
        return self.variance.sqrt()

    # ---- draws ----

    def sample(self, sample_shape: Any = Size()) -> Any:
        """A draw of shape ``sample_shape + batch_shape + event_shape``, without gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        """A draw that is a differentiable function of the parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not implement rsample; draw with sample() and use log_prob")

    @deprecated("sample_n(n) is deprecated: use sample((n,))", category=FutureWarning)
    def sample_n(self, n: int) -> Any:
        """``sample((n,))``"""
        return self.sample((n,))

    # ---- functions of values ----

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability of `value`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement log_prob")

    def cdf(self, value: Any) -> Any:
        """The probability of a draw <= `value`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement cdf")

    def icdf(self, value: Any) -> Any:
        """The quantile: the inverse of `cdf`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement icdf")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values that can be drawn, along a new first dimension; with ``expand=False`` the batch dimensions have size 1."""
        raise NotImplementedError(f"{type(self).__name__} does not implement enumerate_support")

    def entropy(self) -> Any:
        """The expected ``-log_prob``."""
        raise NotImplementedError(f"{type(self).__name__} does not implement entropy")

    def perplexity(self) -> Any:
        """``e^entropy``"""
        return self.entropy().exp()

    def _validate_sample(self, value: Any) -> None:
        """ValueError where `value` does not fit the shapes or lies outside the support."""
        if not isinstance(value, Traced):
            raise ValueError(f"{type(self).__name__}: the value must be a Tensor, not a {type(value).__name__}")
        got, event, wanted = value.shape, self._event_shape, self._batch_shape + self._event_shape
        if got[len(got) - len(event) :] != event:
            raise ValueError(
                f"{type(self).__name__}: the last sizes of the value must be those of event_shape {event}, but its shape is {got}"
            )
        if any(1 not in (i, j) and i != j for i, j in zip(reversed(got), reversed(wanted))):
            raise ValueError(
                f"{type(self).__name__}: the value must broadcast with batch_shape + event_shape {wanted}, but its shape is {got}"
            )
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(f"{type(self).__name__} has no support: define it, or pass validate_args=False", stacklevel=3)
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"value ({type(value).__name__} of shape {tuple(got)}) must be within the support ({support!r}) of the distribution "
                f"{self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        given = [(name, self.__dict__[name]) for name in self.arg_constraints if name in self.__dict__]
        return f"{type(self).__name__}({', '.join(f'{name}: {p if p.numel() == 1 else p.size()}' for name, p in given)})"
