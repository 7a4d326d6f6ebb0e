"""Pickles of ill will, and files around them. ``python -m tests.serialization.attacks CANARY`` loads them all in little memory."""

import io
import os
import pickle
import struct
import sys
import zlib
from pathlib import Path

import numpy as np

from minitorch_nlp.serialization import load
from minitorch_nlp.serialization.legacy import MAGIC, VERSION
from minitorch_nlp.serialization.zipfile_format import write_archive


def archive_of(data, **records):
    """A file of today's format with `data` as its pickle; other records by name, ``data_0`` for data/0."""
    contents = {"data.pkl": data, "byteorder": b"little", "version": b"3\n"}
    contents |= {name.replace("_", "/"): content for name, content in records.items()}
    out = io.BytesIO()
    write_archive(out, [(f"archive/{name}", c, zlib.crc32(c)) for name, c in contents.items() if c is not None])
    return io.BytesIO(out.getvalue())


def stream_of(data, storages=None, keys=None):
    """A file of the older format with `data` as its pickle; `storages` are key -> (number of elements, bytes)."""
    storages = storages or {}
    head = [pickle.dumps(part, 2) for part in (MAGIC, VERSION, {"little_endian": True})]
    tail = pickle.dumps(list(storages) if keys is None else keys, 2)
    return io.BytesIO(b"".join([*head, data, tail, *(struct.pack("<q", n) + raw for n, raw in storages.values())]))


def text(s):
    return b"X" + struct.pack("<I", len(s)) + s.encode()


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def program(*parts):
    return b"\x80\x02" + b"".join(parts) + b"."


WITH_STATE = name("torch._utils", "_rebuild_parameter_with_state")
REBUILD = name("torch._utils", "_rebuild_tensor_v2")
STORAGE = b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x04tQ"
TENSOR = REBUILD + b"(" + STORAGE + b"K\x00K\x04\x85K\x01\x85\x89" + name("collections", "OrderedDict") + b")RtR"
FLOATS = np.arange(4, dtype=np.float32).tobytes()


class Shell:
    """Pickles to a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def attacks(canary):
    """Name -> pickle; each would make the file `canary` if anything were executed."""
    command = f"touch {canary}"
    source = f"open({str(canary)!r}, 'w')"
    run = [Shell(os.system, command), Shell(eval, source), Shell(exec, source), Shell(open, str(canary), "w"), Shell(getattr, "x", "upper")]
    made = {f"reduce {i} protocol {p}": pickle.dumps(shell, p) for i, shell in enumerate(run) for p in range(6)}
    system, args = name("os", "system"), text(command) + b"\x85R"
    made |= {
        "posix": program(name("posix", "system"), args),
        "subprocess": program(name("subprocess", "getoutput"), args),
        "nested in a dict": program(b"}", text("a"), b"](", system, args, b"es"),
        "as argument of an allowed call": program(name("collections", "OrderedDict"), system, args, b"\x85R"),
        "in a set": program(name("__builtin__", "set"), b"](", system, args, b"e\x85R"),
        "as tensor metadata": program(REBUILD, b"(", STORAGE, b"K\x00K\x04\x85K\x01\x85\x89N", system, args, b"tR"),
        "dotted name": program(name("torch", "Size.__reduce_ex__"), b"K\x01\x85R"),
        "dotted through globals": program(name("torch._utils", "_rebuild_tensor_v2.__globals__"), b"."),
        "dotted module": program(name("torch.os", "system"), args),
        "torch's own loader": program(name("torch", "load"), text(str(canary)) + b"\x85R"),
        "torch hub": program(name("torch.hub", "load"), text("a/b") + b"\x85R"),
        "our own modules": program(name("minitorch_nlp.serialization.checkpoint", "os.system"), args),
        "our own save": program(name("minitorch_nlp.serialization", "save"), b"K\x01", text(str(canary)), b"\x86R"),
        "getattr": program(name("__builtin__", "getattr"), name("collections", "OrderedDict"), text("__subclasses__"), b"\x86R)R"),
        "builtins import": program(name("builtins", "__import__"), text("os") + b"\x85R"),
        "stack global": b"\x80\x04" + text("os") + text("system") + b"\x93" + args + b".",
        "stack global with no text": b"\x80\x04K\x01K\x02\x93.",
        "inst": b"\x80\x02(" + text(command) + b"ios\nsystem\n.",
        "obj": program(b"(", system, text(command), b"o"),
        "newobj": program(name("collections", "OrderedDict"), b")\x81"),
        "newobj of a foreign class": program(name("subprocess", "Popen"), text(command), b"\x85\x81"),
        "newobj_ex": b"\x80\x04" + name("subprocess", "Popen") + text(command) + b"\x85}\x92.",
        "extension registry": program(b"\x82\x01"),
        "extension registry, 2 bytes": program(b"\x83\x01\x00", text(command), b"\x85R"),
        "extension registry, 4 bytes": program(b"\x84\x01\x00\x00\x00", text(command), b"\x85R"),
        "state of a tensor": program(TENSOR, b"(", STORAGE, b"K\x00K\x04\x85K\x01\x85tb"),
        "state of a parameter": program(name("torch._utils", "_rebuild_parameter"), TENSOR, b"\x88N\x87R}", text("grad"), b"Nsb"),
        "state with code": program(name("collections", "OrderedDict"), b")R}", text("__setstate__"), system, b"sb"),
        "Python 2's name": program(name("commands", "getoutput"), args),
        "by name, dotted": b"\x80\x04" + text("os") + text("path.os.system") + b"\x93" + args + b".",
        "a layout that is a module": program(name("torch.serialization", "_get_layout"), text("torch.backend"), b"\x85R"),
        "a generator": program(name("torch._C", "Generator"), b")R"),
        "text persistent id": b"\x80\x02P" + str(canary).encode() + b"\n.",
        "persistent id of a call": program(system, args, b"Q"),
        "persistent id that is a path": program(
            b"(", text("storage"), name("torch", "FloatStorage"), text("../../etc/passwd"), text("cpu"), b"K\x04tQ"
        ),
        "persistent id with a location": program(
            b"(", text("storage"), name("torch", "FloatStorage"), text("0"), text("; " + command), b"K\x04tQ"
        ),
        "persistent id, module": program(b"(", text("module"), system, text("0"), text("cpu"), b"K\x04tQ"),
        "encode with a codec": program(name("_codecs", "encode"), text("x"), text("rot13"), b"\x86R"),
        "decode": program(name("_codecs", "decode"), text("x"), text("latin1"), b"\x86R"),
        "a dtype called": program(name("torch", "float32"), text("x"), b"\x85R"),
        "a tensor of any size": program(name("torch", "Tensor"), b"J\xff\xff\xff\x0f\x85R"),
        "an empty parameter": program(name("torch.nn.parameter", "Parameter"), b")R"),
        "a tensor called": program(TENSOR, b")R"),
        "text called": program(text("os.system"), args),
        "attributes of a function": program(REBUILD, b"}", text("__kwdefaults__"), b"}sb"),
        "slots of a function": program(REBUILD, b"N}", text("__defaults__"), b")s\x86b"),
        "attributes of a class": program(name("torch", "Tensor"), b"N}", text("detach"), REBUILD, b"s\x86b"),
        "attributes of a dtype": program(name("torch", "float32"), b"N}", text("name"), b"K\x01s\x86b"),
        "attributes of a tensor": program(TENSOR, b"N}", text("array"), b"Ns\x86b"),
        "attributes of a device": program(name("torch", "device"), text("cpu"), b"\x85RN}", text("type"), b"K\x01s\x86b"),
        "methods of a dict": program(name("collections", "OrderedDict"), b")R}", text("items"), b"Nsb"),
        "hidden names of a tensor": program(
            name("torch._tensor", "_rebuild_from_type_v2"), b"(", REBUILD, name("torch", "Tensor"), b"(", STORAGE,
            b"K\x00K\x04\x85K\x01\x85\x89Nt}", text("_base"), b"K\x01stR",
        ),
        "a foreign function rebuilds": program(
            name("torch._tensor", "_rebuild_from_type_v2"), b"(", system, name("torch", "Tensor"), text(command), b"\x85}tR"
        ),
        "an allowed function rebuilds": program(
            name("torch._tensor", "_rebuild_from_type_v2"), b"(", name("collections", "OrderedDict"), name("torch", "Tensor"), b")}tR"
        ),
        "a tensor as the function": program(name("torch._tensor", "_rebuild_from_type_v2"), b"(", TENSOR, name("torch", "Tensor"), b")}tR"),
        "not a class": program(name("torch._tensor", "_rebuild_from_type_v2"), b"(", REBUILD, text("x"), b")}tR"),
        "not a tensor class": program(name("torch._tensor", "_rebuild_from_type_v2"), b"(", REBUILD, name("torch", "Size"), b")}tR"),
    }  # fmt: skip
    return made


# ---- bombs ----

SHARED = b"](" + b"N" * 5_000 + b"eq\x00"  # a list of 5,000, remembered as 0
LONG = b"X" + struct.pack("<I", 5_000) + b"a" * 5_000 + b"q\x00"
TOWER = b"K\x01\x85q\x00" + b"".join(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(60)) + b"q\xff"
BOMBS = {
    "memo index": program(b"Nr\xff\xff\xff\xff" * 50, b"j\xff\xff\xff\xff"),
    "copies of a set": program(SHARED, b"(", (name("__builtin__", "set") + b"h\x00\x85R") * 2000, b"t"),
    "copies of bytes": program(LONG, text("latin1"), b"q\x01", b"(", (name("_codecs", "encode") + b"h\x00h\x01\x86R") * 2000, b"t"),
    "copies of a size": program(b"(", b"K\x01" * 5_000, b"tq\x00(", (name("torch", "Size") + b"h\x00\x85R") * 2000, b"t"),
    "tower as a key": program(b"}", TOWER, b"Ns"),
    "tower in a set": program(name("__builtin__", "set"), b"]", TOWER, b"a\x85R"),
    "tower in a frozenset": b"\x80\x04(" + TOWER + b"\x91.",
    "two equal towers as keys": program(b"}", TOWER, b"Ns", TOWER, b"Ns"),
    "one key hashed again and again": program(b"(", b"K\x01" * 5_000, b"tq\x00}q\x01", b"h\x00Ns" * 15_000),
    "a long number hashed again and again": program(b"\x8b", struct.pack("<I", 200_000), b"\x01" * 200_000, b"q\x00}", b"h\x00Ns" * 15_000),
    "tower of tuples as persistent id": program(TOWER, b"Q"),
    "tower called": program(TOWER, b")R"),
    "tower as a tensor's size": program(REBUILD, b"(", STORAGE, b"K\x00", TOWER, b"K\x01\x85\x89NtR"),
    "tower as hooks": program(REBUILD, b"(", STORAGE, b"K\x00K\x04\x85K\x01\x85\x89", TOWER, b"tR"),
    "deep key": program(b"}K\x01", b"\x85" * 30_000, b"Ns"),
}


# ---- all of them, in little memory ----


def older(data):
    """The pickle with storages named as the older format names them."""
    return data.replace(b"K\x04tQ", b"K\x04NtQ")


def main(canary, megabytes):
    """Print what loading each attack gives: its name, the format, and the type of the error."""
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (megabytes << 20),) * 2)
    for what, data in (attacks(canary) | BOMBS).items():
        for kind, file in (("zip", archive_of(data, data_0=FLOATS)), ("stream", stream_of(older(data), {"0": (4, FLOATS)}))):
            try:
                load(file)
                outcome = "loaded"
            except Exception as error:
                outcome = type(error).__name__ if str(error).startswith("load: ") else f"{type(error).__name__}: {error}"
            print(what, kind, outcome, sep="\t", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
