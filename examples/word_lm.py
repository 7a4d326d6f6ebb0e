"""A word language model: an LSTM with dropout, whose last layer is its word vectors again.

    python examples/word_lm.py

Dropout between the layers only (Zaremba et al., 2014), one matrix for reading and writing words (Press and Wolf, 2017), truncated
backpropagation through time with the state carried over. Perplexity on unseen text is compared with word frequencies alone.
"""

from __future__ import annotations

import math

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text


class WordLM(nn.Module):
    """Embedding -> dropout -> LSTM -> dropout -> scores by the embedding's own weights."""

    def __init__(self, vocabulary: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, layers, dropout=dropout if layers > 1 else 0.0)
        self.head = nn.Linear(width, vocabulary)
        self.head.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.head.bias)

    def forward(self, words, state=None):
        """(T, N) words -> (T, N, V) scores of the next ones, and the state."""
        h, state = self.lstm(self.dropout(self.embedding(words)), state)
        return self.head(self.dropout(h)), state


@torch.no_grad()
def perplexity(model: WordLM, ids: torch.Tensor) -> float:
    """exp of the mean negative log-likelihood of each word after all words before it."""
    model.eval()
    state, nll = None, 0.0
    for x, t in text.BPTTBatches(ids, 1, 200):
        logits, state = model(x, state)
        nll += F.cross_entropy(logits.flatten(0, 1), t.flatten(), reduction="sum").item()
    model.train()
    return text.perplexity(nll, len(ids) - 1)


def train(model: WordLM, ids: torch.Tensor, unseen: torch.Tensor, args) -> tuple[list[float], float]:
    """The losses, and the best perplexity on unseen text, whose weights the model then has."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    batches = text.BPTTBatches(ids, args.batch, args.length)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * len(batches), eta_min=args.lr / 20)
    losses, best, kept = [], math.inf, {}
    bar = tqdm(total=args.epochs * len(batches), desc="training", unit="step")
    for _ in range(args.epochs):
        state = None
        for x, t in batches:
            logits, state = model(x, text.detach_state(state))
            loss = F.cross_entropy(logits.flatten(0, 1), t.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            bar.update()
        score = perplexity(model, unseen)
        bar.set_postfix(loss=f"{losses[-1]:.2f}", perplexity=f"{score:.0f}")
        if score < best:
            best, kept = score, {name: value.clone() for name, value in model.state_dict().items()}
    bar.close()
    model.load_state_dict(kept)
    return losses, best


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, epochs=12, width=200, layers=2, batch=20, length=35, dropout=0.5, lr=3e-3, weight_decay=0.05, min_freq=3,
    )  # fmt: skip
    words = list(text.tokens(text.prose().splitlines(), end="<end>"))
    training, unseen = text.train_valid_test_split(words, (0.9, 0.1))
    vocabulary = text.Vocab.from_tokens(training, min_freq=args.min_freq, specials=("<unk>",), unk="<unk>")
    ids, held_out = vocabulary.encode(training).to(args.device), vocabulary.encode(unseen).to(args.device)
    model = WordLM(len(vocabulary), args.width, args.layers, args.dropout).to(args.device)
    print(f"{len(words):,} words, {len(vocabulary):,} different; {sum(p.numel() for p in model.parameters()):,} parameters")
    losses, score = train(model, ids, held_out, args)

    frequency = (text.token_counts(ids, len(vocabulary)) + 1.0) / (len(ids) + len(vocabulary))
    unigram = text.perplexity(-frequency[held_out].log().sum().item(), len(held_out))
    model.eval()

    def step(ids, state):
        logits, state = model(ids.T, state)
        return logits[-1].index_fill(1, torch.tensor([vocabulary["<unk>"]]), -math.inf), state

    begun = vocabulary.encode(text.words("The value of")).unsqueeze(0).to(args.device)
    written = text.sample(step, begun, 60, temperature=0.8, generator=torch.Generator().manual_seed(args.seed))
    print("--- " + " ".join(vocabulary.lookup_tokens(written[0])).replace("<end>", "\n   "))
    print(f"perplexity on unseen text: word frequencies {unigram:.0f}, this model {score:.0f}")
    picture(
        args.out / "word_lm.png", text.loss_curve, losses, lines={"word frequencies": math.log(unigram), "on unseen text": math.log(score)}
    )


if __name__ == "__main__":
    main()
