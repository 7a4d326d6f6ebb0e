"""How `einsum` works: the equation parsed once, then contracted operand by operand with matrix products.

An operand's dimensions are named by letters. Two operands are contracted by sorting their letters into four groups (in both and kept:
batch; in both and not kept: summed; in one only), which makes them two stacks of matrices.
"""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["contract", "diagonals", "letter_sizes", "parse_equation", "rearrange"]


@lru_cache(maxsize=512)
def parse_equation(equation: str, ndims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand's dimensions and of the output's, ``...`` spelled out in letters the equation does not use.

    >>> parse_equation("...ij,jk", (3, 2))
    (('aij', 'jk'), 'aik')
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise RuntimeError(f"einsum(): '{equation}' has {len(terms)} operands, but {len(ndims)} were given")
    for term in (*terms, right):
        rest = term.replace("...", "", 1)
        wrong = [c for c in rest if c not in string.ascii_letters]
        if wrong:
            raise RuntimeError(f"einsum(): invalid subscript '{wrong[0]}' in '{equation}'; use letters, and '...' at most once per operand")
    free = [c for c in string.ascii_letters if c not in equation]
    extra = [n - len(t.replace("...", "")) if "..." in t else 0 for t, n in zip(terms, ndims)]
    if max(extra, default=0) > len(free):
        raise RuntimeError(f"einsum(): '{equation}' stands for more than {len(string.ascii_letters)} different dimensions")
    dots = "".join(free[: max(extra, default=0)])
    inputs = []
    for i, (term, n, e) in enumerate(zip(terms, ndims, extra)):
        letters = term.replace("...", dots[len(dots) - e :] if e > 0 else "")
        if e < 0 or len(letters) != n:
            raise RuntimeError(f"einsum(): operand {i} has {n} dimensions, but its subscripts are '{term}' in '{equation}'")
        inputs.append(letters)
    if arrow:
        output = right.replace("...", dots)
    else:
        every = "".join(inputs)
        output = dots + "".join(sorted(c for c in set(every) - set(dots) if every.count(c) == 1))
    check_output(equation, output, "".join(inputs))
    return tuple(inputs), output


def check_output(equation: str, output: str, inputs: str) -> None:
    for c in output:
        if output.count(c) > 1:
            raise RuntimeError(f"einsum(): output subscript '{c}' appears more than once in the output of '{equation}'")
        if c not in inputs:
            raise RuntimeError(f"einsum(): output subscript '{c}' does not appear in any operand of '{equation}'")


def letter_sizes(equation: str, inputs: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """Each letter's size. A size of 1 broadcasts against any other between operands, not within one."""
    sizes: dict[str, int] = {}
    for i, (letters, shape) in enumerate(zip(inputs, shapes)):
        here: dict[str, int] = {}
        for c, n in zip(letters, shape):
            if here.setdefault(c, n) != n or (n != 1 and sizes.get(c, 1) not in (1, n)):
                before = here[c] if here[c] != n else sizes[c]
                raise RuntimeError(
                    f"einsum(): subscript '{c}' has size {n} in operand {i}, but {before} before\n"
                    f"  '{equation}' for shapes {', '.join(map(str, shapes))}"
                )
            if sizes.get(c, 1) == 1:
                sizes[c] = n
    return sizes


def diagonals(x: Any, letters: str) -> tuple[Any, str]:
    """Each letter once: a repeated one takes the diagonal of its dimensions."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i, j = letters.index(c), letters.rindex(c)
            x = np.diagonal(x, axis1=i, axis2=j)  # the diagonal becomes the last dimension
            letters = letters[:i] + letters[i + 1 : j] + letters[j + 1 :] + c
    return x, letters


def rearrange(x: Any, letters: str, wanted: str) -> Any:
    """`x` with its dimensions in the order of `wanted`; those it does not list are summed."""
    gone = tuple(d for d, c in enumerate(letters) if c not in wanted)
    if gone:
        x, letters = np.sum(x, axis=gone), "".join(c for c in letters if c in wanted)
    return x if letters == wanted else np.transpose(x, [letters.index(c) for c in wanted])


def contract(x: Any, xs: str, y: Any, ys: str, kept: str) -> tuple[Any, str]:
    """The product of `x` and `y`, summed over the letters that are in both and not `kept`; and its letters."""
    x, xs = narrowed(x, xs, ys + kept, dict(zip(ys, y.shape)))
    y, ys = narrowed(y, ys, xs + kept, dict(zip(xs, x.shape)))
    batch = "".join(c for c in xs if c in ys and c in kept)
    summed = "".join(c for c in xs if c in ys and c not in kept)
    only_x = "".join(c for c in xs if c not in ys)
    only_y = "".join(c for c in ys if c not in xs)
    if only_x and only_y and kept.index(only_y[0]) < kept.index(only_x[0]):  # the other way round the result is in the order wanted
        x, xs, only_x, y, ys, only_y = y, ys, only_y, x, xs, only_x
    size = dict(zip(xs + ys, x.shape + y.shape))

    def shape(*groups: str) -> tuple[int, ...]:
        return tuple(size[c] for c in batch) + tuple(math.prod(size[c] for c in g) for g in groups)

    x = rearrange(x, xs, batch + only_x + summed).reshape(shape(only_x, summed))
    if summed:
        y = rearrange(y, ys, batch + summed + only_y).reshape(shape(summed, only_y))
        z = np.matmul(x, y) if batch else x.dot(y)
    else:
        z = x * rearrange(y, ys, batch + only_y).reshape(shape("", only_y))
    letters = batch + only_x + only_y
    return z.reshape(tuple(size[c] for c in letters)), letters


def narrowed(x: Any, letters: str, wanted: str, other: dict[str, int]) -> tuple[Any, str]:
    """`x` summed over letters nobody wants, and without dimensions of size 1 that the other operand broadcasts."""
    x, letters = rearrange(x, letters, "".join(c for c in letters if c in wanted)), "".join(c for c in letters if c in wanted)
    stretched = tuple(d for d, c in enumerate(letters) if x.shape[d] == 1 and other.get(c, 1) != 1)
    if not stretched:
        return x, letters
    return np.squeeze(x, axis=stretched), "".join(c for d, c in enumerate(letters) if d not in stretched)
