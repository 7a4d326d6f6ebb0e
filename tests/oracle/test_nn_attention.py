"""Attention and Transformers against PyTorch beyond the first tables: every mask, static keys, all options, eval without gradients, errors."""

import inspect
import warnings

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")

from .test_nn import Side, compare  # noqa: E402

QKV = "f(2, 4, 3, 6), f(2, 4, 5, 6), f(2, 4, 5, 2)"
SDPA = [
    *(f"{QKV}, {mask}, {p}, {causal}" for p in (0.0, 0.3, 1.0) for mask, causal in (
        ("None", False), ("None", True), ("bools(3, 5)", False), ("bools(2, 1, 3, 5)", False), ("f(4, 3, 5)", False), ("f(5)", False),
        ("torch.full((3, 5), -inf, dtype=torch.get_default_dtype()) + f(3, 5).detach()", False))),
    "f(5, 6), f(4, 6), f(4, 6), None, 0.2, False, scale=2.0",
    "f(2, 3, 6), f(4, 6), f(4, 6)",
    "f(4, 1, 3, 6), f(1, 2, 5, 6), f(4, 2, 5, 6), dropout_p=0.5",
    "f(2, 8, 3, 6), f(2, 2, 5, 6), f(2, 4, 5, 6), enable_gqa=True",
    "f(2, 4, 3, 6), f(2, 2, 5, 6), f(2, 2, 5, 6), bools(3, 5), 0.4, enable_gqa=True",
    "f(2, 3, 6) * 1e4, f(2, 5, 6), f(2, 5, 6)",
    "f(2, 0, 6), f(2, 5, 6), f(2, 5, 6)",
    "f(1, 3, 1), f(1, 3, 1), f(1, 3, 1), is_causal=True, dropout_p=0.5",
]  # fmt: skip

STATIC = "static_{}=f(6, 5, 4)"
MHA = "F.multi_head_attention_forward(f(4, 3, 8), f(5, 3, 8), f(5, 3, 8), 8, 2, f(24, 8), f(24), {}, {}, {}, f(8, 8), f(8), {})"
NO_BIAS_KV, BIAS_KV = "None, None", "f(1, 1, 8), f(1, 1, 8)"
MHA_OPTIONS = (
    "", "training=False", "need_weights=False", "attn_mask=f(4, 5)", "attn_mask=bools(6, 4, 5), average_attn_weights=False",
    "key_padding_mask=bools(3, 5)", "key_padding_mask=f(3, 5), attn_mask=bools(4, 5)", "key_padding_mask=bools(3, 5), attn_mask=f(4, 5)",
)  # fmt: skip
FUNCTIONS = [
    *(("None", f"F.scaled_dot_product_attention({arguments})") for arguments in SDPA),
    *(("None", MHA.format(kv, zero, p, o)) for kv in (NO_BIAS_KV, BIAS_KV) for zero in (False, True) for p in (0.0, 0.4) for o in MHA_OPTIONS),
    *(("None", MHA.format(NO_BIAS_KV, zero, 0.1, o)) for zero in (False, True) for o in (
        STATIC.format("k"), STATIC.format("v") + ", need_weights=False", f"{STATIC.format('k')}, {STATIC.format('v')}, attn_mask=f(4, 5)",
        "static_k=f(6, 7, 4), static_v=f(6, 7, 4), key_padding_mask=bools(3, 7)")),
    ("None", MHA.format(NO_BIAS_KV, False, 0.5, "").replace("8", "2").replace("f(24", "f(6")),  # heads of one feature
    ("nn.MultiheadAttention(6, 3, kdim=5, vdim=4, add_bias_kv=True, dropout=0.2)", "m(f(3, 2, 6), f(4, 2, 5), f(4, 2, 4))"),
    ("nn.MultiheadAttention(6, 3, bias=False, batch_first=True, dtype=torch.float64)", "m(*[f(2, 3, 6)] * 3)"),
    ("nn.MultiheadAttention(6, 3, batch_first=True)", "m(f(3, 6), f(4, 6), f(4, 6), bools(4), True, f(3, 3, 4), False)"),
]  # fmt: skip

ACTIVATIONS = ("activation='relu'", "activation='gelu'", "activation=nn.SiLU()", "activation=lambda x: x.tanh()", "activation=nn.GELU()")
OPTIONS = (
    *ACTIVATIONS, "norm_first=True", "bias=False, norm_first=True", "dropout=0.5, batch_first=True", "layer_norm_eps=0.1, dropout=0.0",
)  # fmt: skip
ENCODER = "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True{}), 2, {})"
PADS = ("torch.tensor([[False, False, True], [False, True, True]])", "torch.tensor([[False, True, False], [False, False, False]])")
CAUSAL = "nn.Transformer.generate_square_subsequent_mask(3, dtype=x.dtype)"
TRANSFORMERS = [
    *((f"nn.{name}(8, 4, 16, {o})", f"m({'f(3, 2, 8), f(5, 2, 8)' if 'Dec' in name else 'f(3, 2, 8)'})")
      for name in ("TransformerEncoderLayer", "TransformerDecoderLayer") for o in OPTIONS if "batch" not in o),
    *((f"nn.TransformerEncoderLayer(8, 4, 16, {o}).eval()", "m(f(3, 2, 8))") for o in OPTIONS),
    # PyTorch's decoder loses an activation that is a module when it copies its layers, and takes ReLU.
    *((f"nn.Transformer(8, 2, 2, 2, 16, {o})", "m(f(3, 2, 8), f(3, 2, 8))") for o in OPTIONS if "nn." not in o),
    ("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, activation=nn.SiLU()), 2)", "m(f(3, 2, 8))"),
    ("nn.TransformerDecoderLayer(8, 2, 16)", f"(lambda x: m(x, f(5, 2, 8), {CAUSAL}, f(3, 5), bools(2, 3), bools(2, 5)))(f(3, 2, 8))"),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)",
     f"(lambda x: m(x, f(3, 2, 8), {CAUSAL}, {CAUSAL}, memory_is_causal=True, tgt_is_causal=True))(f(3, 2, 8))"),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)", f"(lambda x: m(x, f(5, 8), {CAUSAL}))(f(3, 8))"),
    *((ENCODER.format(o, norm) + ".eval()", f"(lambda x: m(x, {mask}, {pad}))(f(2, 3, 8))") for o in ("", ", norm_first=True")
      for norm in ("None", "nn.LayerNorm(8)") for pad in ("None", *PADS) for mask in ("None", CAUSAL)),
    (ENCODER.format("", "None, enable_nested_tensor=False"), "m(f(2, 3, 8), bools(3, 3), is_causal=False)"),
    ("nn.Transformer(8, 2, 1, 1, 16, custom_encoder=nn.Identity(), custom_decoder=nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2), 1))",
     "m.decoder(f(3, 2, 8), m.encoder(f(4, 2, 8)))"),
    ("nn.Transformer(8, 2, 2, 2, 16, batch_first=True)",
     f"(lambda x: m(x, x, {CAUSAL}, {CAUSAL}, {CAUSAL}, {PADS[0]}, {PADS[1]}, {PADS[0]}, True, True, True))(f(2, 3, 8))"),
    ("nn.Transformer", "m.generate_square_subsequent_mask(3, torch.device('cpu'), torch.float64)"),
]  # fmt: skip
CASES = {"functions": FUNCTIONS, "transformers": TRANSFORMERS}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("family", CASES)
def test_cases(family, dtype, tolerance):
    failures = []
    for library in (ours, torch):
        library.set_default_dtype(getattr(library, dtype))
    try:
        for module, call in CASES[family]:
            try:
                compare(module, call, dtype, tolerance)
            except Exception as error:
                failures.append(f"{module}: {call}\n    {type(error).__name__}: {error}")
    finally:
        for library in (ours, torch):
            library.set_default_dtype(library.float32)
    assert not failures, f"{len(failures)} of {len(CASES[family])} differ\n" + "\n".join(failures)


@pytest.mark.parametrize("norm", ["None", "nn.LayerNorm(8)"])
@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("options", ["", ", norm_first=True", ", activation='gelu'", ", bias=False"])
def test_padding_is_left_out_in_evaluation(options, pad, norm):
    """Without gradients PyTorch computes no padded positions at the end of a sequence: they come out of the layers as zeros."""
    outputs = []
    for library in (ours, torch):
        side = Side(library, "float32")
        with warnings.catch_warnings(), library.no_grad():
            warnings.simplefilter("ignore")
            outputs.append(side.run(ENCODER.format(options, norm) + ".eval()", f"m(const(2, 3, 8), src_key_padding_mask={pad})").result[0])
    np.testing.assert_allclose(outputs[0].numpy(), outputs[1].numpy(), atol=1e-5)


ERRORS = [
    MHA.format("f(1, 1, 8), None", False, 0.0, ""),
    MHA.format("None, f(1, 1, 8)", False, 0.0, ""),
    MHA.format(BIAS_KV, False, 0.0, STATIC.format("k")),
    MHA.format(NO_BIAS_KV, False, 0.0, "static_k=f(5, 5, 4)"),
    MHA.format(NO_BIAS_KV, False, 0.0, "static_v=f(6, 5, 3)"),
    MHA.format(NO_BIAS_KV, False, 0.0, "key_padding_mask=torch.ones(3, 5).long()"),
    MHA.format(NO_BIAS_KV, False, 0.0, "attn_mask=f(5, 4)"),
    MHA.format(NO_BIAS_KV, False, 0.0, "attn_mask=f(4, 5), use_separate_proj_weight=True, q_proj_weight=f(8, 8)"),
    "nn.MultiheadAttention(8, 2)(f(3, 8), f(4, 8), f(4, 8), attn_mask=f(3, 3, 4))",
    "nn.MultiheadAttention(8, 2)(f(3, 2, 8), f(4, 2, 8), f(4, 2, 6))",
    "F.scaled_dot_product_attention(f(3, 4), f(5, 4), f(6, 4))",
    "F.scaled_dot_product_attention(f(3, 4), f(5, 3), f(5, 4))",
    "F.scaled_dot_product_attention(f(3, 4), f(5, 4), f(5, 4), f(4, 5))",
    "F.scaled_dot_product_attention(f(4), f(4), f(4))",
    "F.scaled_dot_product_attention(f(3, 4), f(5, 4), f(5, 4).double())",
    "F.scaled_dot_product_attention(f(3, 4), f(5, 4), f(5, 4), dropout_p=1.5)",
    "F.scaled_dot_product_attention(f(1, 3, 2, 4), f(1, 2, 5, 4), f(1, 2, 5, 4), enable_gqa=True)",
    "nn.TransformerDecoderLayer(8, 2)(f(3, 2, 8), f(3, 1, 8))",
    "nn.TransformerEncoderLayer(8, 3)",
    "torch.nn.attention.sdpa_kernel((torch.nn.attention.SDPBackend.MATH,)).__enter__()",
]


@pytest.mark.parametrize("call", ERRORS)
def test_error_types(call):
    raised = []
    for library in (ours, torch):
        with warnings.catch_warnings(), pytest.raises(Exception) as error:
            warnings.simplefilter("ignore")
            Side(library, "float32").run("None", call)
        raised.append(error.type)
    assert issubclass(raised[0], raised[1]), raised


WARNINGS = [
    "nn.MultiheadAttention(8, 2)(*[f(3, 2, 8)] * 3, key_padding_mask=bools(2, 3), attn_mask=f(3, 3))",
    "nn.TransformerEncoderLayer(8, 2)(f(3, 2, 8), f(3, 3), bools(2, 3))",
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 2, enable_nested_tensor=False)(f(3, 2, 8), f(3, 3), bools(2, 3))",
    "nn.MultiheadAttention(8, 2)(*[f(3, 2, 8)] * 3, key_padding_mask=bools(2, 3), attn_mask=bools(3, 3))",
]


@pytest.mark.parametrize("call", WARNINGS)
def test_mixed_masks_warn(call):
    given = []
    for library in (ours, torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(call, Side(library, "float32").names)
        given.append([str(w.message) for w in caught])
    assert given[0] == given[1]


@pytest.mark.parametrize("name", ["MultiheadAttention", "Transformer", "TransformerEncoderLayer", "TransformerDecoder", "EmbeddingBag"])
def test_signatures(name):
    for method in ("__init__", "forward"):
        mine, theirs = (inspect.signature(getattr(getattr(m.nn, name), method)).parameters for m in (ours, torch))
        assert list(mine) == list(theirs)
        assert [p.default for p in mine.values() if not callable(p.default)] == [
            p.default for p in theirs.values() if not callable(p.default)
        ]


def test_backends_have_torchs_names():
    from torch.nn.attention import SDPBackend as Theirs

    assert [(b.name, int(b), str(b), repr(b)) for b in ours.nn.attention.SDPBackend] == [
        (b.name, int(b), str(b), repr(b)) for b in Theirs.__members__.values()
    ]
