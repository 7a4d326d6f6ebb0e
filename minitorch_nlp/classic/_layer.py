"""What all layers share."""

from __future__ import annotations

from typing import Any

import numpy

from ..backend import Array
from ..functional import Op
from ..functional._law import explain

__all__ = ["Layer", "like_params"]


class Layer:
    """A layer: `params`, the arrays it learns, and `grads`, as many arrays for the gradients of the last loss.

    `forward` computes the output and keeps what `backward` needs; `backward` takes the gradient of the output, writes those of the
    parameters into the arrays of `grads` (the arrays stay the same ones, so a model may collect them in a list) and returns that of
    the input.
    """

    def __init__(self, *params: Array) -> None:
        self.params: list[Array] = list(params)
        self.grads: list[Array] = [numpy.zeros_like(p) for p in params]
        self.saved: Any = None
        self.dtype: Any = None

    def run(self, op: Op, *arrays: Array, **options: Any) -> Any:
        """The output of `op`; what its backward needs is kept."""
        try:
            output, self.saved = op.forward(*arrays, **options)
            self.dtype = arrays[0].dtype
        except (ValueError, IndexError, TypeError, AttributeError) as error:
            raise explain(op, arrays, options, error) from error
        return output

    def back(self, op: Op, dout: Any) -> tuple[Any, ...]:
        """The gradients of the arrays that the last `run` of `op` was given; of a loss, `dout` may be a Python number."""
        if self.saved is None:
            raise RuntimeError(f"{type(self).__name__}.backward: there is nothing to go back through; call forward first")
        assert op.backward is not None
        if isinstance(dout, (int, float)):
            dout = self.dtype.type(dout)
        return op.backward(dout, self.saved)

    def write(self, *grads: Array) -> None:
        """Put the gradients of the parameters, in their order, into the arrays of `grads`."""
        for own, grad in zip(self.grads, grads):
            own[...] = grad


def like_params(x: Array, layer: Layer) -> Array:
    """`x` in the dtype of the layer's parameters: one-hot integers, or float64 data for a float32 layer."""
    dtype = layer.params[0].dtype
    return x if x.dtype == dtype else x.astype(dtype)
