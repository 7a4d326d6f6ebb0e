"""What a user gets wrong: torch's exception type, a text that says what was wrong, and nothing changed."""

import numpy as np
import pytest

import minitorch_nlp as torch

nn, F = torch.nn, torch.nn.functional


def ones(*shape, **options):
    return torch.ones(*shape, **options)


# name, call, torch's type, words the text must have
MISTAKES = [
    ("linear shapes", lambda: F.linear(ones(2, 3), ones(4, 5)), RuntimeError, ["linear", "weight", "(4, 5)", "i = 5", "i = 3", "hint"]),
    ("module shapes", lambda: nn.Linear(3, 4)(ones(2, 5)), RuntimeError, ["linear", "(2, 5)", "(4, 3)"]),
    ("add shapes", lambda: ones(2, 3) + ones(2, 4), RuntimeError, ["add", "(2, 3)", "(2, 4)"]),
    ("matmul shapes", lambda: ones(2, 3) @ ones(2, 3), RuntimeError, ["matmul", "(2, 3)"]),
    ("cat shapes", lambda: torch.cat([ones(2, 3), ones(2, 4)]), RuntimeError, ["cat"]),
    ("view", lambda: ones(2, 3).view(4, 2), RuntimeError, ["4, 2", "6", "(2, 3)"]),
    ("view of a transpose", lambda: ones(2, 3).t().view(6), RuntimeError, ["view", "reshape"]),
    ("layer_norm shape", lambda: nn.LayerNorm(4)(ones(2, 3)), RuntimeError, ["layer_norm", "4", "(2, 3)"]),
    ("lstm features", lambda: nn.LSTM(3, 4)(ones(5, 2, 6)), RuntimeError, ["3", "6"]),
    ("attention shapes", lambda: F.scaled_dot_product_attention(ones(2, 3, 4), ones(2, 3, 5), ones(2, 3, 4)), RuntimeError, ["(2, 3, 5)"]),
    ("matmul dtypes", lambda: ones(2, 2) @ ones(2, 2, dtype=torch.float64), RuntimeError, ["float32", "float64"]),
    ("embedding dtype", lambda: F.embedding(ones(2), ones(4, 3)), RuntimeError, ["embedding", "float32"]),
    ("softmax of ints", lambda: F.cross_entropy(ones(2, 3, dtype=torch.int64), torch.tensor([0, 1])), RuntimeError, ["int64"]),
    ("mean of ints", lambda: torch.arange(3).mean(), RuntimeError, ["mean", "int64"]),
    ("float index", lambda: ones(3)[torch.tensor([0.0])], IndexError, ["indices", "float32", "long()"]),
    ("dim", lambda: ones(2, 3).sum(2), IndexError, ["[-2, 1]", "2"]),
    ("item index", lambda: ones(2, 3)[5], IndexError, ["5", "2"]),
    ("array index", lambda: ones(2, 3)[torch.tensor([0, 7])], IndexError, ["7", "2"]),
    ("embedding index", lambda: F.embedding(torch.tensor([0, 9]), ones(4, 3)), IndexError, ["embedding", "9", "4"]),
    ("target class", lambda: F.cross_entropy(ones(2, 3), torch.tensor([0, 3])), IndexError, ["cross_entropy", "3", "0 to 2"]),
    ("target batch", lambda: F.cross_entropy(ones(2, 3), torch.tensor([0, 1, 2])), ValueError, ["cross_entropy", "2", "3"]),
    ("bce range", lambda: F.binary_cross_entropy(ones(2) * 2, ones(2)), RuntimeError, ["binary_cross_entropy"]),
    ("reduction", lambda: F.mse_loss(ones(2), ones(2), reduction="average"), ValueError, ["average"]),
    ("option name", lambda: F.softmax(ones(2), axis=0), TypeError, ["axis"]),
    ("not a tensor", lambda: torch.exp([1.0]), TypeError, ["exp", "list"]),
    ("truth of many", lambda: bool(ones(2)), RuntimeError, ["ambiguous"]),
    ("item of many", lambda: ones(2).item(), RuntimeError, ["2 elements"]),
    ("numpy with grad", lambda: ones(2, requires_grad=True).numpy(), RuntimeError, ["detach"]),
    ("integer gradient", lambda: torch.tensor([1], requires_grad=True), RuntimeError, ["floating point"]),
    ("optimizer of nothing", lambda: torch.optim.SGD([], lr=0.1), ValueError, ["empty"]),
    ("learning rate", lambda: torch.optim.Adam([ones(1, requires_grad=True)], lr=-1), ValueError, ["-1"]),
    ("module attribute", lambda: nn.Linear(2, 2).wieght, AttributeError, ["wieght", "weight"]),
    ("missing file", lambda: torch.load("no_such_file.pt"), FileNotFoundError, ["no_such_file.pt"]),
]


@pytest.mark.parametrize(("call", "kind", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_mistake(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_the_shape_error_reads_well():
    with pytest.raises(RuntimeError) as caught:
        F.linear(ones(2, 3), ones(4, 5))
    assert str(caught.value) == (
        "linear: x (..., i), weight (o, i), bias (o)? -> (..., o)\n"
        "  x      (..., i) is (2, 3)\n"
        "  weight (o, i)   is (4, 5)   <- i = 5, but x has i = 3\n"
        "  hint: weight is stored as (out_features, in_features)"
    )


def test_a_cuda_device_without_cupy():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(RuntimeError, match="CuPy|CUDA"):
        ones(2).to("cuda")
    with pytest.raises(RuntimeError, match="device"):
        ones(2).to("tpu")


def test_an_unequal_state_dict_changes_nothing():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    before = {k: v.clone() for k, v in model.state_dict().items()}
    wrong = {k: torch.zeros_like(v) for k, v in model.state_dict().items()}
    wrong["1.weight"] = torch.zeros(5, 5)
    del wrong["0.bias"]
    wrong["2.weight"] = torch.zeros(1)
    with pytest.raises(RuntimeError) as caught:
        model.load_state_dict(wrong)
    for word in ("0.bias", "2.weight", "1.weight", "5, 5"):
        assert word in str(caught.value)
    for key, value in model.state_dict().items():
        assert torch.equal(value, before[key])


def test_a_refused_assignment_changes_nothing():
    x = torch.zeros(2, 3)
    for index, value in [(0, ones(2)), (slice(None), ones(3, 3)), (torch.tensor([0, 9]), ones(2, 3))]:
        with pytest.raises((RuntimeError, IndexError)):
            x[index] = value
    np.testing.assert_array_equal(x.numpy(), 0)


def test_extreme_logits_give_no_nan_and_no_warning():
    for scale in (1e4, -1e4):
        x = (torch.tensor([[1.0, -1.0, 0.5]]) * scale).requires_grad_()
        t = torch.tensor([1])
        losses = [
            F.cross_entropy(x, t),
            F.log_softmax(x, dim=1).sum(),
            F.softmax(x, dim=1).sum(),
            F.binary_cross_entropy_with_logits(x, torch.ones(1, 3)),
            torch.sigmoid(x).sum(),
            F.softplus(x).sum(),
            F.logsigmoid(x).sum(),
            torch.logsumexp(x, 1).sum(),
            F.gelu(x).sum(),
            F.silu(x).sum(),
        ]
        sum(losses).backward()
        assert all(bool(torch.isfinite(loss)) for loss in losses)
        assert bool(torch.isfinite(x.grad).all())
