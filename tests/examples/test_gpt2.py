"""examples/gpt2.py on a tiny model written here: loaded, with and without its cache, from the command line."""

import json

import pytest

import examples.gpt2 as gpt2
import minitorch_nlp as torch
from minitorch_nlp.safetensors import load_file, save_file

CONFIG = {
    "n_layer": 2, "n_head": 2, "n_embd": 16, "vocab_size": 260, "n_positions": 32,
    "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
}  # fmt: skip
TEXT = "the cat and the hat"


def alphabet():
    """A letter for each byte, as GPT-2's vocabulary writes them: itself where it can be seen, one from 256 on otherwise."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in seen]
    return [chr(b) for b in seen] + [chr(256 + i) for i in range(len(rest))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "t")]
    words = [*alphabet(), *("".join(pair) for pair in merges)]
    (folder / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    torch.manual_seed(0)
    model = gpt2.GPT2(CONFIG)
    state = {k: torch.randn_like(v) * (k != "transformer.ln_f.bias") for k, v in model.state_dict().items() if k != "lm_head.weight"}
    save_file(state, folder / "model.safetensors")
    return folder


def test_loaded_weights_are_the_files(folder):
    model = gpt2.from_pretrained(folder)
    assert model.lm_head.weight is model.transformer.wte.weight
    assert not model.training
    assert torch.equal(
        model.transformer.h[1].attn.c_attn.weight, load_file(folder / "model.safetensors")["transformer.h.1.attn.c_attn.weight"]
    )


def test_the_future_does_not_count(folder):
    model = gpt2.from_pretrained(folder)
    tokens = torch.randint(0, 260, (2, 12))
    assert torch.allclose(model(tokens)[:, :5], model(tokens[:, :5]), atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_with_and_without_the_cache(folder, temperature):
    model = gpt2.from_pretrained(folder)
    tokens = torch.randint(0, 260, (3, 6))
    written = []
    for cached in (True, False):
        generator = torch.Generator().manual_seed(1)
        written.append(torch.cat(list(gpt2.generate(model, tokens, 26, temperature, cached=cached, generator=generator)), 1))
    assert written[0].shape == (3, 26)
    assert torch.equal(*written)
    assert len(written[0].unique()) > 3


def test_a_prompt_in_pieces(folder):
    """The cache takes several positions at once, behind others."""
    model = gpt2.from_pretrained(folder)
    tokens = torch.randint(0, 260, (1, 9))
    with torch.no_grad():
        caches = model.new_caches(1, 9)
        pieces = torch.cat([model(part, caches) for part in tokens.split((4, 1, 4), 1)], 1)
        assert torch.allclose(pieces, model(tokens), atol=1e-5)


def test_lengths_that_the_model_does_not_read(folder):
    model = gpt2.from_pretrained(folder)
    for tokens, count in ((torch.zeros(1, 20, dtype=torch.long), 13), (torch.zeros(1, 0, dtype=torch.long), 1)):
        with pytest.raises(ValueError, match="1 to 32"):
            next(gpt2.generate(model, tokens, count))


def test_a_folder_without_weights(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    with pytest.raises(FileNotFoundError, match="pytorch_model"):
        gpt2.from_pretrained(tmp_path)


def test_command_line(folder, capsys):
    pytest.importorskip("tokenizers")
    assert gpt2.load_tokenizer(folder).encode(TEXT).tokens == ["the", "Ġ", "c", "at", "Ġ", "a", "n", "d", "Ġthe", "Ġ", "h", "at"]
    outputs = []
    for options in ([], ["--temperature", "1"], ["--temperature", "1", "--seed", "0"], ["--temperature", "1", "--seed", "1"]):
        gpt2.main([str(folder), "--prompt", TEXT, "--tokens", "8", "--device", "cpu", *options])
        outputs.append(capsys.readouterr().out)
    assert all(o.startswith(TEXT) for o in outputs)
    assert outputs[1] == outputs[2]
    assert len({*outputs}) == 3
