"""What the generic test of ops cannot see of convolutions, windows, pools and interpolation."""

import math

import numpy as np
import pytest

from minitorch_nlp.functional import (
    adaptive_avg_pool,
    add_windows,
    avg_pool,
    conv_transpose,
    conv_weight,
    convolution,
    max_pool,
    sliding_windows,
    upsample,
)

rng = np.random.default_rng(0)
PLAIN = {"stride": (1,), "padding": (0,), "dilation": (1,)}
GEOMETRIES = [
    ((9,), (3,), {"stride": (2,), "padding": (1,), "dilation": (1,)}),
    ((10,), (2,), {"stride": (3,), "padding": (2,), "dilation": (4,)}),
    ((7, 6), (3, 2), {"stride": (1, 2), "padding": (2, 0), "dilation": (2, 1)}),
    ((4, 5, 6), (2, 1, 3), {"stride": (2, 1, 1), "padding": (1, 0, 1), "dilation": (1, 2, 2)}),
]


def count_of(size, kernel, stride, padding, dilation):
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(size, kernel, stride, padding, dilation)]


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("size", "kernel", "options"), GEOMETRIES)
def test_the_three_ops_are_one_trilinear_sum(size, kernel, options, groups):
    """<g, conv(x, w)> = <x, conv_transpose(g, w)> = <w, conv_weight(x, g)>"""
    count = count_of(size, kernel, **options)
    x, w = rng.standard_normal((3, 4, *size)), rng.standard_normal((6, 4 // groups, *kernel))
    g = rng.standard_normal((3, 6, *count))
    covered = [(c - 1) * s - 2 * p + d * (k - 1) + 1 for c, k, s, p, d in zip(count, kernel, *options.values())]
    extra = tuple(n - c for n, c in zip(size, covered))
    total = np.sum(g * convolution(x, w, **options, groups=groups))
    assert math.isclose(total, np.sum(x * conv_transpose(g, w, **options, output_padding=extra, groups=groups)), rel_tol=1e-10)
    assert math.isclose(total, np.sum(w * conv_weight(x, g, kernel=kernel, **options, groups=groups)), rel_tol=1e-10)


@pytest.mark.parametrize(("size", "kernel", "options"), GEOMETRIES)
def test_adding_windows_is_the_transpose_of_reading_them(size, kernel, options):
    count = tuple(count_of(size, kernel, **options))
    x, c = rng.standard_normal((2, *size)), rng.standard_normal((2, *kernel, *count))
    read = sliding_windows(x, kernel=kernel, count=count, **options)
    assert math.isclose(np.sum(c * read), np.sum(x * add_windows(c, size=size, **options)), rel_tol=1e-10)


def test_a_kernel_of_one_place_is_a_linear_layer():
    x, w = rng.standard_normal((2, 3, 5)), rng.standard_normal((4, 3, 1))
    np.testing.assert_allclose(convolution(x, w, **PLAIN), np.einsum("oi,nit->not", w[..., 0], x))


def test_a_convolution_is_numpys_correlation():
    x, w = rng.standard_normal(12), rng.standard_normal(4)
    np.testing.assert_allclose(convolution(x[None, None], w[None, None], **PLAIN)[0, 0], np.correlate(x, w, "valid"))
    np.testing.assert_allclose(
        conv_transpose(x[None, None], w[None, None], output_padding=(0,), **PLAIN)[0, 0], np.convolve(x, w, "full"), atol=1e-12
    )


def test_the_result_does_not_share_memory_with_the_input():
    x = rng.standard_normal((2, 3, 5))
    sizes = {"kernel_size": (1,), "stride": (1,), "padding": (0,)}
    for y in (
        max_pool(x, **sizes, dilation=(1,)),
        avg_pool(x, **sizes),
        adaptive_avg_pool(x, output_size=(5,)),
        upsample(x, size=(5,), mode="nearest"),
        sliding_windows(x, kernel=(2,), count=(4,), **PLAIN),
    ):
        assert not np.may_share_memory(x, y)


def test_the_bias_stays_as_it_was():
    bias = np.ones(4)
    convolution(rng.standard_normal((2, 3, 5)), rng.standard_normal((4, 3, 2)), bias, **PLAIN)
    np.testing.assert_array_equal(bias, np.ones(4))


def test_padding_never_wins_a_max_pool():
    x = np.full((1, 4), -np.inf)
    y, index = max_pool(x, kernel_size=(3,), stride=(1,), padding=(1,), dilation=(1,), return_indices=True)
    assert np.all(y == -np.inf)
    assert index.tolist() == [[0, 0, 1, 2]]


@pytest.mark.parametrize("length", [4, 30])
def test_equal_values_give_the_first_index(length):
    """In short windows, which are compared place by place, and in long ones, which are searched."""
    _, index = max_pool(np.ones((1, length)), kernel_size=(length,), stride=(1,), padding=(0,), dilation=(1,), return_indices=True)
    assert index.tolist() == [[0]]


@pytest.mark.parametrize("length", [4, 30])
def test_nan_is_the_largest(length):
    x = np.arange(float(length))
    x[1] = np.nan
    y, index = max_pool(x, kernel_size=(length,), stride=(1,), padding=(0,), dilation=(1,), return_indices=True)
    assert np.isnan(y).all()
    assert index.tolist() == [1]


@pytest.mark.parametrize("kernel", [3, 20])
def test_mean_of_infinities_stays_in_its_window(kernel):
    x = np.ones(40)
    x[0] = np.inf
    y = avg_pool(x, kernel_size=(kernel,), stride=(kernel,), padding=(0,))
    assert np.isinf(y[0])
    np.testing.assert_allclose(y[1:], 1)
    assert np.isfinite(adaptive_avg_pool(x, output_size=(3,))[1:]).all()
    assert np.isfinite(upsample(x, size=(20,), mode="linear")[1:]).all()


def test_refused_shapes_are_shown_with_the_law():
    with pytest.raises(RuntimeError, match=r"weight \(O, C/groups, \*K\)(.|\n)*x +is \(2, 4, 7\)(.|\n)*wants an x with 3 channels"):
        convolution(np.ones((2, 4, 7)), np.ones((6, 3, 3)), **PLAIN)
    with pytest.raises(RuntimeError, match="bias must be a vector with 6 elements"):
        convolution(np.ones((2, 4, 7)), np.ones((6, 4, 3)), np.ones(5), **PLAIN)
    with pytest.raises(RuntimeError, match="does not fit into x"):
        convolution(np.ones((2, 4, 7)), np.ones((6, 4, 9)), **PLAIN)
    with pytest.raises(RuntimeError, match="stride must be at least 1"):
        convolution(np.ones((2, 4, 7)), np.ones((6, 4, 3)), **PLAIN | {"stride": (0,)})
    with pytest.raises(RuntimeError, match="leaves an output of size"):
        conv_transpose(np.ones((2, 4, 3)), np.ones((4, 6, 3)), output_padding=(0,), **PLAIN | {"padding": (3,)})
