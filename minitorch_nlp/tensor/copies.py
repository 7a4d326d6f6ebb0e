"""torch's copying twins of its views: ``permute_copy(x, dims)`` is ``permute(x, dims)`` in memory of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functional import arrangement as R
from ..functional import elementwise as E
from ..functional import strided as S
from . import joining, shaping
from .relayout import as_strided
from .results import into

__all__ = [
    "alias_copy", "as_strided_copy", "detach_copy", "diagonal_copy", "expand_copy", "narrow_copy", "permute_copy", "select_copy",
    "slice_copy", "split_copy", "split_with_sizes_copy", "squeeze_copy", "t_copy", "transpose_copy", "unbind_copy", "unfold_copy",
    "unsqueeze_copy", "view_copy",
]  # fmt: skip


def copying(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """The function that copies what `view` gives: one tensor, or each of several."""

    def copy(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        found = view(input, *args, **kwargs)
        return into(name, out, tuple(map(E.clone, found)) if isinstance(found, tuple) else E.clone(found))

    copy.__name__ = copy.__qualname__ = name
    copy.__doc__ = f"As `{name.removesuffix('_copy')}`, copied to memory of its own. {view.__doc__ or ''}"
    return copy


def slices(input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """The slices start:end:step along `dim`."""
    return input[(*(slice(None),) * shaping.wrap_dim(dim, input.ndim), slice(start, end, step))]


def alias(input: Any) -> Any:
    """The tensor."""
    return input


def detached(input: Any) -> Any:
    """The values, which need no gradient."""
    return input.detach()


alias_copy, detach_copy = copying("alias_copy", alias), copying("detach_copy", detached)
as_strided_copy, diagonal_copy = copying("as_strided_copy", as_strided), copying("diagonal_copy", R.diagonal)
expand_copy, view_copy = copying("expand_copy", shaping.expand), copying("view_copy", shaping.view)
narrow_copy, select_copy, slice_copy = (
    copying("narrow_copy", shaping.narrow), copying("select_copy", shaping.select), copying("slice_copy", slices)
)  # fmt: skip
permute_copy, transpose_copy, t_copy = (
    copying("permute_copy", shaping.permute), copying("transpose_copy", shaping.transpose), copying("t_copy", shaping.t)
)  # fmt: skip
squeeze_copy, unsqueeze_copy = copying("squeeze_copy", shaping.squeeze), copying("unsqueeze_copy", shaping.unsqueeze)
split_copy, split_with_sizes_copy, unbind_copy = (
    copying("split_copy", joining.split), copying("split_with_sizes_copy", joining.split_with_sizes), copying("unbind_copy", joining.unbind)
)  # fmt: skip
unfold_copy = copying("unfold_copy", S.unfold)
