"""Convolutional layers and pools: shapes, keys, refused arguments, and that they learn."""

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn import functional as F


def test_keys_and_shapes():
    assert {k: tuple(v.shape) for k, v in nn.Conv2d(4, 6, (3, 2), groups=2).state_dict().items()} == {"weight": (6, 2, 3, 2), "bias": (6,)}
    assert {k: tuple(v.shape) for k, v in nn.ConvTranspose1d(4, 6, 3, groups=2).state_dict().items()} == {"weight": (4, 3, 3), "bias": (6,)}
    assert nn.Conv1d(4, 6, 3, bias=False).bias is None


def test_a_batch_is_its_elements_one_by_one():
    x = torch.randn(3, 4, 9)
    for layer in (
        nn.Conv1d(4, 6, 3, 2, 1),
        nn.ConvTranspose1d(4, 6, 3, 2, 1),
        nn.MaxPool1d(2),
        nn.AvgPool1d(3, 2, 1),
        nn.AdaptiveMaxPool1d(2),
    ):
        assert torch.allclose(layer(x), torch.stack([layer(row) for row in x]), atol=1e-6)


def test_an_empty_batch_gives_zero_gradients():
    layer = nn.Conv1d(4, 6, 3)
    y = layer(torch.zeros(0, 4, 9))
    assert y.shape == (0, 6, 7)
    y.sum().backward()
    assert not layer.weight.grad.any()
    assert not layer.bias.grad.any()


@pytest.mark.filterwarnings("ignore:padding")
def test_same_padding_keeps_the_length():
    for kernel in (1, 2, 3, 4):
        for dilation in (1, 2):
            assert nn.Conv1d(2, 3, kernel, padding="same", dilation=dilation)(torch.randn(2, 2, 7)).shape == (2, 3, 7)


def test_an_odd_same_padding_warns():
    with pytest.warns(UserWarning, match="pads a copy"):
        F.conv1d(torch.ones(1, 1, 5), torch.ones(1, 1, 2), padding="same")


def test_transposed_takes_back_every_size():
    down, up = nn.Conv1d(2, 3, 3, stride=2, padding=1), nn.ConvTranspose1d(3, 2, 3, stride=2, padding=1)
    for length in (7, 8, 9):
        assert up(down(torch.randn(1, 2, length)), output_size=[length]).shape == (1, 2, length)


def test_a_text_classifier_learns_a_word_order():
    """Whether word 1 is followed by word 2: the least that takes a window."""
    torch.manual_seed(0)
    tokens = torch.randint(0, 4, (64, 12))
    labels = ((tokens[:, :-1] == 1) & (tokens[:, 1:] == 2)).any(1).long()
    embedding, convolution, head = nn.Embedding(4, 8), nn.Conv1d(8, 16, 2), nn.Linear(16, 2)
    parameters = [p for m in (embedding, convolution, head) for p in m.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.02)
    for _ in range(80):
        features = torch.relu(convolution(embedding(tokens).transpose(1, 2)))
        loss = F.cross_entropy(head(F.max_pool1d(features, features.size(2)).squeeze(2)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


def test_unpooling_puts_values_where_they_were():
    x = torch.tensor([[[1.0, 4.0, 3.0, 2.0, 6.0, 5.0]]])
    values, places = F.max_pool1d(x, 2, return_indices=True)
    assert F.max_unpool1d(values, places, 2).tolist() == [[[0, 4, 3, 0, 6, 0]]]


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: nn.Conv1d(4, 6, 3, groups=3), ValueError, "in_channels must be divisible by groups"),
        (lambda: nn.Conv1d(4, 6, 3, padding="x"), ValueError, "should be 'same' or 'valid'"),
        (lambda: nn.Conv1d(4, 6, 3, padding_mode="q"), ValueError, "padding_mode must be one of zeros, reflect"),
        (lambda: F.conv1d(torch.ones(4), torch.ones(6, 4, 3)), RuntimeError, r"conv1d: input must be \(C, \*L\) or \(N, C, \*L\)"),
        (lambda: F.conv2d(torch.ones(1, 4, 5, 5), torch.ones(6, 4, 3, 3), stride=(1, 1, 1)), RuntimeError, "stride must be an int or 2"),
        (lambda: F.conv1d(torch.ones(1, 4, 5), torch.ones(6, 4, 3), padding="same", stride=2), RuntimeError, "not supported for strided"),
        (lambda: F.conv_transpose1d(torch.ones(1, 4, 5), torch.ones(4, 6, 3), output_padding=1), RuntimeError, "output_padding must be smaller"),
        (lambda: F.max_pool1d(torch.ones(2, 9), 2, padding=2), RuntimeError, "padding must be at most half"),
        (lambda: F.max_pool1d(torch.ones(2, 9), 10), RuntimeError, "no window of size"),
        (lambda: F.max_unpool1d(torch.ones(1, 2), torch.tensor([[0, 9]]), 2), RuntimeError, r"they are in \[0, 4\); found 0 to 9"),
        (lambda: F.fold(torch.ones(2, 12, 34), (6, 8), 2), RuntimeError, "has 5 x 7 windows"),
        (lambda: F.interpolate(torch.ones(1, 1, 4, 4), 2, mode="bicubic", antialias=True), NotImplementedError, "antialias=True is not supported"),
        (lambda: F.interpolate(torch.ones(1, 1, 4), 2, mode="bilinear"), NotImplementedError, "is not for an input with 3 dimensions"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(call, kind, text):
    with pytest.raises(kind, match=text):
        call()
