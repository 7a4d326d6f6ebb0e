"""Hugging Face's safetensors files: the functions of `safetensors.torch`, and checkpoints that are spread over several files.

A file is 8 bytes that say how long its header is; the header, JSON: for each tensor its dtype, shape and place; and the bytes of the
tensors one after the other (https://huggingface.co/docs/safetensors). Nothing in it can be executed. Headers are checked by the `safetensors`
package (``pip install 'minitorch-nlp[safetensors]'``), whose numbers then are views of the file's memory map: a tensor is read when it is
used, and writing to it does not reach the file.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from typing import Any

import numpy as np

from . import backend
from .serialization.atomic import replace_file
from .tensor import dtypes as D
from .tensor.tensor import Tensor

__all__ = ["load", "load_file", "load_model", "load_sharded", "safe_open", "save", "save_file", "save_model"]

# The format's names, in the order in which tensors are written: the last ones first.
TYPES = {
    "BOOL": D.bool_, "U8": D.uint8, "I8": D.int8, "F8_E5M2": D.float8_e5m2, "F8_E4M3": D.float8_e4m3fn, "F8_E8M0": D.float8_e8m0fnu,
    "I16": D.int16, "U16": D.uint16, "F16": D.float16, "BF16": D.bfloat16, "I32": D.int32, "U32": D.uint32, "F32": D.float32,
    "C64": D.complex64, "F64": D.float64, "I64": D.int64, "U64": D.uint64,
}  # fmt: skip
NAMES = {kind: name for name, kind in TYPES.items()}
ORDER = {name: -place for place, name in enumerate(TYPES)}
LONGEST = 100_000_000  # bytes that a header or an index may have


def package() -> Any:
    """The `safetensors` package."""
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            "safetensors files are read with the package safetensors; install it with: pip install 'minitorch-nlp[safetensors]'"
        ) from error
    return safetensors


# ---- reading -----------------------------------------------------------------------------------------------------------------------


class safe_open:
    """A file whose tensors are read as they are asked for; a context manager.

    Args:
        filename: its path.
        framework: "pt"; the package's own ``safetensors.safe_open`` serves others.
        device: where tensors are put.
        backend: "mmap" gives tensors that are views of the file's memory map; "pread" copies of them.

    Raises:
        SafetensorError: the file is no such file, is damaged or cut off; or it has no tensor of that name.
        NotImplementedError: a tensor is asked for whose dtype is not supported; the others can be read.

    >>> import os, tempfile
    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.safetensors import safe_open, save_file
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "words.safetensors")
    >>> save_file({"embedding": torch.arange(6.0).view(3, 2), "bias": torch.zeros(2)}, path, metadata={"words": "3"})
    >>> with safe_open(path, framework="pt") as f:
    ...     print(f.keys(), f.metadata(), f.get_slice("embedding")[1:, 0])
    ['bias', 'embedding'] {'words': '3'} tensor([2., 4.])
    >>> folder.cleanup()
    """

    def __init__(self, filename: str | os.PathLike[str], framework: str = "pt", device: Any = "cpu", *, backend: str = "mmap") -> None:
        self.error = package().SafetensorError
        if framework not in ("pt", "torch", "pytorch"):
            raise self.error(f"safe_open: framework {framework!r} is not 'pt'; safetensors.safe_open of the package itself has others")
        if backend not in ("mmap", "pread"):
            raise self.error(f"safe_open: backend must be 'mmap' or 'pread', not {backend!r}")
        self.path, self.device = os.fspath(filename), D.as_device(device)
        package().safe_open(self.path, framework="np")  # reads the header and refuses a wrong one
        with open(self.path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            self.header: dict[str, Any] = json.loads(file.read(length))
            self.map: Any = mmap(file.fileno(), 0, access=ACCESS_COPY)
        self.start = 8 + length
        self.labels = self.header.pop("__metadata__", None)
        self.copied = backend == "pread"

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *exc: object) -> None:
        self.map = None  # tensors that are views of it keep it

    def entry(self, name: str) -> Any:
        if self.map is None:
            raise self.error(f"{self.path} is closed")
        if name not in self.header:
            raise self.error(f"{self.path} does not contain a tensor {name!r}")
        return self.header[name]

    def keys(self) -> list[str]:
        """The names of the tensors, sorted."""
        return sorted(self.offset_keys())

    def offset_keys(self) -> list[str]:
        """The names of the tensors in the order of the file."""
        if self.map is None:
            raise self.error(f"{self.path} is closed")
        return sorted(self.header, key=lambda name: self.header[name]["data_offsets"])

    def metadata(self) -> dict[str, str] | None:
        """The text the file was labelled with; None if there is none."""
        return self.labels

    def whole(self, name: str) -> Tensor:
        """A tensor as a view of the map."""
        entry = self.entry(name)
        start, stop = entry["data_offsets"]
        data = np.frombuffer(self.map, np.uint8, stop - start, self.start + start)
        return tensor_of(data, entry["dtype"], entry["shape"], f"{name!r} of {self.path}")

    def get_tensor(self, name: str) -> Tensor:
        """One tensor."""
        tensor = self.whole(name)
        if self.copied or not tensor.array.flags.aligned:
            tensor = tensor.clone()
        return tensor.to(self.device)

    def get_tensors(self) -> dict[str, Tensor]:
        """All of them, in the order of the file."""
        return {name: self.get_tensor(name) for name in self.offset_keys()}

    def get_slice(self, name: str) -> Slice:
        """A tensor that is not read yet: what it is indexed with is."""
        self.entry(name)
        return Slice(self, name)


class Slice:
    """A tensor in a file: ``[...]`` reads a part of it."""

    def __init__(self, file: safe_open, name: str) -> None:
        self.file, self.name = file, name

    def get_shape(self) -> list[int]:
        return list(self.file.entry(self.name)["shape"])

    def get_dtype(self) -> str:
        """The dtype as the format writes it: "F32"."""
        return self.file.entry(self.name)["dtype"]

    def __getitem__(self, index: Any) -> Tensor:
        return self.file.whole(self.name)[index].clone().to(self.file.device)


def tensor_of(data: Any, kind: str, shape: Iterable[int], what: str) -> Tensor:
    """The tensor whose elements lie in `data`, bytes.

    Raises:
        NotImplementedError: tensors of that dtype are not supported.
    """
    if kind not in TYPES:
        raise NotImplementedError(f"tensor {what} is of dtype {kind}, which is not supported")
    try:
        dtype = TYPES[kind].dtype
    except NotImplementedError as error:
        raise NotImplementedError(f"tensor {what} is of dtype {kind}; {error}") from None
    array = data.view(dtype) if len(data) else np.empty(0, dtype)
    return Tensor._wrap((array if sys.byteorder == "little" else array.byteswap()).reshape(tuple(shape)))


def load_file(filename: str | os.PathLike[str], device: Any = "cpu", *, backend: str = "mmap") -> dict[str, Tensor]:
    """All tensors of a file, by name. The arguments are those of `safe_open`."""
    with safe_open(filename, "pt", device, backend=backend) as file:
        return file.get_tensors()


def load(data: bytes) -> dict[str, Tensor]:
    """All tensors of a file whose bytes are given."""
    found = package().deserialize(data)
    return {name: tensor_of(np.frombuffer(d["data"], np.uint8), d["dtype"], d["shape"], repr(name)) for name, d in found}


# ---- checkpoints in several files --------------------------------------------------------------------------------------------------


def load_sharded(path: str | os.PathLike[str], device: Any = "cpu", *, backend: str = "mmap") -> dict[str, Tensor]:
    """All tensors of a checkpoint: a folder with ``model.safetensors`` or with several files and ``model.safetensors.index.json``.

    Args:
        path: the folder, or the index.
        device, backend: as in `safe_open`.

    Raises:
        FileNotFoundError: files are missing; it names all of them.
        ValueError: the index is damaged, names files outside its folder, or does not fit the files.
    """
    path = Path(path)
    if path.is_dir():
        index = path / "model.safetensors.index.json"
        if not index.is_file():
            return load_file(path / "model.safetensors", device, backend=backend)
        path = index
    shards = read_index(path)
    missing = [name for name in shards if not (path.parent / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{path} names files that are not there: {', '.join(missing)}")
    tensors: dict[str, Tensor] = {}
    for shard, names in shards.items():
        with safe_open(path.parent / shard, "pt", device, backend=backend) as file:
            odd = sorted(names ^ set(file.keys()))
            if odd:
                raise ValueError(f"{shard} and {path.name} have different tensors: {', '.join(map(repr, odd[:10]))} only in one of them")
            tensors.update(file.get_tensors())
    return tensors


def read_index(path: Path) -> dict[str, set[str]]:
    """For each file that an index names, the tensors in it."""
    with open(path, "rb") as file:
        text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise ValueError(f"{path} is longer than {LONGEST} bytes, which no index of a checkpoint is")
    try:
        places = json.loads(text, object_pairs_hook=without_repeats)["weight_map"]
        shards: dict[str, set[str]] = {shard: set() for shard in places.values()}
        for name, shard in places.items():
            shards[shard].add(name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is not the index of a checkpoint, {{'weight_map': {{tensor: file}}}}: {error}") from error
    for shard in shards:
        if not isinstance(shard, str) or shard in ("", ".", "..") or any(c in shard for c in "/\\:\0"):
            raise ValueError(f"{path} names {shard!r}; files of a checkpoint must lie beside its index")
    return shards


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} stands there twice")
    return found


# ---- writing -----------------------------------------------------------------------------------------------------------------------


def save_file(tensors: dict[str, Tensor], filename: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors to a file. What was there is replaced only when the new one is complete and on the disk.

    Args:
        tensors: by name; contiguous, and none shares memory with another.
        filename: the path.
        metadata: text to put beside them.

    Raises:
        RuntimeError: tensors share memory; `save_model` keeps one of them.
        ValueError: a tensor is not contiguous, or is none.
        SafetensorError: the folder is not there.
    """
    parts = list(contents(tensors, metadata))
    try:
        replace_file(filename, lambda file: file.writelines(parts))
    except RuntimeError as error:
        raise package().SafetensorError(str(error)) from None


def save(tensors: dict[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes `save_file` writes.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.safetensors import load, save
    >>> load(save({"weight": torch.ones(2)}))
    {'weight': tensor([1., 1.])}
    """
    return b"".join(contents(tensors, metadata))


def contents(tensors: Any, metadata: Any) -> Iterator[Any]:
    """The bytes of a file, in pieces. Big elements come first, so that each tensor begins where its elements may stand."""
    check(tensors, metadata)
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    order = sorted(tensors, key=lambda name: (ORDER[NAMES[tensors[name].dtype]], name))
    end = 0
    for name in order:
        tensor = tensors[name]
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    yield struct.pack("<Q", len(text)) + text
    for name in order:
        array = backend.to_numpy(tensors[name].array)
        yield (array if sys.byteorder == "little" else array.byteswap()).reshape(-1).view(np.uint8).data


def check(tensors: Any, metadata: Any) -> None:
    """Refuse what cannot be written."""
    if not isinstance(tensors, dict):
        raise ValueError(f"save: tensors must be a dict from names to tensors, not {type(tensors).__name__}")
    texts = [*tensors, *(() if metadata is None else (*metadata, *metadata.values()))]
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"save: names and metadata must be text, not {type(text).__name__}")
    if "__metadata__" in tensors:
        raise ValueError("save: no tensor can have the name '__metadata__'; the format uses it")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"save: {name!r} must be a tensor, not {type(tensor).__name__}")
    together = [names for names in sharing(tensors) if len(names) > 1]
    if together:
        found = "; ".join(", ".join(map(repr, names)) for names in together)
        raise RuntimeError(
            f"save: these tensors share memory: {found}. Each would be written in full; save_model keeps one, or clone() them"
        )
    for name, tensor in tensors.items():
        if not tensor.is_contiguous():
            raise ValueError(f"save: {name!r} is not contiguous, its shape is {tuple(tensor.shape)}; save its .contiguous()")


# ---- modules, whose parameters may be one under several names ----------------------------------------------------------------------


def extent(t: Any) -> tuple[int, int]:
    """The addresses where a tensor's memory begins and ends."""
    start = t.data_ptr()
    return start, start + t.element_size() * (1 + sum((n - 1) * step for n, step in zip(t.shape, t.stride())))


def sharing(tensors: Mapping[str, Any]) -> list[list[str]]:
    """The names of all tensors with elements, those together whose memory overlaps."""
    groups: list[list[str]] = []
    device, end = "", 0
    for where, (start, stop), name in sorted((str(t.device), extent(t), name) for name, t in tensors.items() if t.numel()):
        if where == device and start < end:
            groups[-1].append(name)
            end = max(end, stop)
        else:
            groups.append([name])
            device, end = where, stop
    return groups


def doubles(tensors: Mapping[str, Any], preferred: Iterable[str] = ()) -> dict[str, str]:
    """The names that can be left out, since the memory is another's too, and for each that other: the first one that has all of it."""
    left_out = {}
    for names in sharing(tensors):
        places = [extent(tensors[n]) for n in names]
        size = max(stop for _, stop in places) - min(start for start, _ in places)
        whole = sorted(n for n in names if tensors[n].numel() * tensors[n].element_size() >= size)
        if not whole:
            raise RuntimeError(f"these share memory, and none of them has all of it: {', '.join(map(repr, names))}; clone() them first")
        wanted = set(preferred)
        kept = next((n for n in whole if n in wanted), whole[0])
        left_out.update({name: kept for name in sorted(names) if name != kept})
    return left_out


def save_model(model: Any, filename: str | os.PathLike[str], metadata: dict[str, str] | None = None, force_contiguous: bool = True) -> None:
    """Write a module's `state_dict`; of parameters that are one under several names, one, the others named in the metadata.

    Args:
        model: the module.
        filename, metadata: as in `save_file`.
        force_contiguous: write contiguous copies of those that are not contiguous.
    """
    state = model.state_dict()
    left_out = doubles(state)
    kept = {name: t.contiguous() if force_contiguous else t for name, t in state.items() if name not in left_out}
    save_file(kept, filename, {**left_out, **(metadata or {})} if metadata or left_out else None)


def load_model(
    model: Any, filename: str | os.PathLike[str], strict: bool = True, device: Any = "cpu", *, backend: str = "mmap"
) -> tuple[set[str], list[str]]:
    """Copy a file's tensors into a module; a parameter under several names needs only one of them. Gives the names (missing, unexpected).

    Raises:
        RuntimeError: names are missing or unexpected, unless ``strict=False``.
    """
    state = load_file(filename, device, backend=backend)
    left_out = doubles(model.state_dict(), state)
    found = model.load_state_dict(state, strict=False)
    unexpected = [*found.unexpected_keys, *(name for name in left_out if name not in found.missing_keys)]
    missing = set(found.missing_keys) - set(left_out)
    if strict and (missing or unexpected):
        lists = (("Missing", sorted(missing)), ("Unexpected", sorted(unexpected)))
        lines = [f"{what} key(s) in state_dict: {', '.join(map(repr, names))}" for what, names in lists if names]
        raise RuntimeError("\n    ".join([f"Error(s) in loading state_dict for {type(model).__name__}:", *lines]))
    return missing, unexpected
