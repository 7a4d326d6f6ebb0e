"""Chapter 5: a language model with a plain recurrent layer, trained on the first thousand words of English prose.

python examples/book/ch05_rnnlm.py
"""

from __future__ import annotations

import argparse

import numpy as np
from prose import frequent_words
from shared import Chain, new_picture, save, weights, zeros

from minitorch_nlp.classic.optimizer import SGD
from minitorch_nlp.classic.time_layers import TimeAffine, TimeEmbedding, TimeRNN, TimeSoftmaxWithLoss
from minitorch_nlp.classic.trainer import RnnlmTrainer


def simple_rnnlm(vocab_size, wordvec_size, hidden_size):
    rnn = TimeRNN(weights(wordvec_size, hidden_size), weights(hidden_size, hidden_size), zeros(hidden_size), stateful=True)
    head = TimeAffine(weights(hidden_size, vocab_size), zeros(vocab_size))
    return Chain([TimeEmbedding(weights(vocab_size, wordvec_size, 0.01)), rnn, head], TimeSoftmaxWithLoss())


def draw(perplexities, folder):
    picture = new_picture()
    if picture is None:
        return
    figure, axes = picture
    axes.semilogy(perplexities)
    axes.set(xlabel="epoch", ylabel="perplexity", title="A recurrent network learns a thousand words by heart")
    save(figure, folder, "ch05_rnnlm.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="A language model with a plain recurrent layer.")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--limit", type=int, default=1000, help="how many words of the text to read")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    np.random.seed(args.seed)
    corpus, word_to_id, _ = frequent_words(args.limit, args.limit)
    print(f"{len(corpus):,} words of prose, {len(word_to_id):,} different")
    trainer = RnnlmTrainer(simple_rnnlm(len(word_to_id), 100, 100), SGD(lr=0.1))
    trainer.fit(corpus[:-1], corpus[1:], args.epochs, batch_size=10, time_size=5, eval_interval=len(corpus) // 50)
    print(f"perplexity {trainer.ppl_list[-1]:.2f}, at first {trainer.ppl_list[0]:.2f}")
    draw(trainer.ppl_list, args.out)


if __name__ == "__main__":
    main()
