"""Reading pickles: as plain data, with nothing executed (`read_plain`), or with Python's own unpickler (`read_trusted`).

A pickle is a program for a small stack machine. `PlainReader` is that machine with the dangerous parts left out: it can name
only what `allowed` lists or the user has added with `add_safe_globals`, call only those functions, and set attributes only on an OrderedDict
and objects of added classes. The work and memory it may take are bounded by the length of what it has read.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

from ..tensor.dtypes import Device, Size, dtype
from .allowed import CALLS, current_name, find, known
from .safe_globals import RestoredGenerator, chosen_globals
from .source import Source

__all__ = ["list_globals", "read_plain", "read_trusted"]

PLAIN_KEYS = (str, int, float, bool, type(None), bytes, complex, dtype, Device)
DEEPEST_KEY = 50
FREE = 100_000  # how much a pickle may unfold beyond its own length
DAMAGE = (IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError, struct.error)


def read_plain(file: Source | io.BytesIO, load_storage: Callable[[Any], Any], encoding: str = "utf-8") -> Any:
    """The object in the pickle that begins where `file` stands, made without executing anything from it.

    Args:
        encoding: of text that Python 2 has written; "bytes" leaves it as bytes.

    Raises:
        UnpicklingError: it is damaged, or is more than plain data; the text names what it wanted.
    """
    reader = PlainReader(file, encoding)
    while True:
        code, top = reader.step()
        if code == pickle.STOP:
            return top
        if code == pickle.BINPERSID:
            reader.stack.append(load_storage(top))


def read_trusted(file: Source | io.BytesIO, load_storage: Callable[[Any], Any], pickle_module: Any = None, **options: Any) -> Any:
    """The object in the pickle, made by Python's unpickler, which takes the `options`: **this executes whatever the pickle asks for**."""
    base: Any = (pickle_module or pickle).Unpickler

    class TrustingUnpickler(base):
        def find_class(self, module: str, name: str) -> Any:
            if module == "torch" or module.startswith("torch."):
                return known(module, name) or counterpart(module, name)
            return super().find_class(module, name)

        def persistent_load(self, pid: Any) -> Any:
            return load_storage(pid)

    return TrustingUnpickler(file, **options).load()


def counterpart(module: str, name: str) -> Any:
    """Our object for a name of torch's."""
    import importlib

    if (module, name) == ("torch._C", "Generator"):
        return RestoredGenerator

    try:
        found: Any = importlib.import_module(__name__.partition(".")[0] + module.removeprefix("torch"))
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise pickle.UnpicklingError(f"load: the file wants {module}.{name}, which has no counterpart here") from error
    return found


class PlainReader:
    """The stack machine. `stack` is the part above the last mark; the parts below wait in `below`."""

    def __init__(self, file: Source | io.BytesIO, encoding: str = "utf-8") -> None:
        self.file = file
        self.encoding = encoding
        start = file.tell()
        self.length = file.seek(0, 2) - start
        file.seek(start)
        self.at = 0
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.spent = 0
        self.chosen = chosen_globals()

    def step(self) -> tuple[bytes, Any]:
        """Obey one opcode. Which it was, and what it left to the caller: the result at STOP, a storage's id at BINPERSID.

        Raises:
            UnpicklingError: it cannot be obeyed, or must not be.
        """
        try:
            code = self.take(1)
            obey = STEPS.get(code)
            if obey is None:
                raise pickle.UnpicklingError(f"load: the pickle has opcode {code!r} at byte {self.at - 1}, which plain data has no use for")
            obey(self)
            return code, self.stack.pop() if code in (pickle.BINPERSID, pickle.STOP) else None
        except DAMAGE as error:
            raise pickle.UnpicklingError(f"load: the pickle is damaged at byte {self.at}: {error}") from error
        except MemoryError as error:
            raise pickle.UnpicklingError(f"load: what the first {self.at} bytes of the pickle make does not fit into memory") from error

    def take(self, count: int) -> bytes:
        if count > self.length - self.at:
            raise ValueError(f"{count} more bytes are wanted, {self.length - self.at} are left")
        self.at += count
        return self.file.read(count)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def line(self) -> str:
        line = self.file.readline()
        self.at += len(line)
        if not line.endswith(b"\n"):
            raise ValueError("a name has no end")
        return line[:-1].decode()

    def push_text(self, width: int) -> None:
        self.stack.append(self.take(self.number(width)).decode("utf-8", "surrogatepass"))

    def push_old_text(self, width: int) -> None:
        """Text or bytes of Python 2."""
        data = self.take(self.number(width))
        self.stack.append(data if self.encoding == "bytes" else data.decode(self.encoding))

    def push_bytes(self, width: int) -> None:
        self.stack.append(self.take(self.number(width)))

    def push_integer(self, width: int) -> None:
        self.stack.append(int.from_bytes(self.take(self.number(width)), "little", signed=True))

    def spend(self, amount: int) -> None:
        """Count work that is not paid for by the pickle's own length."""
        self.spent += amount
        if self.spent > FREE + 4 * self.at:
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
        mapping = type(target) in (dict, OrderedDict, Counter) or (isinstance(target, dict) and self.is_chosen(type(target)))
        if not mapping or len(items) % 2:
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
                self.spend(1 + len(part) if depth < DEEPEST_KEY else 1 << 63)
                todo.extend((inner, depth + 1) for inner in part)
            elif isinstance(part, int):
                self.spend(1 + part.bit_length() // 64)
            elif type(part) not in PLAIN_KEYS and not self.is_chosen(type(part)):
                raise TypeError(f"a {type(part).__name__} as a key")

    def remember(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def find(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise TypeError("a global's name is no text")
        self.stack.append(find(module, name, self.chosen))

    def global_by_name(self) -> None:
        name = self.stack.pop()
        self.find(self.stack.pop(), name)

    def is_chosen(self, obj: Any) -> bool:
        """Whether the user has allowed it."""
        return any(obj is item for item in self.chosen.values())

    def new(self) -> None:
        """An object of an allowed class, without its ``__init__``."""
        args = self.stack.pop()
        kind = self.stack.pop()
        if not (self.is_chosen(kind) and isinstance(kind, type) and type(args) is tuple):
            what = kind.__qualname__ if isinstance(kind, type) else f"a {type(kind).__name__}"
            raise pickle.UnpicklingError(f"load: the pickle makes an object of {what:.100}, which is no class that was allowed; refused")
        self.stack.append(kind.__new__(kind, *args))

    def call(self) -> None:
        args = self.stack.pop()
        function = self.stack.pop()
        build = CALLS.get(id(function)) or (function if self.is_chosen(function) else None)
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
        """Give an OrderedDict its attributes (a state_dict has `_metadata`), and an object of an allowed class its state."""
        state = self.stack.pop()
        target = self.stack[-1]
        if self.is_chosen(type(target)):
            set_state(target, state)
            return
        if type(target) is not OrderedDict or type(state) is not dict:
            raise pickle.UnpicklingError(f"load: the pickle sets attributes of a {type(target).__name__}; only an OrderedDict has some")
        if not all(type(k) is str and not hasattr(OrderedDict, k) for k in state):
            raise pickle.UnpicklingError("load: the pickle sets attributes of an OrderedDict that it has already")
        self.spend(len(state))
        target.__dict__.update(state)


def set_state(target: Any, state: Any) -> None:
    """What pickle does with an object's state: ``__setstate__``, or attributes, or a pair of attributes and slots."""
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return
    attributes, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    if attributes:
        target.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(target, name, value)


class Unknown:
    """What `GlobalLister` has where a pickle would have the object of a name, a call's result or a storage."""


class GlobalLister(PlainReader):
    """Goes through a pickle and makes nothing: only notes the names it wants that are not allowed."""

    def __init__(self, file: Source | io.BytesIO) -> None:
        super().__init__(file)
        self.unknown: set[str] = set()

    def find(self, module: Any, name: Any) -> None:
        try:
            super().find(module, name)
            self.stack.pop()
        except NotImplementedError:
            pass
        except pickle.UnpicklingError:
            self.unknown.add(".".join(current_name(module, name)))
        self.stack.append(Unknown())

    def new(self) -> None:
        self.stack[-2:] = [Unknown()]

    call = new

    def update_attributes(self) -> None:
        self.stack.pop()

    def extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not Unknown:
            super().extend(items)

    def set_items(self, items: list[Any]) -> None:
        """Nothing: values need not be kept, and keys may be unknown."""

    add_items = set_items

    def frozen(self) -> None:
        self.unmark()
        self.stack.append(Unknown())


def list_globals(file: io.BytesIO) -> list[str]:
    """The names in a pickle that `read_plain` would refuse, found without making any object.

    Raises:
        UnpicklingError: the pickle is damaged.
    """
    lister = GlobalLister(file)
    code = b""
    while code != pickle.STOP:
        code, _ = lister.step()
        if code == pickle.BINPERSID:
            lister.stack.append(Unknown())
    return sorted(lister.unknown)


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
    P.SHORT_BINSTRING: lambda r: r.push_old_text(1),
    P.BINSTRING: lambda r: r.push_old_text(4),
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
    P.FROZENSET: lambda r: r.frozen(),
    P.BINPUT: lambda r: r.remember(r.number(1)),
    P.LONG_BINPUT: lambda r: r.remember(r.number(4)),
    P.MEMOIZE: lambda r: r.remember(len(r.memo)),
    P.BINGET: lambda r: r.recall(r.number(1)),
    P.LONG_BINGET: lambda r: r.recall(r.number(4)),
    P.GLOBAL: lambda r: r.find(r.line(), r.line()),
    P.STACK_GLOBAL: PlainReader.global_by_name,
    P.REDUCE: lambda r: r.call(),
    P.NEWOBJ: lambda r: r.new(),
    P.BUILD: lambda r: r.update_attributes(),
    P.BINPERSID: lambda r: None,
    P.STOP: lambda r: None,
}
