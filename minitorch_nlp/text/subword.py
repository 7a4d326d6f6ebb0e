"""Subword tokens: byte-level BPE trained on any text, GPT-2's files, and every ``tokenizer.json``, by way of the package tokenizers.

BPE (Sennrich et al., 2016) starts from single symbols and joins the most frequent pair of neighbours, again and again. On bytes (Radford
et al., 2019) there are 256 symbols to start from, so that no text is unknown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..nn.utils.rnn import pad_sequence
from ..serialization.atomic import replace_file
from ..tensor.tensor import Tensor
from ._shared import as_array, as_ids, optional

__all__ = ["SubwordTokenizer", "load_gpt2", "load_tokenizer", "train_bpe"]


class SubwordTokenizer:
    """Text to ids and back. Made by `train_bpe`, `load_gpt2` or `load_tokenizer`.

    Args:
        tokenizer: a ``tokenizers.Tokenizer``; it stays reachable as `.tokenizer`.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        added = tokenizer.get_added_tokens_decoder()
        self.special_tokens: dict[str, int] = {token.content: i for i, token in added.items() if token.special}

    def __len__(self) -> int:
        """The number of tokens, special ones among them."""
        return self.tokenizer.get_vocab_size()

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        """The ids of `text`; with `add_special_tokens` also those that the tokenizer puts around every text.

        A special token that is written out in the text is read as that token.

        Raises:
            ValueError: half of a surrogate pair in the text; that is no character and has no bytes.
        """
        return self.tokenizer.encode(checked(text), add_special_tokens=add_special_tokens).ids

    def tokens(self, text: str) -> list[str]:
        """The tokens of `text` as the vocabulary spells them; bytes that are no visible ASCII sign have letters of their own there."""
        return self.tokenizer.encode(checked(text), add_special_tokens=False).tokens

    def decode(self, ids: Any, *, skip_special_tokens: bool = False) -> str:
        """The text of `ids`, a list or a 1-d tensor. A byte-level tokenizer gives back any text as it was: decode(encode(s)) == s.

        Bytes that make no character, as when ids are drawn by a model, become U+FFFD.

        Raises:
            IndexError: an id that is not in the vocabulary.
        """
        row = as_ids(ids, "decode").tolist()
        for i in set(row):
            self.id_to_token(i)
        return self.tokenizer.decode(row, skip_special_tokens=skip_special_tokens)

    def encode_batch(
        self, texts: Sequence[str], *, max_length: int | None = None, pad: int | str | None = None, add_special_tokens: bool = False
    ) -> tuple[Any, Any]:
        """The ids of several texts (N, T), filled up to the longest with `pad`, and which are ids of text (N, T), bool.

        Args:
            max_length: keep only so many ids of each text.
            pad: the id or the token to fill up with; unless given, the special token that is called some kind of "pad".

        Raises:
            ValueError: texts of different lengths, and no token to fill up with.
        """
        rows = self.tokenizer.encode_batch([checked(t) for t in texts], add_special_tokens=add_special_tokens)
        ids = [np.array(row.ids[:max_length], np.int64) for row in rows]
        if not ids:
            raise ValueError("encode_batch: there are no texts")
        lengths = np.array([len(row) for row in ids])
        fill = self.pad_id(pad) if pad is not None or lengths.min() < lengths.max() else 0
        padded = pad_sequence([Tensor._wrap(row) for row in ids], batch_first=True, padding_value=fill)
        return padded, Tensor._wrap(np.arange(lengths.max()) < lengths[:, None])

    def pad_id(self, pad: int | str | None = None) -> int:
        """The id to fill up with: `pad` as an id, or the id of the token `pad`, or of the special token for that."""
        if isinstance(pad, int):
            return pad
        found = [t for t in self.special_tokens if "pad" in t.lower()] if pad is None else [pad]
        index = self.tokenizer.token_to_id(found[0]) if found else None
        if index is None:
            fact = f"there is no token {pad!r}" if pad is not None else f"none of the special tokens {list(self.special_tokens)} is for it"
            raise ValueError(f"encode_batch: texts of different lengths are filled up, but {fact}; give pad=, an id or a token")
        return index

    def decode_batch(self, ids: Any, mask: Any = None, *, skip_special_tokens: bool = False) -> list[str]:
        """The texts of several rows of ids, (N, T) or a list of lists; where a `mask` (N, T) is given, of the ids it marks."""
        rows = [as_array(row) for row in ids]
        if mask is not None:
            rows = [row[np.asarray(kept, bool)] for row, kept in zip(rows, as_array(mask))]
        return [self.decode(row, skip_special_tokens=skip_special_tokens) for row in rows]

    def token_to_id(self, token: str) -> int:
        """The id of a token as the vocabulary spells it."""
        index = self.tokenizer.token_to_id(token)
        if index is None:
            raise KeyError(f"token_to_id: there is no token {token!r}")
        return index

    def id_to_token(self, index: int) -> str:
        """The token with this id as the vocabulary spells it."""
        token = self.tokenizer.id_to_token(index) if 0 <= index < 1 << 32 else None
        if token is None:
            raise IndexError(f"SubwordTokenizer: there is no id {index} in the vocabulary of {len(self)} tokens")
        return token

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``tokenizer.json``, which other libraries read too: whole or not at all."""
        replace_file(path, lambda file: file.write(self.tokenizer.to_str(pretty=True).encode()))

    def __repr__(self) -> str:
        return f"SubwordTokenizer({len(self)} tokens, special: {list(self.special_tokens)})"


def train_bpe(
    texts: Iterable[str],
    vocab_size: int,
    *,
    special_tokens: Sequence[str] = (),
    min_frequency: int = 2,
    progress: bool | None = None,
) -> SubwordTokenizer:
    """A byte-level BPE, learned from `texts`: strings from any iterable, such as ``lines(path)``, read one by one.

    Args:
        vocab_size: the most tokens to have, the 256 bytes and the special tokens among them; a short text gives fewer.
        special_tokens: tokens that stand for themselves, with the ids 0, 1, ...
        min_frequency: pairs seen less often are not joined.
        progress: show a progress bar; if None, where someone is looking.

    Raises:
        ImportError: the package tokenizers is missing.

    >>> from minitorch_nlp.text import train_bpe
    >>> bpe = train_bpe(["low lower lowest slow"] * 10, vocab_size=300, special_tokens=["<pad>"])
    >>> bpe.tokens("low slower")
    ['low', 'Ġslow', 'e', 'r']
    >>> bpe.decode(bpe.encode("naïve 🙂"))
    'naïve 🙂'
    """
    optional("tokenizers", "text", "train_bpe")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    if isinstance(texts, str):
        raise TypeError("train_bpe: texts is an iterable of strings, such as lines(path), but it is one string; pass [text]")
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    for token in special_tokens:
        if set(token) <= set(alphabet) and (len(token) == 1 or not token.isascii()):
            raise ValueError(f"train_bpe: {token!r} cannot be a special token: some bytes are spelled so; choose one such as '<name>'")
    if "" in special_tokens or len(set(special_tokens)) < len(special_tokens):
        raise ValueError(f"train_bpe: special tokens must be different and not empty, but are {list(special_tokens)}")
    least = 256 + len(special_tokens)
    if vocab_size < least:
        raise ValueError(f"train_bpe: vocab_size={vocab_size} is too small: the bytes and the special tokens alone are {least}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=list(special_tokens),
        initial_alphabet=alphabet,
        show_progress=sys.stderr.isatty() if progress is None else progress,
    )
    tokenizer.train_from_iterator(all_checked(texts), trainer=trainer)
    return SubwordTokenizer(tokenizer)


def load_gpt2(
    vocab: str | os.PathLike[str], merges: str | os.PathLike[str], *, special_tokens: Sequence[str] = ("<|endoftext|>",)
) -> SubwordTokenizer:
    """The tokenizer in the two files that GPT-2 came with, ``vocab.json`` (or ``encoder.json``) and ``merges.txt`` (or ``vocab.bpe``).

    Those of `special_tokens` that are in the vocabulary become special.
    """
    optional("tokenizers", "text", "load_gpt2")
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    with_files(vocab, merges)
    try:
        tokenizer = Tokenizer(models.BPE.from_file(os.fspath(vocab), os.fspath(merges)))
    except Exception as error:
        raise ValueError(f"load_gpt2: {os.fspath(vocab)} and {os.fspath(merges)} are no such pair of files: {error}") from error
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    known = [t for t in special_tokens if tokenizer.token_to_id(t) is not None]
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in known])
    return SubwordTokenizer(tokenizer)


def load_tokenizer(path: str | os.PathLike[str]) -> SubwordTokenizer:
    """The tokenizer in a ``tokenizer.json``, of whatever kind."""
    optional("tokenizers", "text", "load_tokenizer")
    from tokenizers import Tokenizer

    with_files(path)
    try:
        return SubwordTokenizer(Tokenizer.from_file(os.fspath(path)))
    except Exception as error:
        raise ValueError(f"load_tokenizer: {os.fspath(path)} is no tokenizer.json: {error}") from error


def with_files(*paths: str | os.PathLike[str]) -> None:
    """Open each once, so that a missing file is the usual error."""
    for path in paths:
        with open(path, "rb"):
            pass


def checked(text: str) -> str:
    """`text`, if it can be written as UTF-8."""
    if not isinstance(text, str):
        raise TypeError(f"a tokenizer reads a str, not {type(text).__name__}; decode bytes first")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a tokenizer reads Unicode text, but character {error.start} is {text[error.start]!a}, half of a surrogate pair; "
            "remove it: text.encode(errors='replace').decode()"
        ) from None
    return text


def all_checked(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield checked(text)
