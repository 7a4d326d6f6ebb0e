"""One step of a recurrent network: the cells of RNN, LSTM and GRU, for loops that decide step by step what comes next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...functional.recurrent import gru_layer, lstm_layer, rnn_layer
from ...tensor.creation import empty, zeros
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Module):
    """What the cells share: ``weight_ih`` (G, D), ``weight_hh`` (G, H), ``bias_ih`` and ``bias_hh`` (G), with G = num_chunks * H.

    All are drawn from U(-1/sqrt(H), 1/sqrt(H)).
    """

    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights and biases anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, layer: Any, input: Any, hx: Sequence[Any] | None, n_states: int, **options: Any) -> tuple[Any, ...]:
        """The new states: a layer run over a sequence of one step."""
        if input.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, s in enumerate(hx or ()):
            if s.dim() not in (1, 2):
                which = f"hx[{i}]" if n_states > 1 else "hidden"
                raise ValueError(f"{self._get_name()}: Expected {which} to be 1D or 2D, got {s.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
            hx = None if hx is None else [s.unsqueeze(0) for s in hx]
        if hx is None:
            hx = (zeros((input.shape[0], self.hidden_size), dtype=input.dtype, device=input.device),) * n_states
        new = layer(input.unsqueeze(0), *hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, **options)[1:]
        return new if batched else tuple(s.squeeze(0) for s in new)

    def extra_repr(self) -> str:
        bias = "" if self.bias else ", bias=False"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return f"{self.input_size}, {self.hidden_size}{bias}" + ("" if nonlinearity == "tanh" else f", nonlinearity={nonlinearity}")


class RNNCell(RNNCellBase):
    """One step of `RNN`: h' = f(W_ih x + b_ih + W_hh h + b_hh).

    Shape:
        input (N, D) or (D), ``hx`` (N, H) or (H), zeros if left out -> h' shaped as ``hx``.

    >>> import minitorch_nlp as torch
    >>> torch.nn.RNNCell(10, 20)(torch.randn(3, 10)).shape
    torch.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(N, D), (N, H) -> (N, H)."""
        return self._step(rnn_layer, input, None if hx is None else (hx,), 1, nonlinearity=self.nonlinearity)[0]


class LSTMCell(RNNCellBase):
    """One step of `LSTM`.

    Shape:
        input (N, D) or (D), ``hx`` a pair (h, c), each (N, H) or (H), zeros if left out -> the pair (h', c').

    >>> import minitorch_nlp as torch
    >>> h, c = torch.nn.LSTMCell(10, 20)(torch.randn(3, 10))
    >>> h.shape, c.shape
    (torch.Size([3, 20]), torch.Size([3, 20]))
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(N, D), ((N, H), (N, H)) -> ((N, H), (N, H))."""
        return self._step(lstm_layer, input, None if hx is None else two_states(hx), 2)


def two_states(hx: Any) -> tuple[Any, Any]:
    """h and c of an LSTM."""
    h, c = hx[0], hx[1]
    if len(hx) != 2:
        raise RuntimeError(f"an LSTM expects two hidden states, (h, c), not {len(hx)}")
    return h, c


class GRUCell(RNNCellBase):
    """One step of `GRU`.

    Shape:
        input (N, D) or (D), ``hx`` (N, H) or (H), zeros if left out -> h' shaped as ``hx``.

    >>> import minitorch_nlp as torch
    >>> torch.nn.GRUCell(10, 20)(torch.randn(10)).shape
    torch.Size([20])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(N, D), (N, H) -> (N, H)."""
        return self._step(gru_layer, input, None if hx is None else (hx,), 1)[0]
