"""Translate dates: "september 27, 1994" -> "1994-09-27", by an encoder, a decoder and attention between them.

    python examples/dates.py

The task of "Deep Learning from Scratch 2" (Koki Saitoh, O'Reilly Japan 2018, section 8.3), with Luong's attention (2015). The picture shows
which characters of the source the decoder looked at when it wrote each character of the answer.
"""

from __future__ import annotations

import datetime
import random

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text

FORMATS = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%A, %B %d, %Y", "%m/%d/%y", "%d.%m.%Y", "%Y%m%d", "%d of %B, %Y")
PAD, START, END = "_", "<", ">"
LETTERS = PAD + START + END + "".join(chr(c) for c in range(32, 127) if chr(c) not in PAD + START + END)
NUMBER = {c: i for i, c in enumerate(LETTERS)}


def examples(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """`n` dates: characters (n, S) of a source, of "<YYYY-MM-DD>" (n, 12), and the sources. Years are 1970 to 2069: two digits say which."""
    rng = random.Random(seed)
    first = datetime.date(1970, 1, 1)
    days = [first + datetime.timedelta(days=rng.randrange(36500)) for _ in range(n)]
    sources = [day.strftime(rng.choice(FORMATS)).lower() for day in days]
    targets = [START + day.isoformat() + END for day in days]
    return numbers(sources, 30), numbers(targets, 12), sources


def numbers(texts: list[str], length: int) -> torch.Tensor:
    return torch.tensor([[NUMBER[c] for c in t.ljust(length, PAD)] for t in texts])


class Translator(nn.Module):
    """Two LSTMs; each decoder state attends to all encoder states, and both together say the next character."""

    def __init__(self, width: int):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 32)
        self.encoder = nn.LSTM(32, width // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(32, width, batch_first=True)
        self.head = nn.Linear(2 * width, len(LETTERS))

    def encode(self, x):
        keys, state = self.encoder(self.embedding(x))
        both_ways = tuple(s.transpose(0, 1).reshape(1, len(x), -1) for s in state)
        return keys, x.eq(0).unsqueeze(1), both_ways

    def decode(self, y, keys, padding, state):
        """Scores (N, T, V) of the character after each of `y` (N, T), the weights (N, T, S) of the attention, and the state."""
        h, state = self.decoder(self.embedding(y), state)
        scores = (h @ keys.transpose(1, 2)).masked_fill(padding, -1e9)
        weights = F.softmax(scores, dim=-1)
        return self.head(torch.cat([weights @ keys, h], dim=-1)), weights, state

    def forward(self, x, y):
        return self.decode(y, *self.encode(x))[0]

    @torch.no_grad()
    def translate(self, x, length: int = 11):
        """The likeliest character at each step, (N, length), and where the attention was, (N, length, S)."""
        keys, padding, state = self.encode(x)
        y = torch.full((len(x), 1), NUMBER[START])
        written, looked = [], []
        for _ in range(length):
            scores, weights, state = self.decode(y, keys, padding, state)
            y = scores.argmax(-1)
            written.append(y)
            looked.append(weights)
        return torch.cat(written, 1), torch.cat(looked, 1)


def exact(model: Translator, x, y, batch: int = 500) -> float:
    """The share of dates whose every character is right."""
    right = [(model.translate(x[i : i + batch])[0] == y[i : i + batch, 1:]).all(1) for i in range(0, len(x), batch)]
    return torch.cat(right).float().mean().item()


def train(model: Translator, x, y, epochs: int, batch: int, lr: float, progress) -> list[float]:
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    steps = epochs * (len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=batch, shuffle=True, drop_last=True)
    losses = []
    bar = tqdm(total=steps, desc="training", unit="step")
    for epoch in range(epochs):
        for source, target in loader:
            logits = model(source, target[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            bar.set_postfix(loss=f"{losses[-1]:.4f}")
            bar.update()
        bar.write(f"epoch {epoch + 1}: loss {losses[-1]:.4f}, exact match {progress(model):.1%}")
    bar.close()
    return losses


def main(argv: list[str] | None = None) -> None:
    args = options(__doc__, argv, epochs=3, examples=20_000, width=128, batch=64, lr=4e-3)
    x, y, _ = examples(args.examples, args.seed)
    test_x, test_y, sources = examples(1000, args.seed + 1)
    device = torch.device(args.device)
    model = Translator(args.width).to(device)
    x, y, test_x, test_y = (t.to(device) for t in (x, y, test_x, test_y))
    train(model, x, y, args.epochs, args.batch, args.lr, lambda model: exact(model, test_x, test_y))
    written, looked = model.translate(test_x[:5])
    for source, row in zip(sources, written.tolist()):
        print(f"{source:30} -> {''.join(LETTERS[i] for i in row).rstrip(END)}")
    print(f"exact match on {len(test_x)} unseen dates: {exact(model, test_x, test_y):.1%}")
    longest = max(range(5), key=lambda i: len(sources[i]))
    answer = "".join(LETTERS[i] for i in written[longest].tolist())
    weights = looked[longest, :, : len(sources[longest])]
    picture(args.out / "dates.png", text.attention_map, weights, list(answer), list(sources[longest]), title="Where the decoder looked")


if __name__ == "__main__":
    main()
