"""Recurrent networks: RNN, LSTM and GRU over whole sequences, in layers and both directions. The cells of one step: `rnn_cell`.

The formulas of one layer, and their gradients, are in `minitorch_nlp.functional.recurrent`.
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Sequence
from typing import Any

from ...tensor.creation import empty, zeros
from .. import init
from .._packed import PackedSequence
from .._recurrent import MODES, run_network
from ..parameter import Parameter
from .module import Module
from .rnn_cell import GRUCell, LSTMCell, RNNCell, RNNCellBase, two_states

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


class RNNBase(Module):
    """What RNN, LSTM and GRU share: their parameters, and running a sequence through all layers and directions.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: features of the input, D.
        hidden_size: features of the state, H.
        num_layers: layers on top of each other; each reads the outputs of the one below.
        bias: whether there are b_ih and b_hh.
        batch_first: input and output are (N, T, features) instead of (T, N, features); states are not affected.
        dropout: probability of dropout on the outputs of every layer but the last, in training.
        bidirectional: each layer also runs backwards over the sequence; its output is (forward, backward) side by side.
        proj_size: P, of an LSTM: h is W_hr m, P numbers instead of H; 0 for no projection, and then P = H.

    Parameters, per layer k and with the suffix ``_reverse`` for the backward direction: ``weight_ih_l{k}`` (G, D or what the layer below
    gives), ``weight_hh_l{k}`` (G, P), ``bias_ih_l{k}`` and ``bias_hh_l{k}`` (G), where G is H for each gate, and ``weight_hr_l{k}``
    (P, H) if there is a projection. All are drawn from U(-1/sqrt(H), 1/sqrt(H)).

    Sequences of different lengths are given as a `PackedSequence`; the output is then one too. A state in ``h_n`` is that after the
    last step of its sequence, and gradients flow through the steps there are.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_settings(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        directions = 2 if bidirectional else 1
        rows, width = MODES[mode][2] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            features = input_size if layer == 0 else width * directions
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, features), "weight_hh": (rows, width)}
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if proj_size:
                shapes |= {"weight_hr": (proj_size, hidden_size)}
            for suffix in ("", "_reverse")[:directions]:
                self._all_weights.append([f"{name}_l{layer}{suffix}" for name in shapes])
                for name, shape in zip(self._all_weights[-1], shapes.values()):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights and biases anew."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do: on torch this packs the weights together for cuDNN, which is not used here."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction: w_ih, w_hh and, if there are any, b_ih, b_hh and w_hr."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [weight for weights in self.all_weights for weight in weights]

    def forward(self, input: Any, hx: Any = None) -> Any:
        """``(output, h_n)``; see the class for the shapes."""
        output, (h_n,) = self._run(input, None if hx is None else (hx,))
        return output, h_n

    def _run(self, input: Any, hx: Sequence[Any] | None) -> tuple[Any, tuple[Any, ...]]:
        """The output, and the last states of all layers and directions."""
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx)
        if input.dim() not in (2, 3):
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D tensor instead")
        batched = input.dim() == 3
        batch_dim = 0 if self.batch_first else 1
        if hx is not None and any(s.dim() != input.dim() for s in hx):
            raise RuntimeError(wrong_dims(batched, hx))
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else [s.unsqueeze(1) for s in hx]
        states = self._states(input, input.shape[batch_dim], hx)
        output, last = self._run_layers(input.transpose(0, 1) if self.batch_first else input, states, None)
        if self.batch_first:
            output = output.transpose(0, 1)
        if not batched:
            return output.squeeze(batch_dim), tuple(s.squeeze(1) for s in last)
        return output, last

    def _run_packed(self, input: PackedSequence, hx: Sequence[Any] | None) -> tuple[Any, tuple[Any, ...]]:
        """As `_run`; the states are in the order the sequences had before they were sorted."""
        data, batch_sizes, order, back = input
        if data.dim() != 2:
            raise RuntimeError(f"{self._get_name()}: the data of a PackedSequence must have 2 dimensions, (L, D), got {data.dim()}")
        counts = tuple(batch_sizes.tolist())
        states = self._states(data, max(counts, default=0), hx)
        if hx is not None and order is not None:
            states = [s.index_select(1, order) for s in states]
        output, last = self._run_layers(data, states, counts)
        if back is not None:
            last = tuple(s.index_select(1, back) for s in last)
        return PackedSequence(output, batch_sizes, order, back), last

    def _run_layers(self, x: Any, states: Sequence[Any], batch_sizes: tuple[int, ...] | None) -> tuple[Any, tuple[Any, ...]]:
        directions = 2 if self.bidirectional else 1
        return run_network(self.mode, x, states, self.all_weights, self.bias, directions, self.dropout, self.training, batch_sizes)

    def _states(self, input: Any, n: int, hx: Sequence[Any] | None) -> Sequence[Any]:
        """The start states of `n` sequences, each (layers * directions, n, P or H): `hx`, or zeros."""
        weight = getattr(self, self._all_weights[0][0])
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}")
        rows = len(self._all_weights)
        shapes = [(rows, n, self.proj_size or self.hidden_size), (rows, n, self.hidden_size)][: MODES[self.mode][3]]
        if hx is None:
            return [zeros(shape, dtype=input.dtype, device=input.device) for shape in shapes]
        for i, (s, shape) in enumerate(zip(hx, shapes)):
            if s.shape != shape:
                which = f"hidden[{i}]" if len(hx) > 1 else "hidden"
                raise RuntimeError(f"Expected {which} size {shape}, got {list(s.shape)}: (num_layers * num_directions, batch, hidden_size)")
        return hx

    def extra_repr(self) -> str:
        shown = [str(self.input_size), str(self.hidden_size)]
        usual = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        shown += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join(shown)


def check_settings(
    mode: str, input_size: Any, hidden_size: Any, num_layers: int, bias: Any, batch_first: Any, dropout: Any, proj_size: int
) -> None:
    """Refuse what a network cannot be made of."""
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
        raise ValueError(f"dropout should be a number in range [0, 1], the probability of an element being zeroed, not {dropout!r}")
    if dropout > 0 and num_layers == 1:  # type: ignore[operator]
        warnings.warn(
            f"dropout={dropout} has no effect with num_layers=1: it acts on the outputs of all recurrent layers but the last", stacklevel=4
        )
    for name, value, kind in (
        ("bias", bias, bool),
        ("batch_first", batch_first, bool),
        ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer, or zero for no projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in MODES:
        raise ValueError(f"Unrecognized RNN mode: {mode}; use one of {', '.join(MODES)}")


def wrong_dims(batched: bool, hx: Sequence[Any]) -> str:
    kind, wanted = ("batched 3-D", "3-D") if batched else ("unbatched 2-D", "2-D")
    got = ", ".join(f"{s.dim()}-D" for s in hx)
    return f"For {kind} input, {'hx and cx' if len(hx) > 1 else 'hx'} should also be {wanted} but got ({got}) tensors"


def refuse_proj_size(proj_size: Any) -> None:
    if proj_size is not None:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), with f = tanh or relu (Elman 1990).

    Args:
        nonlinearity: "tanh" or "relu".
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional: as in `RNNBase`.

    Shape:
        input (T, N, D), (T, D) for one sequence, or a `PackedSequence`; ``hx`` (num_layers * directions, N, H), zeros if left out.
        Returns the last layer's h of all steps (T, N, directions * H), and every layer's last h, shaped as ``hx``.

    >>> import minitorch_nlp as torch
    >>> rnn = torch.nn.RNN(10, 20, 2)
    >>> output, h_n = rnn(torch.randn(5, 3, 10))
    >>> output.shape, h_n.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        refuse_proj_size(proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000).

    With z_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh in four blocks i, f, g, o:
    c_t = sigmoid(z_f) c_{t-1} + sigmoid(z_i) tanh(z_g), m_t = sigmoid(z_o) tanh(c_t), and h_t = m_t, or
    h_t = W_hr m_t with a projection (Sak, Senior and Beaufays 2014).

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size: as in `RNNBase`.

    Shape:
        input (T, N, D), (T, D) for one sequence, or a `PackedSequence`; ``hx`` a pair of h_0 (num_layers * directions, N, P) and
        c_0 (num_layers * directions, N, H), zeros if left out.
        Returns the last layer's h of all steps (T, N, directions * P), and the pair (h_n, c_n), shaped as ``hx``.

    >>> import minitorch_nlp as torch
    >>> lstm = torch.nn.LSTM(10, 20, batch_first=True, bidirectional=True)
    >>> output, (h_n, c_n) = lstm(torch.randn(3, 5, 10))
    >>> output.shape, c_n.shape
    (torch.Size([3, 5, 40]), torch.Size([2, 3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__("LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """``(output, (h_n, c_n))``; see the class for the shapes."""
        return self._run(input, None if hx is None else two_states(hx))


class GRU(RNNBase):
    """Gated recurrent unit (Cho et al. 2014).

    With u = W_ih x_t + b_ih and v = W_hh h_{t-1} + b_hh in three blocks r, z, n:
    r = sigmoid(u_r + v_r), z = sigmoid(u_z + v_z), n = tanh(u_n + r v_n), h_t = (1 - z) n + z h_{t-1}.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional: as in `RNNBase`.

    Shape:
        input (T, N, D), (T, D) for one sequence, or a `PackedSequence`; ``hx`` (num_layers * directions, N, H), zeros if left out.
        Returns the last layer's h of all steps (T, N, directions * H), and every layer's last h, shaped as ``hx``.

    >>> import minitorch_nlp as torch
    >>> output, h_n = torch.nn.GRU(10, 20)(torch.randn(5, 3, 10))
    >>> bool((output[-1] == h_n[0]).all())
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        refuse_proj_size(proj_size)
        super().__init__("GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype)
