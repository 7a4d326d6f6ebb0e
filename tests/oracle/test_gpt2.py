"""examples/gpt2.py beside `transformers`' GPT-2, and beside itself with PyTorch imported."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("safetensors")

import examples.gpt2 as ours  # noqa: E402
import minitorch_nlp as mini  # noqa: E402

SIZES = {"n_layer": 3, "n_head": 4, "n_embd": 64, "vocab_size": 500, "n_positions": 64}
PROMPT = [[7, 41, 3, 499, 0, 12, 250, 33]]


def save(folder, how, **config):
    """A model of transformers' with weights far from their start, in `folder`."""
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**SIZES, eos_token_id=None, bos_token_id=None, **config)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    if how == "bin":
        model.config.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    else:
        model.save_pretrained(folder, max_shard_size="200KB" if how == "sharded" else "1GB")
    return model


@pytest.mark.parametrize("how", ["safetensors", "sharded", "bin"])
def test_logits_and_greedy_generation(tmp_path, how):
    theirs = save(tmp_path, how)
    assert (len(list(tmp_path.glob("model-*.safetensors"))) > 2) == (how == "sharded")
    model = ours.from_pretrained(tmp_path)
    tokens = torch.randint(0, 500, (2, 64), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(tokens).logits.numpy()
    logits = model(mini.tensor(tokens.numpy())).detach().numpy()
    assert np.abs(logits - expected).max() / np.abs(expected).max() < 1e-5
    prompt = torch.tensor(PROMPT)
    wanted = theirs.generate(prompt, max_new_tokens=30, do_sample=False, attention_mask=torch.ones_like(prompt))[
        0, prompt.shape[1] :
    ].tolist()
    assert len(set(wanted)) > 3
    for cached in (True, False):
        assert [t.item() for t in ours.generate(model, mini.tensor(PROMPT), 30, cached=cached)] == wanted


@pytest.mark.parametrize(
    "config",
    [
        {"activation_function": "gelu"},
        {"activation_function": "relu"},
        {"layer_norm_epsilon": 0.1},
        {"n_inner": 96},
        {"tie_word_embeddings": False},
    ],
    ids=str,
)
def test_configurations(tmp_path, config):
    theirs, model = save(tmp_path, "safetensors", **config), ours.from_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs(torch.tensor(PROMPT)).logits.numpy()
    logits = model(mini.tensor(PROMPT)).detach().numpy()
    assert np.abs(logits - expected).max() / np.abs(expected).max() < 1e-5


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_weights_of_two_bytes_are_computed_with_in_float32(tmp_path, dtype):
    theirs = save(tmp_path, "safetensors").to(getattr(torch, dtype))
    theirs.save_pretrained(tmp_path)
    model = ours.from_pretrained(tmp_path)
    with torch.no_grad():
        expected = theirs.float()(torch.tensor(PROMPT)).logits.numpy()
    logits = model(mini.tensor(PROMPT)).detach().numpy()
    assert np.abs(logits - expected).max() / np.abs(expected).max() < 1e-5


@pytest.mark.parametrize(
    "config", [{"scale_attn_by_inverse_layer_idx": True}, {"scale_attn_weights": False}, {"activation_function": "tanh"}], ids=str
)
def test_another_gpt2_is_refused(tmp_path, config):
    save(tmp_path, "safetensors", **config)
    with pytest.raises(NotImplementedError, match=str(next(iter(config.values())))):
        ours.from_pretrained(tmp_path)


def test_the_same_state_dict(tmp_path):
    theirs = save(tmp_path, "safetensors")
    model = ours.from_pretrained(tmp_path)
    assert list(model.state_dict()) == list(theirs.state_dict())
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_the_body_alone_with_masks_as_on_the_hub(tmp_path):
    """The files of openai-community/gpt2 have no "transformer." before the names, and masks beside the weights."""
    theirs = save(tmp_path, "bin")
    state = theirs.transformer.state_dict() | {f"h.{i}.attn.bias": torch.ones(1, 1, 64, 64).tril() for i in range(3)}
    torch.save(state, tmp_path / "pytorch_model.bin")
    model = ours.from_pretrained(tmp_path)
    assert np.array_equal(model.lm_head.weight.detach().numpy(), theirs.lm_head.weight.detach().numpy())


def test_every_key_that_does_not_fit_is_named(tmp_path):
    theirs = save(tmp_path, "bin")
    state = theirs.state_dict()
    del state["transformer.h.1.mlp.c_fc.bias"], state["transformer.wpe.weight"]
    state["transformer.h.2.extra"] = torch.ones(1)
    state["transformer.ln_f.bias"] = torch.ones(3)
    torch.save(state, tmp_path / "pytorch_model.bin")
    with pytest.raises(RuntimeError) as caught:
        ours.from_pretrained(tmp_path)
    assert all(name in str(caught.value) for name in ("h.1.mlp.c_fc.bias", "wpe.weight", "h.2.extra", "ln_f.bias"))


# ---- the same file with PyTorch ----------------------------------------------------------------------------------------------------


class Cache:
    """What examples/gpt2.py asks of a KVCache, in PyTorch."""

    def __init__(self, batch, heads, positions, size, dtype, device):
        self.keys, self.values = torch.empty(2, batch, heads, positions, size, dtype=dtype, device=device)
        self.length = 0

    def append(self, key, value):
        start, self.length = self.length, self.length + key.shape[2]
        self.keys[:, :, start : self.length], self.values[:, :, start : self.length] = key, value
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def mask(self, queries):
        return torch.ones(queries, self.length, dtype=torch.bool).tril(self.length - queries)


def with_pytorch():
    """examples/gpt2.py as a module that has imported PyTorch."""
    from safetensors.torch import load_file

    text = Path(ours.__file__).read_text(encoding="utf-8")
    own = ["from minitorch_nlp.nn.generation import KVCache\n", "from minitorch_nlp.safetensors import load_sharded\n"]
    for line in own:
        assert line in text
        text = text.replace(line, "")
    text = text.replace("import minitorch_nlp as torch", "import torch").replace("minitorch_nlp.nn", "torch.nn")
    assert not re.search("import minitorch|from minitorch", text)
    module = ModuleType("gpt2_with_pytorch")
    module.__dict__.update(KVCache=Cache, load_sharded=lambda folder: load_file(folder / "model.safetensors"))
    exec(compile(text, ours.__file__, "exec"), module.__dict__)
    return module


def test_the_same_file_with_pytorch(tmp_path):
    save(tmp_path, "safetensors")
    theirs = with_pytorch()
    models = ours.from_pretrained(tmp_path), theirs.from_pretrained(tmp_path)
    assert list(models[0].state_dict()) == list(models[1].state_dict())
    logits = models[0](mini.tensor(PROMPT)).detach().numpy(), models[1](torch.tensor(PROMPT)).detach().numpy()
    assert np.abs(logits[0] - logits[1]).max() / np.abs(logits[1]).max() < 1e-5
    for temperature in (0.0, 1.0):
        drawn = []
        for module, library, model in zip((ours, theirs), (mini, torch), models):
            generator = library.Generator().manual_seed(3)
            drawn.append([t.item() for t in module.generate(model, library.tensor(PROMPT), 30, temperature, generator=generator)])
        assert drawn[0] == drawn[1]


def test_the_tokenizer_is_transformers(tmp_path):
    """The same ids from vocab.json and merges.txt, and from tokenizer.json."""
    tokenizers = pytest.importorskip("tokenizers")
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator(
        ["Der Fuchs springt über den Hund, the fox doesn't jump over the dog. " * 5],
        320,
        show_progress=False,
        special_tokens=["<|endoftext|>"],
    )
    trained.save_model(str(tmp_path))
    theirs = transformers.GPT2Tokenizer.from_pretrained(tmp_path)
    text = "The fox's  über-dog\n\ndoesn't 123 🦊 jump<|endoftext|>the dog"
    found = ours.load_tokenizer(tmp_path)
    assert found.encode(text).ids == theirs(text)["input_ids"]
    assert found.decode(found.encode(text).ids, skip_special_tokens=False) == text
    trained.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "vocab.json").unlink()
    assert ours.load_tokenizer(tmp_path).encode(text).ids == theirs(text)["input_ids"]


def test_transformers_tokenizers_in_a_script_that_is_run_here(tmp_path):
    code = "import torch\nfrom transformers import GPT2Tokenizer, GPT2Config\nprint(torch.__name__, GPT2Tokenizer.__name__, GPT2Config().n_embd)"
    (tmp_path / "script.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "minitorch_nlp.run", "script.py"], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert done.stdout == "minitorch_nlp GPT2Tokenizer 768\n", done.stderr
