"""Word vectors: neighbours against plain loops, and files with everything wrong in turn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minitorch_nlp as torch
from minitorch_nlp.text import Vocab, WordVectors, load_word2vec

MATRICES = hnp.arrays(np.float64, st.tuples(st.integers(4, 8), st.integers(1, 4)), elements=st.integers(-3, 3))


def named(matrix):
    return WordVectors([f"w{i}" for i in range(len(matrix))], matrix)


def cos(a, b):
    size = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b)) / size if size else 0.0


def ranked(scores, exclude):
    return [(i, s) for i, s in sorted(scores.items(), key=lambda pair: -pair[1]) if i not in exclude]


@given(MATRICES, st.integers(1, 10))
def test_most_similar_is_that_of_a_loop(matrix, topn):
    vectors = named(matrix)
    scores = {i: cos(matrix[0], row) for i, row in enumerate(matrix)}
    expected = [s for _, s in ranked(scores, {0})][:topn]
    found = vectors.most_similar("w0", topn)
    np.testing.assert_allclose([s for _, s in found], expected, atol=1e-12)
    for word, score in found:
        assert word != "w0"
        assert score == pytest.approx(scores[int(word[1:])], abs=1e-12)
        assert vectors.similarity("w0", word) == pytest.approx(score, abs=1e-12)


@given(MATRICES, st.sampled_from(["add", "mul"]))
def test_analogies_are_their_formulas(matrix, method):
    unit = [row / math.hypot(*row) if row.any() else row for row in matrix]
    a, b, c = unit[:3]
    if method == "add":
        scores = {i: cos(d, b - a + c) for i, d in enumerate(unit)}
    else:
        to = [[(cos(d, x) + 1) / 2 for x in (a, b, c)] for d in unit]
        scores = {i: t[1] * t[2] / (t[0] + 0.001) for i, t in enumerate(to)}
    found = named(matrix).analogy("w0", "w1", "w2", method=method)
    np.testing.assert_allclose([s for _, s in found], [s for _, s in ranked(scores, {0, 1, 2})], rtol=1e-9, atol=1e-9)
    assert not {"w0", "w1", "w2"} & {word for word, _ in found}


def test_equal_scores_come_by_id():
    vectors = named(np.ones((6, 2)))
    assert [w for w, _ in vectors.most_similar("w2", topn=3)] == ["w0", "w1", "w3"]


def test_nearest_and_extremes():
    vectors = WordVectors(["zero", "big", "small"], np.array([[0, 0], [1e38, 1e38], [1e-38, 1e-38]], np.float32))
    found = dict(vectors.nearest([1.0, 1.0]))
    assert found["big"] == pytest.approx(1)
    assert found["small"] == pytest.approx(1)
    assert found["zero"] == 0
    assert vectors.nearest([0.0, 0.0], topn=1) == [("zero", 0.0)]
    assert vectors.nearest(torch.tensor([1.0, 1.0]), exclude=["big"])[0][0] == "small"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: named([[1.0]]).most_similar("nix"), KeyError, "nix"),
        (lambda: named([[1.0], [2.0]]).most_similar("w0", 0), ValueError, "topn"),
        (lambda: named([[1.0], [2.0]]).nearest([1.0, 2.0]), ValueError, r"\(1,\)"),
        (lambda: named([[1.0]] * 4).analogy("w0", "w1", "w2", method="sub"), ValueError, "method"),
        (lambda: WordVectors(["a"], [[1.0], [2.0]]), ValueError, r"\(2, 1\)"),
        (lambda: WordVectors(["a", "b"], [[1.0], [math.nan]]), ValueError, "'b'"),
        (lambda: WordVectors(["a", "a"], [[1.0], [2.0]]), ValueError, "more than once"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_vectors_are_copies_and_become_an_embedding():
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    vectors = WordVectors(Vocab(["<unk>", "a"], unk="<unk>"), matrix)
    matrix.zero_()
    layer = vectors.to_embedding(freeze=False)
    assert torch.equal(layer(torch.tensor([1])), torch.tensor([[3.0, 4.0]]))
    assert layer.weight.requires_grad
    layer.weight.data.zero_()
    vectors["a"].zero_()
    assert vectors["a"].tolist() == [3.0, 4.0]
    assert vectors["never seen"].tolist() == [1.0, 2.0]
    assert named([[1, 2]]).matrix.dtype == np.float32


TOKENS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \n\r"), min_size=1)


@settings(max_examples=60)
@given(st.data(), st.lists(TOKENS, unique=True, min_size=1, max_size=5), st.sampled_from(["float32", "float64"]))
def test_files_keep_every_token_and_float(tmp_path_factory, data, tokens, kind):
    shape = (len(tokens), data.draw(st.integers(1, 3)))
    matrix = data.draw(hnp.arrays(kind, shape, elements={"allow_nan": False, "allow_infinity": False}))
    path = tmp_path_factory.mktemp("v") / "v.txt"
    WordVectors(tokens, matrix).save_word2vec(path)
    again = load_word2vec(path, dtype=getattr(torch, kind))
    assert again.vocab.tokens == tokens
    assert again.matrix.dtype == kind
    np.testing.assert_array_equal(again.matrix, matrix)


def test_files_of_other_programs(tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes(b"2 2\r\na 1 2 \r\nb -3e-1 .5 \r\n")  # word2vec.c leaves a space at the end
    vectors = load_word2vec(path)
    assert vectors.vocab.tokens == ["a", "b"]
    assert vectors.matrix.tolist() == np.array([[1, 2], [-0.3, 0.5]], np.float32).tolist()
    assert len(load_word2vec(path, limit=1)) == 1
    path.write_text("the 1 2\nof 3 4\n")
    assert load_word2vec(path, header=False, unk="of")["new"].tolist() == [3, 4]
    assert len(load_word2vec(path, header=False, limit=5)) == 2
    path.write_text("0 3\n")
    assert len(load_word2vec(path)) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1: a header"),
        (b"a 1 2\n", "line 1: a header.*header=False"),
        (b"1 two\n", "line 1: a header"),
        (b"2 2\na 1 2\nb 1\n", "line 3: a token and 2 numbers are expected, but there are 1 after 'b'"),
        (b"2 2\na 1 2\nb 1 2 3\n", "line 3: .* there are 3"),
        (b"1 2\nNew York 1 2\n", "line 2: 'York' is no number; is there a space"),
        (b"1 2\n 1 2\n", "line 2: .* after ''"),
        (b"2 1\na 1\n\n", "line 3: a token and 1 numbers"),
        (b"2 1\na 1\na 2\n", "line 3: 'a' has a vector already, in line 2"),
        (b"3 1\na 1\nb 2\n", "ends after 2 vectors, but the header says 3"),
        (b"99999999999999 99999999\na 1\n", "line 2: a token and 99999999"),
        (b"1 1\na 1\nb 2\n", "line 3: the header says 1 vectors"),
        (b"1 1\na nan\n", "line 2: .*nan"),
        (b"1 1\na 1e39\n", "line 2: .*infinite.* as float32"),
        (b"1 1\n\xff 1\n", "byte 4"),
    ],
)
def test_broken_files(tmp_path, content, words):
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_word2vec(path)


@pytest.mark.parametrize("token", ["", "New York", "a\nb", "a\rb"])
def test_tokens_that_the_format_cannot_hold(tmp_path, token):
    with pytest.raises(ValueError, match="no place for the token"):
        WordVectors([token], [[1.0]]).save_word2vec(tmp_path / "v.txt")
    assert list(tmp_path.iterdir()) == []
