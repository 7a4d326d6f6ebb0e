"""Chapter 2: word vectors by counting neighbours: co-occurrence, positive pointwise mutual information, singular value decomposition.

    python examples/book/ch02_counting.py

First on the book's sentence, then on English prose (the Penn Treebank if its files are found, else the help topics of Python).
"""

from __future__ import annotations

import argparse

import numpy as np
from prose import frequent_words
from shared import new_picture, save

from minitorch_nlp.classic.util import cos_similarity, create_co_matrix, most_similar, ppmi, preprocess


def vectors_of(corpus, words, window, size, verbose=False):
    """One row for each word: its first `size` left singular vectors' components, of the matrix of mutual information."""
    M = ppmi(create_co_matrix(corpus, words, window), verbose)
    return np.linalg.svd(M)[0][:, :size]


def draw(vectors, id_to_word, folder):
    picture = new_picture(5, 4)
    if picture is None:
        return
    figure, axes = picture
    axes.scatter(vectors[:, 0], vectors[:, 1], s=20)
    for i, word in id_to_word.items():
        axes.annotate(word, vectors[i, :2], xytext=(4, 4 + 11 * (word == "i")), textcoords="offset points")
    axes.set(title="You say goodbye and I say hello.", xlabel="first singular vector", ylabel="second")
    axes.margins(0.15)
    save(figure, folder, "ch02_counting.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Word vectors by counting.")
    parser.add_argument("--words", type=int, default=1500, help="the most frequent words that get a vector")
    parser.add_argument("--size", type=int, default=100, help="numbers in a vector")
    parser.add_argument("--queries", nargs="*", default=["function", "class", "returns", "can", "string"])
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)

    corpus, word_to_id, id_to_word = preprocess("You say goodbye and I say hello.")
    small = vectors_of(corpus, len(word_to_id), window=1, size=2)
    print(f"you and i: cosine {cos_similarity(small[word_to_id['you']], small[word_to_id['i']]):.3f}")
    draw(small, id_to_word, args.out)

    corpus, word_to_id, id_to_word = frequent_words(args.words)
    print(f"{len(corpus):,} words of prose, {len(word_to_id):,} different")
    vectors = vectors_of(corpus, len(word_to_id), window=2, size=args.size, verbose=True)
    for query in args.queries:
        most_similar(query, word_to_id, id_to_word, vectors)


if __name__ == "__main__":
    main()
