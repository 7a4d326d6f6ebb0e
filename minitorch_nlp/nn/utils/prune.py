"""Pruning: torch's names, here to say that they are not supported."""

from __future__ import annotations

from typing import Any

from ...refused import Refused

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer", "RandomStructured",
    "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned", "l1_unstructured", "ln_structured",
    "random_structured", "random_unstructured", "remove",
]  # fmt: skip


class NoPruning(Refused):
    """A name that cannot be called, nor subclassed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"prune.{name}", "pruning is not supported; multiply the weight by a mask of your own, in a parametrization")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> Any:
        self()


(
    BasePruningMethod, CustomFromMask, Identity, L1Unstructured, LnStructured, PruningContainer, RandomStructured, RandomUnstructured,
    custom_from_mask, global_unstructured, identity, is_pruned, l1_unstructured, ln_structured, random_structured, random_unstructured,
    remove,
) = map(NoPruning, __all__)  # fmt: skip
