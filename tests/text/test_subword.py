"""Byte-level BPE: every text comes back, files are read and written, and what is wrong is said."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch_nlp.text import load_gpt2, load_tokenizer, prose, train_bpe

pytest.importorskip("tokenizers")
SPECIALS = ["<pad>", "<|end|>", "日本", "two words"]
BPE = train_bpe(prose()[:60_000].split("\n"), vocab_size=600, special_tokens=SPECIALS)
ENGLISH = "The statement is executed, and the value is bound to a name."
# Any text, with the special tokens in it now and then.
TEXTS = st.lists(st.text() | st.sampled_from(SPECIALS)).map("".join)


@given(TEXTS)
def test_every_text_comes_back(text):
    assert BPE.decode(BPE.encode(text)) == text


@pytest.mark.parametrize(
    "text", ["", "\0", "a\0b", " ", "  \n\t\r\n ", "👩\u200d👩\u200d👧 🏳️\u200d🌈", "\ufeff\u2028\x85", "x é y", "<pad><pad>", "\U0010ffff"]
)
def test_awkward_texts_come_back(text):
    assert BPE.decode(BPE.encode(text)) == text


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_batches_come_back(texts):
    ids, mask = BPE.encode_batch(texts)
    assert ids.shape == mask.shape
    assert BPE.decode_batch(ids, mask) == texts
    for row, kept, text in zip(ids, mask, texts):
        assert row[kept].tolist() == BPE.encode(text)
        assert not row[~kept].any()  # <pad> is 0


def test_what_was_learned():
    assert len(BPE) == 600
    assert len(BPE.encode(ENGLISH)) < len(ENGLISH) / 2
    assert "".join(BPE.tokens(ENGLISH)) == ENGLISH.replace(" ", "Ġ")
    assert [BPE.token_to_id(t) for t in SPECIALS] == [0, 1, 2, 3]
    assert BPE.id_to_token(1) == "<|end|>"


def test_bpe_joins_the_most_frequent_pairs():
    """Against the definition, in plain loops."""
    corpus = ["low low low lower newest newest widest"] * 3
    words = [list(w) for w in corpus[0].replace(" ", " Ġ").split()]
    merges = []
    for _ in range(6):
        pairs = {}
        for w in words:
            for pair in itertools.pairwise(w):
                pairs[pair] = pairs.get(pair, 0) + 1
        best = max(pairs.values())
        merges.append({p for p, n in pairs.items() if n == best})
        learned = json.loads(train_bpe(corpus, 256 + len(merges)).tokenizer.to_str())["model"]["merges"]
        chosen = tuple(learned[-1]) if isinstance(learned[-1], list) else tuple(learned[-1].split(" "))
        assert chosen in merges[-1]
        for w in words:
            i = 0
            while i < len(w) - 1:
                if (w[i], w[i + 1]) == chosen:
                    w[i : i + 2] = ["".join(chosen)]
                i += 1


def test_special_tokens_can_be_skipped():
    ids = BPE.encode("one<|end|>two")
    assert BPE.decode(ids, skip_special_tokens=True) == "onetwo"
    assert BPE.special_tokens == {t: i for i, t in enumerate(SPECIALS)}


def test_bytes_that_make_no_character():
    half = BPE.encode("🙂")[:1]
    assert "\ufffd" in BPE.decode(half)


def test_files(tmp_path):
    BPE.save(tmp_path / "tokenizer.json")
    again = load_tokenizer(tmp_path / "tokenizer.json")
    assert again.encode(ENGLISH) == BPE.encode(ENGLISH)
    assert again.special_tokens == BPE.special_tokens
    assert again.decode(again.encode("日本<|end|>")) == "日本<|end|>"


def test_gpt2_files(tmp_path):
    plain = train_bpe([ENGLISH] * 3, 300, special_tokens=["<|endoftext|>"])
    model = json.loads(plain.tokenizer.to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    pairs = [" ".join(m) if isinstance(m, list) else m for m in model["merges"]]
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(pairs) + "\n", encoding="utf-8")
    loaded = load_gpt2(tmp_path / "vocab.json", tmp_path / "merges.txt")
    text = ENGLISH + "<|endoftext|> naïve"
    assert loaded.encode(text) == plain.encode(text)
    assert loaded.decode(loaded.encode(text)) == text
    assert loaded.special_tokens == {"<|endoftext|>": 0}


def test_a_tokenizer_of_another_kind(tmp_path):
    """WordPiece is not byte-level; unknown words are unknown, and its own decoder joins the pieces."""
    tokenizers = pytest.importorskip("tokenizers")
    vocab = {"[UNK]": 0, "[CLS]": 1, "play": 2, "##ing": 3}
    raw = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocab, unk_token="[UNK]"))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    raw.decoder = tokenizers.decoders.WordPiece()
    raw.post_processor = tokenizers.processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 1)])
    raw.add_special_tokens(["[UNK]", "[CLS]"])
    raw.save(str(tmp_path / "t.json"))
    loaded = load_tokenizer(tmp_path / "t.json")
    assert loaded.encode("playing xyz") == [2, 3, 0]
    assert loaded.encode("playing", add_special_tokens=True) == [1, 2, 3]
    assert loaded.decode([1, 2, 3], skip_special_tokens=True) == "playing"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: BPE.encode("a\ud800"), ValueError, "character 1 is '.ud800'"),
        (lambda: BPE.encode(b"a"), TypeError, "bytes"),
        (lambda: BPE.decode([600]), IndexError, "600"),
        (lambda: BPE.decode([1 << 40]), IndexError, "1099511627776"),
        (lambda: BPE.decode([-1]), ValueError, "-1"),
        (lambda: BPE.id_to_token(-1), IndexError, "-1"),
        (lambda: BPE.token_to_id("nowhere"), KeyError, "nowhere"),
        (lambda: BPE.encode_batch([]), ValueError, "no texts"),
        (lambda: BPE.encode_batch(["a", "b c"], pad="<nix>"), ValueError, "<nix>"),
        (lambda: train_bpe(["a"], 300).encode_batch(["a", "b c d"]), ValueError, "pad="),
        (lambda: train_bpe(["a"], 256, special_tokens=["<x>"]), ValueError, "257"),
        (lambda: train_bpe(["a"], 300, special_tokens=["<x>", "<x>"]), ValueError, "different"),
        (lambda: train_bpe(["a"], 300, special_tokens=[""]), ValueError, "empty"),
        (lambda: train_bpe(["a"], 300, special_tokens=["é"]), ValueError, "bytes are spelled"),
        (lambda: train_bpe(["a"], 300, special_tokens=["Ã©"]), ValueError, "bytes are spelled"),
        (lambda: train_bpe("a text", 300), TypeError, "one string"),
        (lambda: train_bpe(["ok", "\udfff"], 300), ValueError, "surrogate"),
        (lambda: train_bpe([3], 300), TypeError, "int"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_files_that_are_something_else(tmp_path):
    (tmp_path / "x").write_text("no json")
    with pytest.raises(ValueError, match=r"no tokenizer\.json"):
        load_tokenizer(tmp_path / "x")
    with pytest.raises(ValueError, match="pair of files"):
        load_gpt2(tmp_path / "x", tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path / "nowhere")


def test_padding_and_lengths():
    ids, mask = BPE.encode_batch(["a b c d", "a"], max_length=2, pad=7)
    assert ids.shape == (2, 2)
    assert ids[1, 1] == 7
    assert mask.tolist() == [[True, True], [True, False]]


def test_an_empty_corpus_gives_the_bytes():
    bpe = train_bpe([], 300)
    assert len(bpe) == 256
    assert bpe.decode(bpe.encode("naïve 🙂")) == "naïve 🙂"
