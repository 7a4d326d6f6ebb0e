"""Every op on bfloat16 tensors gives what it gives in float32, rounded once; so do gradients."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.testing.draw import SeededDraw
from minitorch_nlp.testing.op_check import draw_sample
from tests.functional.test_every_op import OPS

pytest.importorskip("ml_dtypes")
BFLOAT16, FLOAT32 = torch.bfloat16.dtype, np.dtype("float32")


def is_float(a):
    return hasattr(a, "dtype") and a.dtype.kind == "f"


def sample(op, seed):
    """Arguments with bfloat16 for floats, every other one with a nan and an inf; None where none is a float."""
    arrays, options = draw_sample(op, SeededDraw(seed))
    if not any(map(is_float, arrays)) or "dtype" in options:
        return None
    arrays = [a.astype(BFLOAT16) if is_float(a) else a for a in arrays]
    for a in arrays:
        if seed % 2 and getattr(a, "dtype", None) == BFLOAT16 and a.size:
            a.reshape(-1)[seed % a.size] = np.nan
            a.reshape(-1)[(seed + 1) % a.size] = np.inf
    return arrays, options


def run(op, arrays, options, kind, gradients):
    """Values (as float64) and dtypes of the results and of the gradients, with `kind` in place of bfloat16."""
    tensors = []
    for a in arrays:
        if getattr(a, "dtype", None) == BFLOAT16:
            a = torch.Tensor._wrap(a.astype(kind)).requires_grad_(gradients)
        tensors.append(torch.Tensor._wrap(a) if isinstance(a, np.ndarray) else a)
    out = op(*tensors, **options)
    outs = out if isinstance(out, tuple) else (out,)
    found = list(outs)
    roots = [o for o in outs if o.requires_grad]
    if roots:
        rng = np.random.default_rng(0)
        dys = [torch.Tensor._wrap(np.asarray(rng.standard_normal(o.shape)).astype(BFLOAT16).astype(kind)) for o in roots]
        torch.autograd.backward(roots, dys)
        found += [t.grad for t in tensors if isinstance(t, torch.Tensor)]
    return found


def same(wide, narrow):
    if wide is None or narrow is None:
        return wide is narrow
    rounded = wide.array.astype(BFLOAT16) if wide.array.dtype == FLOAT32 else wide.array
    return narrow.array.dtype == rounded.dtype and np.array_equal(rounded.astype(float), narrow.array.astype(float), equal_nan=True)


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("name", sorted(OPS))
def test_rounded_once(name, gradients):
    op = OPS[name]
    if gradients and op.backward is None:
        return
    drawn = [sample(op, 2 * seed if gradients else seed) for seed in range(4 if gradients else 8)]
    drawn = [d for d in drawn if d is not None]
    failed = 0
    for arguments in drawn:
        try:
            wide = run(op, *arguments, FLOAT32, gradients)
        except Exception:  # an iteration that nan keeps from converging, a target that rounding moved out of range
            failed += 1
            continue
        narrow = run(op, *arguments, BFLOAT16, gradients)
        assert len(wide) == len(narrow)
        assert all(map(same, wide, narrow)), f"{arguments}: {wide}, rounded: {narrow}"
    assert failed < len(drawn) or not drawn


def test_gradients_go_through_views_and_writes():
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.bfloat16, requires_grad=True)
    y = base * 1
    y[0].mul_(3)
    row = y.t()[:, :1].expand(2, 300)
    row.sum().backward()
    assert base.grad.dtype is torch.bfloat16
    assert base.grad.tolist() == [[900.0, 900.0], [0.0, 0.0]]  # 300 ones, added up in float32: in bfloat16 they stop at 256


def test_an_op_without_outputs():
    for kind in (torch.float32, torch.bfloat16):
        assert torch.empty(0, 2, dtype=kind, requires_grad=True).unbind() == ()


def test_gradients_of_casts_and_second_derivatives():
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.bfloat16()
    (y.float() ** 3).sum().backward()
    assert x.grad.dtype is torch.float32
    assert x.grad.tolist() == [6.75, 12.0]
    (g,) = torch.autograd.grad((y**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert h.tolist() == [9.0, -12.0]


def test_a_mistake_is_told_as_for_float32():
    x, y = torch.ones(2, 3, dtype=torch.bfloat16), torch.ones(2, 4, dtype=torch.bfloat16)
    with pytest.raises(RuntimeError, match="add"):
        x + y
    with pytest.raises(RuntimeError, match="same dtype"):
        x @ torch.ones(3, 2)
    with pytest.raises(NotImplementedError, match=r"layer_norm: not implemented for bfloat16; convert the input with .float\(\)"):
        torch.nn.functional.layer_norm(x, (3,), torch.ones(3))
    with pytest.raises(NotImplementedError, match="bitwise_and|bfloat16"):
        x & 1
