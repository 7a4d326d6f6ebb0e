"""torch.version: the PyTorch whose behaviour is followed. `own` is this package's version."""

from __future__ import annotations

import re
from typing import Any

from . import backend

__all__ = ["TorchVersion", "__version__", "cuda", "debug", "git_version", "hip", "own"]

cuda: str | None  # supplied by __getattr__


class TorchVersion(str):
    """A version that compares with texts and tuples number by number: ``torch.__version__ >= (2, 1)``."""

    __slots__ = ()

    def numbers(self) -> tuple[int, ...]:
        """2, 13, 0 of "2.13.0+local"."""
        return tuple(int(n) for n in re.findall(r"\d+", self.partition("+")[0]))

    def against(self, other: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Both as numbers, of one length."""
        theirs = TorchVersion(".".join(map(str, other)) if isinstance(other, (tuple, list)) else str(other)).numbers()
        ours = self.numbers()
        length = max(len(ours), len(theirs))
        return ours + (0,) * (length - len(ours)), theirs + (0,) * (length - len(theirs))

    def __lt__(self, other: Any) -> bool:
        ours, theirs = self.against(other)
        return ours < theirs

    def __le__(self, other: Any) -> bool:
        ours, theirs = self.against(other)
        return ours <= theirs

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other


own = "0.1.0"
__version__ = TorchVersion("2.13.0+minitorch_nlp")
hip = None
debug = False
git_version = ""


def __getattr__(name: str) -> Any:
    """`cuda`: the version of CUDA that CuPy was built for; None where no GPU can be used."""
    if name == "cuda":
        return backend.cuda_version()
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'", name=name)
