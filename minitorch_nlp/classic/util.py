"""Corpora as word numbers, counting, word similarity, gradient clipping, and how good a trained model is."""

from __future__ import annotations

import inspect
import math
import sys
from typing import Any

import numpy

from .. import backend
from ..backend import Array
from .np import np

__all__ = [
    "analogy", "clip_grads", "convert_one_hot", "cos_similarity", "create_co_matrix", "create_contexts_target", "eval_perplexity",
    "eval_seq2seq", "most_similar", "normalize", "ppmi", "preprocess", "to_cpu", "to_gpu",
]  # fmt: skip

Words = dict[str, int]
Names = dict[int, str]


# ---- text as numbers ----------------------------------------------------------------------------------------------------------------


def preprocess(text: str) -> tuple[Array, Words, Names]:
    """The words of a text as numbers: (corpus, word_to_id, id_to_word). Words are separated by spaces, lower-cased; a full stop is one.

    >>> corpus, word_to_id, id_to_word = preprocess("You say goodbye and I say hello.")
    >>> corpus
    array([0, 1, 2, 3, 4, 1, 5, 6])
    >>> id_to_word[5]
    'hello'
    """
    words = text.lower().replace(".", " .").split(" ")
    word_to_id: Words = {}
    for word in words:
        word_to_id.setdefault(word, len(word_to_id))
    return np.array([word_to_id[w] for w in words]), word_to_id, {i: w for w, i in word_to_id.items()}


def create_contexts_target(corpus: Array, window_size: int = 1) -> tuple[Array, Array]:
    """Every word that has `window_size` words on each side, (N,), and those words, (N, 2 window_size): (contexts, target).

    >>> import numpy as np
    >>> contexts, target = create_contexts_target(np.array([0, 1, 2, 3]))
    >>> contexts.tolist(), target.tolist()
    ([[0, 2], [1, 3]], [1, 2])
    """
    n = max(len(corpus) - 2 * window_size, 0)
    around = [k for k in range(2 * window_size + 1) if k != window_size]
    contexts = corpus[np.arange(n)[:, None] + np.array(around, dtype=int)]
    return contexts, corpus[window_size : window_size + n]


def convert_one_hot(corpus: Array, vocab_size: int) -> Array:
    """Word numbers (...) as rows of zeros with a 1 at the word: (..., V), int32."""
    return (corpus[..., None] == np.arange(vocab_size)).astype(np.int32)


# ---- counting -----------------------------------------------------------------------------------------------------------------------


def create_co_matrix(corpus: Array, vocab_size: int, window_size: int = 1) -> Array:
    """C[i, j] is how often word j stands within `window_size` words of word i: (V, V), int32."""
    C = np.zeros((vocab_size, vocab_size), np.int32)
    for k in range(1, window_size + 1):
        backend.scatter_add(C, (corpus[:-k], corpus[k:]), np.int32(1))
        backend.scatter_add(C, (corpus[k:], corpus[:-k]), np.int32(1))
    return C


def ppmi(C: Array, verbose: bool = False, eps: float = 1e-8) -> Array:
    """Positive pointwise mutual information, max(0, log2(C_ij N / (S_i S_j) + eps)), S the sums of columns and N that of all: float32.

    `verbose` shows a progress bar.

    >>> import numpy as np
    >>> ppmi(np.array([[0, 2], [2, 0]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    from tqdm import trange

    S = C.sum(axis=0, dtype=np.float64)
    N = S.sum()
    M = np.zeros_like(C, dtype=np.float32)
    rows = max(1, 2**20 // max(C.shape[1], 1))  # at a time, so that a large matrix is not held in float64
    for i in trange(0, len(C), rows, desc="ppmi", disable=not verbose):
        part = C[i : i + rows]
        with numpy.errstate(divide="ignore", invalid="ignore"):
            value = np.log2(part * N / (S[i : i + rows, None] * S) + eps)
        M[i : i + rows] = np.where(part > 0, np.maximum(value, 0), 0)
    return M


# ---- similarity ---------------------------------------------------------------------------------------------------------------------


def cos_similarity(x: Array, y: Array, eps: float = 1e-8) -> float:
    """x . y / (|x| |y|) of two vectors, `eps` being added to each norm.

    >>> import numpy as np
    >>> round(float(cos_similarity(np.array([1.0, 0.0]), np.array([1.0, 1.0]))), 4)
    0.7071
    """
    return (x / (np.sqrt(np.sum(x**2)) + eps)) @ (y / (np.sqrt(np.sum(y**2)) + eps))


def normalize(x: Array) -> Array:
    """A vector, or each row of a matrix, divided by its norm."""
    return x / np.sqrt((x * x).sum(axis=-1, keepdims=True))


def most_similar(query: str, word_to_id: Words, id_to_word: Names, word_matrix: Array, top: int = 5) -> None:
    """Print the `top` words whose rows of `word_matrix` (V, D) have the largest cosine with that of `query`."""
    if query not in word_to_id:
        print(f"{query} is not found")
        return
    print(f"\n[query] {query}")
    matrix, eps = np.asarray(word_matrix), 1e-8
    units = matrix / (np.sqrt((matrix * matrix).sum(axis=1, keepdims=True)) + eps)
    print_best(units @ units[word_to_id[query]], id_to_word, top, {query})


def analogy(
    a: str, b: str, c: str, word_to_id: Words, id_to_word: Names, word_matrix: Array, top: int = 5, answer: str | None = None
) -> None:
    """Print the words nearest to b - a + c: a is to b as c is to what? With `answer`, also how near that one is."""
    for word in (a, b, c):
        if word not in word_to_id:
            print(f"{word} is not found")
            return
    print(f"\n[analogy] {a}:{b} = {c}:?")
    vec_a, vec_b, vec_c = (word_matrix[word_to_id[word]] for word in (a, b, c))
    similarity = word_matrix @ normalize(vec_b - vec_a + vec_c)
    if answer is not None:
        print(f"==>{answer}: {float(similarity[word_to_id[answer]])}")
    print_best(similarity, id_to_word, top, {a, b, c})


def print_best(similarity: Array, id_to_word: Names, top: int, without: set[str]) -> None:
    """The `top` words with the largest `similarity` (V,), but for those of `without`."""
    order = to_cpu(np.argsort(-similarity, kind="stable")).tolist()
    best = [i for i in order[: top + len(without)] if id_to_word[i] not in without]
    for i in best[:top]:
        print(f" {id_to_word[i]}: {float(similarity[i])}")


# ---- training and evaluation --------------------------------------------------------------------------------------------------------


def clip_grads(grads: list[Array], max_norm: float) -> None:
    """Scale all gradients in place by max_norm / (norm + 1e-6), if that is below 1; the norm is that of all together."""
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in grads))
    rate = max_norm / (norm + 1e-6)
    if rate < 1:
        for grad in grads:
            grad *= rate


def eval_perplexity(model: Any, corpus: Array, batch_size: int = 10, time_size: int = 35) -> float:
    """e to the average loss of a language model on `corpus` (length,), read at `batch_size` places at a time, `time_size` words each.

    The model is called as ``model.forward(xs, ts, train_flg=False)`` if it takes that, and goes on from the state it is in.
    """
    print("evaluating perplexity ...")
    options = {"train_flg": False} if "train_flg" in inspect.signature(model.forward).parameters else {}
    places = np.arange(batch_size) * ((len(corpus) - 1) // batch_size)
    max_iters = (len(corpus) - 1) // (batch_size * time_size)
    if not max_iters:
        raise ValueError(
            f"eval_perplexity: {len(corpus)} words are too few for batch_size {batch_size} and time_size {time_size}; "
            f"give at least {batch_size * time_size + 1}, or take smaller ones"
        )
    total = 0.0
    for k in range(max_iters):
        index = places[:, None] + k * time_size + np.arange(time_size)
        total += float(model.forward(corpus[index], corpus[index + 1], **options))
        sys.stdout.write(f"\r{k + 1} / {max_iters}")
        sys.stdout.flush()
    print()
    return math.exp(total / max_iters)


def eval_seq2seq(model: Any, question: Array, correct: Array, id_to_char: Names, verbos: bool = False, is_reverse: bool = False) -> int:
    """1 if ``model.generate(question, start, length)`` gives `correct` behind its first character, else 0; `verbos` prints both.

    `question` (1, T) and `correct` (1, L) are character numbers; `is_reverse` tells the printing that the question is written backwards.
    """
    start, *answer = to_cpu(correct).reshape(-1).tolist()
    guess = [int(c) for c in model.generate(question, start, len(answer))]
    if verbos:
        asked = to_cpu(question).reshape(-1).tolist()
        asked, wanted, given = ("".join(id_to_char[c] for c in ids) for ids in (asked[::-1] if is_reverse else asked, answer, guess))
        mark = "\033[92m☑\033[0m" if given == wanted else "\033[91m☒\033[0m"
        print(f"Q {asked}\nT {wanted}\n{mark} {given}\n---")
    return int(guess == answer)


# ---- devices ------------------------------------------------------------------------------------------------------------------------


def to_cpu(x: Array) -> numpy.ndarray:
    """`x` in main memory."""
    return x if isinstance(x, numpy.ndarray) else backend.to_numpy(x)


def to_gpu(x: Array) -> Array:
    """`x` on the GPU."""
    return backend.to_device(x, "cuda")
