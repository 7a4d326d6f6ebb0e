"""Recurrent networks and cells: how layers, directions, batches and states are put together."""

import copy

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn

NETWORKS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
KINDS = list(NETWORKS)


def network(kind, *args, **kwargs):
    torch.manual_seed(0)
    return NETWORKS[kind](*args, dtype=torch.float64, **kwargs)


def first(states):
    """h of the states of any kind."""
    return states[0] if isinstance(states, tuple) else states


def values(*shape):
    return torch.tensor(np.random.default_rng(1).standard_normal(shape))


def same(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_parameters(kind, gates):
    net = NETWORKS[kind](5, 6, num_layers=2, bidirectional=True)
    rows = 6 * gates
    expected = []
    for layer, features in ((0, 5), (1, 12)):
        for suffix in ("", "_reverse"):
            expected += [
                (f"weight_ih_l{layer}{suffix}", (rows, features)),
                (f"weight_hh_l{layer}{suffix}", (rows, 6)),
                (f"bias_ih_l{layer}{suffix}", (rows,)),
                (f"bias_hh_l{layer}{suffix}", (rows,)),
            ]
    assert [(name, p.shape) for name, p in net.named_parameters()] == expected
    assert list(net.state_dict()) == [name for name, _ in expected]
    assert all(p.abs().max() <= 6**-0.5 for p in net.parameters())
    assert [[p.shape for p in weights] for weights in net.all_weights] == [[s for _, s in expected[i : i + 4]] for i in range(0, 16, 4)]


def test_projection():
    """h is W_hr m: what a layer gives, and what it and the layer above read."""
    net, x = network("LSTM", 3, 4, 2, bidirectional=True, proj_size=2), values(5, 2, 3)
    shapes = {name: tuple(p.shape) for name, p in net.named_parameters() if name.endswith(("l0", "l1_reverse"))}
    assert list(shapes.values()) == [(16, 3), (16, 2), (16,), (16,), (2, 4), (16, 4), (16, 2), (16,), (16,), (2, 4)]
    output, (h, c) = net(x)
    assert (output.shape, h.shape, c.shape) == ((5, 2, 4), (4, 2, 2), (4, 2, 4))
    plain = network("LSTM", 3, 4)
    wide = network("LSTM", 3, 4, proj_size=3)
    with torch.no_grad():
        for p in (plain.weight_hh_l0, wide.weight_hh_l0):
            p.zero_()
    wide.load_state_dict({**wide.state_dict(), **{k: v for k, v in plain.state_dict().items() if "hh_l0" not in k or "bias" in k}})
    same(wide(x)[0], plain(x)[0] @ wide.weight_hr_l0.T)


def test_no_bias():
    net = nn.GRU(3, 4, bias=False)
    assert list(net.state_dict()) == ["weight_ih_l0", "weight_hh_l0"]
    assert net(torch.ones(2, 1, 3))[0].shape == (2, 1, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_are_stacked(kind):
    """Two layers are two networks of one layer, one after the other."""
    net, x = network(kind, 3, 4, 2), values(5, 2, 3)
    output, states = net(x)
    below, above = network(kind, 3, 4), network(kind, 4, 4)
    for i, layer in enumerate((below, above)):
        layer.load_state_dict({name: net.state_dict()[name.replace("l0", f"l{i}")] for name in layer.state_dict()})
    middle, low = below(x)
    top, high = above(middle)
    same(output, top)
    same(first(states), torch.cat((first(low), first(high))))


@pytest.mark.parametrize("kind", KINDS)
def test_directions_stand_side_by_side(kind):
    net, x = network(kind, 3, 4, bidirectional=True), values(5, 2, 3)
    output, states = net(x)
    forwards, backwards = network(kind, 3, 4), network(kind, 3, 4)
    forwards.load_state_dict({name: net.state_dict()[name] for name in forwards.state_dict()})
    backwards.load_state_dict({name: net.state_dict()[name + "_reverse"] for name in forwards.state_dict()})
    same(output[..., :4], forwards(x)[0])
    same(output[..., 4:], backwards(x.flip(0))[0].flip(0))
    same(first(states)[0], output[-1, :, :4])
    same(first(states)[1], output[0, :, 4:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_layouts(kind, bidirectional):
    """batch_first swaps the first two dimensions of input and output, not of the states; unbatched is a batch of one, squeezed."""
    plain = network(kind, 3, 4, 2, bidirectional=bidirectional)
    swapped = network(kind, 3, 4, 2, bidirectional=bidirectional, batch_first=True)
    x = values(5, 2, 3)
    output, states = plain(x)
    output_swapped, states_swapped = swapped(x.transpose(0, 1), states)
    again, states_again = plain(x, states)
    same(output_swapped.transpose(0, 1), again)
    same(first(states_swapped), first(states_again))
    assert first(states).shape == (4 if bidirectional else 2, 2, 4)

    one = (states[0][:, 0], states[1][:, 0]) if kind == "LSTM" else states[:, 0]
    for net in (plain, swapped):
        output_one, states_one = net(x[:, 0], one)
        same(output_one, again[:, 0])
        same(first(states_one), first(states_again)[:, 0])
        assert net(x[:, 0])[0].shape == output_one.shape


@pytest.mark.parametrize("kind", KINDS)
def test_states_default_to_zeros(kind):
    net, x = network(kind, 3, 4, 2), values(5, 2, 3)
    zeros = torch.zeros(2, 2, 4, dtype=torch.float64)
    same(net(x)[0], net(x, (zeros, zeros) if kind == "LSTM" else zeros)[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_one_step(kind):
    net, x = network(kind, 3, 4), values(5, 2, 3)
    cell = CELLS[kind](3, 4, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in net.state_dict().items()})
    output, states = net(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        same(first(state), output[t])
    if kind == "LSTM":
        same(state[1], states[1][0])
    one = cell(x[0, 1])
    assert first(one).shape == (4,)
    same(first(one), output[0, 1])
    single = (output[0, 1], states[1][0, 1]) if kind == "LSTM" else output[0, 1]
    batch = (output[0], states[1][0]) if kind == "LSTM" else output[0]
    same(first(cell(x[1, 1], single)), first(cell(x[1], batch))[1])


def test_relu():
    net, cell = nn.RNN(2, 3, nonlinearity="relu"), nn.RNNCell(2, 3, nonlinearity="relu")
    assert (net(torch.randn(6, 4, 2))[0] >= 0).all()
    assert (cell(torch.randn(4, 2)) >= 0).all()
    assert (net(100 * torch.randn(6, 4, 2))[0] > 1).any()


def test_dropout_acts_between_layers_in_training():
    net, x, y = nn.LSTM(3, 4, 2, dropout=1.0), torch.randn(5, 2, 3), torch.randn(5, 2, 3)
    assert torch.equal(net(x)[0], net(y)[0])  # the second layer sees zeros
    assert not torch.equal(net(x)[1][0][0], net(y)[1][0][0])  # the first is untouched
    net.eval()
    assert not torch.equal(net(x)[0], net(y)[0])
    half = nn.LSTM(3, 4, 2, dropout=0.5)
    assert not torch.equal(half(x)[0], half(x)[0])


def test_dropout_without_a_second_layer_warns():
    with pytest.warns(UserWarning, match="no effect with num_layers=1") as caught:
        nn.GRU(3, 4, dropout=0.5)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_everything(kind):
    net, x = network(kind, 3, 4, 2, bidirectional=True), values(5, 2, 3).requires_grad_()
    state = values(4, 2, 4).requires_grad_()
    output, _ = net(x, (state, state) if kind == "LSTM" else state)
    output.sum().backward()
    assert all(t.grad is not None and t.grad.abs().sum() > 0 for t in (x, state, *net.parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_backpropagation(kind):
    """A detached state carries values but no gradient."""
    net, x = network(kind, 3, 4), values(4, 2, 3).requires_grad_()
    _, state = net(x[:2])
    state = tuple(s.detach() for s in state) if kind == "LSTM" else state.detach()
    net(x[2:], state)[0].sum().backward()
    assert not x.grad[:2].any()
    assert x.grad[2:].any()


def test_output_written_in_place_leaves_the_gradient_right():
    net, x = network("LSTM", 3, 4), values(5, 2, 3)
    grads = []
    for in_place in (False, True):
        net.zero_grad()
        output, _ = net(x)
        output = output.mul_(2) if in_place else output * 2
        output.sum().backward()
        grads.append(net.weight_hh_l0.grad)
    same(*grads)


def test_a_weight_put_in_by_hand_is_used():
    net, x = network("LSTM", 3, 4), values(5, 2, 3)
    before = net(x)[0]
    net.weight_hh_l0 = nn.Parameter(torch.zeros(16, 4, dtype=torch.float64))
    assert not torch.equal(net(x)[0], before)
    assert net._flat_weights[1] is net.weight_hh_l0


def test_copies_and_casts():
    net = nn.LSTM(3, 4, 2)
    twin = copy.deepcopy(net)
    x = torch.randn(5, 2, 3)
    assert torch.equal(net(x)[0], twin(x)[0])
    assert twin.weight_ih_l0 is not net.weight_ih_l0
    assert net.double()(x.double())[0].dtype == torch.float64
    assert net.flatten_parameters() is None


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (lambda: nn.RNN(4, 6, 1, "relu", False), "RNN(4, 6, bias=False)"),
        (lambda: nn.LSTM(4, 6, 2, True, True, 0.5, True), "LSTM(4, 6, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True)"),
        (lambda: nn.GRU(4, 6), "GRU(4, 6)"),
        (lambda: nn.LSTM(4, 6, 2, proj_size=3), "LSTM(4, 6, proj_size=3, num_layers=2)"),
        (lambda: nn.RNNCell(4, 6, nonlinearity="relu"), "RNNCell(4, 6, nonlinearity=relu)"),
        (lambda: nn.LSTMCell(4, 6, False), "LSTMCell(4, 6, bias=False)"),
    ],
)
def test_repr(module, text):
    assert repr(module()) == text


BAD_SETTINGS = [
    (ValueError, "number in range", lambda: nn.LSTM(4, 6, dropout=1.5)),
    (ValueError, "number in range", lambda: nn.LSTM(4, 6, dropout=True)),
    (TypeError, "bias should be of type bool, got: int", lambda: nn.LSTM(4, 6, bias=1)),
    (TypeError, "batch_first should be of type bool", lambda: nn.LSTM(4, 6, batch_first="yes")),
    (TypeError, "input_size should be of type int", lambda: nn.GRU(4.0, 6)),
    (TypeError, "hidden_size should be of type int", lambda: nn.GRU(4, "6")),
    (ValueError, "input_size must be greater than zero", lambda: nn.RNN(0, 6)),
    (ValueError, "hidden_size must be greater than zero", lambda: nn.RNN(4, 0)),
    (ValueError, "num_layers must be greater than zero", lambda: nn.RNN(4, 6, 0)),
    (ValueError, "Unknown nonlinearity 'gelu'", lambda: nn.RNN(4, 6, nonlinearity="gelu")),
    (ValueError, "only supported for LSTM", lambda: nn.GRU(4, 6, proj_size=2)),
    (ValueError, "only supported for LSTM", lambda: nn.RNN(4, 6, proj_size=2)),
    (ValueError, "proj_size should be a positive", lambda: nn.LSTM(4, 6, proj_size=-1)),
    (ValueError, "proj_size has to be smaller", lambda: nn.LSTM(4, 6, proj_size=6)),
    (ValueError, "Unrecognized RNN mode", lambda: nn.modules.rnn.RNNBase("MGU", 4, 6)),
]


@pytest.mark.parametrize(("error", "text", "make"), BAD_SETTINGS)
def test_bad_settings(error, text, make):
    with pytest.raises(error, match=text):
        make()


BAD_CALLS = [
    (RuntimeError, "must be equal to input_size. Expected 10, got 7", "GRU", (5, 3, 7), None),
    (ValueError, "Expected input to be 2D or 3D, got 1D", "GRU", (10,), None),
    (RuntimeError, r"Expected hidden size \(1, 3, 20\), got \[1, 4, 20\]", "GRU", (5, 3, 10), (1, 4, 20)),
    (RuntimeError, r"Expected hidden\[0\] size \(1, 3, 20\), got \[2, 3, 20\]", "LSTM", (5, 3, 10), (2, 3, 20)),
    (RuntimeError, "hx should also be 3-D but got", "RNN", (5, 3, 10), (3, 20)),
    (RuntimeError, "unbatched 2-D input, hx and cx should also be 2-D", "LSTM", (5, 10), (1, 1, 20)),
    (RuntimeError, "length to be larger than 0", "LSTM", (0, 3, 10), None),
]


@pytest.mark.parametrize(("error", "text", "kind", "shape", "state"), BAD_CALLS)
def test_bad_calls(error, text, kind, shape, state):
    net = NETWORKS[kind](10, 20)
    hx = None if state is None else torch.zeros(state)
    with pytest.raises(error, match=text):
        net(torch.zeros(shape), (hx, hx) if kind == "LSTM" and hx is not None else hx)


def test_a_wrong_cell_state_is_named():
    with pytest.raises(RuntimeError, match=r"hidden\[1\]"):
        nn.LSTM(10, 20)(torch.zeros(5, 3, 10), (torch.zeros(1, 3, 20), torch.zeros(1, 3, 21)))


def test_other_dtypes_are_refused():
    net = nn.GRU(10, 20)
    with pytest.raises(ValueError, match=r"input dtype \(torch.float64\) does not match weight dtype \(torch.float32\)"):
        net(torch.zeros(5, 3, 10, dtype=torch.float64))
    with pytest.raises(RuntimeError, match="one float dtype, found float32, float64"):
        net(torch.zeros(5, 3, 10), torch.zeros(1, 3, 20, dtype=torch.float64))


@pytest.mark.parametrize("kind", KINDS)
def test_bad_calls_of_cells(kind):
    cell = CELLS[kind](4, 6)

    def state(*shape):
        return (torch.zeros(shape), torch.zeros(shape)) if kind == "LSTM" else torch.zeros(shape)

    for shape, hx in (((2, 5), None), ((2, 4), state(3, 6)), ((2, 4), state(2, 5)), ((2, 4), state(6)), ((4,), state(1, 6))):
        with pytest.raises(RuntimeError, match=f"{kind.lower()}_layer"):
            cell(torch.zeros(shape), hx)
    with pytest.raises(ValueError, match=f"{kind}Cell: Expected input to be 1D or 2D, got 3D"):
        cell(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match="to be 1D or 2D, got 3D"):
        cell(torch.zeros(2, 4), state(2, 1, 6))
