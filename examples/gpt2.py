"""GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019) from a Hugging Face folder, and text from it.

    python examples/gpt2.py FOLDER --prompt "The meaning of life is" --tokens 40 --temperature 0.8

FOLDER holds config.json, the weights (model.safetensors, or several files with an index, or pytorch_model.bin) and the tokenizer (vocab.json
and merges.txt, or tokenizer.json), as in huggingface.co/openai-community/gpt2. Modules have the names of those files' keys. For reading, not
for training: there is no dropout. All but the cache and `load_sharded` is PyTorch's.

Needs: pip install 'minitorch-nlp[safetensors,text]'
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp.nn.generation import KVCache
from minitorch_nlp.nn.utils import skip_init
from minitorch_nlp.safetensors import load_sharded

ACTIVATIONS = {"gelu_new": partial(F.gelu, approximate="tanh"), "gelu": F.gelu, "relu": F.relu, "silu": F.silu}
# What else a GPT-2 can have, and how it must be for the lines below to be that model.
AS_USUAL = {"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}


class Conv1D(nn.Module):
    """y = x W + b, the weight stored as (in, out): the transpose of a Linear's."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    """Each position attends to itself and those before, with several heads."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.c_attn, self.c_proj = Conv1D(width, 3 * width), Conv1D(width, width)

    def forward(self, x, cache=None):
        N, T, D = x.shape
        q, k, v = (part.view(N, T, self.heads, D // self.heads).transpose(1, 2) for part in self.c_attn(x).split(D, dim=2))
        if cache is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:  # the keys and values of the positions before are in the cache
            keys, values = cache.append(k, v)
            y = F.scaled_dot_product_attention(q, keys, values, attn_mask=cache.mask(T) if T > 1 else None)
        return self.c_proj(y.transpose(1, 2).reshape(N, T, D))


class MLP(nn.Module):
    """A network of one hidden layer, for each position."""

    def __init__(self, width: int, hidden: int, activation: str):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(width, hidden), Conv1D(hidden, width)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x):
        return self.c_proj(self.activation(self.c_fc(x)))


class Block(nn.Module):
    """Attention, then the network for each position, each added to its normalized input."""

    def __init__(self, config: dict):
        super().__init__()
        width, eps = config["n_embd"], config["layer_norm_epsilon"]
        self.ln_1 = nn.LayerNorm(width, eps=eps)
        self.attn = Attention(width, config["n_head"])
        self.ln_2 = nn.LayerNorm(width, eps=eps)
        self.mlp = MLP(width, config.get("n_inner") or 4 * width, config["activation_function"])

    def forward(self, x, cache=None):
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    """(N, T) token ids to (N, T, V) scores of the next one. `config` is the dict in config.json. Weights are to be loaded."""

    def __init__(self, config: dict):
        super().__init__()
        odd = {k: config[k] for k, usual in AS_USUAL.items() if config.get(k, usual) != usual}
        if odd or config["activation_function"] not in ACTIVATIONS:
            raise NotImplementedError(f"this GPT-2 is another: {odd or config['activation_function']}")
        self.config = config
        width = config["n_embd"]
        self.transformer = nn.Module()
        self.transformer.wte = skip_init(nn.Embedding, config["vocab_size"], width)
        self.transformer.wpe = skip_init(nn.Embedding, config["n_positions"], width)
        self.transformer.h = nn.ModuleList([Block(config) for _ in range(config["n_layer"])])
        self.transformer.ln_f = nn.LayerNorm(width, eps=config["layer_norm_epsilon"])
        self.lm_head = skip_init(nn.Linear, width, config["vocab_size"], bias=False)
        if config.get("tie_word_embeddings", True):
            self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens, caches=None):
        parts = self.transformer
        start = caches[0].length if caches else 0
        positions = torch.arange(start, start + tokens.shape[1], device=tokens.device)
        x = parts.wte(tokens) + parts.wpe(positions)
        for block, cache in zip(parts.h, caches or [None] * len(parts.h)):
            x = block(x, cache)
        return self.lm_head(parts.ln_f(x))

    def new_caches(self, batch: int, positions: int) -> list:
        """One empty cache for each layer."""
        heads, weight = self.config["n_head"], self.transformer.wte.weight
        size = self.config["n_embd"] // heads
        return [KVCache(batch, heads, positions, size, dtype=weight.dtype, device=weight.device) for _ in self.transformer.h]


def read_weights(folder: Path) -> dict:
    """The tensors in a folder, from safetensors or from PyTorch's format."""
    if list(folder.glob("model.safetensors*")):
        return load_sharded(folder)
    if (folder / "pytorch_model.bin").exists():
        return torch.load(folder / "pytorch_model.bin", map_location="cpu")
    raise FileNotFoundError(f"{folder} has neither model.safetensors, nor an index of several, nor pytorch_model.bin")


def from_pretrained(folder: str | Path, device: str = "cpu") -> GPT2:
    """The model in a folder. A RuntimeError names every key that is missing, unexpected or of another shape."""
    folder = Path(folder)
    model = GPT2(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    masks = (".attn.bias", ".attn.masked_bias")  # older files keep the causal mask beside the weights
    weights = {k: v for k, v in read_weights(folder).items() if not k.endswith(masks)}
    if "wte.weight" in weights:  # the files of the model without its head
        weights = {k if k.startswith("lm_head.") else f"transformer.{k}": v for k, v in weights.items()}
    if model.lm_head.weight is model.transformer.wte.weight and "transformer.wte.weight" in weights:
        weights.setdefault("lm_head.weight", weights["transformer.wte.weight"])
    model.load_state_dict(weights)
    return model.to(device).eval()


@torch.no_grad()
def generate(model: GPT2, tokens, count: int, temperature: float = 0.0, cached: bool = True, generator=None) -> Iterator:
    """The `count` ids (N, 1) that follow `tokens` (N, T), one after the other: the likeliest ones, or, with a temperature, drawn."""
    most = model.config["n_positions"]
    if not 0 < tokens.shape[1] <= most - count:
        raise ValueError(f"{tokens.shape[1]} tokens and {count} more: the model reads 1 to {most}")
    caches = model.new_caches(len(tokens), tokens.shape[1] + count) if cached else None
    unread = tokens
    for _ in range(count):
        scores = model(unread if cached else tokens, caches)[:, -1]
        if temperature > 0:
            unread = torch.multinomial(F.softmax(scores / temperature, dim=-1), 1, generator=generator)
        else:
            unread = scores.argmax(dim=-1, keepdim=True)
        tokens = torch.cat([tokens, unread], dim=1)
        yield unread


def load_tokenizer(folder: Path):
    """The folder's tokenizer: GPT-2's pairs of bytes."""
    try:
        from tokenizers import ByteLevelBPETokenizer, Tokenizer
    except ImportError as error:
        raise ImportError("text is split by the package tokenizers; install it with: pip install 'minitorch-nlp[text]'") from error
    if not (folder / "vocab.json").exists():
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer = ByteLevelBPETokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer.add_special_tokens([t for t in ("<|endoftext|>",) if tokenizer.token_to_id(t) is not None])
    return tokenizer


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="gpt2", description="Go on with a text.")
    parser.add_argument("folder", type=Path, help="the folder with the model's files")
    parser.add_argument("--prompt", default="Hello, I'm a language model,")
    parser.add_argument("--tokens", type=int, default=40, help="how many to add")
    parser.add_argument("--temperature", type=float, default=0.0, help="0: always the likeliest token; 1: as the model says")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    tokenizer, model = load_tokenizer(args.folder), from_pretrained(args.folder, args.device)
    torch.manual_seed(args.seed)
    tokens = torch.tensor([tokenizer.encode(args.prompt).ids], device=args.device)
    new = [t.item() for t in tqdm(generate(model, tokens, args.tokens, args.temperature), total=args.tokens, unit="token")]
    print(tokenizer.decode(tokens[0].tolist() + new))


if __name__ == "__main__":
    main()
