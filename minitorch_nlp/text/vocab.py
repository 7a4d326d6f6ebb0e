"""Vocabularies: a number for each token, and back."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..serialization.atomic import replace_file
from ..tensor.tensor import Tensor
from ._shared import as_ids, checked_tokens

__all__ = ["Vocab", "build_vocab_from_iterator"]

FORMAT = "minitorch_nlp.text.Vocab 1"


class Vocab:
    """Tokens and their ids 0, 1, 2, ..., in the order given.

    Args:
        tokens: all different.
        unk: the token, one of them, whose id every unknown token gets. Without it an unknown token is an error.

    Raises:
        ValueError: a token that comes twice, or an `unk` that is not among the tokens.

    >>> from minitorch_nlp.text import Vocab
    >>> vocab = Vocab.from_tokens("the cat saw the dog".split(), specials=["<unk>"], unk="<unk>")
    >>> vocab.tokens
    ['<unk>', 'the', 'cat', 'dog', 'saw']
    >>> vocab["the"], vocab["zebra"], "zebra" in vocab
    (1, 0, False)
    >>> vocab.encode(["the", "dog"]), vocab.decode([1, 3])
    (tensor([1, 3]), ['the', 'dog'])
    """

    def __init__(self, tokens: Iterable[str], *, unk: str | None = None) -> None:
        self._tokens = checked_tokens(tokens, "Vocab")
        self._ids = {token: i for i, token in enumerate(self._tokens)}
        if len(self._ids) < len(self._tokens):
            twice = next(token for i, token in enumerate(self._tokens) if self._ids[token] != i)
            raise ValueError(f"Vocab: tokens must be different, but {twice!r} comes more than once")
        self._default: int | None = None
        if unk is not None:
            if unk not in self._ids:
                raise ValueError(f"Vocab: unk={unk!r} is not one of the tokens; add it to them, or to the specials")
            self._default = self._ids[unk]

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        specials: Sequence[str] = (),
        special_first: bool = True,
        min_freq: int = 1,
        max_size: int | None = None,
        unk: str | None = None,
    ) -> Vocab:
        """The tokens counted at least `min_freq` times, by falling count and then by text; the `specials` before (or after) them.

        Args:
            max_size: the most tokens to have, the specials among them.
            unk: as for Vocab; it may be one of the specials or an ordinary token.
        """
        if max_size is not None and max_size <= len(specials):
            raise ValueError(f"Vocab: max_size={max_size} leaves no room for tokens beside {len(specials)} specials")
        if min_freq < 1:
            raise ValueError(f"Vocab: min_freq={min_freq} must be at least 1")
        reserved = set(specials)
        kept = checked_tokens((t for t, count in counts.items() if count >= min_freq and t not in reserved), "Vocab")
        kept.sort()
        kept.sort(key=counts.__getitem__, reverse=True)  # stable: equal counts stay sorted by text
        if max_size is not None:
            del kept[max_size - len(specials) :]
        return cls([*specials, *kept] if special_first else [*kept, *specials], unk=unk)

    @classmethod
    def from_tokens(cls, tokens: Iterable[str], **options: Any) -> Vocab:
        """A vocabulary of what occurs in `tokens`, with the options of `from_counts`. A string gives its characters."""
        return cls.from_counts(Counter(tokens), **options)

    # ---- tokens to ids ---------------------------------------------------------------------------------------------------------------

    def __getitem__(self, token: str) -> int:
        """The id of a token; the default id for an unknown one, or KeyError where there is none."""
        index = self._ids.get(token, self._default)
        if index is None:
            raise KeyError(f"Vocab: the token {token!r} is not in the vocabulary, and there is no id for unknown tokens; give unk=...")
        return index

    def lookup_indices(self, tokens: Iterable[str]) -> list[int]:
        """The ids of `tokens`, as a list."""
        get, default, tokens = self._ids.get, self._default, list(tokens)
        found: list[Any] = [get(token, default) for token in tokens]
        if default is None and None in found:
            self[tokens[found.index(None)]]  # raises
        return found

    def encode(self, tokens: Iterable[str]) -> Any:
        """The ids of `tokens` as an int64 tensor (n,). A string is read as its characters.

        Raises:
            KeyError: an unknown token, where there is no id for those.
        """
        return Tensor._wrap(np.array(self.lookup_indices(tokens), np.int64))

    __call__ = lookup_indices

    # ---- ids to tokens ---------------------------------------------------------------------------------------------------------------

    def lookup_token(self, index: int) -> str:
        """The token whose id is `index`."""
        if not 0 <= index < len(self._tokens):
            raise IndexError(f"Vocab: there is no id {index}; the {len(self)} tokens have the ids 0 to {len(self) - 1}")
        return self._tokens[index]

    def lookup_tokens(self, indices: Iterable[int]) -> list[str]:
        """The tokens whose ids are `indices`: a 1-d tensor, an array or a list."""
        return [self.lookup_token(i) for i in as_ids(indices, "Vocab").tolist()]

    decode = lookup_tokens

    @property
    def tokens(self) -> list[str]:
        """All tokens, by id; a copy."""
        return list(self._tokens)

    def get_itos(self) -> list[str]:
        """All tokens, by id; torchtext's name for it."""
        return list(self._tokens)

    def get_stoi(self) -> dict[str, int]:
        """The id of each token; torchtext's name for it."""
        return dict(self._ids)

    # ---- the rest --------------------------------------------------------------------------------------------------------------------

    def set_default_index(self, index: int | None) -> None:
        """From now on `index` is the id of every unknown token; None: there is none."""
        if index is not None:
            self.lookup_token(index)
        self._default = index

    def get_default_index(self) -> int | None:
        """The id of unknown tokens, or None."""
        return self._default

    def __len__(self) -> int:
        return len(self._tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocab) and self._tokens == other._tokens and self._default == other._default

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        unk = "" if self._default is None else f", unk={self._tokens[self._default]!r}"
        return f"Vocab({len(self)} tokens{unk})"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vocabulary as JSON, one token a line: whole or not at all."""
        state = {"format": FORMAT, "default_index": self._default, "tokens": self._tokens}
        text = json.dumps(state, ensure_ascii=False, separators=(",\n", ": "))
        replace_file(path, lambda file: file.write(text.encode("utf-8", "surrogatepass")))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocab:
        """Read what `save` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        with open(path, "rb") as file:
            data = file.read()
        try:
            state = json.loads(data.decode("utf-8", "surrogatepass"))
            if state["format"] != FORMAT:
                raise ValueError(f"its format is {state['format']!r}, not {FORMAT!r}")
            vocab = cls(state["tokens"])
            vocab.set_default_index(state["default_index"])
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ValueError(f"Vocab.load: {os.fspath(path)} is no vocabulary written by Vocab.save: {error}") from error
        return vocab


def build_vocab_from_iterator(
    iterator: Iterable[Iterable[str]],
    min_freq: int = 1,
    specials: Sequence[str] | None = None,
    special_first: bool = True,
    max_tokens: int | None = None,
) -> Vocab:
    """A Vocab of the tokens in an iterator over lists of tokens; torchtext's function, with its arguments and order.

    >>> from minitorch_nlp.text import build_vocab_from_iterator
    >>> vocab = build_vocab_from_iterator([["b", "a"], ["b", "c"]], specials=["<unk>"])
    >>> vocab.set_default_index(vocab["<unk>"])
    >>> vocab(["a", "b", "x"])
    [2, 1, 0]
    """
    counts: Counter[str] = Counter()
    for tokens in iterator:
        counts.update(tokens)
    return Vocab.from_counts(counts, specials=specials or (), special_first=special_first, min_freq=min_freq, max_size=max_tokens)
