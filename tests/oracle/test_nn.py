"""Modules and nn.functional against PyTorch: outputs, all gradients, printed text, keys, default weights, dropout masks, error types.

A case is a module and a call, both as text that is run once with our library and once with PyTorch. In a call ``f(2, 3)`` is a float
leaf of that shape, ``p`` one in (0, 1), ``ints(n, shape)`` integers below n, ``bools(shape)`` booleans; the same numbers on both sides.
"""

import itertools
import warnings

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")

SEED = 3


class Side:
    """One of the two libraries, with the makers of inputs."""

    def __init__(self, library, dtype):
        self.library, self.dtype = library, getattr(library, dtype)
        self.rng = np.random.default_rng(0)
        self.leaves = []
        self.names = {"torch": library, "nn": library.nn, "F": library.nn.functional, "inf": float("inf"), "nan": float("nan")} | {
            name: getattr(self, name) for name in ("f", "p", "ints", "bools", "const")
        }
        library.manual_seed(SEED)

    def leaf(self, array):
        tensor = self.library.tensor(array, dtype=self.dtype, requires_grad=True)
        self.leaves.append(tensor)
        return tensor

    def f(self, *shape):
        return self.leaf(self.rng.standard_normal(shape))

    def p(self, *shape):
        return self.leaf(self.rng.uniform(0.05, 0.95, shape))

    def const(self, *shape):
        return self.library.tensor(self.rng.uniform(0.1, 2.0, shape), dtype=self.dtype)

    def ints(self, high, shape):
        return self.library.tensor(self.rng.integers(0, high, shape))

    def bools(self, *shape):
        return self.library.tensor(self.rng.random(shape) < 0.4)

    def run(self, module, call):
        """The module, the call's result, the gradients of a random weighing of it, and the generator's state."""
        self.m = eval(module, self.names)
        if isinstance(self.m, self.library.nn.Module):
            self.m.to(self.dtype)
        self.names["m"] = self.m
        self.result = flat(eval(call, self.names))
        total = 0
        for t in self.result:
            if t.requires_grad:
                total = total + (t * self.library.tensor(self.rng.standard_normal(tuple(t.shape)), dtype=t.dtype)).sum()
        if not isinstance(total, int):
            total.backward()
        parameters = list(self.m.parameters()) if isinstance(self.m, self.library.nn.Module) else []
        self.grads = [t.grad for t in (*self.leaves, *parameters)]
        self.state = self.library.get_rng_state().numpy()
        return self


def flat(result):
    if result is None:
        return []
    return [t for part in result for t in flat(part)] if isinstance(result, (tuple, list)) else [result]


def same(mine, theirs, tolerance):
    assert str(mine.dtype) == str(theirs.dtype)
    assert tuple(mine.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def compare(module, call, dtype, tolerance):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those that torch gives are tested by name below
        mine, theirs = Side(ours, dtype).run(module, call), Side(torch, dtype).run(module, call)
    assert len(mine.result) == len(theirs.result)
    for a, b in zip(mine.result, theirs.result, strict=True):
        same(a, b, tolerance)
        assert a.requires_grad == b.requires_grad
    for a, b in zip(mine.grads, theirs.grads, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            same(a, b, 10 * tolerance)
    np.testing.assert_array_equal(mine.state, theirs.state)
    if isinstance(theirs.m, torch.nn.Module):
        assert repr(mine.m) == repr(theirs.m)
        assert list(mine.m.state_dict()) == list(theirs.m.state_dict())
        assert [n for n, _ in mine.m.named_parameters()] == [n for n, _ in theirs.m.named_parameters()]
        for a, b in zip(mine.m.state_dict().values(), theirs.m.state_dict().values(), strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


LAYERS = [
    ("nn.Linear(3, 4)", "m(f(5, 3))"),
    ("nn.Linear(3, 4, bias=False)", "m(f(2, 5, 3))"),
    ("nn.Linear(3, 4)", "m(f(3))"),
    ("nn.Linear(3, 4)", "m(f(0, 3))"),
    ("nn.Linear(3, 1)", "m(f(5, 6).t()[:, :3])"),
    ("nn.Identity(3, x=1)", "m(f(2))"),
    ("nn.Bilinear(2, 3, 4)", "m(f(5, 2), f(5, 3))"),
    ("nn.Bilinear(2, 3, 4, bias=False)", "m(f(2, 5, 2), f(2, 5, 3))"),
    ("nn.Bilinear(2, 3, 4)", "m(f(2), f(3))"),
    ("nn.Flatten()", "m(f(2, 3, 4))"),
    ("nn.Flatten(0, 1)", "m(f(2, 3, 4))"),
    ("nn.Unflatten(1, (2, 3))", "m(f(4, 6))"),
    ("nn.Unflatten(-1, (2, -1))", "m(f(4, 6))"),
    ("nn.Embedding(7, 3)", "m(ints(7, (2, 5)))"),
    ("nn.Embedding(7, 3, padding_idx=2)", "m(ints(7, (2, 9)))"),
    ("nn.Embedding(7, 3, padding_idx=-1)", "m(ints(7, (20,)))"),
    ("nn.Embedding(7, 3, scale_grad_by_freq=True)", "m(ints(3, (2, 9)))"),
    ("nn.Embedding(7, 3)", "m(torch.tensor(4))"),
    ("nn.Embedding.from_pretrained(const(4, 2))", "m(ints(4, (5,)))"),
    ("nn.Embedding.from_pretrained(const(4, 2), freeze=False, padding_idx=1)", "m(ints(4, (5,)))"),
    ("nn.LayerNorm(4)", "m(f(3, 4))"),
    ("nn.LayerNorm((2, 4), eps=1e-2)", "m(f(3, 2, 4))"),
    ("nn.LayerNorm(4, elementwise_affine=False)", "m(f(3, 2, 4))"),
    ("nn.LayerNorm(4, bias=False)", "m(f(4))"),
    ("nn.RMSNorm(4)", "m(f(3, 4))"),
    ("nn.RMSNorm((2, 4), eps=1e-2)", "m(f(3, 2, 4))"),
    ("nn.RMSNorm(4, elementwise_affine=False)", "m(f(2, 3, 4))"),
    ("nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Dropout(0.3), nn.LayerNorm(5), nn.Linear(5, 1))", "m(f(6, 2))"),
    ("nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])", "[layer(f(1, 2)) for layer in m]"),
    ("nn.ModuleDict({'a': nn.Linear(2, 2), 'b': nn.ReLU()})", "[m[key](f(1, 2)) for key in m]"),
    ("nn.ParameterList([torch.ones(2), torch.zeros(2, 3)])", "[p * 2 for p in m]"),
    ("nn.ParameterDict({'a': torch.ones(2), 'b': torch.zeros(2, 3)})", "[p * 2 for p in m.values()]"),
]

ELEMENTWISE = [
    "ReLU()", "GELU()", "GELU(approximate='tanh')", "SiLU()", "Tanh()", "Sigmoid()", "Softmax(dim=-1)", "Softmax(dim=0)", "Softmax()",
    "LogSoftmax(dim=1)", "LogSoftmax()", "LeakyReLU()", "LeakyReLU(0.3)", "ELU()", "ELU(0.5)", "SELU()", "Softplus()", "Softplus(2.0, 1.0)",
    "LogSigmoid()", "Hardtanh()", "Hardtanh(-0.5, 0.7)", "ReLU6()", "Mish()", "Softsign()", "GLU()", "GLU(0)",
]  # fmt: skip
INPLACE = ["ReLU", "SiLU", "Mish", "SELU", "LeakyReLU", "ELU", "Hardtanh", "ReLU6"]
ACTIVATIONS = [
    *((f"nn.{text}", "m(f(4, 6) * 3)") for text in ELEMENTWISE),
    *((f"nn.{text}", "m(f(2, 4, 6))") for text in ELEMENTWISE),
    *((f"nn.{name}(inplace=True)", "m(f(4, 5) * 3)") for name in INPLACE),
    ("None", "F.softmin(f(3, 4), dim=1)"),
    ("None", "F.softmax(f(3, 4), 1, dtype=torch.float64)"),
    ("None", "F.softmax(ints(5, (3, 4)), 1, dtype=torch.float64)"),
    ("None", "F.log_softmax(f(3, 4), -1, dtype=torch.float64)"),
    ("None", "F.leaky_relu(f(3), 0.2)"),
    ("None", "F.gelu(f(3))"),
    ("None", "F.hardtanh(f(9), -0.1, 0.4)"),
    ("None", "F.softplus(f(3), beta=3)"),
]

REDUCTIONS = ("mean", "sum", "none")
ALL_THREE = "weight=const(5), ignore_index=2, label_smoothing=0.1"
CLASSIFIER_OPTIONS = ("", "ignore_index=2", "label_smoothing=0.2", "weight=const(5)", ALL_THREE)
LOSSES = [
    *((f"nn.CrossEntropyLoss(reduction='{r}', {o})", "m(f(6, 5), torch.tensor([0, 4, 2, 2, 1, 3]))")
      for r in REDUCTIONS for o in CLASSIFIER_OPTIONS),
    ("nn.CrossEntropyLoss()", "m(f(5), torch.tensor(2))"),
    ("nn.CrossEntropyLoss()", "m(f(2, 5, 3), ints(5, (2, 3)))"),
    ("nn.CrossEntropyLoss(label_smoothing=0.1)", "m(f(4, 5), F.softmax(f(4, 5), 1))"),
    ("nn.CrossEntropyLoss()", "m(f(4, 5) * 1e4, ints(5, (4,)))"),
    ("nn.CrossEntropyLoss()", "m(f(2, 5), torch.tensor([-100, -100]))"),
    *((f"nn.NLLLoss(reduction='{r}', {o})", "m(F.log_softmax(f(4, 5), 1), torch.tensor([0, 4, 2, 2]))")
      for r in REDUCTIONS for o in ("", "ignore_index=2", "weight=const(5)")),
    *((f"nn.{name}(reduction='{r}')", "m(f(4, 5), f(4, 5))")
      for r in REDUCTIONS for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss")),
    ("nn.SmoothL1Loss(beta=0.3)", "m(f(9), f(9))"),
    ("nn.HuberLoss(delta=0.3)", "m(f(9), f(9))"),
    *((f"nn.BCELoss(reduction='{r}', {o})", "m(p(4, 5), p(4, 5))") for r in REDUCTIONS for o in ("", "weight=const(5)")),
    *((f"nn.BCEWithLogitsLoss(reduction='{r}', {o})", "m(f(4, 5), p(4, 5))")
      for r in REDUCTIONS for o in ("", "weight=const(5)", "pos_weight=const(5)", "weight=const(4, 1), pos_weight=const(5)")),
    *((f"nn.KLDivLoss(reduction='{r}')", "m(f(4, 5), p(4, 5))") for r in (*REDUCTIONS, "batchmean")),
    ("nn.KLDivLoss(reduction='batchmean', log_target=True)", "m(f(4, 5), f(4, 5))"),
    ("nn.MSELoss(size_average=False)", "m(f(3), f(3))"),
    ("nn.MSELoss(reduce=False)", "m(f(3), f(3))"),
    ("nn.MSELoss(True, True)", "m(f(3), f(3))"),
    ("None", "F.cross_entropy(f(3, 4), ints(4, (3,)), const(4), None, 1, None, 'sum', 0.1)"),
    ("None", "F.mse_loss(f(3, 4), f(4))"),
    *(("None", f"F.{name}(f(3, 4), f(3, 4), weight=const(3, 4), reduction='{r}')")
      for name in ("mse_loss", "l1_loss", "huber_loss") for r in REDUCTIONS),
]  # fmt: skip

FUNCTIONS = [
    ("None", "F.linear(f(2, 3), f(4, 3), f(4))"),
    ("None", "F.bilinear(f(2, 3), f(2, 4), f(5, 3, 4), f(5))"),
    ("None", "F.embedding(ints(4, (2, 3)), f(4, 5), 1)"),
    ("None", "F.layer_norm(f(2, 3), (3,))"),
    ("None", "F.layer_norm(f(2, 3), [3], f(3), f(3), 1e-3)"),
    ("None", "F.rms_norm(f(2, 3), [3], f(3))"),
    ("None", "F.one_hot(ints(4, (2, 3)), 6)"),
    ("None", "F.one_hot(torch.tensor([0, 2]))"),
    ("None", "F.one_hot(torch.tensor(1), num_classes=3)"),
    ("None", "F.pad(f(2, 3), (1, 2))"),
    ("None", "F.pad(f(2, 3), (1, -1, 0, 2), 'constant', 1.5)"),
    ("None", "F.pad(f(2, 3, 4), (2, 1), mode='reflect')"),
    ("None", "F.normalize(f(3, 4))"),
    ("None", "F.normalize(f(3, 4), p=1, dim=0)"),
    ("None", "F.normalize(f(2, 3) * 0)"),
    ("None", "F.cosine_similarity(f(3, 4), f(3, 4))"),
    ("None", "F.cosine_similarity(f(3, 4), f(4), dim=-1)"),
    ("None", "F.cosine_similarity(f(3, 4), f(3, 4), eps=2.0)"),
    ("None", "F.cosine_similarity(const(3, 4) * 0, f(3, 4))"),
    ("None", "F.cosine_similarity(f(1, 3, 4), f(2, 1, 4), -1)"),
    ("None", "F.pairwise_distance(f(3, 4), f(3, 4))"),
    ("None", "F.pairwise_distance(f(3, 4), f(3, 4), p=1, keepdim=True)"),
    ("None", "F.gumbel_softmax(f(3, 4), tau=0.5)"),
    ("None", "F.gumbel_softmax(f(3, 4), hard=True, dim=0)"),
    ("None", "F.scaled_dot_product_attention(f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 7))"),
    ("None", "F.scaled_dot_product_attention(f(5, 4), f(5, 4), f(5, 4), is_causal=True, scale=0.7)"),
    ("None", "F.scaled_dot_product_attention(f(2, 5, 4), f(2, 6, 4), f(2, 6, 4), bools(5, 6))"),
    ("None", "F.scaled_dot_product_attention(f(2, 5, 4), f(2, 6, 4), f(2, 6, 4), f(2, 5, 6))"),
    ("None", "F.scaled_dot_product_attention(f(2, 6, 5, 4), f(2, 2, 6, 4), f(2, 2, 6, 4), enable_gqa=True)"),
    ("None", "F.scaled_dot_product_attention(f(2, 3, 5, 4), f(2, 3, 6, 4), f(2, 3, 6, 4), dropout_p=0.4)"),
]

DROPOUT = [
    ("nn.Dropout(0.3)", "m(f(4, 5))"),
    ("nn.Dropout()", "m(f(4, 5).t())"),
    ("nn.Dropout()", "m(f(2, 3, 4).permute(2, 0, 1))"),
    ("nn.Dropout()", "m(f(3, 4)[:, ::2])"),
    ("nn.Dropout(0.3, inplace=True)", "m(f(4, 5) * 1)"),
    ("nn.Dropout(0.3).eval()", "m(f(4, 5))"),
    ("nn.Dropout(0.0)", "m(f(4, 5))"),
    ("nn.Dropout(1.0)", "m(f(4, 5))"),
    ("nn.Dropout(0.3)", "m(f(0, 5))"),
    ("nn.Dropout(0.3)", "m(f())"),
    ("nn.Dropout1d(0.4)", "m(f(3, 4, 5))"),
    ("nn.Dropout1d(0.4)", "m(f(4, 5))"),
    ("nn.Dropout2d(0.4)", "m(f(3, 4, 2, 2))"),
    ("nn.Dropout2d(0.4)", "m(f(3, 4, 2))"),
    ("nn.Dropout2d(0.4, inplace=True)", "m(f(3, 4, 2, 2) * 1)"),
    ("nn.Dropout3d(0.4)", "m(f(3, 4, 2, 2, 2))"),
    ("nn.Dropout3d(0.4)", "m(f(3, 2, 2, 2))"),
    ("nn.Dropout2d(1.0)", "m(f(3, 4, 2, 2))"),
    ("nn.AlphaDropout(0.3)", "m(f(4, 5))"),
    ("nn.AlphaDropout(0.3, inplace=True)", "m(f(4, 5) * 1)"),
    ("nn.AlphaDropout(1.0)", "m(f(4, 5))"),
    ("None", "F.dropout(f(4, 5), 0.2)"),
    ("None", "F.dropout(f(4, 5), training=False)"),
]

SELF = "(lambda x: m(x, x, x, {}))(f({}))"
CAUSAL = "attn_mask=torch.ones(5, 5).triu(1).bool()"
PADDING = "key_padding_mask=torch.tensor([[False, False, True, True, True], [False] * 5, [False] * 4 + [True]])"
ATTENTION_OPTIONS = (
    "", "bias=False", "add_bias_kv=True", "add_zero_attn=True", "add_bias_kv=True, add_zero_attn=True, bias=False", "dropout=0.3",
)  # fmt: skip
ATTENTION_CALLS = (
    "", "need_weights=False", "average_attn_weights=False", CAUSAL, f"{PADDING}, need_weights=False", f"{PADDING}, attn_mask=f(5, 5) > 9",
    f"{CAUSAL}, is_causal=True, need_weights=False", f"{PADDING}, {CAUSAL}, is_causal=True, need_weights=False",
)  # fmt: skip
CROSS_CALLS = (
    "m(f(2, 3, 8), f(2, 4, m.kdim), f(2, 4, m.vdim))",
    "m(f(2, 3, 8), f(2, 4, m.kdim), f(2, 4, m.vdim), attn_mask=f(8, 3, 4))",
    "m(f(3, 8), f(4, m.kdim), f(4, m.vdim), attn_mask=f(3, 4), need_weights=False)",
)
ATTENTION = [
    *((f"nn.MultiheadAttention(8, 2, {o})", SELF.format(c, "5, 3, 8")) for o in ATTENTION_OPTIONS for c in ATTENTION_CALLS),
    *((f"nn.MultiheadAttention(8, 4, batch_first=True, {o})", c) for o in ("", "kdim=6, vdim=5") for c in CROSS_CALLS),
    ("nn.MultiheadAttention(8, 4)", "(lambda q, kv: m(q, kv, kv))(f(3, 2, 8), f(4, 2, 8))"),
    ("nn.MultiheadAttention(8, 2, batch_first=True)", SELF.format("", "2, 5, 8")),
    ("nn.MultiheadAttention(8, 2, batch_first=True)", SELF.format(f"{CAUSAL}, need_weights=False", "2, 5, 8")),
    ("nn.MultiheadAttention(8, 2)", SELF.format("average_attn_weights=False", "5, 8")),
    ("nn.MultiheadAttention(8, 2)", SELF.format("key_padding_mask=torch.tensor([False, True, False])", "3, 8")),
    ("nn.MultiheadAttention(8, 2, dropout=0.3).eval()", SELF.format("", "5, 3, 8")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(3, 3).bool()", "3, 1, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(3, 3).bool(), need_weights=False", "3, 1, 4")),
]  # fmt: skip

SRC_PADDING = "src_key_padding_mask=torch.tensor([[False, False, False, True]] * 2)"
MASK4 = "nn.Transformer.generate_square_subsequent_mask(4).to(x.dtype)"
ENCODER_OPTIONS = (
    "", "dropout=0.0", "batch_first=True", "norm_first=True, activation='gelu'", "bias=False, layer_norm_eps=1e-2", "activation=F.silu",
)  # fmt: skip
ENCODER_CALLS = ("", f"{SRC_PADDING}", f"{MASK4}", f"{MASK4}, is_causal=True", f"{MASK4}, {SRC_PADDING}")
TRANSFORMER = [
    *((f"nn.TransformerEncoderLayer(8, 2, 16, {o})", f"(lambda x: m(x, {c}))(f({'2, 4, 8' if 'batch' in o else '4, 2, 8'}))")
      for o in ENCODER_OPTIONS for c in ENCODER_CALLS),
    *((f"nn.TransformerDecoderLayer(8, 2, 16, {o})", c) for o in ("", "batch_first=True, norm_first=True", "bias=False") for c in (
        "m(f(4, 4, 8), f(4, 4, 8))",
        f"(lambda x: m(x, f(4, 4, 8), {MASK4}, tgt_is_causal=True, memory_key_padding_mask=bools(4, 4)))(f(4, 4, 8))")),
    ("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)", "m(f(4, 2, 8))"),
    ("nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, nn.LayerNorm(8))", f"m(f(2, 4, 8), {SRC_PADDING})"),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2, nn.LayerNorm(8))", "m(f(3, 2, 8), f(4, 2, 8))"),
    ("nn.Transformer(8, 2, 1, 2, 16)", "m(f(4, 2, 8), f(3, 2, 8))"),
    ("nn.Transformer(8, 2, 2, 1, 16, batch_first=True, dropout=0.2)",
     f"(lambda x: m(f(2, 5, 8), x, tgt_mask={MASK4}, src_key_padding_mask=torch.tensor([[False] * 4 + [True]] * 2)))(f(2, 4, 8))"),
    ("nn.Transformer(8, 2, 1, 1, 16).eval()", "m(f(4, 8), f(3, 8))"),
    ("nn.Transformer", "m.generate_square_subsequent_mask(3)"),
]  # fmt: skip

CASES = {
    "layers": LAYERS,
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "functions": FUNCTIONS,
    "dropout": DROPOUT,
    "attention": ATTENTION,
    "transformer": TRANSFORMER,
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("family", CASES)
def test_cases(family, dtype, tolerance):
    failures = []
    for module, call in CASES[family]:
        try:
            compare(module, call, dtype, tolerance)
        except Exception as error:
            failures.append(f"{module}: {call}\n    {type(error).__name__}: {error}")
    assert not failures, f"{len(failures)} of {len(CASES[family])} differ\n" + "\n".join(failures)


ERRORS = [
    ("nn.Linear(2, 3)", "m(f(4))"),
    ("nn.Embedding(4, 3, padding_idx=7)", "m"),
    ("nn.Embedding(4, 3, _weight=torch.ones(2, 2))", "m"),
    ("nn.Embedding(4, 3)", "m(torch.tensor([4]))"),
    ("nn.Embedding(4, 3)", "m(torch.tensor([0.5]))"),
    ("nn.Embedding.from_pretrained(torch.ones(2))", "m"),
    ("nn.Dropout(2)", "m"),
    ("nn.Dropout(-0.1)", "m"),
    ("nn.Dropout1d()", "m(f(2))"),
    ("nn.Hardtanh(2, 1)", "m"),
    ("nn.Unflatten(0.5, 1)", "m"),
    ("nn.Unflatten(1, 2)", "m"),
    ("nn.Bilinear(0, 1, 1)", "m"),
    ("nn.LayerNorm(3)", "m(f(2))"),
    ("nn.GLU()", "m(f(3))"),
    ("nn.Softmax(dim=3)", "m(f(3))"),
    ("nn.CrossEntropyLoss()", "m(f(3, 4), torch.tensor([0, 1, 4]))"),
    ("nn.CrossEntropyLoss(reduction='avg')", "m(f(3, 4), torch.tensor([0, 1, 3]))"),
    ("nn.BCELoss()", "m(p(3, 4), p(4))"),
    ("nn.BCEWithLogitsLoss()", "m(f(3, 4), p(4))"),
    ("nn.MultiheadAttention(4, 3)", "m"),
    ("nn.MultiheadAttention(0, 3)", "m"),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(2, 2)", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(3, 2, 2)", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(2)", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("attn_mask=torch.ones(3, 3).long()", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("key_padding_mask=torch.ones(3, 2)", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("key_padding_mask=torch.ones(2)", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", SELF.format("is_causal=True", "3, 2, 4")),
    ("nn.MultiheadAttention(4, 2)", "m(f(3, 2, 4), f(2, 2, 4), f(3, 2, 4))"),
    ("nn.MultiheadAttention(4, 2)", "m(f(3, 2, 3), f(3, 2, 4), f(3, 2, 4))"),
    ("nn.MultiheadAttention(4, 2)", "m(f(4), f(3, 2, 4), f(3, 2, 4))"),
    ("nn.MultiheadAttention(4, 2)", "m(f(3, 4), f(3, 2, 4), f(3, 2, 4))"),
    ("nn.MultiheadAttention(4, 2)", "m(f(3, 2, 4), f(3, 1, 4), f(3, 1, 4))"),
    ("nn.TransformerEncoderLayer(4, 2, activation='tanh')", "m"),
    ("nn.Transformer(4, 2, 1, 1, 8)", "m(f(3, 2, 4), f(3, 1, 4))"),
    ("nn.Transformer(4, 2, 1, 1, 8)", "m(f(3, 2, 4), f(3, 2, 5))"),
    ("nn.Transformer(4, 2, 1, 1, 8)", "m(f(3, 2, 4), f(3, 4))"),
    ("None", "F.dropout(f(3), 1.5)"),
    ("None", "F.dropout(f(3), -0.5, training=False)"),
    ("None", "F.layer_norm(f(2, 3), 3)"),
    ("None", "F.layer_norm(f(2, 3), (2,))"),
    ("None", "F.layer_norm(f(2, 3), (3,), torch.ones(2))"),
    ("None", "F.one_hot(torch.tensor([0, 2]), 2)"),
    ("None", "F.one_hot(torch.tensor([0, -2]), 2)"),
    ("None", "F.one_hot(torch.tensor([0.0]))"),
    ("None", "F.one_hot(torch.tensor([]).long())"),
    ("None", "F.one_hot(torch.tensor([0]).int())"),
    ("None", "F.pad(f(2, 3), (1,))"),
    ("None", "F.pad(f(2, 3), (1, 1, 1, 1, 1, 1))"),
    ("None", "F.pad(f(2, 3), (1, 1), mode='x')"),
    ("None", "F.embedding(torch.tensor([0]), f(2, 3), 5)"),
    ("None", "F.mse_loss(f(2), f(2), reduction='x')"),
    ("None", "F.mse_loss(f(2, 3), f(2, 3), weight=const(3))"),
    ("None", "F.mse_loss(f(2), f(2), weight=const(2), reduction='x')"),
    ("None", "F.relu(f(3), inplace=True)"),
    ("None", "F.softmax(torch.tensor([1, 2]), dim=0)"),
    ("None", "F.scaled_dot_product_attention(f(2, 4, 3, 8), f(2, 2, 5, 8), f(2, 2, 5, 8))"),
    ("None", "F.scaled_dot_product_attention(f(3, 8), f(3, 8), f(3, 8), const(3, 3), is_causal=True)"),
]


@pytest.mark.parametrize(("module", "call"), ERRORS, ids=lambda text: text)
def test_error_types(module, call):
    raised = []
    for library in (ours, torch):
        with warnings.catch_warnings(), pytest.raises(Exception) as error:
            warnings.simplefilter("ignore")
            Side(library, "float32").run(module, call)
        raised.append(error.type)
    assert issubclass(raised[0], raised[1]), raised


WARNINGS = [
    ("None", "F.softmax(f(3, 4))"),
    ("None", "F.mse_loss(f(3, 4), f(4))"),
    ("None", "F.l1_loss(f(3, 4), f(4))"),
    ("None", "F.smooth_l1_loss(f(3, 4), f(4))"),
    ("None", "F.huber_loss(f(3, 4), f(4))"),
    ("None", "F.kl_div(f(3), p(3))"),
    ("None", "F.mse_loss(f(3), f(3), size_average=False)"),
    ("nn.MSELoss(reduce=False)", "m(f(3), f(3))"),
    ("nn.Dropout2d()", "m(f(3, 4, 2))"),
    ("nn.Linear(0, 3)", "m"),
]


@pytest.mark.parametrize(("module", "call"), WARNINGS, ids=lambda text: text)
def test_warnings(module, call):
    given = []
    for library in (ours, torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            side = Side(library, "float32")
            side.m = eval(module, side.names)
            side.names["m"] = side.m
            eval(call, side.names)
        given.append([w.category for w in caught])
    assert given[0] == given[1]


def test_state_dicts_are_exchanged_with_torch():
    """Keys, shapes and layout: PyTorch's weights make our network compute PyTorch's output."""

    def build(nn):
        attention = nn.MultiheadAttention(4, 2, batch_first=True)
        return nn.ModuleDict({"embed": nn.Embedding(5, 4), "attend": attention, "head": nn.Linear(4, 5)})

    theirs, mine = build(torch.nn), build(ours.nn)
    mine.load_state_dict({k: ours.from_numpy(v.numpy()) for k, v in theirs.state_dict().items()})
    outputs = []
    for library, net in ((ours, mine), (torch, theirs)):
        h = net["embed"](library.tensor([[0, 3, 1], [4, 4, 2]]))
        outputs.append(net["head"](net["attend"](h, h, h)[0]).detach().numpy())
    np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-6)


def test_clip_grad_norm():
    rng = np.random.default_rng(1)
    grads = [rng.standard_normal(shape) for shape in ((3, 4), (5,), ())]
    for norm_type, limit in itertools.product((1, 2, 3.0, float("inf"), float("-inf"), 0), (0.5, 100.0)):
        results = []
        for library in (ours, torch):
            params = [library.nn.Parameter(library.zeros(g.shape)) for g in grads]
            for p, g in zip(params, grads, strict=True):
                p.grad = library.tensor(g, dtype=library.float32)
            total = library.nn.utils.clip_grad_norm_(params, limit, norm_type)
            results.append([total.numpy(), *(p.grad.numpy() for p in params)])
        for a, b in zip(*results, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-6)


def test_module_conversions_and_traversal():
    def build(nn):
        net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
        net[1].register_buffer("count", net[0].bias.detach().long())
        return net

    conversions = (lambda m, lib: m.double(), lambda m, lib: m.half(), lambda m, lib: m.to(lib.float64), lambda m, lib: m.type(lib.float64))
    for convert in conversions:
        described = []
        for library in (ours, torch):
            net = convert(build(library.nn), library)
            described.append(
                (
                    [(n, str(p.dtype), p.requires_grad) for n, p in net.named_parameters()],
                    [(n, str(b.dtype)) for n, b in net.named_buffers()],
                    [n for n, _ in net.named_modules()],
                    repr(net),
                )
            )
        assert described[0] == described[1]
