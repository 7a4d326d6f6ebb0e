"""Chapter 4: word2vec with negative sampling, CBOW or skip-gram, on English prose.

python examples/book/ch04_word2vec.py
python examples/book/ch04_word2vec.py --model skipgram
"""

from __future__ import annotations

import argparse

import numpy as np
from prose import frequent_words
from shared import new_picture, save, weights

from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.classic.layers import Embedding
from minitorch_nlp.classic.negative_sampling_layer import NegativeSamplingLoss
from minitorch_nlp.classic.optimizer import Adam
from minitorch_nlp.classic.trainer import Trainer
from minitorch_nlp.classic.util import create_contexts_target, most_similar


class CBOW(BaseModel):
    """The mean of the neighbours' vectors against the word in the middle."""

    def __init__(self, vocab_size, hidden_size, corpus):
        self.in_layer = Embedding(weights(vocab_size, hidden_size, 0.01))
        self.ns_loss = NegativeSamplingLoss(weights(vocab_size, hidden_size, 0.01), corpus, power=0.75, sample_size=5)
        self.params = self.in_layer.params + self.ns_loss.params
        self.grads = self.in_layer.grads + self.ns_loss.grads
        self.word_vecs = self.in_layer.params[0]

    def forward(self, contexts, target):
        """`contexts` (N, C) and `target` (N,), word numbers."""
        self.shape = contexts.shape
        return self.ns_loss.forward(self.in_layer.forward(contexts).mean(axis=1), target)

    def backward(self, dout=1):
        dh = self.ns_loss.backward(dout) / self.shape[1]
        self.in_layer.backward(np.broadcast_to(dh[:, None], (*self.shape, dh.shape[1])))


class SkipGram(CBOW):
    """The vector of the word in the middle against each of its neighbours: the sum of their losses."""

    def forward(self, contexts, target):
        self.shape = contexts.shape
        h = np.repeat(self.in_layer.forward(target), contexts.shape[1], axis=0)
        return self.ns_loss.forward(h, contexts.reshape(-1)) * contexts.shape[1]

    def backward(self, dout=1):
        dh = self.ns_loss.backward(dout * self.shape[1])
        self.in_layer.backward(dh.reshape(*self.shape, -1).sum(axis=1))


def draw(losses, name, folder):
    picture = new_picture()
    if picture is None:
        return
    figure, axes = picture
    axes.plot(losses)
    axes.set(xlabel="every 50 steps", ylabel="loss", title=f"word2vec, {name}")
    save(figure, folder, f"ch04_{name}.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="word2vec with negative sampling.")
    parser.add_argument("--model", choices=("cbow", "skipgram"), default="cbow")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--limit", type=int, help="how many words of the text to read")
    parser.add_argument("--words", type=int, default=10_000, help="the most frequent words that get a vector")
    parser.add_argument("--queries", nargs="*", default=["function", "class", "returns", "can", "string"])
    parser.add_argument("--lr", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    np.random.seed(args.seed)
    corpus, word_to_id, id_to_word = frequent_words(args.words, args.limit)
    print(f"{len(corpus):,} words of prose, {len(word_to_id):,} different")
    contexts, target = create_contexts_target(corpus, window_size=5)
    model = {"cbow": CBOW, "skipgram": SkipGram}[args.model](len(word_to_id), 100, corpus)
    trainer = Trainer(model, Adam(args.lr))
    trainer.fit(contexts, target, args.epochs, batch_size=100, eval_interval=50)
    for query in args.queries:
        most_similar(query, word_to_id, id_to_word, model.word_vecs)
    print(f"loss {trainer.loss_list[-1]:.3f}, at first {trainer.loss_list[0]:.3f}")
    draw(trainer.loss_list, args.model, args.out)


if __name__ == "__main__":
    main()
