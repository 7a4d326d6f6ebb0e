"""Pictures: drawn, saved, with all labels."""

import itertools
import sys

import numpy as np
import pytest

from minitorch_nlp.text import attention_map, embedding_plot, loss_curve

pytest.importorskip("matplotlib")
WORDS = [f"word{i}" for i in range(30)]


def saved(path):
    return path.read_bytes()[:4] == b"\x89PNG" and path.stat().st_size > 5000


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_attention_map(tmp_path):
    weights = np.random.default_rng(0).dirichlet(np.ones(30), 30)
    figure = attention_map(weights, WORDS, WORDS, tmp_path / "a.png", title="$heads")
    assert saved(tmp_path / "a.png")
    axes = figure.axes[0]
    assert labels(axes.xaxis) == labels(axes.yaxis) == WORDS
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in axes.yaxis.get_ticklabels()]
    assert all(above.y0 >= below.y1 - 1 for above, below in itertools.pairwise(boxes))  # no label on another, but for a pixel
    picture = axes.images[0].get_array()
    np.testing.assert_array_equal(picture, weights)  # row i is query i


def test_awkward_tokens(tmp_path):
    tokens = ["$", "$x$", " ", "\n", "a b", "x" * 50]
    figure = attention_map(np.eye(6), tokens, tokens, tmp_path / "a.png")
    assert labels(figure.axes[0].yaxis) == ["$", "$x$", "␣", "\\n", "a b", "x" * 19 + "…"]
    ticks = [*figure.axes[0].get_xticklabels(), *figure.axes[0].get_yticklabels()]
    assert not any(tick.get_parse_math() for tick in ticks)


@pytest.mark.parametrize(("weights", "queries"), [(np.eye(2), ["a"]), (np.zeros((0, 2)), [])])
def test_attention_of_another_shape(weights, queries):
    with pytest.raises(ValueError, match="attention_map"):
        attention_map(weights, queries, ["a", "b"])


def test_embedding_plot(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(30, 8))
    figure = embedding_plot(vectors, WORDS, tmp_path / "e.png")
    assert saved(tmp_path / "e.png")
    axes = figure.axes[0]
    points = axes.collections[0].get_offsets()
    centred = vectors - vectors.mean(0)
    values = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    np.testing.assert_allclose((points**2).sum(0), values[:2])  # the two greatest variances
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    overlaps = sum(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert [text.get_text() for text in axes.texts] == WORDS
    assert overlaps == 0


@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (3, 3)])
def test_few_vectors(tmp_path, shape):
    embedding_plot(np.zeros(shape), WORDS[: shape[0]], tmp_path / "e.png")
    assert saved(tmp_path / "e.png")


def test_labels_that_do_not_fit():
    for vectors, words in ((np.zeros((2, 2)), ["a"]), (np.zeros(2), ["a", "b"]), (np.zeros((0, 2)), [])):
        with pytest.raises(ValueError, match="embedding_plot"):
            embedding_plot(vectors, words)


def test_loss_curve(tmp_path):
    losses = [2.0, 1.0, 0.5, 0.25]
    figure = loss_curve({"a": losses, "b": losses[:2]}, tmp_path / "l.png", lines={"baseline": 1.5})
    assert saved(tmp_path / "l.png")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "baseline"]
    assert list(axes.lines[0].get_ydata()) == losses
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [2.0, 1.5, 0.75, 0.375])  # each and the one before
    loss_curve([], tmp_path / "empty.png")


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"minitorch-nlp\[plot\]"):
        loss_curve([1.0])
