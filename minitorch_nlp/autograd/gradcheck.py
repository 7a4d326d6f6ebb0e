"""`gradcheck` and `gradgradcheck` under torch's names: any function of Tensors against finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functional._op import Traced
from .api import as_tuple, grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient differs from its finite differences."""


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
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of `func` at `inputs` with central differences, (f(x + eps) - f(x - eps)) / (2 eps).

    Every input that requires grad should be float64. Beside the values: two backwards agree within `nondet_tol`, gradients have
    their input's shape and dtype, and an output whose gradient is undefined is harmless. `fast_mode` compares as fully as without it.
    Returns True, or raises `GradcheckError` (returns False without ``raise_exception``).

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.tanh, (x,))
    True
    """
    for name, asked in (
        ("check_forward_ad", check_forward_ad),
        ("check_batched_grad", check_batched_grad),
        ("check_batched_forward_grad", check_batched_forward_grad),
        ("masked", masked),
    ):
        if asked:
            raise NotImplementedError(
                f"gradcheck: {name}=True is not supported: there is no forward mode, batching rule or sparse tensor here"
            )
    if not check_backward_ad:
        raise ValueError("gradcheck: check_backward_ad=False leaves nothing to check")
    inputs = as_tuple(inputs)
    checked = [i for i, t in enumerate(inputs) if isinstance(t, Traced) and t.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.")
    if any(inputs[i].array.dtype != np.float64 for i in checked):
        warnings.warn("gradcheck: an input is not float64; finite differences will be too coarse. Use .double()", stacklevel=2)
    problem = (
        first_mismatch(func, inputs, checked, eps, atol, rtol)
        or not_repeatable(func, inputs, checked, nondet_tol)
        or (undefined_harms(func, inputs, checked) if check_undefined_grad else "")
    )
    if problem and raise_exception:
        raise GradcheckError(problem)
    return not problem


def float_outputs(func: Callable[..., Any], inputs: Sequence[Any]) -> list[Any]:
    return [y for y in as_tuple(func(*inputs)) if isinstance(y, Traced) and y.array.dtype.kind == "f"]


def first_mismatch(func: Callable[..., Any], inputs: tuple[Any, ...], checked: Sequence[int], eps: float, atol: float, rtol: float) -> str:
    """Where the gradient is not what differences give, or ""."""
    for k, output in enumerate(float_outputs(func, inputs)):
        for i in checked:
            analytic = jacobian_by_backward(output, inputs[i])
            numeric = jacobian_by_differences(func, inputs, i, k, eps)
            if analytic.shape != numeric.shape or not np.allclose(analytic, numeric, atol=atol, rtol=rtol):
                return (
                    f"Jacobian mismatch for output {k} with respect to input {i},\nnumerical:\n{numeric}\nanalytical:\n{analytic}\n"
                    f"(rows: elements of the input, columns: elements of the output)"
                )
    return ""


def not_repeatable(func: Callable[..., Any], inputs: tuple[Any, ...], checked: Sequence[int], tolerance: float) -> str:
    """Two backwards from the same inputs must agree."""
    for k in range(len(float_outputs(func, inputs))):
        for i in checked:
            first, second = (jacobian_by_backward(float_outputs(func, inputs)[k], inputs[i]) for _ in range(2))
            if first.size and np.max(np.abs(first - second)) > tolerance:
                return f"Backward is not reentrant: two runs give different gradients of output {k} for input {i}, by more than nondet_tol"
    return ""


def undefined_harms(func: Callable[..., Any], inputs: tuple[Any, ...], checked: Sequence[int]) -> str:
    """Backward with no gradient for one of several outputs must work, as with zeros."""
    outputs = [y for y in float_outputs(func, inputs) if y.requires_grad]
    points = [inputs[i] for i in checked]
    for k in range(len(outputs) if len(outputs) > 1 else 0):
        others = [y for i, y in enumerate(outputs) if i != k]
        try:
            grad(others, points, [y._wrap(np.ones_like(y.array)) for y in others], retain_graph=True, allow_unused=True)
        except Exception as error:
            return f"Backward raises where output {k} has no gradient: {error}; handle None, or materialize the gradients"
    return ""


def jacobian_by_backward(output: Any, x: Any) -> np.ndarray:
    """(x.numel(), output.numel()), one backward per element of the output."""
    columns = []
    for k in range(output.numel()):
        g = None
        if output.requires_grad:
            seed = np.zeros(output.array.size)
            seed[k] = 1
            dy = output._wrap(seed.reshape(output.array.shape).astype(output.array.dtype))
            (g,) = grad(output, x, dy, retain_graph=True, allow_unused=True)
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
            twin = inputs[i]._wrap(moved)
            twin.requires_grad = True
            y = float_outputs(func, (*inputs[:i], twin, *inputs[i + 1 :]))[k]
            values.append(y.detach().numpy().ravel().astype(np.float64))
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
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """`gradcheck` of the gradient: second derivatives against finite differences of the first."""
    if check_fwd_over_rev or not check_rev_over_rev:
        raise NotImplementedError(
            "gradgradcheck: there is no forward mode here; leave check_fwd_over_rev False and check_rev_over_rev True"
        )
    inputs = as_tuple(inputs)
    if not any(isinstance(t, Traced) and t.requires_grad for t in inputs):
        raise ValueError("gradgradcheck expects at least one input tensor to require gradient")
    outputs = [y for y in as_tuple(func(*inputs)) if isinstance(y, Traced) and y.requires_grad]
    if grad_outputs is None:
        grad_outputs = [seed_for(y, gen_non_contig_grad_outputs) for y in outputs]

    def gradient(*args: Any) -> tuple[Any, ...]:
        points, seeds = args[: len(inputs)], args[len(inputs) :]
        wanted = [p for p, t in zip(points, inputs) if isinstance(t, Traced) and t.requires_grad]
        results = [y for y in as_tuple(func(*points)) if isinstance(y, Traced) and y.requires_grad]
        found = grad(results, wanted, list(seeds), create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradient,
        (*inputs, *as_tuple(grad_outputs)),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        masked=masked,
    )


def seed_for(y: Any, strided: bool) -> Any:
    """A gradient for output `y` between -1 and 1, drawn from the default generator as PyTorch does, that requires grad itself."""
    seed = y._wrap(np.zeros_like(y.array)).uniform_(-1, 1)
    if strided and y.ndim:
        seed = y._wrap(np.repeat(seed.array, 2, axis=-1)[..., ::2])
    seed.requires_grad = True
    return seed
