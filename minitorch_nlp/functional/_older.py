"""torch's older form of addmm and its kind, where the factors beta and alpha have places of their own: ``addmm(beta, input, alpha, mat1, mat2)``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..settings import warn_once
from ._op import Op

__all__ = ["Blend", "takes_older_form", "warn_of_older_form"]

F = TypeVar("F", bound=Callable[..., Any])

NUMBERS = (int, float, np.number)
FORMS = ("nanaa", "naaa", "annaa", "anaa")  # n: a number, a: an array; as a function, and as a method, with and without alpha


def warn_of_older_form() -> None:
    """torch says this once, whichever function is first."""
    warn_once("factors by position, in front of the tensors, are deprecated; give them by keyword, behind the tensors", 5)


def in_todays_form(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call in the older form as (arrays, keywords)."""
    kinds = "".join("n" if isinstance(x, NUMBERS) else "a" for x in args)
    if not any(form.startswith(kinds) for form in FORMS) or named.keys() & {"beta", "alpha"}:
        raise TypeError(f"{name}() takes three tensors; beta and alpha are given by keyword")
    warn_of_older_form()
    factors = zip(("beta", "alpha"), (x for x in args if isinstance(x, NUMBERS)))
    return tuple(x for x in args if not isinstance(x, NUMBERS)), {**named, **dict(factors)}


class Blend(Op):
    """The op of a sum of an array and a product with factors beta and alpha."""

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if len(args) > self.array_limit or any(isinstance(x, NUMBERS) for x in args):
            args, kwargs = in_todays_form(self.name, args, kwargs)
        return super().bind(args, kwargs)


def takes_older_form(function: F) -> F:
    """A function of three tensors, and of beta and alpha by keyword, that takes the older form too."""

    @functools.wraps(function)
    def blend(*args: Any, **named: Any) -> Any:
        if len(args) > 3 or any(isinstance(x, NUMBERS) for x in args):
            args, named = in_todays_form(function.__name__, args, named)
        return function(*args, **named)

    return blend  # type: ignore[return-value]
