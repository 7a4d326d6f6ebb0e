"""The generator: a Mersenne Twister seeded and read the way torch's CPU generator is.

Everything random here is a function of one stream of 32-bit words. The words come from NumPy's own Mersenne Twister in C; this file
adds torch's seeding, its 64-bit seed, the spare normal number a generator keeps, and the byte layout of its saved state.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = [
    "Generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_default_generator", "set_rng_state",
]  # fmt: skip

DEFAULT_SEED = 67280421310721  # the seed of a Generator nobody seeded
WORDS = 624  # the twister makes its output in blocks of this many words
FEW = 2048  # up to here NumPy's raw call is cheaper than its array call, which costs 5 us but writes half the bytes

# A saved state. `left` and `next` both say how far the current block is used; nothing on a CPU keeps a spare float32 normal.
STATE = np.dtype(
    [
        ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("words", "<u8", WORDS),
        ("unused_before", "<f8"), ("spare_normal", "<f8"), ("unused_after", "<f8"), ("has_spare_normal", "<i4"), ("gap", "V4"),
        ("spare_float", "<f4"), ("has_spare_float", "?"), ("end", "V3"),
    ]
)  # fmt: skip


class Generator:
    """A stream of random numbers of its own: Mersenne Twister, MT19937.

    ``x[0] = seed mod 2^32;  x[j] = 1812433253 (x[j-1] xor x[j-1] >> 30) + j``, so only the low half of a seed changes the stream.

    Args:
        device: only ``"cpu"``.

    Raises:
        RuntimeError: another device.

    Example:
        >>> g = Generator().manual_seed(0)
        >>> g.initial_seed(), g.words32(2).tolist()
        (0, [2357136044, 2546248239])
    """

    def __init__(self, device: Any = "cpu") -> None:
        if str(device) != "cpu":
            raise RuntimeError(f"Generator: device must be 'cpu', but device = {device!r}; a GPU draws from its own generator")
        self._seed = DEFAULT_SEED
        self._fresh = True  # nothing drawn since seeding; the saved state tells this from a block just used up
        self._engine: tuple[Any, Any] | None = None  # made at the first draw: importing numpy.random takes 20 ms
        self.spare_normal: float | None = None  # normals come in pairs; the one not yet handed out

    def manual_seed(self, seed: int) -> Any:
        """Start the stream anew from `seed`, -2^63 ... 2^64 - 1, negative ones meaning seed + 2^64; returns the generator.

        Raises:
            RuntimeError: `seed` is not an integer.
            ValueError: `seed` is out of range.
        """
        try:
            value = operator.index(seed)
        except TypeError:
            raise RuntimeError(f"manual_seed: the seed must be an int, but it is {seed!r}; pass int(seed)") from None
        if not -(1 << 63) <= value < 1 << 64:
            raise ValueError(f"manual_seed: the seed must lie in -2^63 ... 2^64 - 1, but it is {value}; take it modulo 2^64")
        self._seed = value % (1 << 64)
        self._fresh, self.spare_normal = True, None
        if self._engine is not None:
            self._engine[1].seed(self._seed & 0xFFFFFFFF)
        return self

    def seed(self) -> int:
        """Seed from the operating system's entropy; returns the seed, 0 ... 2^64 - 1."""
        value = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(value)
        return value

    def initial_seed(self) -> int:
        """The seed the stream started from."""
        return self._seed

    def words32(self, n: int) -> np.ndarray:
        """The next `n` words, uint32 (n,)."""
        if n == 0:
            return np.empty(0, np.uint32)
        bits, twister = self._engine or self._start()
        self._fresh = False
        if n < FEW:
            return bits.random_raw(n).astype(np.uint32)
        return twister.randint(0, 1 << 32, n, np.uint32)

    def words64(self, n: int) -> np.ndarray:
        """The next `n` pairs of words, uint64 (n,): the first word of a pair is the high half."""
        if n == 0:
            return np.empty(0, np.uint64)
        bits, twister = self._engine or self._start()
        self._fresh = False
        if n >= FEW:
            return twister.randint(0, 1 << 64, n, np.uint64)
        raw = bits.random_raw(2 * n)
        high = raw[0::2] << 32
        high |= raw[1::2]
        return high

    def _start(self) -> tuple[Any, Any]:
        """NumPy's Mersenne Twister, bare and in the class whose streams NumPy has frozen for good."""
        bits = np.random.MT19937(0)
        twister = np.random.RandomState(bits)
        twister.seed(self._seed & 0xFFFFFFFF)
        self._engine = (bits, twister)
        return self._engine

    def state_bytes(self) -> np.ndarray:
        """The whole state, uint8 (5056,), in torch's layout.

        >>> g = Generator()
        >>> saved, first = g.state_bytes(), g.words32(1)
        >>> g.load_state_bytes(saved)
        >>> bool(first == g.words32(1))
        True
        """
        inner = (self._engine or self._start())[0].state["state"]
        record = np.zeros(1, STATE)
        record["seed"], record["seeded"], record["words"] = self._seed, 1, inner["key"]
        record["left"], record["next"] = (1, 0) if self._fresh else (WORDS + 1 - inner["pos"], inner["pos"])
        if self.spare_normal is not None:
            record["spare_normal"], record["has_spare_normal"] = self.spare_normal, 1
        return record.view(np.uint8)

    def load_state_bytes(self, state: np.ndarray) -> None:
        """Go back to a state that `state_bytes` (or torch's ``get_state``) returned.

        Raises:
            TypeError: not an array of uint8.
            RuntimeError: not 5056 bytes, or bytes no generator writes.
        """
        if not isinstance(state, np.ndarray) or state.dtype != np.uint8:
            kind = f"{state.dtype} array" if isinstance(state, np.ndarray) else type(state).__name__
            raise TypeError(f"set_state: the state must be a uint8 array, but it is a {kind}; pass what get_state returned")
        if state.size != STATE.itemsize:
            raise RuntimeError(f"set_state: a state has {STATE.itemsize} bytes, but this has {state.size}; pass what get_state returned")
        record = np.ascontiguousarray(state).reshape(-1).view(STATE)[0]
        left, used = int(record["left"]), int(record["next"])
        fresh = (left, used) == (1, 0)
        if not record["seeded"] or not (fresh or (1 <= used <= WORDS and left + used == WORDS + 1)):
            facts = f"seeded = {record['seeded']}, left = {left}, next = {used}"
            raise RuntimeError(f"set_state: needs seeded and left + next = {WORDS + 1}, but {facts}; pass what get_state returned")
        inner = {"key": record["words"].astype(np.uint32), "pos": WORDS if fresh else used}
        bits, _ = self._engine or self._start()
        bits.state = {"bit_generator": "MT19937", "state": inner}
        self._seed, self._fresh = int(record["seed"]), fresh
        self.spare_normal = float(record["spare_normal"]) if record["has_spare_normal"] else None

    def get_state(self) -> Any:
        """The whole state, to go back to with `set_state`: uint8 (5056,)."""
        return self.state_bytes()

    def set_state(self, new_state: Any) -> None:
        """Go back to a state that `get_state` returned."""
        self.load_state_bytes(new_state)

    def clone_state(self) -> Any:
        """A new generator with this one's seed and state, which from here on goes its own way."""
        twin = type(self)()
        twin.load_state_bytes(self.state_bytes())
        return twin

    def get_offset(self) -> int:
        """Raises RuntimeError: only a GPU's generators count in offsets."""
        raise RuntimeError("get_offset: a CPU generator has no offset; use get_state()")

    def set_offset(self, offset: int) -> None:
        """Raises RuntimeError: only a GPU's generators count in offsets."""
        raise RuntimeError("set_offset: a CPU generator has no offset; use set_state(state)")

    def graphsafe_get_state(self) -> Any:
        """Raises NotImplementedError: there are no CUDA graphs to be safe in."""
        raise NotImplementedError("graphsafe_get_state: not supported for CPU generators; use get_state()")

    def graphsafe_set_state(self, state: Any) -> None:
        """Raises NotImplementedError: there are no CUDA graphs to be safe in."""
        raise NotImplementedError("graphsafe_set_state: not supported for CPU generators; use set_state(state)")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device='cpu' initial_seed={self._seed}>"


default_generator = Generator()
default_generator.seed()  # like torch's: a program that never seeds gets new numbers every run


def set_default_generator(generator: Generator) -> None:
    """Make `generator` the one that all draws without ``generator=`` use."""
    global default_generator
    default_generator = chosen(generator)


def chosen(generator: Generator | None) -> Generator:
    """`generator`, or the default one for None."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a Generator or None, but it is a {type(generator).__name__}; pass Generator().manual_seed(n)")
    return generator


def manual_seed(seed: Any) -> Generator:
    """Start the default generator's stream anew from ``int(seed)``; returns the generator.

    >>> manual_seed(-1).initial_seed() == 2**64 - 1
    True
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator from the operating system; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the default generator's stream started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The default generator's state, to go back to with `set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Put the default generator back into a state that `get_rng_state` returned."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, _caller: str = "fork_rng", _devices_kw: str = "devices",
             device_type: str = "cuda") -> Iterator[None]:  # fmt: skip
    """Inside ``with fork_rng():`` (or a function it decorates) draws go on from here; afterwards the default generator is as it was before.

    Args:
        devices: the GPUs whose generators would be restored too; there are none, GPU tensors are drawn by the CPU's generators.
        enabled: False makes this do nothing.

    Example:
        >>> from minitorch_nlp.random import uniform
        >>> generator = manual_seed(0)
        >>> with fork_rng():
        ...     inside = uniform(3)
        >>> bool((uniform(3) == inside).all())
        True
    """
    if not enabled:
        yield
        return
    generator = default_generator
    state = generator.state_bytes()
    try:
        yield
    finally:
        generator.load_state_bytes(state)
