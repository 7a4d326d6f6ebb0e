"""Layers: functions with Parameters that they keep."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import functions as F
from .core import Parameter, Variable
from .cuda import get_array_module
from .utils import pair

__all__ = ["BatchNorm", "Conv2d", "Deconv2d", "EmbedID", "LSTM", "Layer", "Linear", "RNN"]


class Layer:
    """Knows the Parameters and Layers among its attributes, in the order they were first assigned."""

    def __init__(self) -> None:
        self._params: dict[str, None] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Parameter, Layer)):
            self._params[name] = None
        super().__setattr__(name, value)

    def __call__(self, *inputs: Any) -> Any:
        """What `forward` gives; ``self.inputs`` and ``self.outputs`` know weakly what went in and came out."""
        outputs = self.forward(*inputs)
        several = list(outputs) if isinstance(outputs, tuple) else [outputs]
        self.inputs = [weakref.ref(x) for x in inputs]
        self.outputs = [weakref.ref(y) for y in several]
        return outputs if len(several) > 1 else several[0]

    def forward(self, *inputs: Any) -> Any:
        """The output or a tuple of outputs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def named_params(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """(path, Parameter) pairs, as ``l0/W``: the keys of a file of weights."""
        for name in self._params:
            value = getattr(self, name)
            if isinstance(value, Layer):
                yield from value.named_params(f"{prefix}{name}/")
            elif value is not None:
                yield prefix + name, value

    def params(self) -> Iterator[Parameter]:
        """All Parameters, those of its layers too."""
        for _, param in self.named_params():
            yield param

    def cleargrads(self) -> None:
        """Forget all gradients."""
        for param in self.params():
            param.cleargrad()

    def to_cpu(self) -> None:
        """Move all Parameters to main memory."""
        for param in self.params():
            param.to_cpu()

    def to_gpu(self) -> None:
        """Move all Parameters to the GPU."""
        for param in self.params():
            param.to_gpu()

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write all Parameters into an .npz file (those that have values yet), which `load_weights` and NumPy can read."""
        self.to_cpu()
        arrays = {name: param.data for name, param in self.named_params() if param.data is not None}
        try:
            np.savez_compressed(path, **arrays)
        except BaseException:
            if os.path.exists(path):
                os.remove(path)
            raise

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Take all Parameters from such a file.

        Raises:
            KeyError: it lacks one of them, or its shape is another; nothing is changed.
        """
        with np.load(path) as file:
            found = {name: file[name] for name in file.files}
        named = dict(self.named_params())
        for name, param in named.items():
            if name not in found:
                raise KeyError(f"{path} has no {name}; it has {', '.join(found)}")
            if param.data is not None and param.shape != found[name].shape:
                raise KeyError(f"{name} has shape {param.shape}, but {found[name].shape} in {path}")
        for name, param in named.items():
            param.data = found[name]


def normal(shape: tuple[int, ...], inputs: int, dtype: Any, xp: Any = np) -> Any:
    """Numbers from ``np.random.randn`` with standard deviation sqrt(1 / inputs)."""
    return xp.random.randn(*shape).astype(dtype) * math.sqrt(1 / inputs)


class Linear(Layer):
    """x W + b, W (I, O). Without `in_size` W is made when the first x is seen."""

    def __init__(self, out_size: int, nobias: bool = False, dtype: Any = np.float32, in_size: int | None = None) -> None:
        super().__init__()
        self.in_size, self.out_size, self.dtype = in_size, out_size, dtype
        self.W = Parameter(None, name="W")
        if in_size is not None:
            self._init_W()
        self.b = None if nobias else Parameter(np.zeros(out_size, dtype=dtype), name="b")

    def _init_W(self, xp: Any = np) -> None:
        assert self.in_size is not None
        self.W.data = normal((self.in_size, self.out_size), self.in_size, self.dtype, xp)

    def forward(self, x: Any) -> Variable:
        if self.W.data is None:
            self.in_size = x.shape[1]
            self._init_W(get_array_module(x))
        return F.linear(x, self.W, self.b)


class Conv2d(Layer):
    """`functions.conv2d` with W (O, C, KH, KW) and b (O). Without `in_channels` W is made when the first x is seen."""

    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, pad: Any = 0, nobias: bool = False, dtype: Any = np.float32,
        in_channels: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
        self.stride, self.pad, self.dtype = stride, pad, dtype
        self.W = Parameter(None, name="W")
        if in_channels is not None:
            self._init_W()
        self.b = None if nobias else Parameter(np.zeros(out_channels, dtype=dtype), name="b")

    def shape_of_W(self) -> tuple[Any, ...]:
        return self.out_channels, self.in_channels

    def _init_W(self, xp: Any = np) -> None:
        kh, kw = pair(self.kernel_size)
        assert self.in_channels is not None
        self.W.data = normal((*self.shape_of_W(), kh, kw), self.in_channels * kh * kw, self.dtype, xp)

    def convolve(self, x: Any) -> Variable:
        return F.conv2d(x, self.W, self.b, self.stride, self.pad)

    def forward(self, x: Any) -> Variable:
        if self.W.data is None:
            self.in_channels = x.shape[1]
            self._init_W(get_array_module(x))
        return self.convolve(x)


class Deconv2d(Conv2d):
    """`functions.deconv2d` with W (C, O, KH, KW) and b (O)."""

    def shape_of_W(self) -> tuple[Any, ...]:
        return self.in_channels, self.out_channels

    def convolve(self, x: Any) -> Variable:
        return F.deconv2d(x, self.W, self.b, self.stride, self.pad)


class RNN(Layer):
    """h = tanh(x W_x + b + h W_h), step by step; `reset_state` starts anew."""

    h: Variable | None

    def __init__(self, hidden_size: int, in_size: int | None = None) -> None:
        super().__init__()
        self.x2h = Linear(hidden_size, in_size=in_size)
        self.h2h = Linear(hidden_size, in_size=None if in_size is None else hidden_size, nobias=True)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget h."""
        self.h = None

    def forward(self, x: Any) -> Variable:
        h = F.tanh(self.x2h(x) if self.h is None else self.x2h(x) + self.h2h(self.h))
        self.h = h
        return h


class LSTM(Layer):
    """One step of an LSTM; `reset_state` starts anew::

    f, i, o = sigmoid(x W_xf + b_f + h W_hf), ...;  u = tanh(x W_xu + b_u + h W_hu)
    c = f c + i u;  h = o tanh(c)
    """

    h: Variable | None
    c: Variable | None

    def __init__(self, hidden_size: int, in_size: int | None = None) -> None:
        super().__init__()
        for gate in "fiou":
            setattr(self, f"x2{gate}", Linear(hidden_size, in_size=in_size))
        for gate in "fiou":
            setattr(self, f"h2{gate}", Linear(hidden_size, in_size=hidden_size, nobias=True))
        self.reset_state()

    def reset_state(self) -> None:
        """Forget h and c."""
        self.h = self.c = None

    def forward(self, x: Any) -> Variable:
        gates = [getattr(self, f"x2{gate}")(x) for gate in "fiou"]
        if self.h is not None:
            gates = [g + getattr(self, f"h2{gate}")(self.h) for g, gate in zip(gates, "fiou")]
        f, i, o = map(F.sigmoid, gates[:3])
        new = i * F.tanh(gates[3])
        self.c = new if self.c is None else f * self.c + new
        h = o * F.tanh(self.c)
        self.h = h
        return h


class EmbedID(Layer):
    """The rows of W (V, D) at numbers x."""

    def __init__(self, in_size: int, out_size: int) -> None:
        super().__init__()
        self.W = Parameter(np.random.randn(in_size, out_size), name="W")

    def __call__(self, x: Any) -> Variable:
        return F.embed_id(x, self.W)


class BatchNorm(Layer):
    """`functions.batch_norm` with gamma, beta and the moving averages, made when the first x is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.avg_mean, self.avg_var = Parameter(None, name="avg_mean"), Parameter(None, name="avg_var")
        self.gamma, self.beta = Parameter(None, name="gamma"), Parameter(None, name="beta")

    def __call__(self, x: Any) -> Variable:
        if self.avg_mean.data is None:
            xp, shape, dtype = get_array_module(x), x.shape[1], x.dtype
            for param, make in ((self.avg_mean, xp.zeros), (self.avg_var, xp.ones), (self.gamma, xp.ones), (self.beta, xp.zeros)):
                if param.data is None:
                    param.data = make(shape, dtype=dtype)
        return F.batch_norm(x, self.gamma, self.beta, self.avg_mean.data, self.avg_var.data)
