"""What the generic test of every op cannot see of the recurrent layers: errors, extremes, what is shared and skipped."""

import itertools

import numpy as np
import pytest

from minitorch_nlp.functional.recurrent import (
    gru_layer,
    gru_layer_backward,
    gru_layer_forward,
    lstm_layer,
    lstm_layer_backward,
    lstm_layer_forward,
    rnn_layer,
    rnn_layer_backward,
    rnn_layer_forward,
)

LAYERS = {
    "rnn": (rnn_layer, rnn_layer_forward, rnn_layer_backward, 1, 1),
    "lstm": (lstm_layer, lstm_layer_forward, lstm_layer_backward, 4, 2),
    "gru": (gru_layer, gru_layer_forward, gru_layer_backward, 3, 1),
}
KINDS = list(LAYERS)


def arrays(kind, steps=4, n=3, features=5, hidden=2, dtype="float64", seed=0):
    """x, the states, w_ih, w_hh, b_ih, b_hh."""
    _, _, _, gates, states = LAYERS[kind]
    rng = np.random.default_rng(seed)
    shapes = [(steps, n, features), *[(n, hidden)] * states, (gates * hidden, features), (gates * hidden, hidden), *[(gates * hidden,)] * 2]
    return [rng.uniform(-1, 1, shape).astype(dtype) for shape in shapes]


def ones_like(outputs):
    return tuple(np.ones_like(o) for o in outputs)


def gradients_of(backward, outputs, saved):
    """Of every array there was: of the LSTM's without its projection."""
    return backward(ones_like(outputs), saved)[: 7 if backward is lstm_layer_backward else 6]


@pytest.mark.parametrize("kind", KINDS)
def test_reverse_is_the_flipped_sequence(kind):
    layer = LAYERS[kind][0]
    x, *rest = arrays(kind)
    backwards, *last = layer(x, *rest, reverse=True)
    flipped, *expected = layer(x[::-1], *rest)
    np.testing.assert_allclose(backwards, flipped[::-1], rtol=1e-12)
    for a, b in zip(last, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_array_equal(backwards[0], last[0])


@pytest.mark.parametrize("kind", KINDS)
def test_two_halves_are_the_whole(kind):
    """The returned states carry everything: a sequence cut in two gives the same outputs."""
    layer, _, _, _, states = LAYERS[kind]
    x, *rest = arrays(kind, steps=5)
    weights = rest[states:]
    whole, *last = layer(x, *rest)
    first, *between = layer(x[:2], *rest)
    second, *end = layer(x[2:], *between, *weights)
    np.testing.assert_allclose(np.concatenate((first, second)), whole, rtol=1e-12)
    for a, b in zip(last, end, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_lstm_gates_are_i_f_g_o():
    """Biases of +-50 open and close gates at will."""
    x, h0, c0, w_ih, w_hh, _, _ = arrays("lstm", hidden=1)
    opened, closed = 50.0, -50.0
    keep = lstm_layer(x, h0, c0, 0 * w_ih, 0 * w_hh, np.array([closed, opened, 0.0, opened]))
    np.testing.assert_allclose(keep[2], c0, rtol=1e-12)  # forget nothing, add nothing
    np.testing.assert_allclose(keep[1], np.tanh(c0), rtol=1e-12)
    replace = lstm_layer(x, h0, c0, 0 * w_ih, 0 * w_hh, np.array([opened, closed, 0.5, opened]))
    np.testing.assert_allclose(replace[2], np.full_like(c0, np.tanh(0.5)), rtol=1e-12)
    silent = lstm_layer(x, h0, c0, 0 * w_ih, 0 * w_hh, np.array([opened, opened, 0.5, closed]))
    np.testing.assert_allclose(silent[0], 0, atol=1e-12)


def test_gru_gates_are_r_z_n():
    x, h0, w_ih, w_hh, _, _ = arrays("gru", hidden=1)
    opened, closed = 50.0, -50.0
    keep = gru_layer(x, h0, 0 * w_ih, 0 * w_hh, np.array([0.0, opened, 0.3]))
    np.testing.assert_allclose(keep[1], h0, rtol=1e-12)
    replace = gru_layer(x, h0, 0 * w_ih, 0 * w_hh, np.array([opened, closed, 0.3]), np.array([0.0, 0.0, 0.2]))
    np.testing.assert_allclose(replace[1], np.full_like(h0, np.tanh(0.5)), rtol=1e-12)
    reset = gru_layer(x, h0, 0 * w_ih, 0 * w_hh, np.array([closed, closed, 0.3]), np.array([0.0, 0.0, 0.2]))
    np.testing.assert_allclose(reset[1], np.full_like(h0, np.tanh(0.3)), rtol=1e-12)  # r gates b_hn as well


@pytest.mark.parametrize("kind", KINDS)
def test_extremes(kind):
    """Sums of 1e4 saturate the gates without overflow, forward and backward."""
    _, forward, backward, _, _ = LAYERS[kind]
    args = [1e4 * a if i == 0 else a for i, a in enumerate(arrays(kind, dtype="float32"))]
    outputs, saved = forward(*args)
    gradients = gradients_of(backward, outputs, saved)
    assert all(np.isfinite(o).all() and o.dtype == np.float32 for o in outputs)
    assert all(np.isfinite(g).all() and g.dtype == np.float32 for g in gradients)


def test_relu_cuts_below_zero_and_passes_no_gradient_there():
    x = np.array([[[1.0]], [[-1.0]]])
    one, h0 = np.ones((1, 1)), np.zeros((1, 1))
    outputs, saved = rnn_layer_forward(x, h0, one, 0 * one, nonlinearity="relu")
    np.testing.assert_array_equal(outputs[0].ravel(), [1, 0])
    dx = rnn_layer_backward(ones_like(outputs), saved)[0]
    np.testing.assert_array_equal(dx.ravel(), [1, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_are_contiguous_and_of_their_own(kind):
    """A write into any output changes no other output and no gradient."""
    _, forward, backward, _, _ = LAYERS[kind]
    args = arrays(kind)
    outputs, saved = forward(*args)
    expected = [g.copy() for g in gradients_of(backward, outputs, saved)]
    kept = [o.copy() for o in outputs]
    assert all(o.flags.c_contiguous for o in outputs)
    for i, o in enumerate(outputs):
        o[...] = 99
        for other, before in list(zip(outputs, kept, strict=True))[i + 1 :]:
            np.testing.assert_array_equal(other, before)
    for a, b in zip(gradients_of(backward, outputs, saved), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_needs_and_missing_biases(kind):
    _, forward, backward, _, states = LAYERS[kind]
    args = arrays(kind)
    for present in itertools.product((True, False), repeat=2):
        outputs, saved = forward(*args[:-2], *(b if p else None for b, p in zip(args[-2:], present, strict=True)))
        gradients = gradients_of(backward, outputs, saved)
        assert [g is not None for g in gradients] == [True] * (len(args) - 2) + list(present)
    none = backward(ones_like(outputs), saved, needs=(False,) * 8)
    assert none[0] is None
    assert none[states + 1] is None
    assert none[states + 2] is None


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_of_one_sequence(kind):
    """One column: the weights' gradients are outer products."""
    _, forward, backward, _, states = LAYERS[kind]
    args = arrays(kind, steps=1, n=1)
    outputs, saved = forward(*args)
    gradients = gradients_of(backward, outputs, saved)
    x, h0, db_ih, db_hh = args[0], args[1], gradients[-2], gradients[-1]
    np.testing.assert_allclose(gradients[states + 1], np.outer(db_ih, x), rtol=1e-12)
    np.testing.assert_allclose(gradients[states + 2], np.outer(db_hh, h0), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_batch(kind):
    layer, forward, backward, gates, _ = LAYERS[kind]
    args = arrays(kind, n=0)
    outputs, saved = forward(*args)
    assert outputs[0].shape == (4, 0, 2)
    assert outputs[1].shape == (0, 2)
    gradients = gradients_of(backward, outputs, saved)
    assert [g.shape for g in gradients] == [a.shape for a in args]
    assert not gradients[-1].any()
    assert gradients[-1].shape == (2 * gates,)


# Each: which array (by its place from the end or the front), what it becomes, what the message must say.
WRONG = [
    ("rnn", 0, (4, 3, 6), ["rnn_layer: x (T, N, D), h0 (N, H)", "D = 5, but x has D = 6", "hint"]),
    ("rnn", 0, (4, 3), ["3 dimensions wanted, it has 2"]),
    ("rnn", 1, (2, 2), ["N = 2, but x has N = 3"]),
    ("rnn", 1, (3, 3), ["H = 2, but h0 has H = 3"]),
    ("lstm", 2, (3, 3), ["c0", "but G = 8 and H = 3, and h0 is P = 2 wide, which without w_hr is H"]),
    ("lstm", 3, (8, 4), ["D = 4, but x has D = 5"]),
    ("lstm", 4, (8, 3), ["w_hh (G, P)", "P = 3, but h0 has P = 2"]),
    ("lstm", 5, (6,), ["b_ih", "G = 6, but w_ih has G = 8"]),
    ("lstm", 0, (0, 3, 5), ["length to be larger than 0"]),
    ("gru", 5, (6, 1), ["1 dimension wanted, it has 2"]),
    ("gru", 3, (6,), ["2 dimensions wanted, it has 1"]),
]


@pytest.mark.parametrize(("kind", "place", "shape", "says"), WRONG)
def test_wrong_shapes(kind, place, shape, says):
    layer = LAYERS[kind][0]
    args = arrays(kind)
    args[place] = np.zeros(shape)
    with pytest.raises(RuntimeError) as caught:
        layer(*args)
    for text in says:
        assert text in str(caught.value)


def test_a_wrong_number_of_gates():
    """A GRU's weights in an LSTM: every letter fits, but G is not 4H."""
    x, h0, *weights = arrays("gru")
    with pytest.raises(RuntimeError, match="the weights hold 4 blocks of H rows, so G = 4H; but G = 6 and H = 2"):
        lstm_layer(x, h0, h0, *weights)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", range(6))
def test_mixed_dtypes(kind, place):
    layer = LAYERS[kind][0]
    args = arrays(kind)
    args[place] = args[place].astype("float32")
    with pytest.raises(RuntimeError, match="one float dtype, found float"):
        layer(*args)


def test_integers():
    with pytest.raises(RuntimeError, match="found int64"):
        rnn_layer(*(a.astype("int64") for a in arrays("rnn")))


def test_unknown_options():
    with pytest.raises(RuntimeError, match="nonlinearity must be 'tanh' or 'relu', not 'gelu'"):
        rnn_layer(*arrays("rnn"), nonlinearity="gelu")
    with pytest.raises(TypeError, match="nonlinearity"):
        lstm_layer(*arrays("lstm"), nonlinearity="relu")
