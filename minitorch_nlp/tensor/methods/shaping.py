"""Methods that change the shape: views where torch makes views."""

from __future__ import annotations

from ...functional import movement as V
from ...functional import strided as S
from .. import arranging, copies, joining, relayout, shaping

__all__ = ["ShapingMethods"]


class ShapingMethods:
    """Views, joins and rearrangements."""

    __slots__ = ()

    T = property(shaping.transposed)
    mT = property(shaping.mT)
    H = property(shaping.H)
    mH = property(shaping.mT)

    reshape, reshape_as, ravel = shaping.reshape, shaping.reshape_as, shaping.ravel
    view, view_as = shaping.view, shaping.view_as
    flatten, unflatten = shaping.flatten, shaping.unflatten
    permute, t, adjoint = shaping.permute, shaping.t, shaping.adjoint
    transpose = swapdims = shaping.transpose
    swapaxes = shaping.swapaxes
    movedim = moveaxis = shaping.movedim
    expand, expand_as, broadcast_to = shaping.expand, shaping.expand_as, shaping.broadcast_to
    squeeze, unsqueeze = shaping.squeeze, shaping.unsqueeze
    select, narrow, unbind = shaping.select, shaping.narrow, joining.unbind
    split, split_with_sizes, chunk, tensor_split = joining.split, joining.split_with_sizes, joining.chunk, joining.tensor_split
    hsplit, vsplit, dsplit = joining.hsplit, joining.vsplit, joining.dsplit
    unsafe_split, unsafe_split_with_sizes, unsafe_chunk = joining.unsafe_split, joining.unsafe_split_with_sizes, joining.unsafe_chunk
    flip, fliplr, flipud, rot90, roll = arranging.flip, arranging.fliplr, arranging.flipud, arranging.rot90, V.roll
    repeat, tile, repeat_interleave = arranging.repeat, arranging.tile, arranging.repeat_interleave
    contiguous, unfold = shaping.contiguous, S.unfold

    diag, diagflat, diag_embed, diagonal = arranging.diag, arranging.diagflat, V.diag_embed, V.diagonal
    diagonal_scatter, select_scatter = arranging.diagonal_scatter, arranging.select_scatter
    slice_scatter, fill_diagonal_ = arranging.slice_scatter, arranging.fill_diagonal_

    as_strided, as_strided_, as_strided_scatter = relayout.as_strided, relayout.as_strided_, relayout.as_strided_scatter
    squeeze_, unsqueeze_, t_ = relayout.squeeze_, relayout.unsqueeze_, relayout.t_
    transpose_ = swapdims_ = relayout.transpose_
    swapaxes_ = relayout.swapaxes_
    resize_, resize_as_, set_, is_set_to = relayout.resize_, relayout.resize_as_, relayout.set_, relayout.is_set_to
    narrow_copy = copies.narrow_copy
    is_same_size = shaping.is_same_size
