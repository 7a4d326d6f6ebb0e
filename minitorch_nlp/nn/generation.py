"""For models that write text one token at a time: rotary positions, and a cache of the keys and values seen so far.

Ours, not torch's: the two things every decoder of today has beside `nn.functional.scaled_dot_product_attention`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..autograd.mode import state
from ..autograd.tape import mark_written
from ..functional.rotary import rotary
from ..tensor.creation import zeros
from ..tensor.tensor import Tensor
from .modules.module import Module

__all__ = ["KVCache", "RotaryEmbedding", "rotary", "rotary_angles"]


def rotary_angles(positions: Any, features: int, base: float = 10000.0, dtype: Any = None) -> tuple[Any, Any]:
    """The cosines and sines (T, E / 2) that `rotary` turns by: position t turns pair i by t / base^(2 i / E).

    Args:
        positions: a number T, for positions 0 to T - 1, or an integer tensor (T).
        features: E, the size of each head.
        base: the slowest pair turns once in about 2 pi base positions.
        dtype: a float dtype; the default one unless given.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.generation import rotary, rotary_angles
    >>> q, k = torch.randn(8), torch.randn(8)
    >>> cos, sin = rotary_angles(10, features=8)
    >>> q_turned, k_turned = rotary(q.expand(10, 8), cos, sin), rotary(k.expand(10, 8), cos, sin)
    >>> torch.allclose(q_turned[2] @ k_turned[5], q_turned[4] @ k_turned[7], atol=1e-5)  # only their distance counts
    True
    """
    if features % 2:
        raise ValueError(f"rotary_angles: features are turned in pairs, so their number must be even, got {features}")
    places = np.arange(positions) if isinstance(positions, int) else positions.array
    speeds = backend.beside(places, base ** -(np.arange(0, features, 2) / features))
    angles = places[..., None] * speeds
    kind = backend.default_dtype() if dtype is None else dtype.dtype
    return Tensor._wrap(np.cos(angles).astype(kind)), Tensor._wrap(np.sin(angles).astype(kind))


class RotaryEmbedding(Module):
    """Queries or keys (..., T, E) turned by their positions, instead of adding position vectors (Su et al., 2021).

    Args:
        features: E, the size of each head; even.
        max_positions: how many positions to have angles for.
        base: the slowest pair turns once in about 2 pi base positions.
        interleaved: pairs are neighbours, as in the paper, instead of halves.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.generation import RotaryEmbedding
    >>> turn = RotaryEmbedding(features=8, max_positions=64)
    >>> q = torch.randn(2, 4, 10, 8)
    >>> turn(q).shape, torch.allclose(turn(q).norm(dim=-1), q.norm(dim=-1))
    (torch.Size([2, 4, 10, 8]), True)
    """

    cos: Any
    sin: Any

    def __init__(self, features: int, max_positions: int, base: float = 10000.0, interleaved: bool = False) -> None:
        super().__init__()
        self.features, self.max_positions, self.base, self.interleaved = features, max_positions, base, interleaved
        cos, sin = rotary_angles(max_positions, features, base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, x: Any, start: int = 0) -> Any:
        """(..., T, E) -> (..., T, E), the first of them being position `start`."""
        stop = start + x.shape[-2]
        if start < 0 or stop > self.max_positions:
            raise IndexError(
                f"RotaryEmbedding: positions {start} to {stop - 1} are wanted, but there are {self.max_positions}; raise max_positions"
            )
        return rotary(x, self.cos[start:stop], self.sin[start:stop], interleaved=self.interleaved)

    def extra_repr(self) -> str:
        return f"{self.features}, max_positions={self.max_positions}, base={self.base}, interleaved={self.interleaved}"


class KVCache:
    """The keys and values of all positions so far, in memory taken once: a decoder computes each position's only when it comes.

    `append` copies new ones in and returns all; they share the cache's memory, so that they are good until the next `reset`. Not for training:
    what is in the cache is cut off from the graph.

    Args:
        batch, heads, max_positions, features: the sizes of keys and values, (N, K, T, E).
        value_features: the E of values, if it is another.
        dtype, device: as in `zeros`.

    Decoding position by position gives what one pass over the whole sequence gives, with a causal mask:

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.generation import KVCache
    >>> attention = torch.nn.functional.scaled_dot_product_attention
    >>> q, k, v = torch.randn(3, 1, 2, 5, 4)
    >>> cache = KVCache(batch=1, heads=2, max_positions=5, features=4)
    >>> steps = [attention(q[:, :, t : t + 1], *cache.append(k[:, :, t : t + 1], v[:, :, t : t + 1])) for t in range(5)]
    >>> torch.allclose(torch.cat(steps, 2), attention(q, k, v, is_causal=True), atol=1e-6)
    True

    Several positions at once, such as a prompt, need a mask: `mask` gives it.

    >>> cache.reset()
    >>> keys, values = cache.append(k[:, :, :3], v[:, :, :3])
    >>> prompt = attention(q[:, :, :3], keys, values, attn_mask=cache.mask(3))
    >>> torch.allclose(prompt, attention(q, k, v, is_causal=True)[:, :, :3], atol=1e-6)
    True
    """

    def __init__(
        self,
        batch: int,
        heads: int,
        max_positions: int,
        features: int,
        value_features: int | None = None,
        dtype: Any = None,
        device: Any = None,
    ) -> None:
        self.keys = zeros((batch, heads, max_positions, features), dtype=dtype, device=device)
        self.values = zeros(
            (batch, heads, max_positions, features if value_features is None else value_features), dtype=dtype, device=device
        )
        self.length = 0

    @property
    def max_positions(self) -> int:
        return self.keys.shape[2]

    def append(self, key: Any, value: Any) -> tuple[Any, Any]:
        """Add the keys (N, K, T, E) and values of the next T positions; all so far, (N, K, length, E) each."""
        if state.enabled and (key.requires_grad or value.requires_grad):
            raise RuntimeError(
                "KVCache: gradients do not flow through the cache; decode under torch.no_grad(), or detach() keys and values"
            )
        start, stop = self.length, self.length + key.shape[-2]
        for name, held, new in (("key", self.keys, key), ("value", self.values, value)):
            wanted = (*held.shape[:2], stop - start, held.shape[3])
            if tuple(new.shape) != wanted or new.dtype != held.dtype:
                raise RuntimeError(f"KVCache: {name} must be {wanted} (N, K, T, E), {held.dtype}; it is {tuple(new.shape)}, {new.dtype}")
        if stop > self.max_positions:
            raise IndexError(f"KVCache: {stop} positions do not fit into max_positions={self.max_positions}; reset() it or make it larger")
        for held, new in ((self.keys, key), (self.values, value)):
            held.array[:, :, start:stop] = new.array
        mark_written(self.keys, self.values)
        self.length = stop
        return self.keys[:, :, :stop], self.values[:, :, :stop]

    def mask(self, queries: int) -> Any:
        """(queries, length), bool: the last `queries` positions may attend to all up to themselves; for `attn_mask`."""
        places = np.arange(self.length)
        return Tensor._wrap(backend.beside(self.keys.array, places <= (places[self.length - queries :])[:, None]))

    def reset(self, length: int = 0) -> None:
        """Forget all positions from `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f"KVCache: cannot go back to length {length}; it holds {self.length} positions")
        self.length = length

    def __repr__(self) -> str:
        return f"KVCache({tuple(self.keys.shape)}, length={self.length})"
