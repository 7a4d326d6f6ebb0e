"""Put the spaces back into English: a bidirectional LSTM that tags each character.

    python examples/spaces.py

"thelistofexitfunctions": which characters begin a word? Chinese and Japanese are read that way every day. The tags cost nothing, since any
prose has them. What comes after a character matters as much as what was before, so the LSTM reads both ways (Graves and Schmidhuber, 2005).
The last fifth of the text is kept aside for the test.
"""

from __future__ import annotations

import itertools

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text


def tagged(prose: str) -> tuple[str, list[float]]:
    """The characters of `prose` without its spaces, and for each whether there was one before it.

    >>> tagged("a cat")
    ('acat', [1.0, 1.0, 0.0, 0.0])
    """
    words = prose.split()
    return "".join(words), [float(not i) for word in words for i in range(len(word))]


def spaced(characters: str, begins: list[bool]) -> str:
    return "".join(" " * b + c for c, b in zip(characters, begins)).strip()


class Tagger(nn.Module):
    """Characters -> a bidirectional LSTM -> one score per character (N, T)."""

    def __init__(self, vocabulary: int, width: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 32)
        self.lstm = nn.LSTM(32, width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, 1)

    def forward(self, characters):
        h, _ = self.lstm(self.embedding(characters))
        return self.head(self.dropout(h)).squeeze(-1)


def train(model: Tagger, x: torch.Tensor, t: torch.Tensor, steps: int, batch: int, length: int, lr: float) -> list[float]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    losses = []
    for _ in (bar := tqdm(range(steps), desc="training", unit="step")):
        window = torch.randint(0, len(x) - length, (batch, 1)) + torch.arange(length)
        loss = F.binary_cross_entropy_with_logits(model(x[window]), t[window])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}")
    return losses


@torch.no_grad()
def predict(model: Tagger, x: torch.Tensor, piece: int = 200, rim: int = 40) -> torch.Tensor:
    """Whether each character of one long text begins a word; read in pieces, with some of the text on both sides."""
    model.eval()
    begins = []
    for start in range(0, len(x), piece):
        left = max(start - rim, 0)
        scores = model(x[left : start + piece + rim].unsqueeze(0))[0]
        begins.append(scores[start - left : start - left + piece] > 0)
    return torch.cat(begins)


def word_f1(found: list[bool], true: list[bool]) -> float:
    """The harmonic mean of precision and recall of whole words: both ends must be right."""

    def words(begins: list[bool]) -> set[tuple[int, int]]:
        starts = [i for i, b in enumerate(begins) if b] + [len(begins)]
        return set(itertools.pairwise(starts))

    a, b = words(found), words(true)
    return 2 * len(a & b) / max(len(a) + len(b), 1)


def main(argv: list[str] | None = None) -> None:
    args = options(__doc__, argv, steps=700, batch=32, length=80, width=128, dropout=0.3, lr=6e-3)
    characters, begins = tagged(text.prose().lower())
    cut = len(characters) * 4 // 5
    vocabulary = text.Vocab.from_tokens(characters[:cut], specials=("<unk>",), unk="<unk>")
    x = vocabulary.encode(characters).to(args.device)
    t = torch.tensor(begins).to(args.device)
    model = Tagger(len(vocabulary), args.width, args.dropout).to(args.device)
    print(f"{len(x):,} characters, {len(vocabulary)} different; {sum(p.numel() for p in model.parameters()):,} parameters")
    losses = train(model, x[:cut], t[:cut], args.steps, args.batch, args.length, args.lr)

    found, true = predict(model, x[cut:]).tolist(), (t[cut:] > 0).tolist()
    right = sum(a == b for a, b in zip(found, true)) / len(true)
    print(f"characters tagged right: {right:.1%}; taking none for the beginning of a word: {1 - sum(true) / len(true):.1%}")
    print(f"F1 of whole words on unseen text: {word_f1(found, true):.3f}")
    print("read:   " + characters[cut : cut + 110])
    print("spaced: " + spaced(characters[cut : cut + 110], found[:110]))
    print("was:    " + spaced(characters[cut : cut + 110], true[:110]))
    picture(args.out / "spaces.png", text.loss_curve, losses, ylabel="loss (nats per character)")


if __name__ == "__main__":
    main()
