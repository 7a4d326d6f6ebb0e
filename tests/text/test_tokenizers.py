"""Tokenizers by rule: nothing is lost, and the rules hold in several scripts."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch_nlp.text import characters, sentences, whitespace, words

ANY_TEXT = st.text(st.characters())


@given(ANY_TEXT)
def test_no_character_but_white_space_is_lost(text):
    bare = re.sub(r"\s", "", text)
    assert "".join(words(text, normalize=None)) == bare
    assert "".join(whitespace(text)) == bare
    assert "".join(characters(text)) == text
    assert re.sub(r"\s", "", "".join(sentences(text))) == bare


@given(ANY_TEXT)
def test_tokens_have_no_white_space_and_are_not_empty(text):
    for token in words(text) + whitespace(text):
        assert token
        assert not re.search(r"\s", token)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   \n", []),
        ("Don't stop", ["Don't", "stop"]),
        ("l’homme", ["l’homme"]),
        ("'quoted'", ["'", "quoted", "'"]),
        ("3.14 1,000.5 3rd 2x", ["3.14", "1,000.5", "3rd", "2x"]),
        ("end. 7.", ["end", ".", "7", "."]),
        ("a_b well-known", ["a", "_", "b", "well", "-", "known"]),
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs are marks, not letters
        ("cafe\u0301", ["caf\u00e9"]),
        ("❤\ufe0f!", ["❤\ufe0f", "!"]),
        ("x²+y", ["x²", "+", "y"]),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_options():
    assert words("Straße CAFE\u0301", lower=True) == ["straße", "caf\u00e9"]
    assert words("e\u0301", normalize=None) == ["e\u0301"]
    assert characters("e\u0301", normalize="NFC") == ["\u00e9"]
    assert characters("ﬁ", normalize="NFKC") == ["f", "i"]
    with pytest.raises(ValueError, match="normal form"):
        words("a", normalize="nfc")
    with pytest.raises(TypeError, match="bytes"):
        words(b"a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Dr. Smith met J. Jones, e.g. Here. End", ["Dr. Smith met J. Jones, e.g. Here.", "End"]),
        ("It costs 3.50 now. OK", ["It costs 3.50 now.", "OK"]),
        ("a heading\n\nA sentence", ["a heading", "A sentence"]),
        ("wait... and see. Yes", ["wait... and see.", "Yes"]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("So do I. You too.", ["So do I.", "You too."]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_long_runs_take_linear_time():
    started = time.perf_counter()
    for text in ("." * 200_000 + "x", "1." * 100_000 + "x", "'" * 200_000, "\n" + " " * 200_000 + "x", "a'" * 100_000, '."' * 100_000):
        words(text)
        sentences(text)
    assert time.perf_counter() - started < 10
