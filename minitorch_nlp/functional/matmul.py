"""Matrix products: matmul, linear, and einsum.

The one rule behind every gradient here: for Z = X Y, dX = dZ Y^T and dY = X^T dZ. Leading dimensions are folded into the rows of one
2-d product wherever possible, since BLAS is quickest on that.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._checks import refuse_bfloat16
from ._domain import Real
from ._einsum import contract, diagonals, letter_sizes, parse_equation, rearrange
from ._older import Blend
from ._op import Op, Traced
from ._reductions import sum_of_rows

__all__ = ["addmm", "baddbmm", "bmm", "einsum", "linear", "matmul", "outer"]

ndarray = np.ndarray


def product(a, b):
    """a @ b for two matrices. `dot` costs half of `@` on small arrays, and is not slow on a product of a column and a row."""
    return a.dot(b) if type(a) is ndarray and type(b) is ndarray else a @ b


def batched(a, b):
    """a @ b for stacks of matrices; where only one number is summed, a plain product, on which BLAS is slow."""
    return a * b if a.shape[-1] == 1 else np.matmul(a, b)


def transposed(a):
    return np.swapaxes(a, -1, -2)


def folded(a):
    """All leading dimensions made one."""
    return a if a.ndim == 2 else a.reshape((math.prod(a.shape[:-1]), a.shape[-1]))


def check_dtypes(name, *arrays):
    kinds = {a.dtype for a in arrays}
    if len(kinds) > 1:
        found = ", ".join(str(a.dtype) for a in arrays)
        raise RuntimeError(f"{name}: expected all operands to have the same dtype, but got {found}; cast with .to(dtype)")
    if kinds == {np.dtype(bool)}:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; use & and any(), or convert with .int()")


def check_operands(name, *arrays):
    """`check_dtypes` of an op, which does not compute in bfloat16 either."""
    check_dtypes(name, *arrays)
    refuse_bfloat16(name, arrays[0].dtype)


def matmul_forward(x, y):
    """Z = X Y, (..., i, k) (..., k, j) -> (..., i, j); leading dimensions broadcast.

    A vector x is a row, a vector y a column, and that dimension is dropped again: two vectors give their inner product.
    """
    if x.dtype is not y.dtype or x.dtype.kind in "bV":
        check_operands("matmul", x, y)
    if x.ndim == 2 and y.ndim == 2:
        return x.dot(y), (x, y)
    if x.ndim == 0 or y.ndim == 0 or x.shape[-1] != y.shape[0 if y.ndim == 1 else -2]:
        raise RuntimeError(wrong_shapes(x, y))
    if x.ndim <= 2 and y.ndim <= 2:
        return x.dot(y), (x, y)
    if y.ndim <= 2:
        return folded(x).dot(y).reshape(x.shape[:-1] + y.shape[1:]), (x, y)
    return np.matmul(x, y) if x.ndim == 1 else batched(x, y), (x, y)


def wrong_shapes(x, y):
    left = "(k)" if x.ndim == 1 else "(..., i, k)"
    right = "(k)" if y.ndim == 1 else "(..., k, j)"
    facts = f"\n  x {left} is {tuple(x.shape)}\n  y {right} is {tuple(y.shape)}"
    if x.ndim == 0 or y.ndim == 0:
        return f"matmul: both tensors must have at least one dimension; use * for a 0-dim one{facts}"
    return f"matmul: x {left}, y {right}: the last dimension of x must be the {'first' if y.ndim == 1 else 'second last'} of y{facts}"


def matmul_backward(dz, saved, needs=(True, True)):
    """dX = dZ Y^T, dY = X^T dZ.

    z_ij = sum_k x_ik y_kj, so dz_ij/dx_ik = y_kj; contract with dz over j, and likewise for y over i.
    With one Y for a stack of X, its gradient sums over the stack: X and dZ are folded to two dimensions first.
    """
    x, y = saved
    if x.ndim == 1:
        if y.ndim == 1:
            return dz * y if needs[0] else None, dz * x if needs[1] else None
        row = np.expand_dims(dz, -2)
        dx = np.squeeze(batched(row, transposed(y)), -2) if needs[0] else None
        return dx, np.expand_dims(x, -1) * row if needs[1] else None
    if y.ndim == 1:
        column = np.expand_dims(dz, -1)
        dy = np.squeeze(product(folded(x).T, column.reshape((math.prod(dz.shape), 1))), -1) if needs[1] else None
        return column * y if needs[0] else None, dy
    if y.ndim == 2:
        rows = folded(dz)
        dx = product(rows, y.T) if needs[0] else None
        dy = product(folded(x).T, rows) if needs[1] else None
        return dx if dx is None or x.ndim == 2 else dx.reshape(x.shape), dy
    return batched(dz, transposed(y)) if needs[0] else None, batched(transposed(x), dz) if needs[1] else None


def matmul_reference(x, y):
    """A sum of products over the broadcast stack, in float64."""
    a = x[None, :] if x.ndim == 1 else x
    b = y[:, None] if y.ndim == 1 else y
    z = np.sum(a[..., :, :, None] * b[..., None, :, :], axis=-2)
    z = z[..., 0] if y.ndim == 1 else z
    return z if x.ndim > 1 else z[..., 0] if y.ndim == 1 else z[..., 0, :]


def sample_matmul(draw):
    i, j, k = draw.integer(1, 3), draw.integer(0, 3), draw.integer(1, 3)
    batch = draw.shape(0, 2)
    x_shape = draw.choice(((k,), (i, k), (*draw.broadcastable(batch), i, k)))
    y_shape = draw.choice(((k,), (k, j), (*draw.broadcastable(batch), k, j)))
    return (draw.array(x_shape), draw.array(y_shape)), {}


matmul = Op(
    matmul_forward,
    matmul_backward,
    shapes="(..., i, k), (..., k, j) -> (..., i, j)",
    sample=sample_matmul,
    reference=matmul_reference,
    torch_name="Mm",
)


def linear_forward(x, weight, bias=None):
    """y = x W^T + b, (..., i) (o, i) (o)? -> (..., o)."""
    dtype = x.dtype
    if dtype is not weight.dtype or (bias is not None and bias.dtype is not dtype) or dtype.kind in "bV":
        check_operands("linear", *(a for a in (x, weight, bias) if a is not None))
    if x.ndim == 2 and weight.ndim == 2:
        y = x.dot(weight.T)
    elif x.ndim == 0 or weight.ndim not in (1, 2):
        raise ValueError("x needs a dimension of features, weight one or two")
    else:
        y = folded(x).dot(weight.T).reshape(x.shape[:-1] + weight.shape[:-1])
    if bias is None:
        return y, (x, weight, None)
    y += bias
    return y, (x, weight, bias.shape)


def linear_backward(dy, saved, needs=(True, True, True)):
    """dx = dy W, dW = dY^T X, db = sum of dY's rows.

    y_no = sum_i x_ni w_oi + b_o, so dy_no/dx_ni = w_oi, dy_no/dw_oi = x_ni, dy_no/db_o = 1; contract with dy over o, n and n.
    Leading dimensions are folded into n.
    """
    x, weight, bias_shape = saved
    matrix = weight.ndim == 2
    rows = dy if matrix and dy.ndim == 2 else dy.reshape((math.prod(x.shape[:-1]), math.prod(weight.shape[:-1])))
    dx = dw = db = None
    if needs[0]:
        dx = product(rows, weight if matrix else np.expand_dims(weight, 0))
        if x.ndim != 2:
            dx = dx.reshape(x.shape)
    if needs[1]:
        dw = product(rows.T, folded(x))
        if not matrix:
            dw = dw.reshape(weight.shape)
    if needs[2] and bias_shape is not None:
        db = sum_of_rows(rows) if bias_shape == tuple(rows.shape[1:]) else dy
    return dx, dw, db


def linear_reference(x, weight, bias=None):
    y = np.sum((x[..., None, :] if weight.ndim == 2 else x) * weight, axis=-1)
    return y + (0 if bias is None else bias)


linear = Op(
    linear_forward,
    linear_backward,
    shapes="(..., i), (o, i), (o)? -> (..., o)",
    domain=Real(),
    reference=linear_reference,
    torch_name="Addmm",
    hint="weight is stored as (out_features, in_features)",
)


def addmm_forward(input, mat1, mat2, *, beta=1, alpha=1):
    """Z = beta B + alpha X Y, (...) (i, k) (k, j) -> (i, j), B broadcast; with beta = 0 it is ignored, NaN and all."""
    check_operands("addmm", input, mat1, mat2)
    if mat1.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError(f"addmm: mat1 and mat2 must be matrices; they have shapes {tuple(mat1.shape)} and {tuple(mat2.shape)}")
    return added("addmm", input, mat1.dot(mat2), beta, alpha), (mat1, mat2, beta, alpha)


def added(name, bias, z, beta, alpha):
    """beta B + alpha Z in Z's shape and dtype."""
    if z.dtype.kind != "f":
        beta, alpha = int(beta), int(alpha)
    scaled = z if alpha == 1 else alpha * z
    result = scaled if beta == 0 else scaled + (bias if beta == 1 else beta * bias)
    if result.shape != z.shape:
        raise RuntimeError(f"{name}: input of shape {tuple(bias.shape)} does not broadcast to the product, {tuple(z.shape)}")
    return result


def addmm_backward(dz, saved, needs=(True, True, True)):
    """dB = beta dZ, dX = alpha dZ Y^T, dY = alpha X^T dZ."""
    x, y, beta, alpha = saved
    scaled = dz if alpha == 1 else alpha * dz
    dx = batched(scaled, transposed(y)) if needs[1] else None
    dy = batched(transposed(x), scaled) if needs[2] else None
    return beta * dz if needs[0] else None, dx, dy


def added_reference(bias, x, y, *, beta=1, alpha=1):
    return beta * bias + alpha * matmul_reference(x, y)


def sample_addmm(draw):
    i, j, k = draw.integer(0, 3), draw.integer(1, 3), draw.integer(1, 3)
    options = {"beta": draw.choice((1, 0.5)), "alpha": draw.choice((1, -2.0))}
    return (draw.array(draw.broadcastable((i, j))), draw.array((i, k)), draw.array((k, j))), options


addmm = Blend(addmm_forward, addmm_backward, shapes="(...), (i, k), (k, j) -> (i, j)", sample=sample_addmm, reference=added_reference)


def bmm_forward(x, mat2):
    """Z_n = X_n Y_n, (n, i, k) (n, k, j) -> (n, i, j), without broadcasting."""
    if x.dtype is not mat2.dtype or x.dtype.kind in "bV":
        check_operands("bmm", x, mat2)
    if x.ndim != 3 or mat2.ndim != 3 or x.shape[0] != mat2.shape[0]:
        raise ValueError("both must be stacks of matrices of one length; matmul() takes others")
    return batched(x, mat2) if x.shape[2] == mat2.shape[1] else np.matmul(x, mat2), (x, mat2)


def bmm_backward(dz, saved, needs=(True, True)):
    """dX_n = dZ_n Y_n^T, dY_n = X_n^T dZ_n."""
    x, y = saved
    return batched(dz, transposed(y)) if needs[0] else None, batched(transposed(x), dz) if needs[1] else None


bmm = Op(bmm_forward, bmm_backward, shapes="(n, i, k), (n, k, j) -> (n, i, j)", domain=Real(), reference=matmul_reference)


def baddbmm_forward(input, batch1, batch2, *, beta=1, alpha=1):
    """Z_n = beta B + alpha X_n Y_n, (...) (n, i, k) (n, k, j) -> (n, i, j), B broadcast; with beta = 0 it is ignored."""
    check_operands("baddbmm", input, batch1, batch2)
    z, _ = bmm_forward(batch1, batch2)
    return added("baddbmm", input, z, beta, alpha), (batch1, batch2, beta, alpha)


def baddbmm_backward(dz, saved, needs=(True, True, True)):
    """dB = beta dZ, dX_n = alpha dZ_n Y_n^T, dY_n = alpha X_n^T dZ_n."""
    return addmm_backward(dz, saved, needs)


def sample_baddbmm(draw):
    n, i, j, k = draw.integer(0, 2), draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)
    options = {"beta": draw.choice((1, 0.5)), "alpha": draw.choice((1, -2.0))}
    return (draw.array(draw.broadcastable((n, i, j))), draw.array((n, i, k)), draw.array((n, k, j))), options


baddbmm = Blend(
    baddbmm_forward, baddbmm_backward, shapes="(...), (n, i, k), (n, k, j) -> (n, i, j)", sample=sample_baddbmm, reference=added_reference
)


def outer_forward(x, vec2):
    """z_ij = x_i y_j."""
    if x.ndim != 1 or vec2.ndim != 1:
        raise RuntimeError(f"outer: input and vec2 must be vectors; they have shapes {tuple(x.shape)} and {tuple(vec2.shape)}")
    return x[:, None] * vec2, (x, vec2)


def outer_backward(dz, saved, needs=(True, True)):
    """dx = dZ y, dy = dZ^T x."""
    x, y = saved
    return dz @ y if needs[0] else None, x @ dz if needs[1] else None


outer = Op(
    outer_forward,
    outer_backward,
    shapes="(i), (j) -> (i, j)",
    domain=Real(),
    reference=lambda x, y: np.array([[a * b for b in y] for a in x]).reshape(len(x), len(y)),
    dtypes="promote",
    torch_name="Mul",
)


def einsum_forward(*xs, equation):
    """The product of all operands, each letter of the equation an index, summed over those the output does not name.

    ``"ij,jk->ik"`` is a matrix product. A letter repeated in one operand takes its diagonal; ``...`` stands for leading dimensions that
    broadcast; without ``->`` the output has the letters that occur once, in alphabetical order.
    """
    check_einsum_dtypes(xs)
    inputs, output = parse_equation(equation, tuple(x.ndim for x in xs))
    letter_sizes(equation, inputs, [x.shape for x in xs])
    z, letters = diagonals(xs[0], inputs[0])
    for i in range(1, len(xs)):
        z, letters = contract(z, letters, *diagonals(xs[i], inputs[i]), output + "".join(inputs[i + 1 :]))
    z = rearrange(z, letters, output)
    return z.copy() if len(xs) == 1 and np.may_share_memory(z, xs[0]) else z, (equation, *xs)


def check_einsum_dtypes(xs):
    if len(xs) > 1:
        check_dtypes("einsum", *xs)
    refuse_bfloat16("einsum", xs[0].dtype)


def einsum_backward(dz, saved, needs=None):
    """The gradient of one operand is the einsum of dz with all others, its own letters the output.

    z = sum over letters of a product of one element of each operand, so the derivative for one element is the product of the others.
    A letter only this operand has was summed: its gradient is the same along it. A diagonal's gradient lies on the diagonal.
    """
    equation, *xs = saved
    inputs, output = parse_equation(equation, tuple(x.ndim for x in xs))
    sizes = letter_sizes(equation, inputs, [tuple(x.shape) for x in xs])
    wanted = needs or (True,) * len(xs)
    return tuple(einsum_gradient(dz, xs, i, inputs, output, sizes) if wanted[i] else None for i in range(len(xs)))


def einsum_gradient(dz, xs, i, inputs, output, sizes):
    """The gradient of operand i."""
    letters, others = inputs[i], inputs[:i] + inputs[i + 1 :]
    here = dict(zip(letters, xs[i].shape))
    known = set(output).union(*others)
    once = "".join(here)
    target = "".join(c for c in once if c in known and here[c] == sizes[c])  # a size of 1 that was broadcast is summed over
    dx = einsum(dz, *xs[:i], *xs[i + 1 :], equation=",".join((output, *others)) + "->" + target)
    found = dict(zip(target, dx.shape))
    if found != here:
        dx = np.broadcast_to(dx.reshape(tuple(found.get(c, 1) for c in once)), tuple(here.values()))
    return dx if once == letters else on_diagonals(dx, once, letters)


def on_diagonals(dx, once, letters):
    """The transpose of taking diagonals: a dimension for each letter of `letters`, zeros off the diagonals."""
    names = list(once)
    for c in once:
        for occurrence in range(1, letters.count(c)):
            n, at = dx.shape[once.index(c)], once.index(c)
            eye = np.eye(n, dtype=dx.dtype).reshape((1,) * at + (n,) + (1,) * (len(names) - at - 1) + (n,))
            dx = np.expand_dims(dx, -1) * backend.beside(array_of(dx), eye)
            names.append(f"{c}{occurrence}")
    order = [names.index(c if not letters[:d].count(c) else f"{c}{letters[:d].count(c)}") for d, c in enumerate(letters)]
    return np.transpose(dx, order)


def array_of(x):
    return x.array if isinstance(x, Traced) else x


def einsum_reference(*xs, equation):
    return np.einsum(equation, *xs)


EQUATIONS = (
    "ij,jk->ik", "ij,jk", "ij,kj->ki", "i,j->ij", "ij,ij->", "ij,ij->ij", "bik,bjk->bij", "bhik,bhjk->bhij", "bik,jk->bij",
    "...ij,jk->...ik", "...i,...i->...", "i...,i...->...", "ij->ji", "ij->j", "ij->", "ii->i", "ii", "iij->j", "iji->ij", "iii->i",
    "ij,k->i", "ii,ij->j", "i,ij,j->", "ij,jk,kl->il", "bn,anm,bm->ba", "ij,j,ik->kj", "...ij->...ji", ",i->i", "ijk,ljk->il", "ba",
)  # fmt: skip


def sample_einsum(draw):
    equation = draw.choice(EQUATIONS)
    sizes = {c: draw.integer(1, 3) for c in equation if c.isalpha()}
    if draw.integer(0, 9) == 0:
        sizes = dict.fromkeys(sizes, 0)
    batch = draw.shape(0, 2)
    shapes = []
    for term in equation.split("->")[0].split(","):
        before, dots, after = term.partition("...")
        middle = draw.broadcastable(batch) if dots else ()
        shapes.append((*(sizes[c] for c in before), *middle, *(sizes[c] for c in after)))
    return tuple(draw.array(s) for s in shapes), {"equation": equation}


einsum = Op(
    einsum_forward,
    einsum_backward,
    shapes="(...) -> (...)",
    sample=sample_einsum,
    reference=einsum_reference,
    torch_name="View",
)
