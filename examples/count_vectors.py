"""Word vectors by counting: co-occurrence, positive pointwise mutual information, truncated SVD.

    python examples/count_vectors.py

No network and no training: words that stand beside the same words get like rows (Church and Hanks, 1990; Levy and Goldberg, 2014). The
picture shows the commonest words in the plane of their two main directions. Needs SciPy: pip install 'minitorch-nlp[text]'.
"""

from __future__ import annotations

import time

from minitorch_nlp.examples.tools import options, picture

import minitorch_nlp as torch
from minitorch_nlp import text

ASKED = ("int", "list", "true", "first", "module", "returns", "left", "is")


def main(argv: list[str] | None = None) -> None:
    args = options(__doc__, argv, window=4, dim=60, min_freq=8, alpha=(0.75, "smooths the contexts' frequencies"))
    start = time.perf_counter()
    sentences = [text.words(line, lower=True) for line in text.prose().splitlines()]
    vocabulary = text.Vocab.from_tokens((w for words in sentences for w in words), min_freq=args.min_freq)
    ids = [torch.tensor([vocabulary[w] for w in words if w in vocabulary]) for words in sentences]
    counts = text.cooccurrence(ids, len(vocabulary), args.window, weighting="inverse")
    scores = text.ppmi(counts, alpha=args.alpha)
    U, S, _ = text.truncated_svd(scores, args.dim, seed=args.seed)
    vectors = text.WordVectors(vocabulary, U * S.sqrt())
    seconds = time.perf_counter() - start
    print(
        f"{sum(map(len, ids)):,} words, {len(vocabulary):,} different; {counts.nnz:,} pairs, {scores.nnz:,} above chance; {seconds:.1f} s"
    )
    for word in ASKED:
        if word in vectors:
            print(f"{word:8} {', '.join(f'{other} {s:.2f}' for other, s in vectors.most_similar(word, topn=5))}")
    common = [w for w in vocabulary.tokens if w.isalpha() and len(w) > 3][:70]
    rows = vectors.to_embedding()(vocabulary.encode(common))
    picture(args.out / "count_vectors.png", text.embedding_plot, rows / rows.norm(dim=1, keepdim=True), common)


if __name__ == "__main__":
    main()
