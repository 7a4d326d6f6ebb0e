"""torch.utils.hooks: the handle that takes a hook back."""

from ..autograd.hooks import RemovableHandle

__all__ = ["RemovableHandle"]
