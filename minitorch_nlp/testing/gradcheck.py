"""`gradcheck` and `gradgradcheck` under torch's names: any function of Tensors against finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.api import grad
from ..tensor.tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient differs from its finite differences."""


def as_tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    fast_mode: bool = False,
) -> bool:
    """Compare the gradients of `func` at `inputs` with central differences, (f(x + eps) - f(x - eps)) / (2 eps).

    Every input that requires grad should be float64. Returns True, or raises `GradcheckError` (returns False without
    ``raise_exception``).

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> gradcheck(torch.tanh, (x,))
    True
    """
    inputs = as_tuple(inputs)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Tensor) and t.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.")
    if any(inputs[i].array.dtype != np.float64 for i in checked):
        warnings.warn("gradcheck: an input is not float64; finite differences will be too coarse. Use .double()", stacklevel=2)
    problem = first_problem(func, inputs, checked, eps, atol, rtol)
    if problem and raise_exception:
        raise GradcheckError(problem)
    return not problem


def first_problem(func: Callable[..., Any], inputs: tuple[Any, ...], checked: Sequence[int], eps: float, atol: float, rtol: float) -> str:
    """What is wrong, or ""."""
    outputs = [o for o in as_tuple(func(*inputs)) if isinstance(o, Tensor) and o.array.dtype.kind == "f"]
    for k, output in enumerate(outputs):
        for i in checked:
            analytic = jacobian_by_backward(output, inputs[i])
            numeric = jacobian_by_differences(func, inputs, i, k, eps)
            if not np.allclose(analytic, numeric, atol=atol, rtol=rtol):
                return (
                    f"Jacobian mismatch for output {k} with respect to input {i},\nnumerical:\n{numeric}\nanalytical:\n{analytic}\n"
                    f"(rows: elements of the input, columns: elements of the output)"
                )
    return ""


def jacobian_by_backward(output: Tensor, x: Tensor) -> np.ndarray:
    """(x.numel(), output.numel()), one backward per element of the output."""
    columns = []
    for k in range(output.numel()):
        seed = np.zeros(output.array.size)
        seed[k] = 1
        if not output.requires_grad:
            columns.append(np.zeros(x.numel()))
            continue
        (g,) = grad(
            output, x, Tensor._wrap(seed.reshape(output.array.shape).astype(output.array.dtype)), retain_graph=True, allow_unused=True
        )
        columns.append(np.zeros(x.numel()) if g is None else g.detach().numpy().ravel())
    return np.stack(columns, axis=1) if columns else np.zeros((x.numel(), 0))


def jacobian_by_differences(func: Callable[..., Any], inputs: tuple[Any, ...], i: int, k: int, eps: float) -> np.ndarray:
    rows = []
    base = inputs[i].detach().numpy()
    for place in np.ndindex(base.shape):
        values = []
        for step in (eps, -eps):
            moved = base.copy()
            moved[place] += step
            twin = Tensor._wrap(moved)
            twin.requires_grad = True
            outputs = [
                o for o in as_tuple(func(*inputs[:i], twin, *inputs[i + 1 :])) if isinstance(o, Tensor) and o.array.dtype.kind == "f"
            ]
            values.append(outputs[k].detach().numpy().ravel().astype(np.float64))
        rows.append((values[0] - values[1]) / (2 * eps))
    return np.stack(rows) if rows else np.zeros((0, 0))


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """`gradcheck` of the gradient: second derivatives against finite differences of the first."""
    inputs = as_tuple(inputs)
    outputs = [o for o in as_tuple(func(*inputs)) if isinstance(o, Tensor) and o.requires_grad]
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = [Tensor._wrap(rng.standard_normal(o.shape).astype(o.array.dtype)) for o in outputs]
        for g in grad_outputs:
            g.requires_grad = True
    checked = [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]

    def gradient(*args: Any) -> tuple[Any, ...]:
        points, seeds = args[: len(inputs)], args[len(inputs) :]
        wanted = [p for p, t in zip(points, inputs) if isinstance(t, Tensor) and t.requires_grad]
        results = [o for o in as_tuple(func(*points)) if isinstance(o, Tensor) and o.requires_grad]
        return grad(results, wanted, list(seeds), create_graph=True, allow_unused=True, materialize_grads=True)

    assert checked
    return gradcheck(gradient, (*inputs, *as_tuple(grad_outputs)), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)
