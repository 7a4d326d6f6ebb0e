"""A GPT on English prose, with sub-words and a key-value cache: train, then write.

    python examples/gpt.py

Byte-level BPE learned from the text, a transformer decoder (Radford et al., 2019), sampling with top-k and top-p (Holtzman et al., 2020).
When it writes, each token attends to the cached keys and values of those before; the speed with and without the cache is printed, and that
both write the same. Needs the package tokenizers: pip install 'minitorch-nlp[text]'.
"""

from __future__ import annotations

import math
import time

from minitorch_nlp.examples.tools import options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp import text
from minitorch_nlp.nn.generation import KVCache


class Block(nn.Module):
    """Attention to what came before, then a small network for each position, each beside a residual."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(dropout))

    def attention(self, x, cache):
        N, T, D = x.shape
        q, k, v = (p.view(N, T, self.heads, D // self.heads).transpose(1, 2) for p in self.qkv(x).split(D, dim=2))
        if cache is None:
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True)
        else:
            keys, values = cache.append(k, v)
            y = F.scaled_dot_product_attention(q, keys, values, attn_mask=None if T == 1 else cache.mask(T))
        return F.dropout(self.projection(y.transpose(1, 2).reshape(N, T, D)), self.dropout, self.training)

    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x), cache)
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """Token and position embeddings, blocks, and scores by the token embedding's own weights."""

    def __init__(self, vocabulary: int, width: int, heads: int, layers: int, context: int, dropout: float):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, caches=None):
        """(N, T) tokens -> (N, T, V) scores of the next ones. With `caches`, one per block, `ids` are those that are not in them yet."""
        start = caches[0].length if caches else 0
        h = self.tokens(ids) + self.positions(torch.arange(start, start + ids.size(1), device=ids.device))
        for i, block in enumerate(self.blocks):
            h = block(h, caches[i] if caches else None)
        return F.linear(self.norm(h), self.tokens.weight)

    def caches(self, batch: int) -> list[KVCache]:
        K, D = self.blocks[0].heads, self.tokens.embedding_dim
        return [KVCache(batch, K, self.positions.num_embeddings, D // K, device=self.norm.weight.device) for _ in self.blocks]


def write(model: GPT, bpe: text.SubwordTokenizer, beginning: str, length: int, seed: int, cached: bool, **options) -> tuple[str, float]:
    """`beginning` and what the model writes after it, and the tokens per second."""
    model.eval()
    ids = torch.tensor([bpe.encode(beginning)], device=model.norm.weight.device)
    seen = ids[:, :0]

    def step(fresh, caches):
        nonlocal seen
        if cached:
            return model(fresh, caches)[:, -1], caches
        seen = torch.cat([seen, fresh], dim=1)
        return model(seen)[:, -1], None

    start = time.perf_counter()
    generator = torch.Generator().manual_seed(seed)
    written = text.sample(step, ids, length, state=model.caches(1) if cached else None, generator=generator, **options)
    return bpe.decode(written[0]), length / (time.perf_counter() - start)


@torch.no_grad()
def unseen_loss(model: GPT, ids: torch.Tensor, context: int) -> float:
    """Mean loss per token over windows that cover `ids`."""
    model.eval()
    n = (len(ids) - 1) // context
    x, t = ids[: n * context].view(n, context), ids[1 : n * context + 1].view(n, context)
    total = sum(F.cross_entropy(model(a).flatten(0, 1), b.flatten()).item() * len(a) for a, b in zip(x.split(16), t.split(16)))
    model.train()
    return total / n


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, steps=900, batch=16, context=64, width=128, heads=4, layers=4, dropout=0.1, lr=2e-3, vocabulary=1000,
        length=(150, "tokens to write"),
    )  # fmt: skip
    training, unseen = text.train_valid_test_split(text.prose(), (0.9, 0.1))
    bpe = text.train_bpe([training], args.vocabulary, progress=False)
    ids, held_out = (torch.tensor(bpe.encode(part)).to(args.device) for part in (training, unseen))
    model = GPT(len(bpe), args.width, args.heads, args.layers, args.context + args.length, args.dropout).to(args.device)
    size = sum(p.numel() for p in model.parameters())
    print(f"{len(ids):,} tokens, {len(bpe):,} different, {len(unseen) / len(held_out):.1f} characters each; {size:,} parameters")

    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.99), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=args.lr, total_steps=args.steps, pct_start=0.1)
    losses = []
    for _ in (bar := tqdm(range(args.steps), desc="training", unit="step")):
        x, t = text.random_windows(ids, args.context, args.batch)
        loss = F.cross_entropy(model(x).flatten(0, 1), t.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.2f}")

    score = unseen_loss(model, held_out, args.context)
    bits = score / math.log(2) * len(held_out) / len(unseen)
    how = {"temperature": 0.8, "top_k": 50, "top_p": 0.95}
    with torch.no_grad():
        slow_text, slow = write(model, bpe, "The value", args.length, args.seed, cached=False, **how)
        quick_text, quick = write(model, bpe, "The value", args.length, args.seed, cached=True, **how)
    print(f"--- {quick_text}\n---")
    print(
        f"{quick:.0f} tokens a second with the cache, {slow:.0f} without; {'the same text' if quick_text == slow_text else 'ANOTHER TEXT'} both ways"
    )
    print(f"on unseen text: perplexity {math.exp(score):.1f} per token, {bits:.2f} bits per character")
    picture(args.out / "gpt.png", text.loss_curve, losses, lines={"on unseen text": score}, ylabel="loss (nats per token)")


if __name__ == "__main__":
    main()
