"""Methods that read and write at given places."""

from __future__ import annotations

from .. import selecting
from ..inplace import InPlace

__all__ = ["SelectingMethods"]


class SelectingMethods:
    """Gathering, scattering, masks and triangles."""

    __slots__ = ()

    gather, scatter, scatter_add, index_select = selecting.gather, selecting.scatter, selecting.scatter_add, selecting.index_select
    index_add, index_copy, index_fill = selecting.index_add, selecting.index_copy, selecting.index_fill
    masked_fill, masked_select = selecting.masked_fill, selecting.masked_select
    take, take_along_dim = selecting.take, selecting.take_along_dim
    tril, triu = selecting.tril, selecting.triu

    copy_, index_put_ = selecting.copy_, selecting.index_put_
    masked_fill_, scatter_, scatter_add_ = map(InPlace, (selecting.masked_fill, selecting.scatter, selecting.scatter_add))
    index_add_, index_copy_, index_fill_ = map(InPlace, (selecting.index_add, selecting.index_copy, selecting.index_fill))
    tril_, triu_ = map(InPlace, (selecting.tril, selecting.triu))
