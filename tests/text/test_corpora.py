"""Files of text: lazily, in any encoding, with the place of what is broken."""

import functools
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import corpora, documents, files, lines, prose, read_text, tokens, train_valid_test_split, words


def test_prose_is_english():
    text = prose()
    paragraphs = text.split("\n")
    assert len(text) > 200_000
    assert len(set(paragraphs)) == len(paragraphs)
    assert not any("  " in p or "***" in p or "::=" in p for p in paragraphs)
    found = words(text, lower=True)
    assert found.count("the") > 1000
    assert sum(w.isalpha() for w in found) / len(found) > 0.7


def test_prose_without_its_source(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydoc_data.topics", None)
    with pytest.raises(ImportError, match="pydoc_data"):
        prose()


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 7), st.sampled_from(["utf-8", "utf-16", "utf-32-le"]))
def test_lines_in_any_blocks(tmp_path_factory, text, block, encoding):
    path = tmp_path_factory.mktemp("c") / "x.txt"
    path.write_bytes(text.encode(encoding))
    expected = text.removeprefix("\ufeff") if encoding == "utf-8" else text
    expected = expected.replace("\r\n", "\n").replace("\r", "\n")
    before = corpora.BLOCK
    corpora.BLOCK = block
    try:
        assert read_text(path, encoding=encoding) == expected
        split = expected.split("\n")
        assert list(lines(path, encoding=encoding)) == (split[:-1] if not split[-1] else split)
    finally:
        corpora.BLOCK = before


@pytest.mark.parametrize("block", [1, 3, 5, 1 << 20])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_broken_utf8_is_named(tmp_path, monkeypatch, block, bom):
    monkeypatch.setattr(corpora, "BLOCK", block)
    path = tmp_path / "broken.txt"
    path.write_bytes(bom + "café\nnaïve ".encode() + b"\xff rest")
    with pytest.raises(ValueError, match=rf"broken\.txt is not utf-8: .* at byte {13 + len(bom)} \(0xff\); .*errors='replace'"):
        list(lines(path))
    assert list(lines(path, errors="replace")) == ["café", "naïve \ufffd rest"]
    path.write_bytes(bom + b"abc\xc3")  # cut off inside a character
    with pytest.raises(ValueError, match=f"at byte {3 + len(bom)}"):
        read_text(path)


def test_lines_are_lazy(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "BLOCK", 4)
    path = tmp_path / "x.txt"
    path.write_bytes(b"one\ntwo\n\xff")
    reader = lines(path)
    assert next(reader) == "one"
    assert next(reader) == "two"
    with pytest.raises(ValueError, match="byte 8"):
        next(reader)


def test_folders(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.txt").write_text("x\ny")
    (tmp_path / "a.txt").write_text("p\n")
    (tmp_path / "c.md").write_text("z")
    assert [p.name for p in files(tmp_path)] == ["a.txt", "1.txt"]
    assert list(lines(tmp_path)) == ["p", "x", "y"]
    assert list(documents(tmp_path)) == ["p\n", "x\ny"]
    assert list(lines(tmp_path, pattern="*.md")) == ["z"]
    with pytest.raises(FileNotFoundError, match=r"\*\.csv"):
        lines(tmp_path, pattern="*.csv")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        lines(tmp_path / "nowhere")


def test_empty_file(tmp_path):
    (tmp_path / "x.txt").write_bytes(b"")
    assert list(lines(tmp_path / "x.txt")) == []
    assert read_text(tmp_path / "x.txt") == ""


def test_tokens():
    assert list(tokens(["a b", "", "c"], str.split, end="<eos>")) == ["a", "b", "<eos>", "<eos>", "c", "<eos>"]
    assert list(tokens([])) == []
    with pytest.raises(TypeError, match="one string"):
        list(tokens("a b"))


@given(st.integers(0, 50))
def test_splits_are_a_partition(n):
    data = list(range(n))
    parts = train_valid_test_split(data)
    assert functools.reduce(operator.iadd, parts, []) == data
    assert abs(len(parts[0]) - 0.8 * n) <= 1
    shuffled = train_valid_test_split(data, (0.5, 0.5), generator=torch.Generator().manual_seed(1))
    assert sorted(functools.reduce(operator.iadd, shuffled, [])) == data


def test_splits_of_tensors_and_wrong_fractions():
    train, valid = train_valid_test_split(torch.arange(10), (0.9, 0.1))
    assert (train.tolist(), valid.tolist()) == (list(range(9)), [9])
    for wrong in ((0.8, 0.1), (1.0, 0.0), (1.2, -0.2)):
        with pytest.raises(ValueError, match="fractions"):
            train_valid_test_split("abc", wrong)
