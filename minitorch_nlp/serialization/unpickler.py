"""Reading pickles: as plain data, with nothing executed (`read_plain`), or with Python's own unpickler (`read_trusted`).

A pickle is a program for a small stack machine. `PlainReader` is that machine with the dangerous parts left out: it can name
only what `allowed` lists, call only those functions, and set attributes only on an OrderedDict. The work and memory it
may take are bounded by the length of the pickle.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from ..tensor.dtypes import Device, Size, dtype
from .allowed import CALLS, find, known

__all__ = ["read_plain", "read_trusted"]

PLAIN_KEYS = (str, int, float, bool, type(None), bytes, complex, dtype, Device)
DEEPEST_KEY = 50
DAMAGE = (IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError, struct.error)


def read_plain(data: bytes, load_storage: Callable[[Any], Any]) -> Any:
    """The object in the pickle `data`, made without executing anything from it.

    Raises:
        UnpicklingError: it is damaged, or is more than plain data; the text names what it wanted.
    """
    reader = PlainReader(data)
    while True:
        try:
            code = reader.step()
            top = reader.stack.pop() if code in (pickle.BINPERSID, pickle.STOP) else None
        except DAMAGE as error:
            raise pickle.UnpicklingError(f"load: the pickle is damaged at byte {reader.at}: {error}") from error
        if code == pickle.STOP:
            return top
        if code == pickle.BINPERSID:
            reader.stack.append(load_storage(top))


def read_trusted(data: bytes, load_storage: Callable[[Any], Any], pickle_module: Any = None) -> Any:
    """The object in the pickle `data`, made by Python's unpickler: **this executes whatever the pickle asks for**."""
    base: Any = (pickle_module or pickle).Unpickler

    class TrustingUnpickler(base):
        def find_class(self, module: str, name: str) -> Any:
            if module == "torch" or module.startswith("torch."):
                return known(module, name) or counterpart(module, name)
            return super().find_class(module, name)

        def persistent_load(self, pid: Any) -> Any:
            return load_storage(pid)

    return TrustingUnpickler(io.BytesIO(data)).load()


def counterpart(module: str, name: str) -> Any:
    """Our object for a name of torch's."""
    import importlib

    try:
        found: Any = importlib.import_module(__name__.partition(".")[0] + module.removeprefix("torch"))
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise pickle.UnpicklingError(f"load: the file wants {module}.{name}, which has no counterpart here") from error
    return found


class PlainReader:
    """The stack machine. `stack` is the part above the last mark; the parts below wait in `below`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.allowance = 100_000 + 4 * len(data)

    def step(self) -> bytes:
        """Obey one opcode, and say which. What to do at STOP and BINPERSID is the caller's."""
        code = self.take(1)
        obey = STEPS.get(code)
        if obey is None:
            raise pickle.UnpicklingError(f"load: the pickle has opcode {code!r} at byte {self.at - 1}, which plain data has no use for")
        obey(self)
        return code

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ValueError(f"{count} more bytes are wanted, {len(self.data) - self.at} are left")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def line(self) -> str:
        end = self.data.index(b"\n", self.at)
        return self.take(end + 1 - self.at)[:-1].decode()

    def push_text(self, width: int) -> None:
        self.stack.append(self.take(self.number(width)).decode("utf-8", "surrogatepass"))

    def push_bytes(self, width: int) -> None:
        self.stack.append(self.take(self.number(width)))

    def push_integer(self, width: int) -> None:
        self.stack.append(int.from_bytes(self.take(self.number(width)), "little", signed=True))

    def spend(self, amount: int) -> None:
        """Count work that is not paid for by the pickle's own length."""
        self.allowance -= amount
        if self.allowance < 0:
            raise pickle.UnpicklingError("load: the pickle unfolds into far more than its length; refused")

    def unmark(self) -> list[Any]:
        """What was pushed since the last mark."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def protocol(self) -> None:
        version = self.number(1)
        if not 2 <= version <= 5:
            raise pickle.UnpicklingError(f"load: pickle protocol {version} is not supported, only 2 to 5")

    def push_float(self) -> None:
        self.stack.append(struct.unpack(">d", self.take(8))[0])

    def push_tuple(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.stack.append(tuple(items[::-1]))

    def push_marked_tuple(self) -> None:
        items = tuple(self.unmark())
        self.stack.append(items)

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise TypeError(f"items for a {type(target).__name__}, not a list")
        target.extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) not in (dict, OrderedDict, Counter) or len(items) % 2:
            raise TypeError(f"{len(items)} keys and values for a {type(target).__name__}")
        for key, value in zip(items[::2], items[1::2]):
            self.check_key(key)
            target[key] = value

    def add_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not set:
            raise TypeError(f"items for a {type(target).__name__}, not a set")
        for item in items:
            self.check_key(item)
            target.add(item)

    def frozen(self) -> None:
        items = self.unmark()
        for item in items:
            self.check_key(item)
        self.stack.append(frozenset(items))

    def check_key(self, key: Any) -> None:
        """Let only data be hashed, and no nest of tuples that unfolds without end or is too deep for the C stack."""
        if type(key) is str:
            return
        todo = [(key, 0)]
        while todo:
            part, depth = todo.pop()
            if type(part) in (tuple, frozenset, Size):
                self.spend(1 + len(part) if depth < DEEPEST_KEY else self.allowance + 1)
                todo.extend((inner, depth + 1) for inner in part)
            elif isinstance(part, int):
                self.spend(1 + part.bit_length() // 64)
            elif type(part) not in PLAIN_KEYS:
                raise TypeError(f"a {type(part).__name__} as a key")

    def remember(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def find(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise TypeError("a global's name is no text")
        self.stack.append(find(module, name))

    def global_by_name(self) -> None:
        name = self.stack.pop()
        self.find(self.stack.pop(), name)

    def call(self) -> None:
        args = self.stack.pop()
        function = self.stack.pop()
        build = CALLS.get(id(function))
        if build is None or type(args) is not tuple:
            raise pickle.UnpicklingError(f"load: the pickle calls a {type(function).__name__} with a {type(args).__name__}; refused")
        for arg in args:
            if isinstance(arg, (str, bytes, tuple, list, dict)):
                self.spend(len(arg))
            if function is set or function is frozenset:
                for item in arg:
                    self.check_key(item)
        self.stack.append(build(*args))

    def update_attributes(self) -> None:
        """Give an OrderedDict its attributes: a state_dict has `_metadata`."""
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is not OrderedDict or type(state) is not dict:
            raise pickle.UnpicklingError(f"load: the pickle sets attributes of a {type(target).__name__}; only an OrderedDict has some")
        if not all(type(k) is str and not hasattr(OrderedDict, k) for k in state):
            raise pickle.UnpicklingError("load: the pickle sets attributes of an OrderedDict that it has already")
        self.spend(len(state))
        target.__dict__.update(state)


P = pickle
STEPS: dict[bytes, Callable[[PlainReader], Any]] = {
    P.PROTO: PlainReader.protocol,
    P.FRAME: lambda r: r.take(8),
    P.MARK: PlainReader.mark,
    P.POP: lambda r: r.stack.pop(),
    P.POP_MARK: PlainReader.unmark,
    P.NONE: lambda r: r.stack.append(None),
    P.NEWTRUE: lambda r: r.stack.append(True),
    P.NEWFALSE: lambda r: r.stack.append(False),
    P.BININT: lambda r: r.stack.append(int.from_bytes(r.take(4), "little", signed=True)),
    P.BININT1: lambda r: r.stack.append(r.number(1)),
    P.BININT2: lambda r: r.stack.append(r.number(2)),
    P.LONG1: lambda r: r.push_integer(1),
    P.LONG4: lambda r: r.push_integer(4),
    P.BINFLOAT: PlainReader.push_float,
    P.SHORT_BINUNICODE: lambda r: r.push_text(1),
    P.BINUNICODE: lambda r: r.push_text(4),
    P.BINUNICODE8: lambda r: r.push_text(8),
    P.SHORT_BINBYTES: lambda r: r.push_bytes(1),
    P.BINBYTES: lambda r: r.push_bytes(4),
    P.BINBYTES8: lambda r: r.push_bytes(8),
    P.BYTEARRAY8: lambda r: r.stack.append(bytearray(r.take(r.number(8)))),
    P.EMPTY_TUPLE: lambda r: r.push_tuple(0),
    P.TUPLE1: lambda r: r.push_tuple(1),
    P.TUPLE2: lambda r: r.push_tuple(2),
    P.TUPLE3: lambda r: r.push_tuple(3),
    P.TUPLE: PlainReader.push_marked_tuple,
    P.EMPTY_LIST: lambda r: r.stack.append([]),
    P.APPEND: lambda r: r.extend([r.stack.pop()]),
    P.APPENDS: lambda r: r.extend(r.unmark()),
    P.EMPTY_DICT: lambda r: r.stack.append({}),
    P.SETITEM: lambda r: r.set_items([r.stack.pop(), r.stack.pop()][::-1]),
    P.SETITEMS: lambda r: r.set_items(r.unmark()),
    P.EMPTY_SET: lambda r: r.stack.append(set()),
    P.ADDITEMS: lambda r: r.add_items(r.unmark()),
    P.FROZENSET: PlainReader.frozen,
    P.BINPUT: lambda r: r.remember(r.number(1)),
    P.LONG_BINPUT: lambda r: r.remember(r.number(4)),
    P.MEMOIZE: lambda r: r.remember(len(r.memo)),
    P.BINGET: lambda r: r.recall(r.number(1)),
    P.LONG_BINGET: lambda r: r.recall(r.number(4)),
    P.GLOBAL: lambda r: r.find(r.line(), r.line()),
    P.STACK_GLOBAL: PlainReader.global_by_name,
    P.REDUCE: PlainReader.call,
    P.BUILD: PlainReader.update_attributes,
    P.BINPERSID: lambda r: None,
    P.STOP: lambda r: None,
}
