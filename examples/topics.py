"""Say where a paragraph comes from: a convolutional classifier of text, TextCNN (Kim, 2014).

    python examples/topics.py

Python's help has some eighty topics; the paragraphs of the longest ones are the examples, their topic is the class. Filters of three, four
and five words slide over the word vectors; the largest answer of each filter, wherever it was, is what the classifier sees. Paragraphs are
split at random into training and test.
"""

from __future__ import annotations

import random
from pydoc_data.topics import topics

from minitorch_nlp.examples.tools import drawing, options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text

LENGTH = 60  # words of a paragraph that are read


def paragraphs(classes: int) -> tuple[list[tuple[list[str], int]], list[str]]:
    """(words, class) for each paragraph of the longest topics whose text is not part of another's, and the topics' names."""
    chosen: list[str] = []
    seen: set[str] = set()
    pairs = []
    for name in sorted(topics, key=lambda name: (-len(topics[name]), name)):
        found = [" ".join(p.split()) for p in topics[name].split("\n\n")]
        found = [p for p in found if len(p) > 80 and p[0].isupper()]
        new = [p for p in found if p not in seen]
        if len(new) < 0.9 * len(found) or len(chosen) == classes:
            continue
        seen.update(new)
        pairs += [(text.words(p, lower=True)[:LENGTH], len(chosen)) for p in new]
        chosen.append(name)
    return pairs, chosen


class TextCNN(nn.Module):
    """Embedding -> convolutions of several widths -> the maximum over time -> dropout -> linear."""

    def __init__(self, vocabulary: int, classes: int, width: int, channels: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.convolutions = nn.ModuleList([nn.Conv1d(width, channels, size, padding=size // 2) for size in (3, 4, 5)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(3 * channels, classes)

    def forward(self, x):
        h = self.dropout(self.embedding(x)).transpose(1, 2)
        largest = [F.relu(convolution(h)).max(dim=2).values for convolution in self.convolutions]
        return self.head(self.dropout(torch.cat(largest, dim=1)))


def train(model: TextCNN, data, epochs: int, batch: int, lr: float) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.1)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    for _ in (bar := tqdm(range(epochs), desc="training", unit="epoch")):
        total = 0.0
        for x, t in loader:
            loss = F.cross_entropy(model(x), t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() / len(loader)
        bar.set_postfix(loss=f"{total:.3f}")


def main(argv: list[str] | None = None) -> None:
    args = options(__doc__, argv, epochs=12, classes=8, width=64, channels=64, dropout=0.5, batch=32, lr=2e-3)
    pairs, names = paragraphs(args.classes)
    random.Random(args.seed).shuffle(pairs)
    cut = len(pairs) * 4 // 5
    vocabulary = text.Vocab.from_tokens(
        (w for words, _ in pairs[:cut] for w in words), min_freq=2, specials=("<pad>", "<unk>"), unk="<unk>"
    )
    x = torch.tensor([vocabulary.lookup_indices(words + ["<pad>"] * (LENGTH - len(words))) for words, _ in pairs]).to(args.device)
    t = torch.tensor([label for _, label in pairs]).to(args.device)
    model = TextCNN(len(vocabulary), len(names), args.width, args.channels, args.dropout).to(args.device)
    print(f"{cut} paragraphs to learn from, {len(pairs) - cut} to test; {len(vocabulary):,} words; topics: {', '.join(names)}")
    train(model, torch.utils.data.TensorDataset(x[:cut], t[:cut]), args.epochs, args.batch, args.lr)

    model.eval()
    with torch.no_grad():
        found, true = model(x[cut:]).argmax(1), t[cut:]
    commonest = torch.bincount(true).max().item() / len(true)
    print(f"accuracy on unseen paragraphs: {(found == true).float().mean().item():.1%}; always the commonest topic: {commonest:.1%}")
    confusion = torch.zeros(len(names), len(names))
    confusion.index_put_((true, found), torch.ones(len(true)), accumulate=True)

    def draw(axes):
        axes.imshow(confusion / confusion.sum(1, keepdim=True).clamp(min=1), cmap="Blues", vmin=0, vmax=1)
        for i in range(len(names)):
            for j in range(len(names)):
                axes.text(j, i, f"{confusion[i, j].item():.0f}", ha="center", va="center", fontsize=8)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), names)
        axes.set(xlabel="said", ylabel="true", title="Paragraphs of each topic, and what the classifier said")

    picture(args.out / "topics.png", drawing, draw, size=(6.5, 6))


if __name__ == "__main__":
    main()
