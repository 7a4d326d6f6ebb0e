"""Convolution along one dimension with stride 1, without windows: one product with the weights of all places of the kernel, then sums.

With X (N L, C), the elements of all sequences as rows, Z = X W holds w[o, :, j] . x[n, :, i] for every element i and every place j of the
kernel, and y[n, o, t] is the sum over j of Z's number at i = t + j dilation - padding. Backward lays dy out as Z is, with zeros
where no t belongs to i and j: dX = dZ W^T and dW = X^T dZ. Z has O K numbers for each element, windows have C K.
"""

from functools import reduce

import numpy as np

from .compiling import compiled
from .threads import even_parts, for_each

NUMBERS = 2**17  # of Z, that one part works on at once


@compiled
def sums_of_places(z, bias, dilation, padding, y):
    """y[n, o, t] = b[o] + sum over j of z[n, t + j dilation - padding, j, o]; places outside are 0."""
    examples, outputs, count = y.shape
    length, places = z.shape[1], z.shape[2]
    row = np.empty(outputs, np.float32)
    for n in range(examples):
        for t in range(count):
            row[:] = bias
            for j in range(places):
                i = t + j * dilation - padding
                if 0 <= i < length:
                    term = z[n, i, j]
                    for o in range(outputs):
                        row[o] += term[o]
            for o in range(outputs):
                y[n, o, t] = row[o]


@compiled
def at_all_places(dy, dilation, padding, dz):
    """dz[n, i, j, o] = dy[n, o, i - j dilation + padding], 0 where that is outside."""
    examples, outputs, count = dy.shape
    length, places = dz.shape[1], dz.shape[2]
    rows = np.empty((count, outputs), np.float32)
    for n in range(examples):
        for o in range(outputs):
            for t in range(count):
                rows[t, o] = dy[n, o, t]
        for i in range(length):
            for j in range(places):
                t = i - j * dilation + padding
                if 0 <= t < count:
                    dz[n, i, j] = rows[t]
                else:
                    dz[n, i, j] = np.float32(0)


def parts_of(x, weight):
    """Parts of the batch."""
    outputs, _, places = weight.shape
    return even_parts(len(x), len(x) * x.shape[2] * outputs * places / NUMBERS)


def elements_of(x):
    """(N, C, L) as rows, (N L, C)."""
    return np.swapaxes(x, 1, 2).reshape(-1, x.shape[1])


def convolution_forward(x, weight, bias=None, *, stride, padding, dilation, groups=1):
    (n, _, length), (outputs, channels, places) = x.shape, weight.shape
    y = np.empty_like(x, shape=(n, outputs, length + 2 * padding[0] - dilation[0] * (places - 1)), order="C")
    flat, b = weight.transpose(1, 2, 0).reshape(channels, -1), np.zeros_like(x, shape=outputs) if bias is None else bias

    def part(p):
        z = (elements_of(x[p]) @ flat).reshape(-1, length, places, outputs)
        sums_of_places(z, b, dilation[0], padding[0], y[p])

    for_each(parts_of(x, weight), part)
    return y, (x, weight, stride, padding, dilation, groups)


def convolution_backward(dy, saved, needs=(True, True, True)):
    """The sums over the batch are added up part by part."""
    x, weight, _, (padding,), (dilation,), _ = saved
    (_, channels, length), (outputs, _, places) = x.shape, weight.shape
    back, dx = weight.transpose(2, 0, 1).reshape(-1, channels), np.empty_like(x)

    def part(p):
        g = np.ascontiguousarray(dy[p])
        dz = np.empty_like(x, shape=(len(g), length, places, outputs), order="C")
        at_all_places(g, dilation, padding, dz)
        rows = dz.reshape(-1, places * outputs)
        if needs[0]:
            np.swapaxes(dx[p], 1, 2)[...] = (rows @ back).reshape(-1, length, channels)
        return rows.T @ elements_of(x[p]) if needs[1] else None

    dws = for_each(parts_of(x, weight), part)
    dw = np.ascontiguousarray(reduce(np.add, dws).reshape(places, outputs, channels).transpose(1, 2, 0)) if needs[1] else None
    return dx if needs[0] else None, dw, dy.sum(axis=(0, 2)) if needs[2] else None
