"""Methods that read and write at given places."""

from __future__ import annotations

from .. import selecting
from ..inplace import InPlace

__all__ = ["SelectingMethods"]


class SelectingMethods:
    """Gathering, scattering, masks and triangles."""

    __slots__ = ()

    gather, scatter, scatter_add, scatter_reduce = selecting.gather, selecting.scatter, selecting.scatter_add, selecting.scatter_reduce
    index_select, index_add, index_copy = selecting.index_select, selecting.index_add, selecting.index_copy
    index_fill, index_put, index_reduce = selecting.index_fill, selecting.index_put, selecting.index_reduce
    masked_fill, masked_select, masked_scatter = selecting.masked_fill, selecting.masked_select, selecting.masked_scatter
    put, take, take_along_dim = selecting.put, selecting.take, selecting.take_along_dim
    tril, triu = selecting.tril, selecting.triu

    copy_ = selecting.copy_
    masked_fill_, masked_scatter_ = map(InPlace, (selecting.masked_fill, selecting.masked_scatter))
    scatter_, scatter_add_, scatter_reduce_ = map(InPlace, (selecting.scatter, selecting.scatter_add, selecting.scatter_reduce))
    index_add_, index_copy_, index_fill_ = map(InPlace, (selecting.index_add, selecting.index_copy, selecting.index_fill))
    index_put_, index_reduce_, put_ = map(InPlace, (selecting.index_put, selecting.index_reduce, selecting.put))
    tril_, triu_ = map(InPlace, (selecting.tril, selecting.triu))
