"""Nested tuples, lists and dicts of values: taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["build", "leaves", "same_form", "tree_map"]


def children(tree: Any) -> list[Any] | None:
    """What a node of the tree holds, in order; None for a leaf."""
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, (tuple, list)) else None


def leaves(tree: Any) -> list[Any]:
    """The leaves from left to right. None is a leaf."""
    parts = children(tree)
    return [tree] if parts is None else [leaf for part in parts for leaf in leaves(part)]


def build(tree: Any, values: list[Any]) -> Any:
    """A tree of the form of `tree` with other leaves."""
    return fill(tree, iter(values))


def fill(tree: Any, values: Iterator[Any]) -> Any:
    parts = children(tree)
    if parts is None:
        return next(values)
    filled = [fill(part, values) for part in parts]
    if isinstance(tree, dict):
        return type(tree)(zip(tree, filled))
    return tree._make(filled) if hasattr(tree, "_make") else type(tree)(filled)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """`function` of each leaf."""
    return build(tree, [function(leaf) for leaf in leaves(tree)])


def same_form(a: Any, b: Any) -> bool:
    """Whether two trees differ in their leaves only."""
    one, two = children(a), children(b)
    if one is None or two is None:
        return one is None and two is None
    same = type(a) is type(b) and len(one) == len(two) and (not isinstance(a, dict) or a.keys() == b.keys())
    return same and all(map(same_form, one, two))
