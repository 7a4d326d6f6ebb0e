"""nn.init and the layers' default initialisation against PyTorch: the same bits from the same seed, and the generators left alike."""

import itertools
import warnings

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")

SHAPES = [(3, 4), (16, 16), (5, 7), (33, 65), (2, 3, 4), (1, 1)]

FUNCTIONS = [
    "uniform_(t)",
    "uniform_(t, -0.1, 0.3)",
    "normal_(t)",
    "normal_(t, 1.0, 0.02)",
    "constant_(t, 0.7)",
    "ones_(t)",
    "zeros_(t)",
    "xavier_uniform_(t)",
    "xavier_uniform_(t, gain=init.calculate_gain('relu'))",
    "xavier_normal_(t, 2.0)",
    "kaiming_uniform_(t)",
    "kaiming_uniform_(t, a=5**0.5)",
    "kaiming_uniform_(t, mode='fan_out', nonlinearity='relu')",
    "kaiming_normal_(t)",
    "kaiming_normal_(t, 0.2, 'fan_out', 'leaky_relu')",
    "kaiming_normal_(t, nonlinearity='tanh')",
    "trunc_normal_(t)",
    "trunc_normal_(t, std=0.02)",
    "trunc_normal_(t, 0.5, 1.0, 0.0, 1.0)",
    "trunc_normal_(t, 0.0, 1.0, 1.5, 2.5)",
    "trunc_normal_(t, 0.0, 1.0, -0.1, 0.1)",
    "uniform_(t, generator=g)",
    "normal_(t, 1.0, 2.0, generator=g)",
    "xavier_normal_(t, generator=g)",
    "kaiming_uniform_(t, generator=g)",
    "trunc_normal_(t, generator=g)",
    "trunc_normal_(t, 0.0, 1.0, -0.1, 0.1, generator=g)",
]
MATRIX_ONLY = ["eye_(t)", "sparse_(t, 0.3)", "sparse_(t, 0.5, std=2.0, generator=g)"]
KERNELS = ["dirac_(t)", "dirac_(t, 2)"]


def fill(library, text, shape, dtype, layout=lambda t: t):
    """The filled tensor, and the states of both generators."""
    library.manual_seed(11)
    g = library.Generator().manual_seed(12)
    t = layout(library.zeros(shape, dtype=getattr(library, dtype)))
    init = library.nn.init
    returned = eval(f"init.{text}", {"init": init, "t": t, "g": g})
    assert returned is t
    return t.numpy(), library.get_rng_state().numpy(), g.get_state().numpy()


def compare(text, shape, dtype, layout=lambda t: t, tolerance=0.0):
    mine, theirs = fill(ours, text, shape, dtype, layout), fill(torch, text, shape, dtype, layout)
    np.testing.assert_allclose(mine[0], theirs[0], rtol=tolerance, atol=tolerance, err_msg=f"{text} {shape} {dtype}")
    assert mine[0].dtype == theirs[0].dtype
    np.testing.assert_array_equal(mine[1], theirs[1], err_msg=f"{text} {shape} {dtype}: default generator")
    np.testing.assert_array_equal(mine[2], theirs[2], err_msg=f"{text} {shape} {dtype}: given generator")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions(text, dtype):
    for shape in SHAPES:
        compare(text, shape, dtype)
    compare(text, (20, 30), dtype, layout=lambda t: t.t())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", MATRIX_ONLY)
def test_functions_of_matrices(text, dtype):
    for shape in ((3, 4), (16, 16), (7, 5)):
        compare(text, shape, dtype)


@pytest.mark.parametrize("text", KERNELS)
def test_dirac(text):
    for shape in ((4, 3, 3), (2, 4, 3, 3), (4, 2, 1, 2, 3)):
        compare(text, shape, "float32")


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-14)])
def test_orthogonal(dtype, tolerance):
    shapes = ((3, 3), (8, 3), (3, 8), (6, 2, 3), (0, 2))
    for text, shape in itertools.product(("orthogonal_(t)", "orthogonal_(t, gain=2.0, generator=g)"), shapes):
        compare(text, shape, dtype, tolerance=tolerance)


def test_calculate_gain():
    mine, theirs = ours.nn.init, torch.nn.init
    for args in (("linear",), ("conv2d",), ("sigmoid",), ("tanh",), ("relu",), ("selu",), ("leaky_relu",), ("leaky_relu", 0.3)):
        assert mine.calculate_gain(*args) == theirs.calculate_gain(*args)
    for shape in SHAPES:
        assert mine._calculate_fan_in_and_fan_out(ours.empty(shape)) == theirs._calculate_fan_in_and_fan_out(torch.empty(shape))


ERRORS = [
    "xavier_uniform_(t)", "eye_(t)", "dirac_(t)", "orthogonal_(t)", "sparse_(t, 0.1)", "calculate_gain('nope')",
    "calculate_gain('leaky_relu', 'a')", "kaiming_uniform_(m, mode='x')", "uniform_(t, 3, 1)", "normal_(t, 3, -1)", "dirac_(k, 2)",
]  # fmt: skip


@pytest.mark.parametrize("text", ERRORS)
def test_errors(text):
    raised = []
    for library in (ours, torch):
        with pytest.raises(Exception) as error:
            names = {"init": library.nn.init, "t": library.empty(3), "m": library.empty(2, 2), "k": library.empty(3, 2, 2)}
            eval(f"init.{text}", names)
        raised.append(error.type)
    assert raised[0] is raised[1]


@pytest.mark.parametrize("text", ["uniform(t)", "normal(t)", "constant(t, 1)", "xavier_uniform(t)", "kaiming_normal(t)", "orthogonal(t)"])
def test_old_names_warn(text):
    for library in (ours, torch):
        with pytest.warns(FutureWarning, match="deprecated in favor of"):
            eval(f"init.{text}", {"init": library.nn.init, "t": library.empty(3, 3)})


WARNED = [
    ("kaiming_uniform_(z)", "zero-element"),
    ("kaiming_normal_(z)", "zero-element"),
    ("trunc_normal_(t, 10.0, 1.0)", "mean is more than 2 std"),
]


@pytest.mark.parametrize(("text", "message"), WARNED)
def test_warnings(text, message):
    for library in (ours, torch):
        library.manual_seed(0)
        with pytest.warns(UserWarning, match=message):
            eval(f"init.{text}", {"init": library.nn.init, "t": library.empty(3, 3), "z": library.empty(0, 3)})


def test_filling_records_nothing_and_is_seen_by_autograd():
    for library in (ours, torch):
        w = library.nn.Parameter(library.ones(2, 2))
        y = (w * w).sum()
        assert library.nn.init.normal_(w) is w
        assert w.is_leaf
        assert w.requires_grad
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()


LAYERS = [
    "Linear(3, 4)",
    "Linear(200, 30)",
    "Linear(1, 1, bias=False)",
    "Bilinear(3, 4, 5)",
    "Embedding(3, 4)",
    "Embedding(100, 20)",
    "Embedding(10, 3, padding_idx=2)",
    "LayerNorm(5)",
    "RMSNorm((2, 5))",
    "MultiheadAttention(8, 2)",
    "MultiheadAttention(8, 2, bias=False, add_bias_kv=True)",
    "MultiheadAttention(8, 2, kdim=4, vdim=6)",
    "RNN(3, 5, num_layers=2)",
    "LSTM(3, 5, bidirectional=True)",
    "GRU(3, 5, bias=False)",
    "LSTMCell(3, 5)",
    "Sequential(nn.Linear(3, 50), nn.Linear(50, 2))",
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", LAYERS)
def test_default_initialisation(text, dtype):
    sides = []
    for library in (ours, torch):
        library.manual_seed(5)
        library.set_default_dtype(getattr(library, dtype))
        try:
            module = eval(f"nn.{text}", {"nn": library.nn})
        finally:
            library.set_default_dtype(library.float32)
        before = {k: v.numpy().copy() for k, v in module.state_dict().items()}
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
        sides.append((before, {k: v.numpy() for k, v in module.state_dict().items()}, library.get_rng_state().numpy()))
    mine, theirs = sides
    for made, reference in zip(mine[:2], theirs[:2], strict=True):
        assert list(made) == list(reference)
        for key in made:
            assert made[key].dtype == reference[key].dtype
            np.testing.assert_array_equal(made[key], reference[key], err_msg=key)
    np.testing.assert_array_equal(mine[2], theirs[2])


def test_scripts_that_initialise_by_hand():
    """The loops people write: apply with a type check, over parameters, through .data."""

    def init_weights(m):
        if type(m).__name__ == "Linear":
            m.weight.data.normal_(mean=0.0, std=0.02)
            if m.bias is not None:
                m.bias.data.zero_()

    results = []
    for library in (ours, torch):
        library.manual_seed(1)
        net = library.nn.Sequential(library.nn.Linear(9, 8), library.nn.Linear(8, 7, bias=False), library.nn.Embedding(5, 6))
        net.apply(init_weights)
        for p in net.parameters():
            if p.dim() > 1:
                library.nn.init.xavier_uniform_(p.data)
        library.nn.init.uniform_(net[2].weight.data[1:], -1, 1)
        results.append([p.detach().numpy() for p in net.parameters()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_warning_where_torch_gives_none():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for library in (ours, torch):
            library.nn.init.trunc_normal_(library.empty(100), 0.0, 1.0, -0.5, 0.5)
