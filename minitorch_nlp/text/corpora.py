"""Texts to train on: files and folders read lazily, the prose that ships with Python, and splits into train, validation and test."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..tensor.sampling import randperm
from .tokenizers import words

__all__ = ["documents", "files", "lines", "prose", "read_text", "tokens", "train_valid_test_split"]

BLOCK = 1 << 20  # bytes read at a time
PARAGRAPH = re.compile(r"""["'“(*]*[A-Z].* .*[.:!?]\)?""")


def prose() -> str:
    """English prose that every CPython has: the paragraphs of its help topics, one a line, about a quarter of a megabyte.

    Headings, code and grammar are left out. The text differs a little between versions of Python.

    >>> from minitorch_nlp.text import prose
    >>> len(prose()) > 200_000
    True
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise ImportError(
            "prose: this Python comes without pydoc_data; install its complete standard library", name="pydoc_data"
        ) from error
    kept = {}  # in order, and each once: a paragraph in two topics would stand in both parts of a split
    for name in sorted(topics):
        for block in re.split(r"\n\s*\n", topics[name]):
            text = re.sub(r"(?<=\w)-\n\s*(?=\w)", "-", block)
            text = re.sub(r"^(\*|\d+\.) ", "", re.sub(r"\s+", " ", text).strip())
            if PARAGRAPH.fullmatch(text):
                kept[text] = None
    return "\n".join(kept)


# ---- files -----------------------------------------------------------------------------------------------------------------------------


def files(path: str | os.PathLike[str], pattern: str = "*.txt") -> list[Path]:
    """The file at `path`; if that is a folder, the files in it and below whose names match `pattern`, sorted.

    Raises:
        FileNotFoundError: nothing is there, or nothing matches.
    """
    root = Path(path)
    if not root.is_dir():
        if not root.exists():
            raise FileNotFoundError(f"corpus: there is no file or folder {root}")
        return [root]
    found = sorted(p for p in root.rglob(pattern) if p.is_file())
    if not found:
        raise FileNotFoundError(f"corpus: no file in {root} matches {pattern!r}; give another pattern, such as '*'")
    return found


def decoded(path: Path, encoding: str, errors: str) -> Iterator[str]:
    """The text of a file in pieces, line ends as "\\n"."""
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"  # the same, less a byte order mark
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    done = 0
    with open(path, "rb") as file:
        while True:
            block = file.read(BLOCK)
            done += len(block)
            try:
                yield newlines.decode(block, final=not block)
            except UnicodeDecodeError as error:
                place = done - len(error.object) + error.start  # error.object: bytes kept from the block before, and this block
                raise ValueError(
                    f"corpus: {path} is not {encoding.removesuffix('-sig')}: {error.reason} at byte {place} ({error.object[error.start]:#04x}); "
                    "give the encoding it has, or errors='replace'"
                ) from error
            if not block:
                return


def lines(path: str | os.PathLike[str], *, pattern: str = "*.txt", encoding: str = "utf-8", errors: str = "strict") -> Iterator[str]:
    """The lines of a file, or of all files of a folder, without their ends, read as they are asked for.

    Lines end at ``\\n``, ``\\r\\n`` or ``\\r``. `errors` is as in ``bytes.decode``.

    Raises:
        ValueError: bytes that are not text in this encoding: the file and the place of the first.
        FileNotFoundError: as `files`.
    """
    return (line for file in files(path, pattern) for line in lines_of(file, encoding, errors))


def lines_of(path: Path, encoding: str, errors: str) -> Iterator[str]:
    begun: list[str] = []  # pieces of a line whose end has not come
    for text in decoded(path, encoding, errors):
        first, *others = text.split("\n")
        begun.append(first)
        if others:
            yield "".join(begun)
            yield from others[:-1]
            begun = others[-1:]
    last = "".join(begun)
    if last:
        yield last


def documents(path: str | os.PathLike[str], *, pattern: str = "*.txt", encoding: str = "utf-8", errors: str = "strict") -> Iterator[str]:
    """The whole text of each file, one file at a time; arguments and errors as `lines`."""
    return ("".join(decoded(file, encoding, errors)) for file in files(path, pattern))


def read_text(path: str | os.PathLike[str], *, pattern: str = "*.txt", encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text of a file, or of all files of a folder one after the other; arguments and errors as `lines`."""
    return "".join(documents(path, pattern=pattern, encoding=encoding, errors=errors))


def tokens(texts: Iterable[str], tokenizer: Callable[[str], Iterable[str]] = words, *, end: str | None = None) -> Iterator[str]:
    """The tokens of one text after the other, lazily, with the token `end` after each text where it is given.

    >>> from minitorch_nlp.text import tokens
    >>> list(tokens(["A cat.", "A dog."], end="<eos>"))
    ['A', 'cat', '.', '<eos>', 'A', 'dog', '.', '<eos>']
    """
    if isinstance(texts, str):
        raise TypeError("tokens: texts is an iterable of strings, such as lines(path), but it is one string; pass [text]")
    for text in texts:
        yield from tokenizer(text)
        if end is not None:
            yield end


# ---- splits ----------------------------------------------------------------------------------------------------------------------------


def train_valid_test_split(data: Any, fractions: Sequence[float] = (0.8, 0.1, 0.1), *, generator: Any = None) -> list[Any]:
    """`data` (a string, a list, a tensor) in consecutive parts of these fractions of its length.

    Args:
        fractions: positive, of sum 1; as many parts as there are fractions.
        generator: shuffle a list first, drawing from this `Generator`. Without one the order stays, as running text needs.

    >>> from minitorch_nlp.text import train_valid_test_split
    >>> train_valid_test_split("abcdefghij")
    ['abcdefgh', 'i', 'j']
    """
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"train_valid_test_split: fractions must be positive and have the sum 1, but are {list(fractions)}")
    if generator is not None:
        data = [data[i] for i in randperm(len(data), generator=generator).tolist()]
    stops = [round(len(data) * sum(fractions[: i + 1])) for i in range(len(fractions))]
    return [data[start:stop] for start, stop in zip([0, *stops], stops)]
