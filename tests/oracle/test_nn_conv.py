"""Convolutions, pools, folds, padding and interpolation against PyTorch: outputs, all gradients, printed text, default weights, errors.

Cases are written as in `test_nn`.
"""

import itertools

import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

from ..scripts import check, lines  # noqa: E402
from .test_nn import compare  # noqa: E402

SHAPES = {1: ("f(2, 4, 11)", "f(4, 11)"), 2: ("f(2, 4, 8, 7)", "f(4, 8, 7)"), 3: ("f(2, 4, 6, 5, 7)", "f(4, 6, 5, 7)")}
CONVOLUTIONS = [
    "4, 6, 3",
    "4, 6, 3, bias=False",
    "4, 6, 3, stride=2",
    "4, 6, 3, 2, 1",
    "4, 6, 2, padding=1, dilation=2",
    "4, 6, 3, padding='same'",
    "4, 6, 2, padding='same', dilation=3",
    "4, 6, 3, padding='valid'",
    "4, 6, 3, groups=2",
    "4, 8, 3, groups=4, padding=2",
    "4, 4, 1",
    "4, 6, 3, padding=2, padding_mode='reflect'",
    "4, 6, 3, padding=2, padding_mode='replicate'",
    "4, 6, 3, padding=2, padding_mode='circular'",
    "4, 6, 2, padding='same', padding_mode='reflect'",
]
TRANSPOSED = [
    "4, 6, 3",
    "4, 6, 3, bias=False",
    "4, 6, 3, stride=2",
    "4, 6, 3, 2, 1, 1",
    "4, 6, 2, padding=1, dilation=3, output_padding=2",
    "4, 6, 3, groups=2, stride=3",
]
PER_DIM = [
    ("nn.Conv2d(1, 3, (2, 7))", "m(f(5, 1, 9, 7)).squeeze(3)"),
    ("nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2))", "m(f(2, 4, 8, 7))"),
    ("nn.Conv2d(4, 6, (3, 2), padding=(2, 1), padding_mode='circular')", "m(f(2, 4, 8, 7))"),
    ("nn.Conv3d(4, 6, (3, 2, 1), (2, 1, 1), (1, 0, 2))", "m(f(1, 4, 4, 5, 3))"),
    ("nn.ConvTranspose2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 0))", "m(f(2, 4, 3, 4))"),
    ("nn.ConvTranspose1d(4, 6, 3, stride=2)", "m(f(2, 4, 5), output_size=[12])"),
    ("nn.ConvTranspose1d(4, 6, 3, stride=2)", "m(f(2, 4, 5), output_size=(2, 6, 11))"),
    ("nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1)", "m(f(2, 4, 5, 4), output_size=[10, 8])"),
    ("nn.Conv1d(4, 6, 3)", "m(f(0, 4, 7))"),
    ("nn.Conv1d(4, 6, 3)", "m(f(2, 4, 14)[:, :, ::2])"),
    ("nn.Conv1d(4, 6, 3)", "m(f(2, 7, 4).transpose(1, 2))"),
    ("nn.Conv1d(4, 6, 3, dtype=torch.float64).to(torch.float32)", "m(f(2, 4, 7))"),
    ("nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(40, 2))", "m(f(4, 3, 10))"),
    ("None", "F.conv1d(f(2, 4, 7), f(6, 4, 3), f(6), [2], (1,), 1, 1)"),
    ("None", "F.conv2d(f(2, 4, 7, 6), f(6, 2, 3, 2), None, 1, 'same', 1, 2)"),
    ("None", "F.conv_transpose1d(f(2, 4, 7), f(4, 3, 3), f(6), 2, 1, 1, 2, 2)"),
    ("None", "torch.conv_tbc(f(7, 2, 4), f(3, 4, 6), f(6), 1)"),
]
WINDOWS = ["2", "3, 2", "3, 2, 1", "3, 1, 1, ceil_mode=True", "4, 3, 2, ceil_mode=True", "5"]
POOLS = [
    *((f"nn.{kind}Pool{n}d({args})", f"m({x})") for kind in ("Max", "Avg") for n in SHAPES for args in WINDOWS for x in SHAPES[n]),
    *((f"nn.MaxPool{n}d({args})", f"m({SHAPES[n][0]})") for n in SHAPES for args in ("2, 2, 0, 2", "3, 1, 1, 2")),
    *((f"nn.MaxPool{n}d(3, 2, 1, return_indices=True)", f"m({SHAPES[n][0]})[0]") for n in SHAPES),
    *((f"nn.AvgPool{n}d(3, 2, 1, count_include_pad=False, ceil_mode=True)", f"m({SHAPES[n][0]})") for n in SHAPES),
    *((f"nn.AvgPool{n}d(2, divisor_override=3)", f"m({SHAPES[n][0]})") for n in (2, 3)),
    *((f"nn.LPPool{n}d(3, 2, 2)", f"m({SHAPES[n][0]}.abs())") for n in SHAPES),
    *((f"nn.Adaptive{kind}Pool{n}d({k})", f"m({x})") for kind in ("Avg", "Max") for n in SHAPES for k in (1, 3, 4, 13) for x in SHAPES[n]),
    *((f"nn.Adaptive{kind}Pool2d((None, 3))", "m(f(2, 4, 6, 7))") for kind in ("Avg", "Max")),
    *((f"nn.MaxUnpool{n}d(2)", f"m(*F.max_pool{n}d(f(2, 3{', 6' * n}), 2, return_indices=True))") for n in SHAPES),
    ("nn.MaxUnpool1d(2)", "m(*F.max_pool1d(f(2, 4, 11), 2, return_indices=True), output_size=[11])"),
    ("nn.FractionalMaxPool2d(2, 4)", "m(f(2, 4, 6, 7))"),
    ("nn.FractionalMaxPool2d((3, 2), output_ratio=(0.5, 0.7), return_indices=True)", "m(f(4, 8, 7))"),
    ("nn.FractionalMaxPool3d(2, (3, 2, 4))", "m(f(2, 4, 5, 4, 6))"),
    ("nn.MaxPool2d((3, 2), (2, 1), (1, 0))", "m(f(2, 4, 6, 7))"),
    ("nn.MaxPool1d(20)", "m(f(2, 3, 20)).squeeze(-1)"),
    ("nn.MaxPool1d(3, 1, 1)", "m(torch.full((1, 1, 4), -inf) + 0 * f(1, 1, 1))"),
    ("nn.MaxPool1d(2)", "m(f(0, 4, 11))"),
    ("nn.MaxPool1d(2)", "m(torch.tensor([[1.0, 1.0, 0.0, 2.0, 2.0, 2.0]]) * f(1, 1).abs())"),
]
RESAMPLED = [
    ("nearest", 1),
    ("nearest", 2),
    ("nearest", 3),
    ("nearest-exact", 2),
    ("linear", 1),
    ("bilinear", 2),
    ("bicubic", 2),
    ("trilinear", 3),
]
OTHERS = [
    *((f"nn.Unfold({args})", f"m({x})") for args in ("2", "(3, 2), 1, 1, 2", "2, dilation=2, stride=(1, 2)") for x in SHAPES[2]),
    *((f"nn.Fold((5, 6), {args})", f"m({x})") for args, x in (("2", "f(2, 8, 20)"), ("(3, 2), 1, 1, 2", "f(12, 12)"), ("2, 2", "f(1, 4, 12)"))),
    ("nn.PixelShuffle(2)", "m(f(2, 8, 3, 2))"),
    ("nn.PixelUnshuffle(2)", "m(f(2, 4, 6))"),
    ("nn.ChannelShuffle(2)", "m(f(2, 6, 3, 2))"),
    *((f"nn.{kind}Pad{n}d(2)", f"m({x})") for kind in ("Zero", "Reflection", "Replication", "Circular") for n in SHAPES for x in SHAPES[n]),
    *((f"nn.ConstantPad{n}d(2, 1.5)", f"m({x})") for n in SHAPES for x in SHAPES[n]),
    ("nn.ReflectionPad2d((1, 0, 2, 1))", "m(f(2, 4, 3, 4))"),
    ("nn.CircularPad1d((1, 3))", "m(f(2, 4))"),
    *((f"nn.Upsample({args}, mode='{mode}', {more})", f"m({SHAPES[n][0]})")
      for mode, n in RESAMPLED
      for args in ("5", "scale_factor=2", "scale_factor=1.7", "scale_factor=0.6, recompute_scale_factor=True")
      for more in (("", "align_corners=True") if "nearest" not in mode else ("",))),
    *(("None", f"F.interpolate({SHAPES[n][0]}, {k}, mode='area')") for n in SHAPES for k in (3, 9)),
    ("nn.Upsample(scale_factor=(2, 1.5), mode='bilinear')", "m(f(2, 4, 3, 4))"),
    ("nn.UpsamplingNearest2d(scale_factor=2)", "m(f(2, 4, 3, 4))"),
    ("nn.UpsamplingBilinear2d(5)", "m(f(2, 4, 3, 4))"),
    *(("None", f"F.grid_sample(f(2, 3, 5, 4), f(2, 3, 4, 2), '{mode}', '{pad}', {corners})")
      for mode in ("bilinear", "nearest", "bicubic") for pad in ("zeros", "border", "reflection") for corners in (True, False)),
    *(("None", f"F.grid_sample(f(2, 3, 5, 4, 3), f(2, 2, 3, 4, 3), '{mode}', align_corners=True)") for mode in ("bilinear", "nearest")),
    *(("None", f"F.affine_grid(f(2, {n}, {n + 1}), {(2, 3, 4, 5, 6)[:n + 2]}, {corners})") for n in (2, 3) for corners in (True, False)),
]  # fmt: skip
CASES = [
    *((f"nn.Conv{n}d({args})", f"m({x})") for n in SHAPES for args in CONVOLUTIONS for x in SHAPES[n]),
    *((f"nn.ConvTranspose{n}d({args})", f"m({x})") for n in SHAPES for args in TRANSPOSED for x in SHAPES[n]),
    *PER_DIM,
    *POOLS,
    *OTHERS,
]


@pytest.mark.parametrize(("module", "call"), CASES)
def test_module(module, call):
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-12)):
        compare(module, call, dtype, tolerance)


SECOND = [
    "conv1d(x, w, b, 2, 1)",
    "conv1d(x, w, b, dilation=2)",
    "conv_transpose1d(x, w.transpose(0, 1), b, 2, 1, 1)",
    "max_pool1d(x * x, 3, 2)",
    "avg_pool1d(x * x, 3, 2, 1)",
    "adaptive_avg_pool1d(x * x, 4)",
    "interpolate(x * x, 5, mode='linear')",
]
GRADIENT_OF_A_GRADIENT = """
x = torch.linspace(-1, 2, 72, dtype=torch.float64).sin().reshape(3, 4, 6).requires_grad_()
w = torch.linspace(-2, 3, 60, dtype=torch.float64).cos().reshape(5, 4, 3).requires_grad_()
b = torch.ones(5, dtype=torch.float64, requires_grad=True)
y = torch.nn.functional.{}
g = torch.autograd.grad(y.pow(2).sum(), x, create_graph=True)[0]
[t.tolist() for t in torch.autograd.grad(g.pow(2).sum(), (x, w, b), allow_unused=True, materialize_grads=True)]
"""


@pytest.mark.parametrize("call", SECOND)
def test_gradient_of_a_gradient(call):
    check(GRADIENT_OF_A_GRADIENT.format(call), torch)


ERRORS = lines("""
    torch.conv1d(torch.ones(4), torch.ones(6, 4, 3))
    torch.conv1d(torch.ones(1, 2, 3, 4), torch.ones(6, 4, 3))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 3, 3))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), torch.ones(5))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), groups=0)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 2, 3), groups=4)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), stride=0)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), stride=(1, 1))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), stride=1.5)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), padding=-1)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), padding='sam')
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3), padding='same', stride=2)
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 9))
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3).double())
    torch.conv1d(torch.ones(2, 4, 7).bool(), torch.ones(6, 4, 3).bool())
    torch.conv1d(torch.ones(2, 4, 0), torch.ones(6, 4, 3), padding=2)
    torch.conv1d([1], torch.ones(6, 4, 3))
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(4, 6, 3), output_padding=1)
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(5, 6, 3))
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(4, 6, 3), padding=9)
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(4, 6, 3), output_padding=-1)
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(4, 6, 3), padding='same')
    torch.nn.Conv1d(4, 6, 3, groups=0)
    torch.nn.Conv1d(4, 6, 3, groups=3)
    torch.nn.Conv1d(3, 4, 3, groups=3)
    torch.nn.Conv1d(4, 6, 3, padding='x')
    torch.nn.Conv1d(4, 6, 3, padding='same', stride=2)
    torch.nn.Conv1d(4, 6, 3, padding_mode='q')
    torch.nn.ConvTranspose1d(4, 6, 3, padding_mode='reflect')
    torch.nn.ConvTranspose1d(4, 6, 3)(torch.ones(2, 4, 7), output_size=[3])
    torch.nn.ConvTranspose1d(4, 6, 3)(torch.ones(2, 4, 7), output_size=[6, 9])
    torch.nn.functional.max_pool1d(torch.ones(2, 9), 2, padding=2)
    torch.nn.functional.max_pool1d(torch.ones(2, 9), 0)
    torch.nn.functional.max_pool1d(torch.ones(2, 9), 10)
    torch.nn.functional.max_pool1d(torch.ones(2, 9), 2, stride=0)
    torch.nn.functional.max_pool1d(torch.ones(2, 9), 2.5)
    torch.nn.functional.max_pool1d(torch.ones(2, 9).long(), 2)
    torch.nn.functional.max_pool2d(torch.ones(2, 9), 2)
    torch.nn.functional.max_pool2d(torch.ones(2, 0, 9, 9), 2)
    torch.nn.functional.avg_pool2d(torch.ones(2, 9, 9), 2, divisor_override=0)
    torch.nn.functional.avg_pool2d(torch.ones(2, 9, 9), (2, 2, 2))
    torch.nn.functional.adaptive_avg_pool1d(torch.ones(2, 9), None)
    torch.nn.functional.adaptive_avg_pool1d(torch.ones(9), 3)
    torch.nn.functional.adaptive_avg_pool2d(torch.ones(2, 9), (3, 3))
    torch.nn.functional.adaptive_avg_pool2d(torch.ones(2, 9, 9), -1)
    torch.nn.functional.adaptive_max_pool1d(torch.ones(2, 9).long(), 3)
    torch.nn.functional.max_unpool1d(torch.ones(1, 2), torch.tensor([[0, 4]]), 2)
    torch.nn.functional.max_unpool1d(torch.ones(1, 2), torch.tensor([[0, 3]]), 2, output_size=[7])
    torch.nn.functional.max_unpool1d(torch.ones(1, 2), torch.tensor([[0, 3]]).int(), 2)
    torch.nn.functional.unfold(torch.ones(4, 5), 2)
    torch.nn.functional.unfold(torch.ones(1, 4, 5), 6)
    torch.nn.functional.unfold(torch.ones(1, 4, 5).long(), 2)
    torch.nn.functional.fold(torch.ones(2, 12, 34), (6, 8), 2)
    torch.nn.functional.fold(torch.ones(2, 13, 35), (6, 8), 2)
    torch.nn.functional.fold(torch.ones(12), 6, 2)
    torch.pixel_shuffle(torch.ones(7, 3, 3), 2)
    torch.pixel_shuffle(torch.ones(7, 3), 2)
    torch.pixel_unshuffle(torch.ones(7, 3, 4), 2)
    torch.channel_shuffle(torch.ones(2, 7, 4), 2)
    torch.channel_shuffle(torch.ones(2, 8, 4), 0)
    torch.nn.functional.interpolate(torch.ones(1, 2, 5))
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 3, 2)
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), (3, 3))
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 3, mode='bilinear')
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 3, mode='foo')
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 3, mode='nearest', align_corners=True)
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 3, recompute_scale_factor=True)
    torch.nn.functional.interpolate(torch.ones(1, 2, 5), 0)
    torch.nn.functional.interpolate(torch.ones(2, 5), 3)
    torch.nn.functional.interpolate(torch.ones(1, 2, 5).long(), 3)
    torch.nn.ReflectionPad1d(2)(torch.zeros(2, 1))
    torch.nn.ReflectionPad1d(2)(torch.zeros(2, 3, 4, 4))
    torch.nn.ReplicationPad2d(2)(torch.zeros(2, 4))
    torch.nn.CircularPad1d(2)(torch.zeros(2, 2, 2, 4))
""")
SCRIPTS = lines("""
    torch.conv1d(torch.arange(8).reshape(1, 2, 4), torch.ones(3, 2, 2).long())
    torch.conv1d(torch.ones(2, 4, 7), torch.ones(6, 4, 3, requires_grad=True))
    torch.conv1d(torch.ones(4, 7), torch.ones(6, 4, 3, requires_grad=True))
    torch.conv_transpose1d(torch.ones(2, 4, 7), torch.ones(4, 6, 3, requires_grad=True))
    torch.max_pool1d(q, 2)
    torch.max_pool1d(q.requires_grad_(), 2)
    torch.max_pool2d(q.requires_grad_(), 2)
    torch.max_pool2d(torch.arange(16).reshape(1, 4, 4), 2)
    torch.nn.functional.max_pool2d(q.requires_grad_(), 2, return_indices=True)
    torch.nn.functional.max_pool2d_with_indices(q, (2, 2))
    torch.max_pool1d_with_indices(torch.tensor([[1.0, nan, 3.0, 2.0, 0.0, 5.0]]), 3)
    torch.avg_pool1d(q.requires_grad_(), 2)
    torch.avg_pool1d(torch.arange(-5, 5).reshape(1, 10), 3)
    torch.adaptive_avg_pool1d(q.requires_grad_(), 3)
    torch.adaptive_max_pool1d(q, 3)
    torch.nn.functional.adaptive_avg_pool2d(q.requires_grad_(), 1)
    torch.nn.functional.adaptive_avg_pool2d(q.requires_grad_(), 2)
    torch.nn.functional.interpolate(q.requires_grad_(), 3, mode='linear')
    torch.nn.functional.interpolate(q[None].requires_grad_(), 3, mode='bilinear')
    torch.constant_pad_nd(q, (1, 2, 0, 1), 5)
    torch.pixel_shuffle(q.reshape(4, 3, 2), 2)
    torch.pixel_shuffle(q.reshape(4, 3, 2), 1)
    torch.channel_shuffle(q.reshape(2, 4, 3), 2)
    isinstance(torch.nn.Conv2d(1, 1, 1), torch.nn.Conv1d)
    isinstance(torch.nn.ConvTranspose1d(1, 1, 1), torch.nn.modules.conv._ConvNd)
    torch.nn.Conv1d(1, 2, 3, padding=1).padding, torch.nn.Conv2d(1, 2, 3, padding='same').padding, torch.nn.Conv2d(1, 2, 3).kernel_size
    torch.nn.Conv1d(1, 2, 3).transposed, torch.nn.Conv1d(1, 2, 3).output_padding, torch.nn.ConvTranspose1d(1, 2, 3).transposed
""")


@pytest.mark.parametrize("script", ERRORS + SCRIPTS)
def test_script(script):
    check(script, torch)


def test_no_module_is_missing():
    ends = tuple(f"{kind}{n}d" for kind, n in itertools.product(("Conv", "ConvTranspose", "Pool", "Pad", "Unpool"), "123"))
    names = {n for n in dir(torch.nn) if n.endswith(ends) and not n.startswith("Lazy")}
    assert not names - set(dir(minitorch_nlp.nn))
