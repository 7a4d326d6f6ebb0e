"""Recurrent networks as functions: the layers and directions of RNN, LSTM and GRU put together, and torch's names for them.

The formulas of one direction of one layer, and their gradients, are in `minitorch_nlp.functional.recurrent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..functional.recurrent import gru_layer, lstm_layer, rnn_layer
from ..tensor.joining import cat, stack
from ._dropout import dropout

__all__ = ["MODES", "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell", "run_network"]

# mode: (one direction of one layer, its options, gates, states)
MODES: dict[str, tuple[Any, dict[str, Any], int, int]] = {
    "LSTM": (lstm_layer, {}, 4, 2),
    "GRU": (gru_layer, {}, 3, 1),
    "RNN_TANH": (rnn_layer, {"nonlinearity": "tanh"}, 1, 1),
    "RNN_RELU": (rnn_layer, {"nonlinearity": "relu"}, 1, 1),
}


def run_network(
    mode: str,
    x: Any,
    states: Sequence[Any],
    weights: Sequence[Sequence[Any]],
    has_biases: bool,
    directions: int,
    p: float,
    training: bool,
    batch_sizes: tuple[int, ...] | None = None,
) -> tuple[Any, tuple[Any, ...]]:
    """x (T, N, D) through every layer: the last one's output, and the last states of all layers and directions.

    Args:
        states: h_0 (layers * directions, N, H), and of an LSTM c_0.
        weights: w_ih, w_hh, with biases b_ih, b_hh, and of a projected LSTM w_hr, for each layer and direction.
        p: probability of dropout between layers.
        batch_sizes: how many sequences are left at each step, where x is packed (L, D).
    """
    run, options, _, _ = MODES[mode]
    if batch_sizes is not None:
        options = {**options, "batch_sizes": batch_sizes}
    last = []
    for layer in range(len(weights) // directions):
        if layer and p:
            x = dropout(x, p, training)
        outputs = []
        for reverse in (False, True)[:directions]:
            k = len(last)
            arrays = weights[k] if has_biases else [*weights[k][:2], None, None, *weights[k][2:]]
            output, *final = run(x, *(s[k] for s in states), *arrays, reverse=reverse, **options)
            outputs.append(output)
            last.append(final)
        x = cat(outputs, -1) if directions == 2 else outputs[0]
    return x, tuple(stack(s) for s in zip(*last))


# ---- torch's functions --------------------------------------------------------------------------------------------------------------

COMMON = ("hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional")
PADDED = ("input", *COMMON, "batch_first")
PACKED = ("data", "batch_sizes", *COMMON)


def arguments(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, of whichever of the two forms was meant."""
    packed = "batch_sizes" in kwargs or "data" in kwargs or (len(args) > 3 and not isinstance(args[3], (bool, int)))
    names = PACKED if packed else PADDED
    given = {**dict(zip(names, args)), **kwargs}
    if len(args) + len(kwargs) != len(names) or set(given) != set(names):
        raise TypeError(f"{name}() received an invalid combination of arguments; it takes ({', '.join(PADDED)}) or ({', '.join(PACKED)})")
    return given


def run_function(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """`run_network` from a flat list of parameters."""
    given = arguments(name, args, kwargs)
    x: Any = given.get("input", given.get("data"))
    hx, params, layers = given["hx"], list(given["params"]), given["num_layers"]
    directions = 2 if given["bidirectional"] else 1
    usual = 4 if given["has_biases"] else 2
    each = len(params) // (layers * directions) if layers > 0 else 0
    if each * layers * directions != len(params) or each not in ((usual, usual + 1) if name == "lstm" else (usual,)):
        raise RuntimeError(f"{name}: {usual} weights wanted for each of {layers} layers and {directions} directions, found {len(params)}")
    if name == "lstm" and len(hx) != 2:
        raise RuntimeError(f"lstm expects two hidden states, h_0 and c_0, not {len(hx)}")
    weights = [params[i : i + each] for i in range(0, len(params), each)]
    counts = tuple(given["batch_sizes"].tolist()) if "batch_sizes" in given else None
    if given.get("batch_first"):
        x = x.transpose(0, 1)
    states = hx if name == "lstm" else (hx,)
    options = given["has_biases"], directions, given["dropout"], given["train"], counts
    output, last = run_network(name.upper(), x, states, weights, *options)
    return (output.transpose(0, 1) if given.get("batch_first") else output, *last)


def lstm(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
    """A whole LSTM: (output, h_n, c_n).

    ``lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)``, or packed
    ``lstm(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)``; `hx` is (h_0, c_0), `params` the
    weights in the order of `LSTM.parameters()`.

    >>> import minitorch_nlp as torch
    >>> net, zeros = torch.nn.LSTM(10, 20), torch.zeros(1, 3, 20)
    >>> torch.lstm(torch.randn(5, 3, 10), (zeros, zeros), list(net.parameters()), True, 1, 0.0, False, False, False)[0].shape
    torch.Size([5, 3, 20])
    """
    return run_function("lstm", args, kwargs)  # type: ignore[return-value]


def gru(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """A whole GRU: (output, h_n). Arguments as of `lstm`; `hx` is h_0."""
    return run_function("gru", args, kwargs)  # type: ignore[return-value]


def rnn_tanh(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """A whole RNN with tanh: (output, h_n). Arguments as of `lstm`; `hx` is h_0."""
    return run_function("rnn_tanh", args, kwargs)  # type: ignore[return-value]


def rnn_relu(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """A whole RNN with relu: (output, h_n). Arguments as of `lstm`; `hx` is h_0."""
    return run_function("rnn_relu", args, kwargs)  # type: ignore[return-value]


def step(layer: Any, input: Any, states: Sequence[Any], weights: Sequence[Any], **options: Any) -> tuple[Any, ...]:
    """The new states: a layer run over a sequence of one step. input (N, D), states (N, H)."""
    return layer(input.unsqueeze(0), *states, *weights, **options)[1:]


def lstm_cell(input: Any, hx: Sequence[Any], w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Any, Any]:
    """One step of an LSTM: input (N, D), `hx` (h, c), each (N, H) -> (h', c')."""
    if len(hx) != 2:
        raise RuntimeError(f"lstm_cell expects two hidden states, h and c, not {len(hx)}")
    return step(lstm_layer, input, hx, (w_ih, w_hh, b_ih, b_hh))  # type: ignore[return-value]


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of a GRU: input (N, D), `hx` (N, H) -> (N, H)."""
    return step(gru_layer, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of an RNN with tanh: input (N, D), `hx` (N, H) -> (N, H)."""
    return step(rnn_layer, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of an RNN with relu: input (N, D), `hx` (N, H) -> (N, H)."""
    return step(rnn_layer, input, (hx,), (w_ih, w_hh, b_ih, b_hh), nonlinearity="relu")[0]
