"""Text as numbers, counting, similarity, evaluation, and the data sets."""

import math
import subprocess
import sys

import numpy as np
import pytest

from minitorch_nlp.classic import functions, util
from minitorch_nlp.classic.dataset import ptb, sequence, spiral
from minitorch_nlp.classic.util import (
    analogy,
    clip_grads,
    convert_one_hot,
    cos_similarity,
    create_co_matrix,
    create_contexts_target,
    eval_perplexity,
    eval_seq2seq,
    most_similar,
    normalize,
    ppmi,
    preprocess,
)

TEXT = "You say goodbye and I say hello."


def test_counting_you_say_goodbye():
    """Chapter 2's corpus, by hand."""
    corpus, word_to_id, id_to_word = preprocess(TEXT)
    assert corpus.tolist() == [0, 1, 2, 3, 4, 1, 5, 6]
    assert list(word_to_id) == ["you", "say", "goodbye", "and", "i", "hello", "."]
    assert id_to_word == {i: w for w, i in word_to_id.items()}
    C = create_co_matrix(corpus, 7)
    assert C.dtype == np.int32
    assert C.tolist() == [
        [0, 1, 0, 0, 0, 0, 0],
        [1, 0, 1, 0, 1, 1, 0],
        [0, 1, 0, 1, 0, 0, 0],
        [0, 0, 1, 0, 1, 0, 0],
        [0, 1, 0, 1, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 1, 0],
    ]
    assert cos_similarity(C[word_to_id["you"]], C[word_to_id["i"]]) == pytest.approx(math.sqrt(0.5))
    assert cos_similarity(np.zeros(3), np.ones(3)) == 0


def test_wider_windows():
    corpus = np.random.RandomState(0).randint(0, 5, 40)
    C = create_co_matrix(corpus, 5, window_size=3)
    wanted = np.zeros((5, 5))
    for i in range(40):
        for j in range(40):
            wanted[corpus[i], corpus[j]] += 0 < abs(i - j) <= 3
    np.testing.assert_array_equal(C, wanted)


def test_ppmi(capsys, monkeypatch):
    C = create_co_matrix(np.random.RandomState(0).randint(0, 30, 300), 30, window_size=2)
    C[3], C[:, 3] = 0, 0  # a word that never occurs
    M = ppmi(C, verbose=True)
    assert "ppmi" in capsys.readouterr().err
    N, S = C.sum(), C.sum(axis=0)
    assert M.dtype == np.float32
    for i in range(30):
        for j in range(30):
            wanted = max(0.0, math.log2(C[i, j] * N / (S[i] * S[j]))) if C[i, j] else 0
            assert M[i, j] == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_similar_words(capsys):
    corpus, word_to_id, id_to_word = preprocess(TEXT)
    C = create_co_matrix(corpus, 7)
    most_similar("you", word_to_id, id_to_word, C, top=5)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["", "[query] you"]
    assert [line.split(":")[0] for line in lines[2:]] == [" goodbye", " i", " hello", " say", " and"]
    assert [round(float(line.split(":")[1]), 4) for line in lines[2:]] == [0.7071, 0.7071, 0.7071, 0.0, 0.0]
    most_similar("nobody", word_to_id, id_to_word, C)
    assert capsys.readouterr().out == "nobody is not found\n"


def test_analogy(capsys):
    names = ["king", "man", "queen", "woman", "apple"]
    word_to_id = {w: i for i, w in enumerate(names)}
    vectors = normalize(np.array([[1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 0, 1], [-1, -1, 0.0]]))
    analogy("man", "king", "woman", word_to_id, dict(enumerate(names)), vectors, top=1, answer="queen")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "[analogy] man:king = woman:?"
    assert lines[2].startswith("==>queen: 0.9")
    assert lines[3].startswith(" queen: 0.9")
    assert len(lines) == 4
    analogy("man", "emperor", "woman", word_to_id, dict(enumerate(names)), vectors)
    assert capsys.readouterr().out == "emperor is not found\n"


def test_contexts_and_one_hot():
    contexts, target = create_contexts_target(np.arange(6), window_size=2)
    assert contexts.tolist() == [[0, 1, 3, 4], [1, 2, 4, 5]]
    assert target.tolist() == [2, 3]
    assert create_contexts_target(np.arange(2))[0].shape == (0, 2)
    rows = convert_one_hot(contexts, 6)
    assert rows.shape == (2, 4, 6)
    assert rows.dtype == np.int32
    np.testing.assert_array_equal(rows.argmax(-1), contexts)
    np.testing.assert_array_equal(convert_one_hot(target, 6).sum(1), 1)


def test_clip_grads():
    grads = [np.array([3.0]), np.array([[4.0]])]
    clip_grads(grads, 10)
    assert [float(g.sum()) for g in grads] == [3, 4]
    clip_grads(grads, 1)
    assert math.hypot(grads[0][0], grads[1][0, 0]) == pytest.approx(1, rel=1e-5)


def test_cross_entropy_error():
    y = functions.softmax(np.random.RandomState(0).randn(4, 3))
    t = np.array([0, 2, 1, 1])
    wanted = -np.mean(np.log(y[range(4), t] + 1e-7))
    assert functions.cross_entropy_error(y, t) == pytest.approx(wanted)
    assert functions.cross_entropy_error(y, np.eye(3, dtype=int)[t]) == pytest.approx(wanted)
    assert functions.cross_entropy_error(y[0], np.array(0)) == pytest.approx(-math.log(y[0, 0] + 1e-7))
    assert functions.cross_entropy_error(np.array([[0.0, 1.0]]), np.array([0])) == pytest.approx(-math.log(1e-7))
    assert functions.relu(np.array([-1.0, 2.0])).tolist() == [0, 2]
    assert functions.sigmoid(np.array([0.0])).tolist() == [0.5]


class Uniform:
    """A language model that knows nothing."""

    def __init__(self, words):
        self.words = words
        self.seen = []

    def forward(self, xs, ts, train_flg=True):
        assert not train_flg
        np.testing.assert_array_equal(ts, xs + 1)
        self.seen.append(xs)
        return math.log(self.words)


def test_eval_perplexity(capsys):
    model = Uniform(50)
    assert eval_perplexity(model, np.arange(101), batch_size=4, time_size=6) == pytest.approx(50)
    assert [xs[:, 0].tolist() for xs in model.seen] == [[k * 6, 25 + k * 6, 50 + k * 6, 75 + k * 6] for k in range(4)]
    assert capsys.readouterr().out == "evaluating perplexity ...\n\r1 / 4\r2 / 4\r3 / 4\r4 / 4\n"
    plain = type("Plain", (), {"forward": lambda self, xs, ts: 0.0})()
    assert eval_perplexity(plain, np.arange(101), 4, 6) == 1
    with pytest.raises(ValueError, match="at least 25"):
        eval_perplexity(model, np.arange(20), 4, 6)


def test_eval_seq2seq(capsys):
    letters = dict(enumerate("_12+"))
    model = type("Model", (), {"generate": lambda self, xs, start, length: [2, start][:length]})()
    question, correct = np.array([[1, 3, 1]]), np.array([[0, 2, 0]])
    assert eval_seq2seq(model, question, correct, letters) == 1
    assert capsys.readouterr().out == ""
    assert eval_seq2seq(model, np.array([[1, 3, 2]]), np.array([[0, 2, 1]]), letters, verbos=True, is_reverse=True) == 0
    assert capsys.readouterr().out == "Q 2+1\nT 21\n\033[91m☒\033[0m 2_\n---\n"


def test_names_of_util():
    assert all(callable(getattr(util, name)) for name in util.__all__)


# ---- data sets ----------------------------------------------------------------------------------------------------------------------


def test_spiral_by_the_formula():
    x, t = spiral.load_data()
    assert x.shape == (300, 2)
    assert t.sum(1).tolist() == [1] * 300
    assert t.argmax(1).tolist() == sorted([0, 1, 2] * 100)
    legacy = np.random.RandomState(1984)
    for j in range(3):
        for i in range(100):
            angle = j * 4.0 + 4.0 * (i / 100) + legacy.randn() * 0.2
            np.testing.assert_allclose(x[100 * j + i], [i / 100 * math.sin(angle), i / 100 * math.cos(angle)], atol=1e-15)
    assert np.random.randn() == legacy.randn()
    assert not np.array_equal(spiral.load_data(seed=1)[0], x)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MINITORCH_NLP_PTB", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "cache" / "minitorch_nlp"


def text(ids, letters):
    return "".join(letters[i] for i in ids.tolist())


def test_additions(cache):
    (x, t), (x_test, t_test) = sequence.load_data("addition.txt", seed=1984)
    assert [a.shape for a in (x, t, x_test, t_test)] == [(45000, 7), (45000, 5), (5000, 7), (5000, 5)]
    char_to_id, letters = sequence.get_vocab()
    assert sorted(char_to_id) == sorted("0123456789+_ ")
    questions = [text(q, letters) for q in np.concatenate((x, x_test))]
    assert len(set(questions)) == 50_000
    for question, answer in list(zip(questions, np.concatenate((t, t_test))))[::97]:
        a, b = question.split("+")
        assert text(answer, letters) == f"_{int(a) + int(b):<4}"
    lengths = np.bincount([len(q.strip()) for q in questions])
    assert lengths[7] < lengths[6] < 2 * lengths[5]
    again = sequence.load_data("addition.txt", seed=1984)
    np.testing.assert_array_equal(again[0][0], x)
    assert (cache / "addition.txt").read_text().count("\n") == 50_000


def test_dates(cache):
    (x, t), _ = sequence.load_data("date.txt")
    assert x.shape == (45000, 29)
    assert t.shape == (45000, 11)
    _, letters = sequence.get_vocab()
    kinds = set()
    import datetime

    for q, a in zip(x[:300], t[:300]):
        question, day = text(q, letters).rstrip(), datetime.date.fromisoformat(text(a, letters)[1:])
        plain = question.lower()
        ways = {f"{day.month}/{day.day}/{day:%y}"}
        ways |= {f"{name} {day.day}, {day.year}".lower() for name in (f"{day:%B}", f"{day:%b}", f"{day:%A, %B}")}
        assert plain in ways
        kinds.add((plain.count(" "), question == plain, question == question.upper()))
    assert len(kinds) >= 7


def test_a_file_of_ones_own(cache, tmp_path):
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "addition.txt").write_text("1+1_2\n1+2_3\n" * 10)
    (x, t), (x_test, _) = sequence.load_data(seed=None)
    assert x.shape == (18, 3)
    assert t.shape == (18, 2)
    assert len(x_test) == 2
    (tmp_path / "work" / "addition.txt").write_text("1+1_2\n1+2 3\n")
    with pytest.raises(ValueError, match="each line must be a question"):
        sequence.load_data()
    with pytest.raises(FileNotFoundError, match=r"no 'nothing\.txt'"):
        sequence.load_data("nothing.txt")
    assert not cache.exists()


def test_no_vocabulary_before_data():
    code = "from minitorch_nlp.classic.dataset import sequence; sequence.get_vocab()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "before load_data has read a file" in done.stderr


def test_ptb(cache, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"put ptb\.train\.txt, ptb\.test\.txt, ptb\.valid\.txt into one folder"):
        ptb.load_data()
    folder = tmp_path / "penn"
    folder.mkdir()
    (folder / "ptb.train.txt").write_text(" no it was n't black monday \n but <unk> it was N\n")
    (folder / "ptb.valid.txt").write_text(" it was \n")
    (folder / "ptb.test.txt").write_text(" it was tuesday \n")
    corpus, word_to_id, id_to_word = ptb.load_data("train", folder)
    assert corpus.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 9, 6]
    assert id_to_word[6] == "<eos>"
    monkeypatch.setenv("MINITORCH_NLP_PTB", str(folder))
    assert ptb.load_vocab() == (word_to_id, id_to_word)
    for name in ("valid", "val"):
        assert ptb.load_data(name)[0].tolist() == [1, 2, 6]
    with pytest.raises(ValueError, match="'tuesday'"):
        ptb.load_data("test")
    with pytest.raises(ValueError, match="data_type"):
        ptb.load_data("dev")
    monkeypatch.delenv("MINITORCH_NLP_PTB")
    (folder / "ptb.train.txt").rename(tmp_path / "work" / "ptb.train.txt")
    assert len(ptb.load_data()[0]) == 13
