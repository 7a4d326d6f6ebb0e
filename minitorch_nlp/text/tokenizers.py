"""Text to tokens by rule: characters, words, whitespace, sentences. Nothing to train, nothing to install."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

__all__ = ["characters", "sentences", "whitespace", "words"]

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
# Words that end in a dot inside a sentence.
ABBREVIATIONS = frozenset((
    "al", "approx", "capt", "cf", "co", "col", "corp", "dept", "dr", "e.g", "eq", "etc", "fig", "figs", "gen", "gov", "i.e", "inc", "jr", "lt",
    "ltd", "mr", "mrs", "ms", "no", "nos", "p", "pp", "prof", "rep", "rev", "sec", "sen", "sr", "st", "vol", "vs",
))  # fmt: skip
ENDING = re.compile(r"""(?<![.!?…])[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+["'”’」』）)\]]*|\n\s*\n""")
OPENERS = "\"'“‘«([¿¡"


def prepared(text: str, lower: bool, normalize: str | None) -> str:
    if not isinstance(text, str):
        raise TypeError(f"a tokenizer reads a str, not {type(text).__name__}; decode bytes first")
    if normalize is not None:
        if normalize not in FORMS:
            raise ValueError(f"normalize={normalize!r} is no Unicode normal form; give one of {', '.join(FORMS)}, or None")
        text = unicodedata.normalize(normalize, text)
    return text.lower() if lower else text


def characters(text: str, *, lower: bool = False, normalize: str | None = None) -> list[str]:
    """The Unicode code points of `text`.

    What a reader takes for one character can be several: an e and the accent after it, a flag, a family of emoji. ``normalize="NFC"`` joins
    letters and accents where Unicode has the pair as one code point.

    >>> from minitorch_nlp.text import characters
    >>> characters("né")
    ['n', 'é']
    """
    return list(prepared(text, lower, normalize))


def whitespace(text: str, *, lower: bool = False, normalize: str | None = None) -> list[str]:
    """What stands between white space, as ``str.split()`` has it.

    >>> from minitorch_nlp.text import whitespace
    >>> whitespace("To be, or not")
    ['To', 'be,', 'or', 'not']
    """
    return prepared(text, lower, normalize).split()


@cache
def word_pattern(marks: bool) -> re.Pattern[str]:
    """A number, a word, or one other sign; with `marks`, accents and vowel signs belong to the letter or sign before them."""
    mark = mark_class() if marks else ""
    more = rf"(?:[^\W_]|[{mark}])*" if marks else r"[^\W_]*"
    word = rf"[^\W_]{more}"
    trailing = rf"[{mark}]*" if marks else ""
    return re.compile(rf"\d+(?:[.,]\d+)*(?![^\W_])|{word}(?:['’]{word})*|\S{trailing}")


def mark_class() -> str:
    """All combining marks (Unicode's categories M*) as the inside of a character class; `\\w` leaves them out."""
    marks = [i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i))[0] == "M"]
    starts = [i for i, before in zip(marks, [-2, *marks]) if i != before + 1]
    ends = [i for i, after in zip(marks, [*marks[1:], -1]) if after != i + 1]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends))


def words(text: str, *, lower: bool = False, normalize: str | None = "NFC") -> list[str]:
    """Words, numbers, and every other sign by itself. No character but white space is lost.

    A word is a run of letters and digits with their accents, and may hold apostrophes (``don't``); a number may hold points and commas
    (``3.14``). Languages that write without spaces need a tokenizer of another kind, such as `train_bpe`.

    >>> from minitorch_nlp.text import words
    >>> words("Don't pay $3.50, well-known Ms. Café!", lower=True)
    ["don't", 'pay', '$', '3.50', ',', 'well', '-', 'known', 'ms', '.', 'café', '!']
    """
    text = prepared(text, lower, normalize)
    return word_pattern(not text.isascii()).findall(text)


def sentences(text: str) -> list[str]:
    """The sentences of `text`, by rule: they end at ``. ! ? …`` and closing quotes before white space, at ``。！？``, and at an empty line.

    A dot after an abbreviation in common use, after a single capital (``J. Smith``), or before a small letter ends none. A rule as
    short as this one errs on unusual abbreviations.

    >>> from minitorch_nlp.text import sentences
    >>> sentences("Dr. Smith came. He was late! Was he?")
    ['Dr. Smith came.', 'He was late!', 'Was he?']
    """
    found, start = [], 0
    for match in ENDING.finditer(text):
        if ends_sentence(text, start, match):
            found.append(text[start : match.end()].strip())
            start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    if not match[0].startswith("."):
        return True
    following = text[match.end() : match.end() + 40].lstrip().lstrip(OPENERS)[:1]
    if following.islower():
        return False
    last = text[max(start, match.start() - 40) : match.start()].split()[-1:]
    word = last[0].lstrip(OPENERS) if last else ""
    initial = len(word) == 1 and word.isupper() and word != "I"
    return match[0] != "." or not (word.lower() in ABBREVIATIONS or initial)
