"""Translate numbers into English with a transformer: "4096" -> "four thousand ninety six".

    python examples/number_words.py

`nn.Transformer` (Vaswani et al., 2017) reads digits and writes words, each after attending to all digits. It is trained on random numbers
below a million and tested on others. The picture shows the loss.
"""

from __future__ import annotations

import math
import random

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
PAD, START, END = "<pad>", "<start>", "<end>"
WORDS = [PAD, START, END, *ONES, *TENS, "hundred", "thousand"]
WORD = {w: i for i, w in enumerate(WORDS)}
DIGITS = 6  # of a source, padded with 10
LONGEST = 12  # words of an answer, with the start and the end


def in_words(n: int) -> list[str]:
    """The words of a number below a million.

    >>> in_words(40_012)
    ['forty', 'thousand', 'twelve']
    """
    if n < 20:
        return [ONES[n]]
    if n < 100:
        return [TENS[n // 10 - 2]] + ([ONES[n % 10]] if n % 10 else [])
    size, name = (100, "hundred") if n < 1000 else (1000, "thousand")
    return [*in_words(n // size), name] + (in_words(n % size) if n % size else [])


def pairs(numbers: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Digits (n, 6) and words (n, 12), both padded."""
    digits = [[int(c) for c in str(n)] for n in numbers]
    words = [[WORD[w] for w in (START, *in_words(n), END)] for n in numbers]
    x = [d + [10] * (DIGITS - len(d)) for d in digits]
    y = [w + [WORD[PAD]] * (LONGEST - len(w)) for w in words]
    return torch.tensor(x), torch.tensor(y)


class Translator(nn.Module):
    """Embeddings with sine positions, `nn.Transformer`, a linear head."""

    def __init__(self, width: int, heads: int, layers: int):
        super().__init__()
        self.digits, self.words = nn.Embedding(11, width), nn.Embedding(len(WORDS), width)
        options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, **options)
        encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)  # which wants norm_first=False
        self.transformer = nn.Transformer(width, heads, layers, layers, 4 * width, custom_encoder=encoder, **options)
        self.head = nn.Linear(width, len(WORDS))
        angle = torch.arange(LONGEST).unsqueeze(1) * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
        self.register_buffer("positions", torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1))

    def forward(self, x, y):
        """Scores (N, T, V) of the word after each of `y` (N, T)."""
        mask = nn.Transformer.generate_square_subsequent_mask(y.size(1))
        padding = x == 10
        source = self.digits(x) + self.positions[: x.size(1)]
        target = self.words(y) + self.positions[: y.size(1)]
        h = self.transformer(
            source, target, tgt_mask=mask, src_key_padding_mask=padding, memory_key_padding_mask=padding, tgt_is_causal=True
        )
        return self.head(h)

    @torch.no_grad()
    def translate(self, x):
        """The likeliest word at each step, until all answers have ended: (N, T) with the start."""
        y = torch.full((len(x), 1), WORD[START])
        while y.size(1) < LONGEST and not (y == WORD[END]).any(1).all():
            y = torch.cat([y, self(x, y)[:, -1:].argmax(-1)], dim=1)
        return y


def words_of(row: list[int]) -> str:
    """The words of an answer, up to its end."""
    end = row.index(WORD[END]) if WORD[END] in row else len(row)
    return " ".join(WORDS[i] for i in row[1:end])


def train(model: Translator, x, y, steps: int, batch: int, lr: float) -> list[float]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    losses = []
    for _ in (bar := tqdm(range(steps), desc="training", unit="step")):
        some = torch.randint(0, len(x), (batch,))
        logits = model(x[some], y[some, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), y[some, 1:].flatten(), ignore_index=WORD[PAD])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.4f}")
    return losses


def main(argv: list[str] | None = None) -> None:
    args = options(__doc__, argv, steps=1200, width=64, heads=4, layers=2, batch=128, lr=3e-3, numbers=20_000)
    rng = random.Random(args.seed)
    drawn = rng.sample(range(1_000_000), args.numbers + 500)
    x, y = (t.to(args.device) for t in pairs(drawn[500:]))
    model = Translator(args.width, args.heads, args.layers).to(args.device)
    losses = train(model, x, y, args.steps, args.batch, args.lr)

    model.eval()
    unseen = drawn[:500]
    written = [words_of(row) for row in model.translate(pairs(unseen)[0].to(args.device)).tolist()]
    for n, words in list(zip(unseen, written))[:5]:
        print(f"{n:7} -> {words}")
    right = sum(words == " ".join(in_words(n)) for n, words in zip(unseen, written))
    print(f"exact match on {len(unseen)} unseen numbers: {right / len(unseen):.1%}")
    picture(args.out / "number_words.png", text.loss_curve, losses, ylabel="loss (nats per word)")


if __name__ == "__main__":
    main()
