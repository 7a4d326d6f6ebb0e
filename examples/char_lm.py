"""A character language model on real English, written as one would in PyTorch.

    python examples/char_lm.py                      # an LSTM on the prose of Python's own help topics
    python examples/char_lm.py --model gpt --text my_book.txt
    python examples/char_lm.py --resume             # go on after an interruption: the result is the same to the last bit

The model reads characters and predicts the next one. Its validation perplexity (how many characters it hesitates between) is shown beside
that of two counting models: unigram (letter frequencies) and bigram (frequencies after the letter before).
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text


class CharLSTM(nn.Module):
    """Embedding -> LSTM -> Linear: (N, T) characters to (N, T, V) scores of the next one."""

    def __init__(self, vocabulary: int, width: int, layers: int, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width // 4)
        self.lstm = nn.LSTM(width // 4, width, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, x, state=None):
        h, state = self.lstm(self.embedding(x), state)
        return self.head(h), state

    def step(self, ids, state):
        """Scores (N, V) of the character after `ids` (N, T); what came before them is in the state."""
        logits, state = self(ids, state)
        return logits[:, -1], state


class Block(nn.Module):
    """A transformer block: attention to the characters before, then a small network for each position."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)
        self.heads = heads

    def attention(self, x):
        N, T, D = x.shape
        q, k, v = (p.view(N, T, self.heads, D // self.heads).transpose(1, 2) for p in self.qkv(x).split(D, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.projection(y.transpose(1, 2).reshape(N, T, D))

    def forward(self, x):
        x = x + self.dropout(self.attention(self.norm1(x)))
        return x + self.dropout(self.mlp(self.norm2(x)))


class CharGPT(nn.Module):
    """A small GPT: token and position embeddings, blocks, a linear head."""

    def __init__(self, vocabulary: int, width: int, layers: int, dropout: float, context: int, heads: int = 4):
        super().__init__()
        self.context = context
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*[Block(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, x, state=None):
        h = self.tokens(x) + self.positions(torch.arange(x.size(1)))
        return self.head(self.norm(self.blocks(h))), None

    def step(self, ids, state):
        """Scores (N, V) of the character after `ids` (N, T); the state is the text before them, as far as the model sees."""
        seen = (ids if state is None else torch.cat([state, ids], dim=1))[:, -self.context :]
        logits, _ = self(seen)
        return logits[:, -1], seen


# ---- how good it is ------------------------------------------------------------------------------------------------------------------------


@torch.no_grad()
def perplexity(model, data, length: int) -> float:
    """exp of the mean loss per character, over the whole of `data` in windows."""
    model.eval()
    total = count = 0
    n = (len(data) - 1) // length
    inputs, targets = data[: n * length].view(n, length), data[1 : n * length + 1].view(n, length)
    for x, y in zip(inputs.split(64), targets.split(64)):
        logits, _ = model(x)
        total += F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1), reduction="sum").item()
        count += y.numel()
    model.train()
    return text.perplexity(total, count)


def counting_baselines(train, valid, vocabulary: int) -> tuple[float, float]:
    """Validation perplexity of letter frequencies, and of frequencies after the letter before (add-one smoothing)."""
    one = torch.bincount(train, minlength=vocabulary).float() + 1
    unigram = torch.exp(-torch.log(one / one.sum())[valid[1:]].mean()).item()
    pairs = torch.bincount(train[:-1] * vocabulary + train[1:], minlength=vocabulary**2).view(vocabulary, vocabulary).float() + 1
    conditional = torch.log(pairs / pairs.sum(1, keepdim=True))
    bigram = torch.exp(-conditional[valid[:-1], valid[1:]].mean()).item()
    return unigram, bigram


def sample(model, vocab: text.Vocab, prompt: str, length: int, generator) -> str:
    """Text drawn from the model one character at a time, after `prompt`."""
    model.eval()
    start = vocab.encode([c for c in prompt if c in vocab] or vocab.tokens[:1])
    ids = text.sample(model.step, start[None], length, temperature=0.8, generator=generator)
    model.train()
    return "".join(vocab.decode(ids[0]))


# ---- training --------------------------------------------------------------------------------------------------------------------


def make_model(args, vocabulary: int):
    if args.model == "lstm":
        return CharLSTM(vocabulary, args.width or 256, args.layers or 1, args.dropout)
    return CharGPT(vocabulary, args.width or 128, args.layers or 4, args.dropout, args.length)


def save_checkpoint(path: Path, model, optimizer, generator, losses: list[float], vocab: text.Vocab) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "data_generator": generator.get_state(),
        "default_generator": torch.get_rng_state(),
        "losses": losses,
        "letters": vocab.tokens,
    }
    torch.save(state, path)


def load_checkpoint(path: Path, model, optimizer, generator, vocab: text.Vocab) -> list[float]:
    state = torch.load(path)
    if state["letters"] != vocab.tokens:
        raise SystemExit(f"{path} was trained on a text with other characters; give the same --text, or start anew without --resume")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    generator.set_state(state["data_generator"])
    torch.set_rng_state(state["default_generator"])
    return list(state["losses"])


def train(args, model, optimizer, data, generator, losses: list[float], vocab: text.Vocab) -> None:
    """Train up to `args.steps` steps, saving a checkpoint now and then; `losses` grows."""
    path = args.out / f"char_{args.model}.pt"
    started, first = time.perf_counter(), len(losses)
    with tqdm(total=args.steps, initial=first, unit="step", dynamic_ncols=True) as bar:
        for step in range(first, args.steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, args)
            x, y = text.random_windows(data, args.length, args.batch, generator=generator)
            logits, _ = model(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            speed = (step + 1 - first) * args.length * args.batch / (time.perf_counter() - started)
            bar.set_postfix_str(f"loss {losses[-1]:.3f}, {speed / 1000:.1f}k characters/s", refresh=False)
            bar.update()
            if (step + 1) % args.save_every == 0 or step + 1 == args.steps:
                save_checkpoint(path, model, optimizer, generator, losses, vocab)


def learning_rate(step: int, args) -> float:
    """A short linear warm-up, then half a cosine down to a tenth."""
    warm = min(1.0, (step + 1) / 50)
    return args.lr * warm * (0.55 + 0.45 * math.cos(math.pi * step / args.steps))


def plot_losses(losses: list[float], scores: dict[str, float], path: Path) -> bool:
    """A picture of the loss curve with the perplexities in `scores` as lines; False where matplotlib is missing."""
    lines = {f"{name}: perplexity {value:.2f}": math.log(value) for name, value in scores.items()}
    try:
        title = "A character language model, trained with minitorch_nlp"
        text.loss_curve(losses, path, lines=lines, title=title, ylabel="loss (nats per character)")
    except ImportError:
        return False
    return True


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="char_lm", description="Train a character language model on a text.")
    parser.add_argument("--model", choices=("lstm", "gpt"), default="lstm")
    parser.add_argument("--text", type=Path, help="a text file (default: Python's help topics)")
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--batch", type=int, default=32, help="windows per step")
    parser.add_argument("--length", type=int, default=64, help="characters per window")
    parser.add_argument("--width", type=int, help="hidden units (default: 256 for lstm, 128 for gpt)")
    parser.add_argument("--layers", type=int, help="layers (default: 1 for lstm, 4 for gpt)")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save-every", type=int, default=50, help="steps between checkpoints")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the checkpoint and the picture")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    corpus = text.read_text(args.text) if args.text else text.prose()
    vocab = text.Vocab.from_tokens(corpus)
    data = vocab.encode(corpus)
    split = len(data) * 9 // 10
    training, validation = data[:split], data[split:]
    if len(validation) < args.length + 2:
        raise SystemExit(
            f"the text is too short: {len(corpus)} characters; windows of {args.length} need at least {10 * (args.length + 2)}"
        )

    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    model = make_model(args, len(vocab))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    unigram, bigram = counting_baselines(training, validation, len(vocab))
    size = sum(p.numel() for p in model.parameters())
    print(f"{len(corpus):,} characters, {len(vocab)} different; {args.model} with {size:,} parameters")
    losses: list[float] = []
    checkpoint = args.out / f"char_{args.model}.pt"
    if args.resume and checkpoint.exists():
        losses = load_checkpoint(checkpoint, model, optimizer, generator, vocab)
        print(f"resumed at step {len(losses)} from {checkpoint}")
    else:
        print("\n--- before training ---\n" + sample(model, vocab, "The ", 200, torch.Generator().manual_seed(1)) + "\n")

    train(args, model, optimizer, training, generator, losses, vocab)

    score = perplexity(model, validation, args.length)
    print("\n--- after training ---\n" + sample(model, vocab, "The ", 400, torch.Generator().manual_seed(1)) + "\n")
    print(f"validation perplexity: unigram {unigram:.2f}, bigram {bigram:.2f}, {args.model} {score:.2f}")
    picture = args.out / f"char_{args.model}.png"
    drawn = plot_losses(losses, {"unigram": unigram, "bigram": bigram, f"{args.model} on unseen text": score}, picture)
    print(f"checkpoint: {checkpoint}" + (f"; loss curve: {picture}" if drawn else "; install matplotlib for a loss curve"))


if __name__ == "__main__":
    main()
