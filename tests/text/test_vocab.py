"""Vocabularies: order, unknown tokens, saving any string, a million tokens."""

import collections
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import Vocab, build_vocab_from_iterator

ANY_TEXT = st.text(st.characters())  # every code point, halves of surrogate pairs too
COUNTS = {"b": 3, "a": 3, "c": 5, "d": 1, "<unk>": 9}


def test_order_is_by_falling_count_then_by_text():
    assert Vocab.from_counts(COUNTS).tokens == ["<unk>", "c", "a", "b", "d"]
    assert Vocab.from_counts(COUNTS, specials=["<pad>", "<unk>"]).tokens == ["<pad>", "<unk>", "c", "a", "b", "d"]
    assert Vocab.from_counts(COUNTS, specials=["<unk>"], special_first=False).tokens == ["c", "a", "b", "d", "<unk>"]


def test_min_freq_and_max_size():
    assert Vocab.from_counts(COUNTS, specials=["<unk>"], min_freq=2).tokens == ["<unk>", "c", "a", "b"]
    assert Vocab.from_counts(COUNTS, specials=["<unk>"], max_size=3).tokens == ["<unk>", "c", "a"]
    with pytest.raises(ValueError, match="max_size=1"):
        Vocab.from_counts(COUNTS, specials=["<unk>"], max_size=1)
    with pytest.raises(ValueError, match="min_freq=0"):
        Vocab.from_counts(COUNTS, min_freq=0)


@given(st.lists(st.lists(st.sampled_from("abcdef"))), st.integers(1, 3))
def test_order_as_torchtext_documents_it(lines, min_freq):
    counts = collections.Counter(t for line in lines for t in line)
    expected = [t for t, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])) if n >= min_freq]
    vocab = build_vocab_from_iterator(iter(lines), min_freq=min_freq, specials=["<unk>"])
    assert vocab.get_itos() == ["<unk>", *expected]
    assert vocab.get_stoi() == {t: i for i, t in enumerate(["<unk>", *expected])}


def test_unknown_tokens():
    vocab = Vocab(["a", "b"])
    for ask in (lambda: vocab["zebra"], lambda: vocab.encode(["a", "zebra"]), lambda: vocab(iter(["zebra"]))):
        with pytest.raises(KeyError, match="zebra"):
            ask()
    vocab.set_default_index(1)
    assert (vocab["zebra"], vocab.lookup_indices(["zebra", "a"]), "zebra" in vocab, "a" in vocab) == (1, [1, 0], False, True)
    assert Vocab(["a", "b"], unk="a")["zebra"] == 0
    with pytest.raises(ValueError, match="'<unk>' is not one"):
        Vocab(["a"], unk="<unk>")


def test_wrong_tokens_and_ids():
    with pytest.raises(ValueError, match="'b' comes more than once"):
        Vocab(["a", "b", "b"])
    with pytest.raises(TypeError, match="number 1 is 7"):
        Vocab(["a", 7])
    vocab = Vocab(["a", "b"])
    for wrong in (2, -1):
        with pytest.raises(IndexError, match=str(wrong)):
            vocab.lookup_token(wrong)
    with pytest.raises(IndexError):
        vocab.set_default_index(2)
    with pytest.raises(TypeError, match="integers"):
        vocab.decode([0.5])


def test_encode_and_decode_tensors():
    vocab = Vocab.from_tokens("banana")
    ids = vocab.encode("banana")
    assert ids.dtype == torch.int64
    assert "".join(vocab.decode(ids)) == "banana"
    assert vocab.encode("").shape == (0,)
    assert vocab.decode([]) == []


@settings(max_examples=50)
@given(st.lists(ANY_TEXT, unique=True), st.data())
def test_saving_keeps_every_string(tmp_path_factory, tokens, data):
    unk = data.draw(st.sampled_from([None, *tokens]))
    vocab = Vocab(tokens, unk=unk)
    path = tmp_path_factory.mktemp("vocab") / "vocab.json"
    vocab.save(path)
    again = Vocab.load(path)
    assert again == vocab
    assert again.tokens == tokens


def test_saving_is_json_with_awkward_tokens(tmp_path):
    tokens = ["", "\n", "\t", '"', "\\", " ", "\0", "é", "\ud83d\ude00", "😀"]  # the last but one: two halves, not the emoji
    Vocab(tokens).save(tmp_path / "v.json")
    assert Vocab.load(tmp_path / "v.json").tokens == tokens


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"tokens": []}', b"\xff\xfe", json.dumps({"format": "minitorch_nlp.text.Vocab 1", "tokens": "x"}).encode()],
)
def test_loading_something_else(tmp_path, content):
    path = tmp_path / "v.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"v\.json is no vocabulary"):
        Vocab.load(path)


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "v.json"
    Vocab(["old"]).save(path)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        Vocab(["new"]).save(path)
    assert Vocab.load(path).tokens == ["old"]
    assert [p.name for p in tmp_path.iterdir()] == ["v.json"]


def test_a_million_tokens():
    started = time.perf_counter()
    counts = {f"word{i}": i % 1000 + 1 for i in range(1_000_000)}
    vocab = Vocab.from_counts(counts, specials=["<unk>"], unk="<unk>")
    assert len(vocab) == 1_000_001
    assert vocab.lookup_token(1) == min(t for t, n in counts.items() if n == 1000)
    assert time.perf_counter() - started < 30
