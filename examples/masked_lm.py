"""A masked language model: BERT in small (Devlin et al., 2019).

    python examples/masked_lm.py

A transformer encoder reads English with some words hidden and says which they were, from both sides. As in the paper 15 % of the words are
asked for; of these 80 % are hidden, 10 % are another word, 10 % stay as they are.
"""

from __future__ import annotations

import math

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text

MASK, UNKNOWN = "<mask>", "<unk>"
NOT_ASKED = -100
ASKED = (
    "if the file does not <mask> , an exception is raised",
    "the following example <mask> how to use it",
    "a function is called with one <mask>",
    "it is a list <mask> strings",
)


class MaskedLM(nn.Module):
    """Words and positions -> transformer encoder -> scores of the words at each place (N, T, V)."""

    def __init__(self, vocabulary: int, width: int, heads: int, layers: int, length: int, dropout: float):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        nn.init.normal_(self.words.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, x):
        h = self.words(x) + self.positions(torch.arange(x.size(1), device=x.device))
        return F.linear(self.transform(self.encoder(h)), self.words.weight, self.bias)


def hide(x: torch.Tensor, vocabulary: text.Vocab, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model reads, and what it is asked: the hidden words, `NOT_ASKED` elsewhere."""
    asked = (torch.rand(x.shape) < share) & (x != vocabulary[UNKNOWN])
    dice = torch.rand(x.shape)
    other = torch.randint(2, len(vocabulary), x.shape)
    read = torch.where(asked & (dice < 0.8), torch.full_like(x, vocabulary[MASK]), torch.where(asked & (dice > 0.9), other, x))
    return read, torch.where(asked, x, torch.full_like(x, NOT_ASKED))


def loss_of(model: MaskedLM, x: torch.Tensor, vocabulary: text.Vocab, share: float) -> torch.Tensor:
    read, asked = hide(x, vocabulary, share)
    return F.cross_entropy(model(read).flatten(0, 1), asked.flatten(), ignore_index=NOT_ASKED)


@torch.no_grad()
def accuracy(model: MaskedLM, ids: torch.Tensor, length: int, vocabulary: text.Vocab) -> tuple[float, float]:
    """How many hidden words of unseen text are found, first guess; and how many always saying "the" would find."""
    model.eval()
    rows = ids[: len(ids) // length * length].view(-1, length)
    read, asked = hide(rows, vocabulary, 0.15)
    read = torch.where(asked != NOT_ASKED, torch.full_like(read, vocabulary[MASK]), read)
    found = torch.cat([model(part).argmax(-1) for part in read.split(32)])
    known = asked != NOT_ASKED
    model.train()
    return (found == asked)[known].float().mean().item(), (asked == vocabulary["the"])[known].float().mean().item()


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, steps=1500, batch=24, length=48, width=128, heads=4, layers=2, dropout=0.1, lr=1.5e-3, min_freq=3,
        share=(0.15, "of words asked for"),
    )  # fmt: skip
    words = list(text.tokens(text.prose().lower().splitlines(), end="<end>"))
    training, unseen = text.train_valid_test_split(words, (0.9, 0.1))
    vocabulary = text.Vocab.from_tokens(training, min_freq=args.min_freq, specials=(UNKNOWN, MASK), unk=UNKNOWN)
    ids, held_out = vocabulary.encode(training).to(args.device), vocabulary.encode(unseen).to(args.device)
    model = MaskedLM(len(vocabulary), args.width, args.heads, args.layers, args.length, args.dropout).to(args.device)
    print(f"{len(words):,} words, {len(vocabulary):,} different; {sum(p.numel() for p in model.parameters()):,} parameters")

    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=args.lr, total_steps=args.steps)
    losses = []
    for _ in (bar := tqdm(range(args.steps), desc="training", unit="step")):
        x, _ = text.random_windows(ids, args.length, args.batch)
        loss = loss_of(model, x, vocabulary, args.share)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.2f}")

    right, guess = accuracy(model, held_out, args.length, vocabulary)
    model.eval()
    for sentence in ASKED:
        tokens = sentence.split()
        with torch.no_grad():
            scores = model(vocabulary.encode(["<end>", *tokens, ".", "<end>"]).unsqueeze(0).to(args.device))[0, tokens.index(MASK) + 1]
        best = scores.softmax(-1).topk(4)
        print(f"{sentence}: " + ", ".join(f"{w} {p:.0%}" for w, p in zip(vocabulary.lookup_tokens(best.indices), best.values.tolist())))
    print(
        f"hidden words of unseen text found: {right:.1%}; always saying 'the': {guess:.1%}; loss of chance {math.log(len(vocabulary)):.2f}"
    )
    picture(args.out / "masked_lm.png", text.loss_curve, losses, ylabel="loss (nats per hidden word)")


if __name__ == "__main__":
    main()
