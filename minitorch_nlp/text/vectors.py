"""Word vectors: neighbours, analogies, and the text format of word2vec."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import backend
from ..nn.modules.sparse import Embedding
from ..serialization.atomic import replace_file
from ..tensor.creation import tensor
from ..tensor.tensor import Tensor
from ._shared import as_array
from .corpora import lines_of
from .vocab import Vocab

__all__ = ["WordVectors", "load_word2vec"]


class WordVectors:
    """A vector for each token of a vocabulary.

    Args:
        vocab: a Vocab, or the tokens in order.
        matrix: (V, D), floats: a tensor or an array; it is copied.

    Raises:
        ValueError: another shape, or a vector with an infinite or nan entry.

    >>> from minitorch_nlp.text import WordVectors
    >>> vectors = WordVectors(["king", "queen", "man", "woman"], [[3, 1, 0], [3, 0, 1], [0, 1, 0], [0, 0, 1]])
    >>> vectors.analogy("man", "king", "woman", topn=1)[0][0]
    'queen'
    >>> [word for word, _ in vectors.most_similar("king", topn=2)]
    ['queen', 'man']
    """

    def __init__(self, vocab: Vocab | Iterable[str], matrix: Any) -> None:
        self.vocab = vocab if isinstance(vocab, Vocab) else Vocab(vocab)
        values = as_array(matrix)
        values = values.astype(values.dtype if values.dtype.kind == "f" else backend.default_dtype())
        if values.ndim != 2 or len(values) != len(self.vocab):
            raise ValueError(f"WordVectors: {len(self.vocab)} tokens need a matrix ({len(self.vocab)}, D), but its shape is {values.shape}")
        finite = np.isfinite(values).all(1)
        if not finite.all():
            raise ValueError(f"WordVectors: the vector of {self.vocab.lookup_token(int(finite.argmin()))!r} has an infinite or nan entry")
        self.matrix = values
        self._units = unit_rows(values)

    def __len__(self) -> int:
        return len(self.vocab)

    def __contains__(self, token: object) -> bool:
        return token in self.vocab

    def __getitem__(self, token: str) -> Any:
        """The vector of a token (D,), a copy."""
        return tensor(self.matrix[self.vocab[token]])

    def similarity(self, a: str, b: str) -> float:
        """cos(a, b) = a · b / (|a| |b|), -1 ... 1; 0 with a vector that is zero."""
        return float(self._units[self.vocab[a]] @ self._units[self.vocab[b]])

    def nearest(self, vector: Any, topn: int = 10, *, exclude: Iterable[str] = ()) -> list[tuple[str, float]]:
        """The tokens whose vectors point most nearly like `vector` (D,), with the cosines; best first, equal ones by id."""
        query = as_array(vector).astype(self.matrix.dtype)
        if query.shape != self.matrix.shape[1:]:
            raise ValueError(f"nearest: the vectors have the shape {self.matrix.shape[1:]}, but the one given has {query.shape}")
        return self.best(self._units @ unit_rows(query[None])[0], topn, [self.vocab[t] for t in exclude])

    def most_similar(self, token: str, topn: int = 10) -> list[tuple[str, float]]:
        """The tokens most similar to `token` by cosine, without itself."""
        return self.nearest(self.matrix[self.vocab[token]], topn, exclude=[token])

    def analogy(self, a: str, b: str, c: str, topn: int = 10, *, method: Literal["add", "mul"] = "add") -> list[tuple[str, float]]:
        """`a` is to `b` as `c` is to what? The best tokens d, without the three, and their scores.

        ::

            add  (3CosAdd)   cos(d, b - a + c), a, b and c of length 1
            mul  (3CosMul)   cos'(d, b) cos'(d, c) / (cos'(d, a) + 0.001),  cos' = (cos + 1) / 2

        Mikolov et al. (2013), "Linguistic Regularities in Continuous Space Word Representations"; Levy & Goldberg (2014), "Linguistic
        Regularities in Sparse and Explicit Word Representations".
        """
        ids = [self.vocab[t] for t in (a, b, c)]
        units = self._units[ids]
        if method == "add":
            scores = self._units @ unit_rows((units[1] - units[0] + units[2])[None])[0]
        elif method == "mul":
            to_a, to_b, to_c = ((self._units @ unit + 1) / 2 for unit in units)
            scores = to_b * to_c / (to_a + 1e-3)
        else:
            raise ValueError(f"analogy: method={method!r} must be 'add' or 'mul'")
        return self.best(scores, topn, ids)

    def best(self, scores: np.ndarray, topn: int, exclude: list[int]) -> list[tuple[str, float]]:
        """The `topn` tokens with the highest scores (V,), but for the ids in `exclude`; best first, equal ones by id."""
        if topn < 1:
            raise ValueError(f"topn={topn} must be at least 1")
        kept = np.delete(np.arange(len(scores)), exclude)
        order = kept
        if topn < len(kept):
            least = np.partition(scores[kept], -topn)[-topn]
            order = kept[scores[kept] >= least]
        order = order[np.argsort(-scores[order], kind="stable")][:topn]
        return [(self.vocab.lookup_token(i), float(scores[i])) for i in order]

    def to_embedding(self, *, freeze: bool = True, padding_idx: int | None = None) -> Embedding:
        """An `nn.Embedding` over a copy of the vectors, by default not trained."""
        return Embedding.from_pretrained(Tensor._wrap(self.matrix.copy()), freeze=freeze, padding_idx=padding_idx)

    def save_word2vec(self, path: str | os.PathLike[str]) -> None:
        """Write word2vec's text format: a line "V D", then a line "token v1 ... vD" for each token. Reading it gives the same floats.

        Raises:
            ValueError: a token that this format cannot hold: empty, or with a space or a line end in it.
        """
        for token in self.vocab:
            if not token or any(sign in token for sign in " \n\r"):
                raise ValueError(f"save_word2vec: the format has no place for the token {token!r}; replace spaces, such as by '_'")

        def write(file: Any) -> None:
            file.write("{} {}\n".format(*self.matrix.shape).encode())
            for token, row in zip(self.vocab, self.matrix):
                file.write(f"{token} {' '.join(map(str, row))}\n".encode())

        replace_file(path, write)

    def __repr__(self) -> str:
        return f"WordVectors({len(self)} tokens, {self.matrix.shape[1]} numbers each)"


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its length; zero rows stay."""
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)
    rows = rows / np.where(largest == 0, 1, largest)  # so that no square is too large or too small
    lengths = np.sqrt((rows * rows).sum(1, keepdims=True))
    return rows / np.where(lengths == 0, 1, lengths)


def load_word2vec(
    path: str | os.PathLike[str], *, header: bool = True, limit: int | None = None, unk: str | None = None, dtype: Any = None
) -> WordVectors:
    """Read word vectors from word2vec's text format.

    Args:
        header: the first line is "V D"; GloVe's files have none.
        limit: read only so many vectors; files begin with the most frequent words.
        unk: the token of the file whose vector unknown tokens get.
        dtype: a float dtype; the default one unless given.

    Raises:
        ValueError: a line that is not a token and D numbers, a token that came before, another number of lines than the header says: with
            the number of the line.
    """
    from tqdm import tqdm

    kind = backend.default_dtype() if dtype is None else dtype.dtype
    rows = enumerate(lines_of(Path(path), "utf-8", "strict"), 1)
    announced, width = read_header(path, rows) if header else (None, None)
    wanted = announced if limit is None else limit if announced is None else min(limit, announced)
    found: dict[str, int] = {}
    values = bytearray()  # grows without a second copy of all vectors
    with tqdm(rows, total=wanted, unit="vector", disable=None, leave=False) as bar:
        for number, line in bar:
            if len(found) == limit:
                break
            token, vector = read_line(path, number, line, width, kind)
            width = len(vector)
            if token in found:
                raise ValueError(f"load_word2vec: {path}, line {number}: {token!r} has a vector already, in line {found[token]}")
            if len(found) == announced:
                raise ValueError(f"load_word2vec: {path}, line {number}: the header says {announced} vectors, but there are more")
            found[token] = number
            values += vector.tobytes()
    if announced is not None and wanted is not None and len(found) < wanted:
        raise ValueError(f"load_word2vec: {path} ends after {len(found)} vectors, but the header says {announced}; the file may be cut off")
    return WordVectors(Vocab(found, unk=unk), np.frombuffer(values, kind).reshape(len(found), width or 0))


def read_header(path: Any, rows: Any) -> tuple[int, int]:
    _, first = next(rows, (1, ""))
    parts = first.split()
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        shown = first if len(first) < 60 else first[:60] + "..."
        raise ValueError(f"load_word2vec: {path}, line 1: a header 'V D' is expected, not {shown!r}; header=False reads files without one")
    return int(parts[0]), int(parts[1])


def read_line(path: Any, number: int, line: str, width: int | None, kind: Any) -> tuple[str, np.ndarray]:
    token, *parts = line.rstrip(" ").split(" ")
    try:
        with np.errstate(over="ignore"):
            vector = np.array([float(part) for part in parts], kind)
    except ValueError:
        wrong = next(part for part in parts if not is_number(part))
        raise ValueError(f"load_word2vec: {path}, line {number}: {wrong!r} is no number; is there a space in a token?") from None
    if not parts or not token or (width is not None and len(vector) != width):
        expected = "a token and numbers" if width is None else f"a token and {width} numbers"
        raise ValueError(f"load_word2vec: {path}, line {number}: {expected} are expected, but there are {len(parts)} after {token!r}")
    if not np.isfinite(vector).all():
        raise ValueError(f"load_word2vec: {path}, line {number}: the vector of {token!r} has entries that are infinite or nan as {kind}")
    return token, vector


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
