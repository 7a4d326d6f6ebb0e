"""Chapter 3: word vectors by predicting a word from its two neighbours (CBOW), with one-hot words and a softmax over all words.

python examples/book/ch03_cbow.py
"""

from __future__ import annotations

import argparse

import numpy as np
from shared import new_picture, save, weights

from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.classic.layers import MatMul, SoftmaxWithLoss
from minitorch_nlp.classic.optimizer import Adam
from minitorch_nlp.classic.trainer import Trainer
from minitorch_nlp.classic.util import convert_one_hot, create_contexts_target, preprocess


class SimpleCBOW(BaseModel):
    """The mean of the neighbours' vectors, scored against every word. Both input layers have the same weight."""

    def __init__(self, vocab_size, hidden_size):
        W_in, W_out = weights(vocab_size, hidden_size, 0.01), weights(hidden_size, vocab_size, 0.01)
        self.in_layers = [MatMul(W_in), MatMul(W_in)]
        self.out_layer, self.loss_layer = MatMul(W_out), SoftmaxWithLoss()
        layers = [*self.in_layers, self.out_layer]
        self.params = [p for layer in layers for p in layer.params]
        self.grads = [g for layer in layers for g in layer.grads]
        self.word_vecs = W_in

    def forward(self, contexts, target):
        """`contexts` (N, 2, V) and `target` (N, V), one-hot."""
        h = sum(layer.forward(contexts[:, i]) for i, layer in enumerate(self.in_layers)) / 2
        return self.loss_layer.forward(self.out_layer.forward(h), target)

    def backward(self, dout=1):
        dh = self.out_layer.backward(self.loss_layer.backward(dout)) / 2
        for layer in self.in_layers:
            layer.backward(dh)


def draw(losses, folder):
    picture = new_picture()
    if picture is None:
        return
    figure, axes = picture
    axes.plot(losses)
    axes.set(xlabel="epoch", ylabel="loss", title="CBOW of one sentence")
    save(figure, folder, "ch03_cbow.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="CBOW of one sentence.")
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    np.random.seed(args.seed)
    corpus, _, id_to_word = preprocess("You say goodbye and I say hello.")
    contexts, target = create_contexts_target(corpus)
    model = SimpleCBOW(len(id_to_word), hidden_size=5)
    trainer = Trainer(model, Adam())
    trainer.fit(*(convert_one_hot(ids, len(id_to_word)) for ids in (contexts, target)), args.epochs, batch_size=3)
    print(f"loss {trainer.loss_list[-1]:.3f}")
    for i, word in id_to_word.items():
        print(f"{word:8}", model.word_vecs[i])
    draw(trainer.loss_list, args.out)


if __name__ == "__main__":
    main()
