"""What is done with each example of a Dataset: callables on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...refused import refuse

__all__ = [
    "AsType", "CenterCrop", "Compose", "Convert", "Flatten", "Normalize", "RandomHorizontalFlip", "Resize", "ToArray", "ToFloat", "ToInt", "ToPIL",
]  # fmt: skip

CenterCrop, Convert, RandomHorizontalFlip, Resize, ToArray, ToPIL = refuse(
    "CenterCrop Convert RandomHorizontalFlip Resize ToArray ToPIL",
    "pictures are not supported; make an array of yours with Pillow: np.asarray(image)",
)


class Compose:
    """One after the other."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]] = ()) -> None:
        self.transforms = list(transforms)

    def __call__(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x


class Normalize:
    """(x - mean) / std, with numbers, or with one for each channel, the first axis of x."""

    def __init__(self, mean: Any = 0, std: Any = 1) -> None:
        self.mean, self.std = mean, std

    def __call__(self, array: Any) -> Any:
        mean, std = (
            v if np.isscalar(v) else np.asarray(v, dtype=array.dtype).reshape(-1, *[1] * (array.ndim - 1)) for v in (self.mean, self.std)
        )
        return (array - mean) / std


class Flatten:
    """All elements along one axis."""

    def __call__(self, array: Any) -> Any:
        return array.reshape(-1)


class AsType:
    """The values in another dtype."""

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = dtype

    def __call__(self, array: Any) -> Any:
        return array.astype(self.dtype)


ToFloat = AsType


class ToInt(AsType):
    """The values as integers."""

    def __init__(self, dtype: Any = int) -> None:
        super().__init__(dtype)
