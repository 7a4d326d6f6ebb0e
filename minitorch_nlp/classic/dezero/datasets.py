"""Datasets: ``dataset[i]`` is a pair of an example and its label."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...refused import refuse
from .transforms import Compose, Flatten, Normalize, ToFloat
from .utils import cache_dir

__all__ = ["CIFAR10", "CIFAR100", "Dataset", "ImageNet", "MNIST", "Shakespear", "SinCurve", "Spiral", "get_spiral"]

CIFAR10, CIFAR100, ImageNet, Shakespear = refuse(
    "CIFAR10 CIFAR100 ImageNet Shakespear", "nothing is downloaded; subclass Dataset, and fill data and label in prepare()"
)


def unchanged(x: Any) -> Any:
    return x


class Dataset:
    """Subclass and fill ``self.data`` (and ``self.label``) in `prepare`."""

    def __init__(self, train: bool = True, transform: Callable[[Any], Any] | None = None, target_transform: Any = None) -> None:
        self.train = train
        self.transform = transform or unchanged
        self.target_transform = target_transform or unchanged
        self.data: Any = None
        self.label: Any = None
        self.prepare()

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not np.isscalar(index):
            raise TypeError(f"a dataset is indexed by one integer, not by {type(index).__name__}")
        return self.transform(self.data[index]), None if self.label is None else self.target_transform(self.label[index])

    def __len__(self) -> int:
        return len(self.data)

    def prepare(self) -> None:
        """Fill ``self.data`` and ``self.label``."""


def get_spiral(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """300 points (300, 2) on three spiral arms, shuffled, and their arm: the radius grows with the angle, which is a little noisy.

    The same points each time, others for testing: seeds ``np.random`` with 1984 or 2020.
    """
    np.random.seed(1984 if train else 2020)
    points, arms = 100, 3
    rate = np.arange(points) / points
    theta = 4.0 * np.arange(arms)[:, None] + 4.0 * rate + 0.2 * np.random.randn(arms, points)
    x = np.stack([rate * np.sin(theta), rate * np.cos(theta)], axis=-1).reshape(-1, 2).astype(np.float32)
    order = np.random.permutation(points * arms)
    return x[order], np.repeat(np.arange(arms), points)[order]


class Spiral(Dataset):
    """`get_spiral`."""

    def prepare(self) -> None:
        self.data, self.label = get_spiral(self.train)


class SinCurve(Dataset):
    """999 values (1,) of a sine over one period with a little noise (of a cosine without, for testing); the label is the next value."""

    def prepare(self) -> None:
        x = np.linspace(0, 2 * np.pi, 1000)
        noise = np.random.uniform(-0.05, 0.05, size=x.shape)
        y = (np.sin(x) + noise if self.train else np.cos(x)).astype(np.float64)
        self.data, self.label = y[:-1, None], y[1:, None]


class MNIST(Dataset):
    """Handwritten digits: images, by default as float32 vectors (784,) between 0 and 1, and their number.

    Read from the files that the dataset comes in, compressed (.gz) or not, in `folder`, by default ``~/.dezero``.

    Raises:
        FileNotFoundError: the files are not there.
        ValueError: a file is not of that kind.
    """

    def __init__(
        self,
        train: bool = True,
        transform: Callable[[Any], Any] | None = Compose([Flatten(), ToFloat(), Normalize(0.0, 255.0)]),  # noqa: B008 (keeps nothing)
        target_transform: Any = None,
        *,
        folder: str | Path | None = None,
    ) -> None:
        self.folder = Path(cache_dir if folder is None else folder)
        super().__init__(train, transform, target_transform)

    def prepare(self) -> None:
        kind = "train" if self.train else "t10k"
        names = (f"{kind}-images-idx3-ubyte", f"{kind}-labels-idx1-ubyte")
        images, labels = (read_idx(self.find(name, names)) for name in names)
        self.data, self.label = images[:, None], labels

    def find(self, name: str, names: tuple[str, str]) -> Path:
        for path in (self.folder / f"{name}.gz", self.folder / name):
            if path.exists():
                return path
        wanted = " and ".join(f"{n}.gz" for n in names)
        raise FileNotFoundError(f"MNIST: {name}.gz is not in {self.folder}; nothing is downloaded: put {wanted} (or unpacked) there")

    @staticmethod
    def labels() -> dict[int, str]:
        """The name of each class."""
        return {i: str(i) for i in range(10)}


def read_idx(path: Path) -> np.ndarray:
    """An array of bytes from an idx file: two zeros, 8 (for bytes), the number of sizes, the sizes as big-endian int32, the values."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    if raw[:3] != b"\0\0\x08" or len(raw) < 4:
        raise ValueError(f"{path} is not an idx file of bytes: it begins with {raw[:4]!r}")
    ndim = raw[3]
    shape = tuple(int(n) for n in np.frombuffer(raw, ">i4", ndim, 4))
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * ndim)
    if values.size != np.prod(shape):
        raise ValueError(f"{path} says it holds {shape} bytes, and has {values.size}")
    return values.reshape(shape)
