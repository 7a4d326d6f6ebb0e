"""Chapter 6: a language model of two LSTM layers, with dropout between all layers and one matrix as embedding and as output weight.

    python examples/book/ch06_lstm.py

English prose, the last tenth for validation; the rate is quartered whenever the validation perplexity does not fall. The book's own sizes (with the Penn
Treebank's files in a folder named by MINITORCH_NLP_PTB): --size 650 --epochs 40 --lr 20 --batch 20 --length 35.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from prose import frequent_words
from shared import Chain, new_picture, save, weights, zeros

from minitorch_nlp.classic.optimizer import SGD
from minitorch_nlp.classic.time_layers import TimeAffine, TimeDropout, TimeEmbedding, TimeLSTM, TimeSoftmaxWithLoss
from minitorch_nlp.classic.trainer import RnnlmTrainer
from minitorch_nlp.classic.util import eval_perplexity


class BetterRnnlm(Chain):
    """Embedding, LSTM, LSTM and the embedding's transpose, with dropout before each but the first."""

    def __init__(self, vocab_size, size, dropout_ratio):
        embed_W = weights(vocab_size, size, 0.01)
        lstms = [TimeLSTM(weights(size, 4 * size), weights(size, 4 * size), zeros(4 * size), stateful=True) for _ in range(2)]
        self.drops = [TimeDropout(dropout_ratio) for _ in range(3)]
        inside = [layer for pair in zip(self.drops, [*lstms, TimeAffine(embed_W.T, zeros(vocab_size))]) for layer in pair]
        super().__init__([TimeEmbedding(embed_W), *inside], TimeSoftmaxWithLoss())

    def forward(self, xs, ts, train_flg=True):
        for drop in self.drops:
            drop.train_flg = train_flg
        return super().forward(xs, ts)


def draw(training, validation, folder):
    picture = new_picture()
    if picture is None:
        return
    figure, axes = picture
    axes.semilogy(np.linspace(0, len(validation), len(training)), training, alpha=0.5, label="training")
    axes.semilogy(range(1, len(validation) + 1), validation, "o-", label="validation")
    axes.set(xlabel="epoch", ylabel="perplexity", title="Two LSTM layers, dropout, shared weights")
    axes.legend(frameon=False)
    save(figure, folder, "ch06_lstm.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="A language model of two LSTM layers.")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--size", type=int, default=100, help="of the vectors and of the layers")
    parser.add_argument("--limit", type=int, help="how many words of the text to read")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--length", type=int, default=20, help="of a step's part of the text")
    parser.add_argument("--lr", type=float, default=10.0)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    args = parser.parse_args(argv)
    np.random.seed(args.seed)
    corpus, word_to_id, _ = frequent_words(10_000, args.limit)
    training, validation = np.split(corpus, [len(corpus) * 9 // 10])
    print(f"{len(corpus):,} words of prose, {len(word_to_id):,} different")
    model = BetterRnnlm(len(word_to_id), args.size, args.dropout)
    optimizer = SGD(args.lr)
    trainer = RnnlmTrainer(model, optimizer)
    best, perplexities = math.inf, []
    args.out.mkdir(parents=True, exist_ok=True)
    for _ in range(args.epochs):
        trainer.fit(training[:-1], training[1:], 1, args.batch, args.length, max_grad=0.25)
        model.reset_state()
        perplexities.append(eval_perplexity(model, validation, args.batch, args.length))
        model.reset_state()
        print(f"validation perplexity {perplexities[-1]:.1f}")
        if perplexities[-1] < best:
            best = perplexities[-1]
            model.save_params(str(args.out / "BetterRnnlm.pkl"))
        else:
            optimizer.lr /= 4
    print(f"best validation perplexity {best:.1f}; a uniform guess has {len(word_to_id)}")
    draw(trainer.ppl_list, perplexities, args.out)


if __name__ == "__main__":
    main()
