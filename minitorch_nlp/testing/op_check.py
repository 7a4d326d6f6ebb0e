"""`check_op`: everything an Op promises, checked on samples from its own domain.

The generic test of this package runs it over every record; users run it on their own ops.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..autograd import engine
from ..autograd.mode import state
from ..functional._domain import sample_by_law
from ..functional._law import parse_law
from ..functional._op import Op
from ..tensor.tensor import Tensor
from .draw import HypothesisDraw, SeededDraw

__all__ = ["OpError", "check_op", "check_record", "check_sample", "draw_sample"]

STEP = 1e-5  # of the central differences: their error is about STEP^2 times the third derivative
TOLERANCE = {"atol": 2e-6, "rtol": 2e-5}


class OpError(AssertionError):
    """An op breaks one of its promises; the message says which, on which sample."""


def check_op(op: Op, *, max_examples: int = 60) -> None:
    """Check one op: its record, and on `max_examples` samples drawn by Hypothesis every property of `check_sample`.

    >>> from minitorch_nlp.functional import exp
    >>> check_op(exp, max_examples=5)
    """
    try:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st
    except ModuleNotFoundError as error:
        raise ImportError("check_op needs Hypothesis: pip install 'minitorch-nlp[testing]'") from error

    check_record(op)
    slow_is_fine = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)

    @settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=slow_is_fine,
    )
    @given(st.data())
    def run(data: Any) -> None:
        check_sample(op, *draw_sample(op, HypothesisDraw(data)))

    run()


def check_record(op: Op) -> None:
    """What a record must say: a law, samples, a formula, and for a differentiable op a derivation and a reference."""
    parse_law(op.shapes)
    require(bool(inspect.getdoc(op.forward)), f"{op.name}: the forward has no docstring (its formula)")
    require(op.domain is not None or op.sample is not None, f"{op.name}: no domain and no sample: nothing can be checked")
    require(op.reference is not None, f"{op.name}: no reference: nothing independent says what the forward should give")
    if op.backward is not None:
        require(bool(inspect.getdoc(op.backward)), f"{op.name}: the backward has no docstring (its derivation)")
        require(op.backward.__name__ == f"{op.name}_backward", f"{op.name}: the backward is called {op.backward.__name__}")


def draw_sample(op: Op, draw: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arrays and options from the op's own `sample`, or from its law and domain."""
    return op.sample(draw) if op.sample is not None else sample_by_law(op, draw)


def check_sample(op: Op, arrays: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Every property, on one sample. Raises `OpError` (an AssertionError) that names the property."""
    try:
        outs = check_forward(op, arrays, options)
        if op.backward is None or not any(is_float(a) for a in arrays) or not any(is_float(o) for o in outs):
            return
        rng = np.random.default_rng(0)
        dys = [rng.standard_normal(o.shape) if is_float(o) else None for o in outs]
        check_float32(op, arrays, options, dys)
        check_gradient(op, arrays, options, dys)
        check_needs(op, arrays, options, dys)
        check_second_order(op, arrays, options, dys)
    except OpError as error:
        shown = ", ".join(f"{n}={describe(a)}" for n, a in zip(names_of(op, arrays), arrays))
        raise OpError(f"{op.name}: {error}\n  on {shown}; options {options}") from None


# ---- the properties -------------------------------------------------------------------------------------------------------------


def check_forward(op: Op, arrays: tuple[Any, ...], options: dict[str, Any]) -> list[np.ndarray]:
    """Equal to the reference, the same for any memory layout, inputs left alone."""
    before = [copy_of(a) for a in arrays]
    outs = outputs(op, arrays, options)
    require(all(same(a, b) for a, b in zip(arrays, before)), "the forward changed an input in place")
    for o, c in zip(outs, outputs(op, tuple(copy_of(a) for a in arrays), options)):
        require(close(o, c, atol=1e-12, rtol=1e-12), "the forward depends on the memory layout of its inputs")
    if op.reference is not None:
        expected = op.reference(*(copy_of(a) for a in arrays), **options)
        expected = expected if isinstance(expected, tuple) else (expected,)
        require(len(expected) == len(outs), f"the forward gives {len(outs)} outputs, its reference {len(expected)}")
        for o, e in zip(outs, map(np.asarray, expected)):
            require(o.shape == e.shape, f"the forward gives shape {o.shape}, its reference {e.shape}")
            require(close(o, e, atol=1e-9, rtol=1e-9), f"the forward differs from its reference:\n{o}\n{e}")
    return outs


def check_float32(op: Op, arrays: tuple[Any, ...], options: dict[str, Any], dys: list[Any]) -> None:
    """float32 in, float32 out, forward and backward: nothing is computed in float64 by accident."""
    if any(getattr(v, "kind", "") == "f" for v in options.values()):
        return  # the op is told its dtype
    small = tuple(a.astype(np.float32) if is_float(a) else a for a in arrays)
    prepared = op.casts(list(small)) if op.casts else small
    out, saved = op.forward(*prepared, **options)
    outs = [np.asarray(o) for o in (out if isinstance(out, tuple) else (out,))]
    require(all(o.dtype != np.float64 for o in outs), "float32 inputs give a float64 output")
    gradients = op.backward(as_output_gradient(op, out, [None if d is None else d.astype(np.float32) for d in dys]), saved)  # type: ignore[misc]
    for name, a, g in zip(names_of(op, arrays), arrays, gradients):
        wrong = is_float(a) and g is not None and np.asarray(g).dtype == np.float64
        require(not wrong, f"float32 inputs give a float64 gradient for {name}")


def check_gradient(op: Op, arrays: tuple[Any, ...], options: dict[str, Any], dys: list[Any]) -> None:
    """The backward equals central differences of the forward; it changes neither the inputs nor dy."""
    before, dys_before = [copy_of(a) for a in arrays], [copy_of(d) for d in dys]
    gradients = tape_gradients(op, arrays, options, dys)
    require(all(same(a, b) for a, b in zip(arrays, before)), "the backward changed an input in place")
    require(all(same(a, b) for a, b in zip(dys, dys_before)), "the backward changed dy in place")

    def loss(*point: Any) -> float:
        return sum(float(np.sum(o * d)) for o, d in zip(outputs(op, point, options), dys) if d is not None)

    for i, (name, a) in enumerate(zip(names_of(op, arrays), arrays)):
        if not is_float(a):
            continue
        expected = differences(loss, arrays, i, op.symmetric and i == 0)
        got = gradients[i] if gradients[i] is not None else np.zeros_like(a)
        require(got.shape == a.shape, f"the gradient of {name} has shape {got.shape}, {name} has {a.shape}")
        require(close(got, expected, **TOLERANCE), f"the gradient of {name} is\n{got}\nbut differences of the forward give\n{expected}")


def check_needs(op: Op, arrays: tuple[Any, ...], options: dict[str, Any], dys: list[Any]) -> None:
    """Asked for one gradient alone, the backward gives the same as when asked for all."""
    everything = tape_gradients(op, arrays, options, dys)
    for i, name in enumerate(names_of(op, arrays)):
        if is_float(arrays[i]):
            alone = tape_gradients(op, arrays, options, dys, only=i)
            equal = alone[i] is everything[i] is None or same(alone[i], everything[i])
            require(equal, f"the gradient of {name} changes when it is the only one asked for")


def check_second_order(op: Op, arrays: tuple[Any, ...], options: dict[str, Any], dys: list[Any]) -> None:
    """The backward run on Tensors gives the same gradients, and where the op is smooth its own gradient is right too."""
    inputs = [Tensor._wrap(copy_of(a)) if hasattr(a, "dtype") else a for a in arrays]
    leaves = [t for t in inputs if isinstance(t, Tensor) and is_float(t.array)]
    cotangents = [None if d is None else Tensor._wrap(d.copy()) for d in dys]
    for t in (*leaves, *(c for c in cotangents if c is not None)):
        t.requires_grad = True
    firsts = tensor_gradients(op, inputs, options, cotangents, leaves)
    for g, e in zip(firsts, [g for a, g in zip(arrays, tape_gradients(op, arrays, options, dys)) if is_float(a)]):
        require((g is None) == (e is None), "the backward gives other gradients on Tensors than on arrays")
        if g is not None:
            require(close(g.array, e, atol=1e-9, rtol=1e-9), f"the backward on Tensors gives\n{g.array}\nand on arrays\n{e}")
    if not op.smooth:
        return
    rng = np.random.default_rng(1)
    weights = [None if g is None else rng.standard_normal(g.shape) for g in firsts]
    roots = [(engine_edge(g), Tensor._wrap(w)) for g, w in zip(firsts, weights) if g is not None and g.requires_grad and w is not None]
    seconds = engine.run(roots, wanted=None, retain_graph=True, create_graph=True) if roots else {}

    def loss(*point: Any) -> float:
        gradients = [g for a, g in zip(arrays, tape_gradients(op, point, options, dys)) if is_float(a)]
        return sum(float(np.sum(g * w)) for g, w in zip(gradients, weights) if g is not None and w is not None)

    for i, (name, t) in enumerate(zip(names_of(op, arrays), inputs)):
        if isinstance(t, Tensor) and is_float(t.array):
            got = seconds[t][0].array if t in seconds else np.zeros_like(t.array)
            expected = differences(loss, arrays, i, op.symmetric and i == 0)
            require(close(got, expected, **TOLERANCE), f"the second derivative for {name} is\n{got}\nbut differences give\n{expected}")


# ---- helpers --------------------------------------------------------------------------------------------------------------------


def outputs(op: Op, arrays: tuple[Any, ...], options: dict[str, Any]) -> list[np.ndarray]:
    out = op(*arrays, **options)
    return [np.asarray(o) for o in (out if isinstance(out, tuple) else (out,))]


def tape_gradients(op: Op, arrays: Any, options: dict[str, Any], dys: list[Any], only: int | None = None) -> list[Any]:
    """Gradients of sum(out * dy) for each array, through the tape; None for those that got none."""
    inputs = [Tensor._wrap(a) if hasattr(a, "dtype") else a for a in arrays]
    for i, t in enumerate(inputs):
        if isinstance(t, Tensor) and is_float(t.array) and only in (None, i):
            t._needs_grad = True
    out = op(*inputs, **options)
    outs = out if isinstance(out, tuple) else (out,)
    roots = [(engine_edge(o), d) for o, d in zip(outs, dys) if d is not None and o.requires_grad]
    results = engine.run(roots, wanted=None, retain_graph=False, create_graph=False)
    return [np.asarray(results[t][0]) if isinstance(t, Tensor) and t in results else None for t in inputs]


def tensor_gradients(op: Op, inputs: list[Any], options: dict[str, Any], cotangents: list[Any], leaves: list[Tensor]) -> list[Any]:
    """The same with Tensors as gradients, recorded."""
    previous, state.enabled = state.enabled, True
    try:
        out = op(*inputs, **options)
        outs = out if isinstance(out, tuple) else (out,)
        roots = [(engine_edge(o), c) for o, c in zip(outs, cotangents) if c is not None and o.requires_grad]
        results = engine.run(roots, wanted=None, retain_graph=True, create_graph=True)
    finally:
        state.enabled = previous
    return [results[t][0] if t in results else None for t in leaves]


def engine_edge(t: Tensor) -> Any:
    return t.grad_fn if t.grad_fn is not None else t


def as_output_gradient(op: Op, out: Any, dys: list[Any]) -> Any:
    if not isinstance(out, tuple):
        return dys[0]
    return tuple(np.zeros_like(o) if d is None else d for o, d in zip(out, dys))


def differences(loss: Callable[..., float], arrays: tuple[Any, ...], i: int, symmetric: bool = False) -> np.ndarray:
    """Central differences of `loss` in every element of array i; of `symmetric` matrices, half in it and half in its mirror image."""
    gradient = np.zeros(arrays[i].shape)
    for place in np.ndindex(arrays[i].shape):
        values = []
        for step in (STEP, -STEP):
            moved = arrays[i].copy()
            moved[place] += step
            if symmetric:
                moved = (moved + np.swapaxes(moved, -1, -2)) / 2
            values.append(loss(*arrays[:i], moved, *arrays[i + 1 :]))
        gradient[place] = (values[0] - values[1]) / (2 * STEP)
    return gradient


def names_of(op: Op, arrays: Any) -> Iterator[str]:
    return iter(op.array_names if len(op.array_names) == len(arrays) else [f"x{i}" for i in range(len(arrays))])


def is_float(a: Any) -> bool:
    return hasattr(a, "dtype") and a.dtype.kind == "f"


def copy_of(a: Any) -> Any:
    return np.array(a, order="C") if hasattr(a, "dtype") else a


def same(a: Any, b: Any) -> bool:
    if not hasattr(a, "dtype"):
        return a is b or a == b
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=is_float(a)))


def close(a: Any, b: Any, *, atol: float, rtol: float) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, atol=atol, rtol=rtol, equal_nan=True))


def describe(a: Any) -> str:
    return f"{a.dtype}{tuple(a.shape)} = {np.array2string(np.asarray(a), precision=4, threshold=20)}" if hasattr(a, "dtype") else repr(a)


def require(holds: bool, message: str) -> None:
    if not holds:
        raise OpError(message)


def seeded_samples(op: Op, count: int) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Samples that need no Hypothesis, the same every time."""
    for seed in range(count):
        yield draw_sample(op, SeededDraw(seed))
