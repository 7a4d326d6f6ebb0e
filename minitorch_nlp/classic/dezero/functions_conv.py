"""Convolutions and pooling of images (N, C, H, W), under DeZero's names."""

from __future__ import annotations

from typing import Any

from ... import functional as ops
from ._tape import alike, floating
from .core import Variable, as_variable
from .utils import get_conv_outsize, get_deconv_outsize, pair

__all__ = [
    "average_pooling", "col2im", "col2im_array", "conv2d", "conv2d_simple", "deconv2d", "im2col", "im2col_array", "pooling", "pooling_simple",
]  # fmt: skip

NO_DILATION = (1, 1)


def windows(shape: tuple[int, ...], kernel_size: Any, stride: Any, pad: Any) -> dict[str, Any]:
    """The options of the op that reads the windows of an image."""
    kernel, steps, pads = pair(kernel_size), pair(stride), pair(pad)
    count = tuple(map(get_conv_outsize, shape[2:], kernel, steps, pads))
    return {"kernel": kernel, "count": count, "stride": steps, "padding": pads, "dilation": NO_DILATION}


def im2col_array(img: Any, kernel_size: Any, stride: Any, pad: Any, to_matrix: bool = True) -> Any:
    """The windows of an image: (N, C, KH, KW, OH, OW), or with `to_matrix` one row for each, (N OH OW, C KH KW).

    Places in the padding are 0. Of an array an array, of a Variable a Variable.
    """
    options = windows(img.shape, kernel_size, stride, pad)
    col = ops.sliding_windows(img, **options)
    n, c, kh, kw, oh, ow = col.shape
    return col.transpose((0, 4, 5, 1, 2, 3)).reshape((n * oh * ow, c * kh * kw)) if to_matrix else col


def col2im_array(col: Any, img_shape: tuple[int, ...], kernel_size: Any, stride: Any, pad: Any, to_matrix: bool = True) -> Any:
    """What `im2col_array` gives, added up into an image of `img_shape`: where windows overlap, the sum."""
    options = windows(img_shape, kernel_size, stride, pad)
    (n, c, h, w), (kh, kw), (oh, ow) = img_shape, options.pop("kernel"), options.pop("count")
    if to_matrix:
        col = col.reshape((n, oh, ow, c, kh, kw)).transpose((0, 3, 4, 5, 1, 2))
    return ops.add_windows(col, size=(h, w), **options)


def im2col(x: Any, kernel_size: Any, stride: Any = 1, pad: Any = 0, to_matrix: bool = True) -> Variable:
    """`im2col_array`, recorded."""
    return im2col_array(as_variable(x), kernel_size, stride, pad, to_matrix)


def col2im(x: Any, input_shape: tuple[int, ...], kernel_size: Any, stride: Any = 1, pad: Any = 0, to_matrix: bool = True) -> Variable:
    """`col2im_array`, recorded."""
    return col2im_array(as_variable(x), input_shape, kernel_size, stride, pad, to_matrix)


def conv2d(x: Any, W: Any, b: Any = None, stride: Any = 1, pad: Any = 0) -> Variable:
    """Each output pixel is the sum of a window times a kernel: (N, C, H, W), (O, C, KH, KW), (O) -> (N, O, OH, OW)."""
    x, W, b = alike(as_variable(x), as_variable(W), b, to_float=True)
    return ops.convolution(x, W, b, stride=pair(stride), padding=pair(pad), dilation=NO_DILATION)


def conv2d_simple(x: Any, W: Any, b: Any = None, stride: Any = 1, pad: Any = 0) -> Variable:
    """`conv2d`, as a matrix product of `im2col`."""
    x, W = as_variable(x), as_variable(W)
    o, _, kh, kw = W.shape
    oh, ow = windows(x.shape, (kh, kw), stride, pad)["count"]
    y = im2col(x, (kh, kw), stride, pad).dot(W.reshape(o, -1).T)
    y = y if b is None else y + b
    return y.reshape(len(x), oh, ow, o).transpose(0, 3, 1, 2)


def deconv2d(x: Any, W: Any, b: Any = None, stride: Any = 1, pad: Any = 0, outsize: Any = None) -> Variable:
    """The transpose of `conv2d`: (N, C, H, W), (C, O, KH, KW), (O) -> (N, O, OH, OW); `outsize` chooses among the sizes that fit."""
    x, W, b = alike(as_variable(x), as_variable(W), b, to_float=True)
    steps, pads = pair(stride), pair(pad)
    least = tuple(map(get_deconv_outsize, x.shape[2:], W.shape[2:], steps, pads))
    more = tuple(n - m for n, m in zip(least if outsize is None else pair(outsize), least))
    return ops.conv_transpose(x, W, b, stride=steps, padding=pads, output_padding=more, dilation=NO_DILATION)


def pooling(x: Any, kernel_size: Any, stride: Any = 1, pad: Any = 0) -> Variable:
    """The largest pixel of each window, of the first among equals; pixels of the padding are 0, and may be the largest."""
    x, (top, side) = as_variable(x), pair(pad)
    if top or side:
        x = ops.pad(x, pad=(side, side, top, top))
    return ops.max_pool(x, kernel_size=pair(kernel_size), stride=pair(stride), padding=(0, 0), dilation=NO_DILATION)


def pooling_simple(x: Any, kernel_size: Any, stride: Any = 1, pad: Any = 0) -> Variable:
    """`pooling`, as the maximum of each row of `im2col`; each of several equal pixels gets the whole gradient."""
    col = im2col(x, kernel_size, stride, pad, to_matrix=False)
    n, c, kh, kw, oh, ow = col.shape
    return col.reshape(n, c, kh * kw, oh, ow).max(axis=2)


def average_pooling(x: Any, kernel_size: Any, stride: Any = 1, pad: Any = 0) -> Variable:
    """The average of each window, with zeros for its pixels in the padding."""
    x = floating(as_variable(x))
    return ops.avg_pool(x, kernel_size=pair(kernel_size), stride=pair(stride), padding=pair(pad))
