"""Chapter 7: addition as translation. An LSTM reads "57+5", another writes "62", a character at a time.

python examples/book/ch07_addition.py                # questions reversed, and a decoder that sees the encoder's state at every step
python examples/book/ch07_addition.py --plain        # neither
"""

from __future__ import annotations

import argparse

import numpy as np
from shared import new_picture, save, weights, zeros

from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.classic.dataset import sequence
from minitorch_nlp.classic.optimizer import Adam
from minitorch_nlp.classic.time_layers import TimeAffine, TimeEmbedding, TimeLSTM, TimeSoftmaxWithLoss
from minitorch_nlp.classic.trainer import Trainer
from minitorch_nlp.classic.util import eval_seq2seq


class Seq2seq(BaseModel):
    """An encoder whose last state is where the decoder starts."""

    extra = 0  # how much wider the decoder's inputs are

    def __init__(self, vocab_size, wordvec_size, hidden_size):
        V, D, H, E = vocab_size, wordvec_size, hidden_size, self.extra * hidden_size
        self.encoder = [TimeEmbedding(weights(V, D, 0.01)), TimeLSTM(weights(D, 4 * H), weights(H, 4 * H), zeros(4 * H))]
        self.embed = TimeEmbedding(weights(V, D, 0.01))
        self.lstm = TimeLSTM(weights(D + E, 4 * H), weights(H, 4 * H), zeros(4 * H), stateful=True)
        self.affine = TimeAffine(weights(H + E, V), zeros(V))
        self.loss_layer = TimeSoftmaxWithLoss()
        layers = [*self.encoder, self.embed, self.lstm, self.affine]
        self.params = [p for layer in layers for p in layer.params]
        self.grads = [g for layer in layers for g in layer.grads]

    def encode(self, xs):
        embed, lstm = self.encoder
        self.length = xs.shape[1]
        return lstm.forward(embed.forward(xs))[:, -1]

    def decode(self, ts, h):
        return self.affine.forward(self.lstm.forward(self.embed.forward(ts)))

    def forward(self, xs, ts):
        h = self.encode(xs)
        self.lstm.set_state(h)
        return self.loss_layer.forward(self.decode(ts[:, :-1], h), ts[:, 1:])

    def decode_backward(self, dscore):
        """The gradient of the encoder's state."""
        self.embed.backward(self.lstm.backward(self.affine.backward(dscore)))
        return self.lstm.dh

    def backward(self, dout=1):
        dh = self.decode_backward(self.loss_layer.backward(dout))
        embed, lstm = self.encoder
        dhs = np.zeros((len(dh), self.length, dh.shape[1]), dh.dtype)
        dhs[:, -1] = dh
        embed.backward(lstm.backward(dhs))

    def generate(self, xs, start_id, sample_size):
        h = self.encode(xs)
        self.lstm.set_state(h)
        written = [start_id]
        for _ in range(sample_size):
            written.append(int(self.decode(np.array([written[-1:]]), h).argmax()))
        return written[1:]


class PeekySeq2seq(Seq2seq):
    """Every step of the decoder sees the encoder's last state, before its LSTM and after it."""

    extra = 1

    def decode(self, ts, h):
        self.size = h.shape[1]
        peek = np.broadcast_to(h[:, None], (*ts.shape, self.size))
        hs = self.lstm.forward(np.concatenate((peek, self.embed.forward(ts)), axis=2))
        return self.affine.forward(np.concatenate((peek, hs), axis=2))

    def decode_backward(self, dscore):
        dafter = self.affine.backward(dscore)
        dbefore = self.lstm.backward(dafter[:, :, self.size :])
        self.embed.backward(dbefore[:, :, self.size :])
        return self.lstm.dh + dafter[:, :, : self.size].sum(axis=1) + dbefore[:, :, : self.size].sum(axis=1)


def draw(accuracies, folder):
    picture = new_picture()
    if picture is None:
        return
    figure, axes = picture
    axes.plot(range(1, len(accuracies) + 1), accuracies, "o-")
    axes.set(xlabel="epoch", ylabel="right answers", title="Addition, unseen questions", ylim=(0, 1))
    save(figure, folder, "ch07_addition.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Addition as translation.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--plain", action="store_true", help="questions as they are, and a decoder that starts from the state and no more")
    parser.add_argument("--rows", type=int, help="how many questions to learn from")
    parser.add_argument("--tests", type=int, default=500, help="how many unseen questions to ask")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    (x_train, t_train), (x_test, t_test) = sequence.load_data("addition.txt")
    char_to_id, id_to_char = sequence.get_vocab()
    if not args.plain:
        x_train, x_test = x_train[:, ::-1], x_test[:, ::-1]
    np.random.seed(args.seed)
    model = (Seq2seq if args.plain else PeekySeq2seq)(len(char_to_id), 16, args.hidden)
    trainer = Trainer(model, Adam(args.lr))
    accuracies = []
    for _ in range(args.epochs):
        trainer.fit(x_train[: args.rows], t_train[: args.rows], 1, batch_size=128, max_grad=5.0)
        right = [
            eval_seq2seq(model, x_test[[i]], t_test[[i]], id_to_char, verbos=i < 3, is_reverse=not args.plain) for i in range(args.tests)
        ]
        accuracies.append(sum(right) / max(len(right), 1))
        print(f"right answers: {accuracies[-1]:.1%}")
    print(f"loss {trainer.loss_list[-1]:.3f}, at first {trainer.loss_list[0]:.3f}")
    draw(accuracies, args.out)


if __name__ == "__main__":
    main()
