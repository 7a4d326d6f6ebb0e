"""Methods that change the shape: views where torch makes views."""

from __future__ import annotations

from ...functional import movement as V
from .. import shaping

__all__ = ["ShapingMethods"]


class ShapingMethods:
    """Views, joins and rearrangements."""

    __slots__ = ()

    T = property(shaping.transposed)
    mT = property(shaping.mT)
    H = property(shaping.t)

    reshape, reshape_as = shaping.reshape, shaping.reshape_as
    view, view_as = shaping.view, shaping.view_as
    flatten, unflatten = shaping.flatten, shaping.unflatten
    permute, t = shaping.permute, shaping.t
    transpose = swapaxes = swapdims = shaping.transpose
    movedim = moveaxis = shaping.movedim
    expand, expand_as, broadcast_to = shaping.expand, shaping.expand_as, shaping.broadcast_to
    squeeze, unsqueeze = shaping.squeeze, shaping.unsqueeze
    split, chunk, unbind = shaping.split, shaping.chunk, shaping.unbind
    select, narrow = shaping.select, shaping.narrow
    flip, roll, diagonal = shaping.flip, V.roll, V.diagonal
    repeat, tile, repeat_interleave = shaping.repeat, shaping.tile, shaping.repeat_interleave
    contiguous = shaping.contiguous
