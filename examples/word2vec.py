"""word2vec on English prose: skip-gram or continuous bag of words, with negative sampling.

    python examples/word2vec.py
    python examples/word2vec.py --model cbow

Mikolov et al. (2013). A word's vector is to tell its true neighbours from words drawn at random, so words with like neighbours get like
vectors. The text is small (40,000 words; the paper has 10^9): the neighbours it finds are those of Python's help topics.
"""

from __future__ import annotations

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text

ASKED = ("int", "list", "true", "first", "module", "returns", "left", "is")


class Word2Vec(nn.Module):
    """Two vectors per word: one as what is asked about, one as what answers. Scores are their products."""

    def __init__(self, vocabulary: int, dim: int):
        super().__init__()
        self.asking, self.answering = nn.Embedding(vocabulary, dim), nn.Embedding(vocabulary, dim)
        nn.init.uniform_(self.asking.weight, -0.5 / dim, 0.5 / dim)
        nn.init.zeros_(self.answering.weight)

    def forward(self, words, mask, answers):
        """Scores (N, K) of `answers` (N, K), for the mean vector of `words` (N, C), of which `mask` (N, C) says which there are."""
        mean = (self.asking(words) * mask.unsqueeze(2)).sum(1) / mask.sum(1, keepdim=True)
        return (self.answering(answers) @ mean.unsqueeze(2)).squeeze(2)


def examples(model: str, sentences, window: int):
    """(words (n, C), mask (n, C), answer (n)): for skip-gram one word and its neighbour, for CBOW the neighbours and the word."""
    if model == "cbow":
        contexts, mask, centres = text.cbow_windows(sentences, window, dynamic=True)
        return contexts, mask.float(), centres
    centres, neighbours = text.skipgram_pairs(sentences, window, dynamic=True)
    return centres.unsqueeze(1), torch.ones(len(centres), 1), neighbours


def train(net: Word2Vec, sentences, counts, args) -> list[float]:
    sampler = text.NegativeSampler(counts)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    losses = []
    for _ in (bar := tqdm(range(args.epochs), desc="training", unit="epoch")):
        thinned = [text.subsample(s, counts, threshold=args.subsample) for s in sentences]
        words, mask, answers = (t.to(args.device) for t in examples(args.model, thinned, args.window))
        order = torch.randperm(len(words))
        for some in order.split(args.batch):
            negatives = sampler.sample((len(some), args.negatives)).to(args.device)
            candidates = torch.cat([answers[some].unsqueeze(1), negatives], dim=1)
            labels = torch.zeros(candidates.shape)
            labels[:, 0] = 1
            scores = net(words[some], mask[some], candidates)
            loss = F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / len(some)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}")
    return losses


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, model=("skipgram", "skipgram or cbow"), epochs=12, dim=64, window=5, negatives=5, batch=512, lr=5e-3, min_freq=5,
        subsample=(1e-3, "share of the text from which on a word is thinned out"),
    )  # fmt: skip
    if args.model not in ("skipgram", "cbow"):
        raise SystemExit(f"--model: skipgram or cbow, not {args.model}")
    lines = [text.words(line, lower=True) for line in text.prose().splitlines()]
    vocabulary = text.Vocab.from_tokens((w for words in lines for w in words), min_freq=args.min_freq)
    sentences = [torch.tensor([vocabulary[w] for w in words if w in vocabulary]) for words in lines]
    counts = text.token_counts(torch.cat(sentences), len(vocabulary))
    net = Word2Vec(len(vocabulary), args.dim).to(args.device)
    print(f"{int(counts.sum()):,} words, {len(vocabulary):,} different; {args.model}")
    losses = train(net, sentences, counts, args)

    vectors = text.WordVectors(vocabulary, net.asking.weight.detach().cpu())
    for word in ASKED:
        print(f"{word:8} {', '.join(f'{other} {s:.2f}' for other, s in vectors.most_similar(word, topn=5))}")
    print(f"loss: {sum(losses[:20]) / len(losses[:20]):.3f} at first, {sum(losses[-20:]) / len(losses[-20:]):.3f} at the end")
    vectors.save_word2vec(args.out / f"{args.model}.txt")
    print(f"vectors: {args.out / f'{args.model}.txt'}, in word2vec's text format")
    common = [w for w in vocabulary.tokens if w.isalpha() and len(w) > 3][:70]
    rows = vectors.to_embedding()(vocabulary.encode(common))
    picture(args.out / f"{args.model}.png", text.embedding_plot, rows / rows.norm(dim=1, keepdim=True), common)


if __name__ == "__main__":
    main()
