"""Which op has a compiled twin, and when it runs: the one visible rule.

A twin is a pair in a module of this package, under the definition's own names: ``softmax_forward`` and ``softmax_backward`` in
`rows.py`. It takes what the definition takes and gives what it gives. The forward runs where the first array is a float32 NumPy array of
at least `smallest` elements and `fits` agrees; anything else, wrong shapes too, is the definition's.

Most twins save what the definition saves, so that either forward goes with either backward; that of the twin runs where the first saved
array is as large and `fits_backward` agrees. The others save arrays of their own, marked by `KERNEL`: their backward takes them whatever dy
is. Second derivatives always run the definition, on what was saved or, if it does not know an array there, from the inputs on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from ..settings import warn_once
from .compiling import KERNEL, available

__all__ = ["SMALLEST", "TWINS", "UPDATES", "Twin", "choose", "choose_update"]

SMALLEST = 512  # elements; nobody asks for the twin of an op on a smaller array
FLOAT32, INT64, BOOL = np.dtype("float32"), np.dtype("int64"), np.dtype("bool")
ndarray = np.ndarray


def contiguous(*arrays: Any) -> bool:
    """All are float32 arrays in C order; None is no array."""
    return all(a is None or (a.__class__ is ndarray and a.dtype is FLOAT32 and a.flags.c_contiguous) for a in arrays)


# ---- what fits, by op: on the forward's arguments, and on (dy, saved) -------------------------------------------------------------------


def elementwise(x: Any, **options: Any) -> bool:
    return x.flags.c_contiguous


def gelu_fits(x: Any, *, approximate: Any = "none") -> bool:
    return x.flags.c_contiguous and approximate in ("none", "tanh")


def dropout_fits(x: Any, mask: Any, *, p: Any) -> bool:
    return x.flags.c_contiguous and mask.__class__ is ndarray and mask.dtype is BOOL and mask.shape == x.shape and mask.flags.c_contiguous


def last_dim(x: Any, *, dim: Any = -1, dtype: Any = None) -> bool:
    """Rows lie one after the other in memory, and the op works along them."""
    return x.flags.c_contiguous and x.ndim > 0 and dim in (-1, x.ndim - 1) and dtype is None


def last_dim_backward(dy: Any, saved: Any) -> bool:
    y, dim = saved
    return contiguous(dy, y) and dim == y.ndim - 1


def normalized(x: Any, *parameters: Any, normalized_shape: Any, eps: Any = None) -> bool:
    shape = tuple(normalized_shape)
    return (
        0 < len(shape) <= x.ndim
        and x.shape[x.ndim - len(shape) :] == shape
        and contiguous(x, *parameters)
        and all(p is None or p.shape == shape for p in parameters)
    )


def scores_and_classes(x: Any, target: Any, weight: Any = None, **options: Any) -> bool:
    """The everyday case: scores (m, C), classes (m,) that are all in range, no weights, nothing ignored."""
    if weight is not None or options.get("label_smoothing") or options.get("reduction", "mean") not in ("mean", "sum", "none"):
        return False
    if x.ndim != 2 or target.__class__ is not ndarray or target.dtype is not INT64 or target.shape != x.shape[:1]:
        return False
    ignored = options.get("ignore_index", -100)
    return x.flags.c_contiguous and not 0 <= ignored < x.shape[1] and target.view(np.uint64).max() < x.shape[1]


def rows_fit(values: Any, rows: Any, *, n: Any, skip: Any = None) -> bool:
    if not contiguous(values) or rows.__class__ is not ndarray or rows.dtype is not INT64 or rows.ndim != 1 or not rows.flags.c_contiguous:
        return False
    return len(rows) == len(values) and rows.min() >= -n and rows.max() < n


def only_forward(dy: Any, saved: Any) -> bool:
    return False


def attention_fits(
    query: Any, key: Any, value: Any, mask: Any = None, dropped: Any = None, *, is_causal: Any = False, **options: Any
) -> bool:
    """One batch shape, at least one key; a mask that broadcasts to the scores, not together with `is_causal`."""
    if query.ndim < 2 or any(a.__class__ is not ndarray or a.dtype is not FLOAT32 or a.ndim < 2 for a in (key, value)):
        return False
    lead, (length, features), (keys, width) = query.shape[:-2], query.shape[-2:], key.shape[-2:]
    if not key.shape[:-2] == value.shape[:-2] == lead or value.shape[-2] != keys or width != features or 0 in key.shape or 0 in value.shape:
        return False
    if dropped is not None and (dropped.dtype is not BOOL or dropped.shape != (*lead, length, keys)):
        return False
    return mask is None or (
        not is_causal and (mask.dtype is FLOAT32 or mask.dtype is BOOL) and broadcasts(mask.shape, (*lead, length, keys))
    )


def convolution_fits(x: Any, weight: Any, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: Any = 1) -> bool:
    """One dimension, stride 1, one group, and not many more output channels or elements than the windows that it saves."""
    if (
        x.ndim != 3
        or weight.ndim != 3
        or groups != 1
        or not contiguous(weight, bias)
        or padding[0] < 0
        or dilation[0] < 1
        or stride[0] != 1
    ):
        return False
    (outputs, channels, places), length = weight.shape, x.shape[2]
    count = length + 2 * padding[0] - dilation[0] * (places - 1)
    shapes = x.shape[1] == channels and 0 not in weight.shape and (bias is None or bias.shape == (outputs,))
    return shapes and outputs <= 2 * channels and length <= 2 * count


def convolution_fits_backward(dy: Any, saved: Any) -> bool:
    """dy may lie in memory as it likes: it is copied anyway."""
    x, weight, stride, padding, dilation, groups = saved
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return dy.dtype is FLOAT32 and x.dtype is FLOAT32 and convolution_fits(x, weight, **options)


def lstm_fits(x: Any, h0: Any, c0: Any, *weights: Any, **options: Any) -> bool:
    """Sequences of one length, no projection, every shape as it should be."""
    return h0.shape == c0.shape and layer_fits(4, x, (h0, c0), *weights, **options)


def gru_fits(x: Any, h0: Any, *weights: Any, **options: Any) -> bool:
    return layer_fits(3, x, (h0,), *weights, **options)


def layer_fits(
    gates: int,
    x: Any,
    states: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any = None,
    b_hh: Any = None,
    w_hr: Any = None,
    *,
    batch_sizes: Any = None,
    **_: Any,
) -> bool:
    if w_hr is not None or batch_sizes is not None or x.ndim != 3 or not contiguous(w_ih, w_hh, b_ih, b_hh):
        return False
    if any(s.__class__ is not ndarray or s.dtype is not FLOAT32 or s.ndim != 2 for s in states):
        return False
    (n, k), rows = states[0].shape, gates * w_hh.shape[-1]
    biases = all(b is None or b.shape == (rows,) for b in (b_ih, b_hh))
    return biases and n == x.shape[1] and w_hh.shape == (rows, k) and w_ih.shape == (rows, x.shape[2])


def adam_fits(param: Any, grad: Any, mean: Any, square: Any, peak: Any, *numbers: Any) -> bool:
    return peak is None and param.ndim > 0 and grad.shape == param.shape and contiguous(param, grad, mean, square)


def sgd_fits(param: Any, grad: Any, buffer: Any, *numbers: Any) -> bool:
    return param.ndim > 0 and grad.shape == param.shape and contiguous(param, grad, buffer)


def broadcasts(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    tail = wanted[len(wanted) - len(shape) :]
    return 2 <= len(shape) <= len(wanted) and all(n in (1, m) for n, m in zip(shape, tail))


# ---- the table --------------------------------------------------------------------------------------------------------------------------


class Twin(NamedTuple):
    """Where an op's compiled pair is, and what it is good for.

    Args:
        module: the file in this package.
        smallest: elements of the first array from which on the twin is quicker.
        fits: on the forward's arguments: whether the twin can take them (layout, options).
        fits_backward: the same on the backward's (dy, saved); None for a twin that saves what only its own backward can read.
    """

    module: str
    smallest: int
    fits: Callable[..., bool] = elementwise
    fits_backward: Callable[..., bool] | None = lambda dy, saved: contiguous(dy, *(s for s in saved if isinstance(s, ndarray)))


TWINS: dict[str, Twin] = {
    "relu": Twin("elementwise", 4096),
    "tanh": Twin("elementwise", 4096),
    "sigmoid": Twin("elementwise", 4096),
    "silu": Twin("elementwise", 4096),
    "gelu": Twin("elementwise", 2048, gelu_fits),
    "dropout_with_mask": Twin("elementwise", 4096, dropout_fits, None),
    "softmax": Twin("rows", 4096, last_dim, last_dim_backward),
    "log_softmax": Twin("rows", 4096, last_dim, last_dim_backward),
    "cross_entropy": Twin("rows", 4096, scores_and_classes, None),
    "scatter_rows": Twin("rows", 1024, rows_fit, only_forward),
    "layer_norm": Twin("normalization", 4096, normalized),
    "rms_norm": Twin("normalization", 4096, normalized),
    "convolution": Twin("convolution", 8192, convolution_fits, convolution_fits_backward),
    "lstm_layer": Twin("recurrent", 1024, lstm_fits, None),
    "gru_layer": Twin("recurrent", 1024, gru_fits, None),
    "scaled_dot_product_attention": Twin("attention", 4096, attention_fits, None),
}


# Update rules of optimizers, which change their arrays in place.
UPDATES: dict[str, Twin] = {
    "adam_update": Twin("optimizers", 512, adam_fits),
    "sgd_update": Twin("optimizers", 32_768, sgd_fits),
}


# ---- the choice -------------------------------------------------------------------------------------------------------------------------


def choose(name: str, definition: Callable[..., Any], part: str) -> Callable[..., Any]:
    """The op's `part` ("forward" or "backward"): its definition, or a function that picks the twin for arrays that suit it."""
    twin = TWINS.get(name)
    if twin is None or not available():
        return definition
    return (forward_of if part == "forward" else backward_of)(f"{name}_{part}", twin, definition)


@cache
def choose_update(definition: Callable[..., None]) -> Callable[..., None]:
    """The same for an optimizer's update rule."""
    twin = UPDATES.get(definition.__name__)
    if twin is None or not available():
        return definition
    return forward_of(definition.__name__, twin, definition)


def forward_of(function: str, twin: Twin, definition: Callable[..., Any]) -> Callable[..., Any]:
    smallest, fits, kernel = twin.smallest, twin.fits, load(twin.module, function, definition)

    def run(x: Any, *rest: Any, **options: Any) -> Any:
        if x.__class__ is not ndarray or x.size < smallest or x.dtype is not FLOAT32 or not fits(x, *rest, **options):
            return definition(x, *rest, **options)
        return kernel(x, *rest, **options)

    return run


def backward_of(function: str, twin: Twin, definition: Callable[..., Any]) -> Callable[..., Any]:
    smallest, fits, kernel = twin.smallest, twin.fits_backward, load(twin.module, function, definition)

    def run(dy: Any, saved: Any, needs: Any = None) -> Any:
        small = dy.__class__ is not ndarray or saved[0].size < smallest
        which = definition if small or not fits(dy, saved) else kernel  # type: ignore[misc]
        return which(dy, saved) if needs is None else which(dy, saved, needs=needs)

    def run_marked(dy: Any, saved: Any, needs: Any = None) -> Any:
        which = kernel if saved[0] is KERNEL else definition
        return which(dy, saved) if needs is None else which(dy, saved, needs=needs)

    return run if fits else run_marked


def load(module: str, function: str, definition: Callable[..., Any]) -> Callable[..., Any]:
    """The twin's function, imported and compiled with its first call; `definition` from then on, and a warning, if that cannot be done."""
    found: Any = None

    def first(*args: Any, **options: Any) -> Any:
        nonlocal found
        if found is None:
            try:
                kernel = getattr(import_module("minitorch_nlp.kernels." + module), function)
                result = kernel(*args, **options)
            except Exception as error:
                result = definition(*args, **options)  # what the arrays are to blame for is raised here
                warn_once(f"compiled kernels are off, as one cannot be used: {type(error).__name__}: {error}")
                found = definition
                return result
            found = kernel
            return result
        return found(*args, **options)

    return first
