"""The largest and the smallest: values, indices, and who gets the gradient where several are equal.

Over all elements, and in `amax` and `amin`, equal ones share the gradient evenly; `max_dim` and `min_dim` also return an index, and
the element at that index gets it all. Both as in torch.
"""

from __future__ import annotations

import numpy as np

from ..backend import as_array, either
from ._axes import axis_of, in_c_order, keep, reference_along, require_elements, sample_reduction
from ._domain import Distinct
from ._law import wrap_dim
from ._op import Op

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max_all", "max_dim", "min_all", "min_dim"]


def share(dy, chosen, axis):
    """dy spread evenly over the chosen elements along `axis`; nan where none is (the extreme is nan)."""
    ones = chosen.astype(dy.dtype)
    with np.errstate(invalid="ignore"):
        return dy * ones / np.sum(ones, axis=axis, keepdims=True)


def amax_forward(x, *, dim=(), keepdim=False):
    """y = max_i x_i, of all elements or along `dim`."""
    axis = axis_of(dim, x.ndim)
    if 0 in x.shape:
        require_elements("amax", x.shape, axis)
    y = in_c_order(as_array(x.max(axis=axis, keepdims=keepdim)))
    return y, (x, y, axis, keepdim)


def amax_backward(dy, saved):
    """dx_i = dy / (number of largest) where x_i is the largest, else 0.

    With one largest element, y moves with it alone; among several equal ones the gradient is shared, a subgradient.
    """
    x, y, axis, keepdim = saved
    shape = tuple(x.shape)
    return (share(keep(dy, shape, axis, keepdim), np.equal(x, keep(y, shape, axis, keepdim)), axis),)


amax = Op(
    amax_forward, amax_backward, shapes="(...) -> (...)", sample=sample_reduction(Distinct(), min_size=1), reference=reference_along(max)
)


def amin_forward(x, *, dim=(), keepdim=False):
    """y = min_i x_i, of all elements or along `dim`."""
    axis = axis_of(dim, x.ndim)
    if 0 in x.shape:
        require_elements("amin", x.shape, axis)
    y = in_c_order(as_array(x.min(axis=axis, keepdims=keepdim)))
    return y, (x, y, axis, keepdim)


def amin_backward(dy, saved):
    """dx_i = dy / (number of smallest) where x_i is the smallest, else 0: as `amax` of -x."""
    return amax_backward(dy, saved)


amin = Op(
    amin_forward, amin_backward, shapes="(...) -> (...)", sample=sample_reduction(Distinct(), min_size=1), reference=reference_along(min)
)


def aminmax_forward(x, *, dim=None, keepdim=False):
    """(smallest, largest) of all elements or along one `dim`."""
    if 0 in x.shape:
        require_elements("aminmax", x.shape, dim)
    smallest, largest = as_array(np.min(x, axis=dim, keepdims=keepdim)), as_array(np.max(x, axis=dim, keepdims=keepdim))
    return (smallest, largest), (x, smallest, largest, dim, keepdim)


def aminmax_backward(dys, saved):
    """dx = that of `amin` + that of `amax`: equal ones share."""
    x, smallest, largest, dim, keepdim = saved
    (for_smallest,), (for_largest,) = (amax_backward(dy, (x, y, dim, keepdim)) for dy, y in zip(dys, (smallest, largest)))
    return (for_smallest + for_largest,)


aminmax = Op(
    aminmax_forward,
    aminmax_backward,
    shapes="(...) -> (...), (...)",
    sample=sample_reduction(Distinct(), single=True, min_size=1),
    reference=lambda x, **options: (reference_along(min)(x, **options), reference_along(max)(x, **options)),
)


def max_all_forward(x):
    """y = the largest of all elements; nan if there is one."""
    if 0 in x.shape:
        require_elements("max", x.shape, None)
    y = as_array(x.max())
    return y, (x, y)


def max_all_backward(dy, saved):
    """dx_i = dy / (number of largest) where x_i is the largest (is nan, if y is), else 0: equal ones share."""
    x, y = saved
    return (share(dy, np.equal(x, y) if np.equal(y, y) else np.not_equal(x, x), None),)


max_all = Op(
    max_all_forward,
    max_all_backward,
    shapes="(...) -> ()",
    domain=Distinct(),
    nonempty="...",
    reference=reference_along(max),
    torch_name="MaxBackward1",
)


def min_all_forward(x):
    """y = the smallest of all elements; nan if there is one."""
    if 0 in x.shape:
        require_elements("min", x.shape, None)
    y = as_array(x.min())
    return y, (x, y)


def min_all_backward(dy, saved):
    """dx_i = dy / (number of smallest) where x_i is the smallest (is nan, if y is), else 0: equal ones share."""
    return max_all_backward(dy, saved)


min_all = Op(
    min_all_forward,
    min_all_backward,
    shapes="(...) -> ()",
    domain=Distinct(),
    nonempty="...",
    reference=reference_along(min),
    torch_name="MinBackward1",
)


def max_dim_forward(x, *, dim, keepdim=False):
    """(y, k) along `dim`: the largest y = x_k and its index k, the first among equals; the first nan if there is one."""
    d = wrap_dim(dim, x.ndim)
    if 0 in x.shape:
        require_elements("max", x.shape, d)
    index = in_c_order(as_array(x.argmax(axis=d, keepdims=keepdim)))
    return (in_c_order(as_array(x.max(axis=d, keepdims=keepdim))), index), (index, d, x.shape, keepdim)


def max_dim_backward(dys, saved):
    """dx_i = dy where i = k, else 0: y is a copy of x_k."""
    index, d, shape, keepdim = saved
    dy = dys[0]
    if not shape:
        return (dy,)
    if not keepdim:
        index, dy = np.expand_dims(index, d), np.expand_dims(dy, d)
    places = np.arange(shape[d], like=index).reshape((-1,) + (1,) * (len(shape) - 1 - d))
    return (either(index == places, dy, 0.0),)


def indexed_reference(choose):
    """Values and indices by Python's own max or min on (value, -index) or (value, index)."""

    def reference(x, *, dim, keepdim=False):
        index = reference_along(lambda row: row.index(choose(row)))(x, dim=dim, keepdim=keepdim)
        return reference_along(choose)(x, dim=dim, keepdim=keepdim), index.astype(np.int64)

    return reference


max_dim = Op(
    max_dim_forward,
    max_dim_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(Distinct(), single=True, required=True, min_size=1),
    reference=indexed_reference(max),
    torch_name="Max",
)


def min_dim_forward(x, *, dim, keepdim=False):
    """(y, k) along `dim`: the smallest y = x_k and its index k, the first among equals; the first nan if there is one."""
    d = wrap_dim(dim, x.ndim)
    if 0 in x.shape:
        require_elements("min", x.shape, d)
    index = in_c_order(as_array(x.argmin(axis=d, keepdims=keepdim)))
    return (in_c_order(as_array(x.min(axis=d, keepdims=keepdim))), index), (index, d, x.shape, keepdim)


def min_dim_backward(dys, saved):
    """dx_i = dy where i = k, else 0: y is a copy of x_k."""
    return max_dim_backward(dys, saved)


min_dim = Op(
    min_dim_forward,
    min_dim_backward,
    shapes="(...) -> (...)",
    sample=sample_reduction(Distinct(), single=True, required=True, min_size=1),
    reference=indexed_reference(min),
    torch_name="Min",
)


def check_arg(name: str, x, dim) -> None:
    if x.dtype == bool:
        raise RuntimeError(f"{name}: a bool tensor is not supported; convert it with .int()")
    if dim is not None:
        wrap_dim(dim, x.ndim)
    if 0 in x.shape:
        require_elements(name, x.shape, dim, IndexError)


def argmax_forward(x, *, dim=None, keepdim=False):
    """The index of the largest element along `dim`, the first among equals; without `dim`, of the flattened array."""
    check_arg("argmax", x, dim)
    return np.argmax(x, axis=dim, keepdims=keepdim), ()


def index_reference(choose):
    def reference(x, *, dim=None, keepdim=False):
        return reference_along(lambda row: row.index(choose(row)))(x, dim=dim, keepdim=keepdim)

    return reference


argmax = Op(
    argmax_forward,
    None,
    shapes="(...) -> (...)",
    sample=sample_reduction(Distinct(), single=True, min_size=1),
    reference=index_reference(max),
)


def argmin_forward(x, *, dim=None, keepdim=False):
    """The index of the smallest element along `dim`, the first among equals; without `dim`, of the flattened array."""
    check_arg("argmin", x, dim)
    return np.argmin(x, axis=dim, keepdims=keepdim), ()


argmin = Op(
    argmin_forward,
    None,
    shapes="(...) -> (...)",
    sample=sample_reduction(Distinct(), single=True, min_size=1),
    reference=index_reference(min),
)
