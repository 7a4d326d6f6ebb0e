"""Chapter 8: attention. Dates as people write them ("september 27, 1994") are rewritten as 1994-09-27; a map shows what the decoder looked at.

python examples/book/ch08_dates.py
"""

from __future__ import annotations

import argparse

import numpy as np
from shared import new_picture, save, weights, zeros

from minitorch_nlp.classic.attention_layer import TimeAttention
from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.classic.dataset import sequence
from minitorch_nlp.classic.optimizer import Adam
from minitorch_nlp.classic.time_layers import TimeAffine, TimeEmbedding, TimeLSTM, TimeSoftmaxWithLoss
from minitorch_nlp.classic.trainer import Trainer
from minitorch_nlp.classic.util import eval_seq2seq


class AttentionSeq2seq(BaseModel):
    """The decoder starts from the encoder's last state, and at every step looks at all of them."""

    def __init__(self, vocab_size, wordvec_size, hidden_size):
        V, D, H = vocab_size, wordvec_size, hidden_size
        self.enc_embed, self.dec_embed = (TimeEmbedding(weights(V, D, 0.01)) for _ in range(2))
        self.enc_lstm, self.dec_lstm = (
            TimeLSTM(weights(D, 4 * H), weights(H, 4 * H), zeros(4 * H), stateful) for stateful in (False, True)
        )
        self.attention = TimeAttention()
        self.affine = TimeAffine(weights(2 * H, V), zeros(V))
        self.loss_layer = TimeSoftmaxWithLoss()
        layers = [self.enc_embed, self.enc_lstm, self.dec_embed, self.dec_lstm, self.affine]
        self.params = [p for layer in layers for p in layer.params]
        self.grads = [g for layer in layers for g in layer.grads]

    def encode(self, xs):
        hs = self.enc_lstm.forward(self.enc_embed.forward(xs))
        self.dec_lstm.set_state(hs[:, -1])
        return hs

    def decode(self, ts, hs_enc):
        hs = self.dec_lstm.forward(self.dec_embed.forward(ts))
        return self.affine.forward(np.concatenate((self.attention.forward(hs_enc, hs), hs), axis=2))

    def forward(self, xs, ts):
        return self.loss_layer.forward(self.decode(ts[:, :-1], self.encode(xs)), ts[:, 1:])

    def backward(self, dout=1):
        dcontext, dhs = np.split(self.affine.backward(self.loss_layer.backward(dout)), 2, axis=2)
        dhs_enc, dhs_of_attention = self.attention.backward(dcontext)
        self.dec_embed.backward(self.dec_lstm.backward(dhs + dhs_of_attention))
        dhs_enc[:, -1] += self.dec_lstm.dh
        self.enc_embed.backward(self.enc_lstm.backward(dhs_enc))

    def generate(self, xs, start_id, sample_size):
        hs_enc = self.encode(xs)
        written = [start_id]
        self.looked_at = []
        for _ in range(sample_size):
            written.append(int(self.decode(np.array([written[-1:]]), hs_enc).argmax()))
            self.looked_at.append(self.attention.attention_weights[0][0])
        return written[1:]


def draw(model, question, answer, id_to_char, folder):
    """A row for each character written, a column for each of the question (which is read from right to left)."""
    picture = new_picture(8, 4)
    if picture is None:
        return
    figure, axes = picture
    written = model.generate(question[:, ::-1], int(answer[0, 0]), answer.shape[1] - 1)
    axes.imshow(np.array(model.looked_at)[:, ::-1], cmap="Greys", vmin=0, vmax=1)
    axes.set_xticks(range(question.shape[1]), [id_to_char[int(c)] for c in question[0]])
    axes.set_yticks(range(len(written)), [id_to_char[c] for c in written])
    axes.set(xlabel="read", ylabel="written", title="Where the decoder looks")
    save(figure, folder, "ch08_attention.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Dates rewritten, with attention.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rows", type=int, help="how many dates to learn from")
    parser.add_argument("--tests", type=int, default=500, help="how many unseen dates to ask")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.003)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    (x_train, t_train), (x_test, t_test) = sequence.load_data("date.txt")
    char_to_id, id_to_char = sequence.get_vocab()
    np.random.seed(args.seed)
    model = AttentionSeq2seq(len(char_to_id), 16, args.hidden)
    trainer = Trainer(model, Adam(args.lr))
    for _ in range(args.epochs):
        trainer.fit(x_train[: args.rows, ::-1], t_train[: args.rows], 1, batch_size=128, max_grad=5.0)
        right = [eval_seq2seq(model, x_test[[i], ::-1], t_test[[i]], id_to_char, verbos=i < 3, is_reverse=True) for i in range(args.tests)]
        print(f"right answers: {sum(right) / max(len(right), 1):.1%}")
    print(f"loss {trainer.loss_list[-1]:.3f}, at first {trainer.loss_list[0]:.3f}")
    longest = int((x_test != char_to_id[" "]).sum(axis=1).argmax())
    draw(model, x_test[[longest]], t_test[[longest]], id_to_char, args.out)


if __name__ == "__main__":
    main()
