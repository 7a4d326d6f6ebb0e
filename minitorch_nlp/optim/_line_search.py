"""A line search: how far to go along a direction so that the strong Wolfe conditions hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Point", "strong_wolfe"]

Evaluate = Callable[[Any], "Point"]


class Point(NamedTuple):
    """What is known at a step size: the loss, the gradient, and the loss's slope along the direction."""

    t: Any
    loss: Any
    grad: Any
    slope: Any


def cubic_minimum(a: Point, b: Point, low: Any = None, high: Any = None) -> Any:
    """Where the cubic with the losses and slopes of `a` and `b` is least, kept between `low` and `high` (by default those two points).

    With d1 = a' + b' - 3 (f_a - f_b) / (a - b) and d2 = sqrt(d1^2 - a' b') that is b - (b - a) (b' + d2 - d1) / (b' - a' + 2 d2) for
    a <= b. The cubic has no minimum where d2 is imaginary: then the middle.
    """
    first, last = (a, b) if a.t <= b.t else (b, a)
    low, high = first.t if low is None else low, last.t if high is None else high
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    t = last.t - (last.t - first.t) * ((last.slope + d2 - d1) / (last.slope - first.slope + 2 * d2))
    return min(max(t, low), high)


def strong_wolfe(
    evaluate: Evaluate, start: Point, t: Any, size: Any, c1: float = 1e-4, c2: float = 0.9, least: float = 1e-9, tries: int = 25
) -> tuple[Point, int]:
    """A step size t with ``f(t) <= f(0) + c1 t f'(0)`` and ``|f'(t)| <= c2 |f'(0)|``; its point, and how often the loss was evaluated.

    Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6: go on until such points lie within a bracket, then shrink it.
    The bracket counts as closed once the step changes no parameter by `least`; `size` is the direction's largest element.

    Args:
        evaluate: the point at a step size.
        start: the point at 0.
        t: the step size to try first.
        tries: give up after as many steps; the best point so far is returned.
    """
    ends, done, tried = bracket(evaluate, start, t, c1, c2, tries)
    evaluations = tried + 1
    low = 0 if ends[0].loss <= ends[-1].loss else 1
    stuck = False
    while not done and tried < tries and not abs(ends[1].t - ends[0].t) * size < least:
        t, stuck = away_from_ends(cubic_minimum(*ends), ends, stuck)
        new = evaluate(t)
        evaluations += 1
        tried += 1
        if new.loss > start.loss + c1 * t * start.slope or new.loss >= ends[low].loss:
            ends[1 - low] = new
            low = 0 if ends[0].loss <= ends[1].loss else 1
        else:
            if abs(new.slope) <= -c2 * start.slope:
                done = True
            elif new.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = new
    return ends[low], evaluations


def bracket(evaluate: Evaluate, start: Point, t: Any, c1: float, c2: float, tries: int) -> tuple[list[Point], bool, int]:
    """Two points with one that fulfils the conditions between them, or that one; whether it is; and how many steps were gone."""
    before, new = start, evaluate(t)
    for tried in range(tries):
        if new.loss > start.loss + c1 * new.t * start.slope or (tried > 1 and new.loss >= before.loss):
            return [before, new], False, tried
        if abs(new.slope) <= -c2 * start.slope:
            return [new], True, tried
        if new.slope >= 0:
            return [before, new], False, tried
        t = cubic_minimum(before, new, new.t + 0.01 * (new.t - before.t), new.t * 10)
        before, new = new, evaluate(t)
    return [start, new], False, max(tries, 0)


def away_from_ends(t: Any, ends: list[Point], stuck: bool) -> tuple[Any, bool]:
    """`t`, but a tenth of the bracket from its nearest end where it came close to one twice, or lies on one; and whether it is close."""
    first, last = min(ends[0].t, ends[1].t), max(ends[0].t, ends[1].t)
    margin = 0.1 * (last - first)
    if not min(last - t, t - first) < margin:
        return t, False
    if not (stuck or t >= last or t <= first):
        return t, True
    return (last - margin if abs(t - last) < abs(t - first) else first + margin), False
