"""Shapes, checking gradients, and drawing the graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...functional import logsumexp as logsumexp_op
from ...functional import unbroadcast
from ...refused import refuse
from ...viz import Graph
from .core import Variable, as_variable
from .cuda import as_numpy

__all__ = [
    "array_allclose", "array_equal", "cache_dir", "get_conv_outsize", "get_deconv_outsize", "get_dot_graph", "get_file", "gradient_check",
    "logsumexp", "max_backward_shape", "numerical_grad", "pair", "plot_dot_graph", "reshape_sum_backward", "show_progress", "sum_to",
]  # fmt: skip

cache_dir = str(Path("~/.dezero").expanduser())
get_file, show_progress = refuse("get_file show_progress", "nothing is downloaded; put the files into a folder yourself")

# ---- shapes ------------------------------------------------------------------------------------------------------------------------


def pair(x: Any) -> tuple[int, int]:
    """``3`` as ``(3, 3)``; a pair as it is.

    Raises:
        ValueError: anything else.
    """
    if isinstance(x, (int, np.integer)):
        return int(x), int(x)
    if isinstance(x, tuple) and len(x) == 2:
        return x
    raise ValueError(f"an int or a pair of them is wanted, not {x!r}")


def get_conv_outsize(input_size: int, kernel_size: int, stride: int, pad: int) -> int:
    """How many windows fit: (L + 2 pad - K) // stride + 1."""
    return (input_size + 2 * pad - kernel_size) // stride + 1


def get_deconv_outsize(size: int, k: int, s: int, p: int) -> int:
    """The least size into which that many windows fit: (L - 1) stride + K - 2 pad."""
    return s * (size - 1) + k - 2 * p


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """An array summed along those axes where `shape` has size 1 or none."""
    return unbroadcast(x, tuple(shape))


def max_backward_shape(x: Any, axis: Any) -> list[int]:
    """The shape of x with 1 for the axes that a reduction took."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    reduced = {a % x.ndim for a in axes}
    return [1 if i in reduced else n for i, n in enumerate(x.shape)]


def reshape_sum_backward(gy: Any, x_shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """The gradient of a sum with 1 for the axes that it took, so that it can be broadcast to `x_shape`."""
    if keepdims or axis is None or not x_shape:
        return gy
    return gy.reshape(tuple(max_backward_shape(np.empty(x_shape), axis)))


def logsumexp(x: Any, axis: int = 1) -> Any:
    """ln sum e^x of an array along `axis`, which stays with size 1; without overflow."""
    return logsumexp_op(x, dim=axis, keepdim=True)


# ---- checking ----------------------------------------------------------------------------------------------------------------------


def numerical_grad(f: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """The gradient of ``f(x).sum()`` by central differences, (f(x + 1e-4) - f(x - 1e-4)) / 2e-4, one element after the other."""
    eps = 1e-4
    x = as_variable(x).data.astype(np.float64)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        sides = []
        for step in (eps, -eps):
            moved = x.copy()
            moved[i] += step
            y = f(Variable(moved), *args, **kwargs)
            sides.append((y.data if isinstance(y, Variable) else y).sum())
        grad[i] = (sides[0] - sides[1]) / (2 * eps)
    return grad


def gradient_check(f: Any, x: Any, *args: Any, rtol: float = 1e-4, atol: float = 1e-5, **kwargs: Any) -> bool:
    """Whether the gradient of ``f(x, *args).sum()`` by x is what finite differences say; prints both where it is not."""
    x = Variable(as_variable(x).data.astype(np.float64))
    numerical = numerical_grad(f, x, *args, **kwargs)
    f(x, *args, **kwargs).backward()
    close = x.grad.shape == numerical.shape and array_allclose(numerical, x.grad.data, rtol=rtol, atol=atol)
    if not close:
        print(f"the gradient is not what finite differences say\n  numerical: {numerical}\n  backward:  {x.grad.data}")
    return close


def array_equal(a: Any, b: Any) -> bool:
    """Whether two arrays or Variables have one shape and equal values."""
    return bool(np.array_equal(as_numpy(a), as_numpy(b)))


def array_allclose(a: Any, b: Any, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    """Whether two arrays or Variables agree within ``atol + rtol |b|``."""
    return bool(np.allclose(as_numpy(a), as_numpy(b), rtol=rtol, atol=atol))


# ---- the graph ---------------------------------------------------------------------------------------------------------------------


def get_dot_graph(output: Variable, verbose: bool = True) -> str:
    """The graph behind a Variable as text for Graphviz: Variables orange (with shape and dtype if `verbose`), functions blue."""
    lines, functions, stack = [drawn(output, verbose)], set(), [output.creator]
    while stack:
        f = stack.pop()
        if f is None or f in functions:
            continue
        functions.add(f)
        lines.append(f'{id(f)} [label="{type(f).__name__}", color=lightblue, style=filled, shape=box]')
        lines += [f"{id(x)} -> {id(f)}" for x in f.inputs] + [f"{id(f)} -> {id(y())}" for y in f.outputs if y() is not None]
        lines += [drawn(x, verbose) for x in f.inputs]
        stack += [x.creator for x in f.inputs]
    return "\n".join(["digraph g {", *dict.fromkeys(lines), "}"])


def drawn(v: Variable, verbose: bool) -> str:
    details = f"{v.shape} {v.dtype}" if verbose and v.data is not None else ""
    return f'{id(v)} [label="{": ".join(filter(None, (v.name, details)))}", color=orange, style=filled]'


@dataclass
class Drawing(Graph):
    """A graph whose text is there already."""

    text: str = ""

    def dot(self) -> str:
        return self.text


def plot_dot_graph(output: Variable, verbose: bool = True, to_file: str | Path = "graph.png") -> Path:
    """Draw the graph behind a Variable into a file (.png, .svg, .pdf); the text itself into a .dot file.

    Raises:
        RuntimeError: Graphviz's program ``dot`` is not installed.
    """
    path, text = Path(to_file), get_dot_graph(output, verbose)
    if path.suffix == ".dot":
        path.write_text(text, encoding="utf-8")
        return path
    return Drawing(text=text).render(path)
