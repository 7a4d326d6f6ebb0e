"""``torch.cuda.FloatTensor`` and its kind: the old constructors, for tensors on the GPU."""

from __future__ import annotations

from ..tensor.tensor import typed

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor",
]  # fmt: skip

FloatTensor, DoubleTensor, HalfTensor = typed("Float", "cuda"), typed("Double", "cuda"), typed("Half", "cuda")
LongTensor, IntTensor, ShortTensor = typed("Long", "cuda"), typed("Int", "cuda"), typed("Short", "cuda")
CharTensor, ByteTensor, BoolTensor = typed("Char", "cuda"), typed("Byte", "cuda"), typed("Bool", "cuda")
BFloat16Tensor = typed("BFloat16", "cuda")
