"""Movement and reduction ops give PyTorch's values, shapes, dtypes, views, gradients and error types."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from minitorch_nlp.functional import arithmetic as A  # noqa: E402
from minitorch_nlp.functional import movement as V  # noqa: E402
from minitorch_nlp.functional import reduction as R  # noqa: E402
from minitorch_nlp.tensor.tensor import Tensor  # noqa: E402

inf, nan = float("inf"), float("nan")
rng = np.random.default_rng(0)
X = rng.standard_normal((2, 3)).astype("float32")
Y = rng.standard_normal((2, 3, 4))  # float64
Z = np.array(1.5, "float32")
EMPTY = np.zeros((0, 3), "float32")
INT = np.arange(6).reshape(2, 3)
BOOL = INT > 2
ROW = X[:1]
NONE = np.zeros(0, "float32")
HALVES = np.full(3000, 100, "float16")
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]], "float32")
NANS = np.array([[1.0, nan, 3.0, nan], [0.0, 1.0, 1.0, -1.0]], "float32")
ZEROS = np.array([[2.0, 0.0, 3.0, 4.0], [0.0, 5.0, 0.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
INFS = np.array([[inf, 1.0, -inf], [-inf, 2.0, 0.0]], "float32")
BIG = np.array([[1e4, -1e4, 9999.0], [1e30, 1e30, -1e30]], "float32")
pad = torch.nn.functional.pad


# ours, the arrays, the options, torch's
MOVEMENTS = [
    (V.reshape, (X,), {"shape": (3, 2)}, lambda x: x.reshape(3, 2)),
    (V.reshape, (X.T,), {"shape": (-1,)}, lambda x: x.reshape(-1)),
    (V.reshape, (X,), {"shape": (2, -1, 1)}, lambda x: x.reshape(2, -1, 1)),
    (V.reshape, (Z,), {"shape": (1, 1)}, lambda x: x.reshape(1, 1)),
    (V.reshape, (EMPTY,), {"shape": (3, -1)}, lambda x: x.reshape(3, -1)),
    (V.permute, (Y,), {"dims": (2, 0, 1)}, lambda x: x.permute(2, 0, 1)),
    (V.permute, (Y,), {"dims": (-1, 0, -2)}, lambda x: x.permute(-1, 0, -2)),
    (V.permute, (Z,), {"dims": ()}, lambda x: x.permute(())),
    (V.transpose, (Y,), {"dim0": 0, "dim1": -1}, lambda x: x.transpose(0, -1)),
    (V.transpose, (Z,), {"dim0": 0, "dim1": -1}, lambda x: x.transpose(0, -1)),
    (V.expand, (ROW,), {"shape": (4, 2, -1)}, lambda x: x.expand(4, 2, -1)),
    (V.expand, (X,), {"shape": (2, 3)}, lambda x: x.expand(2, 3)),
    (V.expand, (Z,), {"shape": (0,)}, lambda x: x.expand(0)),
    (V.expand, (ROW,), {"shape": (0, 3)}, lambda x: x.expand(0, 3)),
    (V.squeeze, (ROW,), {}, lambda x: x.squeeze()),
    (V.squeeze, (ROW,), {"dim": 1}, lambda x: x.squeeze(1)),
    (V.squeeze, (ROW,), {"dim": (0, 1)}, lambda x: x.squeeze((0, 1))),
    (V.squeeze, (ROW,), {"dim": ()}, lambda x: x.squeeze(())),
    (V.squeeze, (Z,), {"dim": -1}, lambda x: x.squeeze(-1)),
    (V.unsqueeze, (X,), {"dim": -1}, lambda x: x.unsqueeze(-1)),
    (V.unsqueeze, (X,), {"dim": -3}, lambda x: x.unsqueeze(-3)),
    (V.unsqueeze, (Z,), {"dim": 0}, lambda x: x.unsqueeze(0)),
    (V.diagonal, (X,), {}, lambda x: x.diagonal()),
    (V.diagonal, (Y,), {"offset": 1, "dim1": -1, "dim2": 0}, lambda x: x.diagonal(1, -1, 0)),
    (V.diagonal, (Y,), {"offset": -1, "dim1": 1, "dim2": 2}, lambda x: x.diagonal(-1, 1, 2)),
    (V.diagonal, (X,), {"offset": 7}, lambda x: x.diagonal(7)),
    (V.diagonal, (X,), {"offset": -7}, lambda x: x.diagonal(-7)),
    (V.cat, (X, X, ROW), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (X, NONE, X), {"dim": -1}, lambda *xs: torch.cat(xs, -1)),
    (V.cat, (NONE, NONE), {"dim": 1}, lambda *xs: torch.cat(xs, 1)),
    (V.cat, (NONE.astype("float64"), X), {"dim": 1}, lambda *xs: torch.cat(xs, 1)),
    (V.cat, (X, INT), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (INT, BOOL), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (X,), {"dim": 1}, lambda *xs: torch.cat(xs, 1)),
    (V.stack, (X, X.astype("float64")), {"dim": -1}, lambda *xs: torch.stack(xs, -1)),
    (V.stack, (Z, Z, Z), {}, lambda *xs: torch.stack(xs)),
    (V.stack, (X, X), {"dim": 1}, lambda *xs: torch.stack(xs, 1)),
    (V.split, (Y,), {"sizes": (1, 0, 3), "dim": -1}, lambda x: torch.split(x, [1, 0, 3], -1)),
    (V.unbind, (Y,), {"dim": 1}, lambda x: x.unbind(1)),
    (V.unbind, (X[0],), {}, lambda x: x.unbind()),
    (V.unbind, (EMPTY,), {}, lambda x: x.unbind()),
    (V.flip, (Y,), {"dims": (0, -1)}, lambda x: x.flip(0, -1)),
    (V.flip, (X,), {"dims": ()}, lambda x: torch.flip(x, ())),
    (V.flip, (Z,), {"dims": (0,)}, lambda x: x.flip(0)),
    (V.roll, (X,), {"shifts": 1}, lambda x: x.roll(1)),
    (V.roll, (X,), {"shifts": (4, -2), "dims": (0, -1)}, lambda x: x.roll((4, -2), (0, -1))),
    (V.roll, (X,), {"shifts": (1, 1), "dims": (1, 1)}, lambda x: x.roll((1, 1), (1, 1))),
    (V.roll, (EMPTY,), {"shifts": 1, "dims": 0}, lambda x: x.roll(1, 0)),
    (V.roll, (Z,), {"shifts": 1}, lambda x: x.roll(1)),
    (V.repeat, (X,), {"repeats": (2, 1, 3)}, lambda x: x.repeat(2, 1, 3)),
    (V.repeat, (X,), {"repeats": (0, 1)}, lambda x: x.repeat(0, 1)),
    (V.repeat, (X,), {"repeats": (1, 1)}, lambda x: x.repeat(1, 1)),
    (V.repeat, (Z,), {"repeats": ()}, lambda x: x.repeat(())),
    (V.repeat, (Z,), {"repeats": (2,)}, lambda x: x.repeat(2)),
    (V.tril, (Y,), {"diagonal": -1}, lambda x: x.tril(-1)),
    (V.triu, (X,), {"diagonal": 1}, lambda x: x.triu(1)),
    (V.triu, (BOOL,), {}, lambda x: x.triu()),
    (V.tril, (np.array([[1, inf, nan], [2, 3, -inf]]),), {}, lambda x: x.tril()),
    (V.pad, (X,), {"pad": (1, 2)}, lambda x: pad(x, (1, 2))),
    (V.pad, (X.T,), {"pad": (1, 2, 0, 1), "value": 2.5}, lambda x: pad(x, (1, 2, 0, 1), value=2.5)),
    (V.pad, (Y,), {"pad": (-1, 2, 1, -2)}, lambda x: pad(x, (-1, 2, 1, -2))),
    (V.pad, (X,), {"pad": (-2, -1)}, lambda x: pad(x, (-2, -1))),
    (V.pad, (INT,), {"pad": (1, 1), "value": 2.5}, lambda x: pad(x, (1, 1), value=2.5)),
    (V.pad, (BOOL,), {"pad": (0, 1), "value": True}, lambda x: pad(x, (0, 1), value=True)),
    (V.pad, (X,), {"pad": (0, 0)}, lambda x: pad(x, (0, 0))),
    (V.pad, (EMPTY,), {"pad": (0, 0, 1, 1), "value": 1.0}, lambda x: pad(x, (0, 0, 1, 1), value=1.0)),
    (V.pad, (Z,), {"pad": ()}, lambda x: pad(x, ())),
    (V.pad, (X,), {"pad": (2, 1), "mode": "reflect"}, lambda x: pad(x, (2, 1), "reflect")),
    (V.pad, (X,), {"pad": (-1, 2), "mode": "reflect"}, lambda x: pad(x, (-1, 2), "reflect")),
    (V.pad, (Y,), {"pad": (3, 1, 0, 2), "mode": "reflect"}, lambda x: pad(x, (3, 1, 0, 2), "reflect")),
    (V.pad, (Y[None],), {"pad": (1, 0, 2, 2, 1, 1), "mode": "reflect"}, lambda x: pad(x, (1, 0, 2, 2, 1, 1), "reflect")),
    (V.pad, (X,), {"pad": (5, 4), "mode": "replicate"}, lambda x: pad(x, (5, 4), "replicate")),
    (V.pad, (X,), {"pad": (-3, 5), "mode": "replicate"}, lambda x: pad(x, (-3, 5), "replicate")),
    (V.pad, (X,), {"pad": (3, 2), "mode": "circular"}, lambda x: pad(x, (3, 2), "circular")),
    (V.pad, (X,), {"pad": (-1, 1), "mode": "circular"}, lambda x: pad(x, (-1, 1), "circular")),
    (V.pad, (Y,), {"pad": (1, 2, 0, 3), "mode": "circular"}, lambda x: pad(x, (1, 2, 0, 3), "circular")),
    (V.pad, (EMPTY,), {"pad": (1, 1), "mode": "circular"}, lambda x: pad(x, (1, 1), "circular")),
]

REDUCTIONS = [
    (R.sum, (X,), {}, torch.sum),
    (R.sum, (Y,), {"dim": (0, -1), "keepdim": True}, lambda x: x.sum((0, -1), keepdim=True)),
    (R.sum, (Y,), {"dim": (), "keepdim": True}, lambda x: x.sum((), keepdim=True)),
    (R.sum, (Y,), {"dim": [1, 2]}, lambda x: x.sum([1, 2])),
    (R.sum, (Z,), {"dim": -1}, lambda x: x.sum(-1)),
    (R.sum, (Z,), {"dim": (0,), "keepdim": True}, lambda x: x.sum((0,), keepdim=True)),
    (R.sum, (X,), {"dtype": np.dtype("float64")}, lambda x: x.sum(dtype=torch.float64)),
    (R.sum, (BOOL,), {"dim": 0}, lambda x: x.sum(0)),
    (R.sum, (INT.astype("uint8"),), {}, torch.sum),
    (R.sum, (INT.astype("int32"),), {"dtype": np.dtype("float32")}, lambda x: x.sum(dtype=torch.float32)),
    (R.sum, (EMPTY,), {"dim": 0}, lambda x: x.sum(0)),
    (R.sum, (EMPTY,), {"dim": 1}, lambda x: x.sum(1)),
    (R.mean, (X,), {}, torch.mean),
    (R.mean, (Y,), {"dim": (0, 1)}, lambda x: x.mean((0, 1))),
    (R.mean, (Y,), {"dim": -1, "keepdim": True}, lambda x: x.mean(-1, keepdim=True)),
    (R.mean, (EMPTY,), {}, torch.mean),
    (R.mean, (EMPTY,), {"dim": 0}, lambda x: x.mean(0)),
    (R.mean, (EMPTY,), {"dim": 1}, lambda x: x.mean(1)),
    (R.mean, (INT,), {"dtype": np.dtype("float32")}, lambda x: x.mean(dtype=torch.float32)),
    (R.mean, (HALVES,), {}, torch.mean),
    (R.mean, (Z,), {"dim": 0}, lambda x: x.mean(0)),
    (R.prod, (X,), {}, torch.prod),
    (R.prod, (X,), {"keepdim": False, "dim": 1}, lambda x: x.prod(1)),
    (R.prod, (ZEROS,), {"dim": 1}, lambda x: x.prod(1)),
    (R.prod, (ZEROS,), {"dim": -2, "keepdim": True}, lambda x: x.prod(-2, keepdim=True)),
    (R.prod, (ZEROS[:1],), {}, torch.prod),
    (R.prod, (np.array(0.0),), {"dim": 0}, lambda x: x.prod(0)),
    (R.prod, (EMPTY,), {"dim": 0}, lambda x: x.prod(0)),
    (R.prod, (EMPTY,), {}, torch.prod),
    (R.prod, (BOOL,), {}, torch.prod),
    (R.var, (X,), {}, torch.var),
    (R.var, (Y,), {"dim": (0, 2), "correction": 0}, lambda x: x.var((0, 2), correction=0)),
    (R.var, (Y,), {"dim": 1, "correction": 1.5, "keepdim": True}, lambda x: x.var(1, correction=1.5, keepdim=True)),
    (R.var, (X,), {"dim": 0, "correction": 2}, lambda x: x.var(0, correction=2)),
    (R.var, (TIES,), {"dim": 1, "correction": 4}, lambda x: x.var(1, correction=4)),
    (R.var, (Z,), {}, torch.var),
    (R.var, (EMPTY,), {"dim": 0}, lambda x: x.var(0)),
    (R.var, (BIG[0],), {}, torch.var),
    (R.std, (X,), {"dim": -1}, lambda x: x.std(-1)),
    (R.std, (TIES,), {"dim": 1}, lambda x: x.std(1)),
    (R.std, (TIES,), {"dim": 1, "correction": 4}, lambda x: x.std(1, correction=4)),
    (R.std, (Z,), {}, torch.std),
    (R.amax, (TIES,), {"dim": 1}, lambda x: x.amax(1)),
    (R.amax, (TIES,), {}, lambda x: x.amax()),
    (R.amax, (NANS,), {"dim": (1,), "keepdim": True}, lambda x: x.amax((1,), keepdim=True)),
    (R.amax, (BOOL,), {"dim": 0}, lambda x: x.amax(0)),
    (R.amax, (EMPTY,), {"dim": 1}, lambda x: x.amax(1)),
    (R.amax, (Z,), {"dim": 0}, lambda x: x.amax(0)),
    (R.amin, (TIES,), {"dim": (0, 1)}, lambda x: x.amin((0, 1))),
    (R.amin, (Y,), {"dim": [0, -1]}, lambda x: x.amin([0, -1])),
    (R.max_all, (TIES,), {}, torch.max),
    (R.max_all, (NANS,), {}, torch.max),
    (R.max_all, (INT,), {}, torch.max),
    (R.min_all, (TIES,), {}, torch.min),
    (R.min_all, (BOOL,), {}, torch.min),
    (R.max_dim, (TIES,), {"dim": 1}, lambda x: x.max(1)),
    (R.max_dim, (NANS,), {"dim": -1, "keepdim": True}, lambda x: x.max(-1, keepdim=True)),
    (R.max_dim, (Y,), {"dim": 1}, lambda x: x.max(1)),
    (R.max_dim, (Z,), {"dim": 0, "keepdim": True}, lambda x: x.max(0, keepdim=True)),
    (R.max_dim, (BOOL,), {"dim": 0}, lambda x: x.max(0)),
    (R.max_dim, (EMPTY,), {"dim": 1}, lambda x: x.max(1)),
    (R.min_dim, (TIES,), {"dim": 0}, lambda x: x.min(0)),
    (R.min_dim, (NANS,), {"dim": 1}, lambda x: x.min(1)),
    (R.min_dim, (INT,), {"dim": 0}, lambda x: x.min(0)),
    (R.logsumexp, (X,), {"dim": 1}, lambda x: x.logsumexp(1)),
    (R.logsumexp, (Y,), {"dim": (0, 2), "keepdim": True}, lambda x: x.logsumexp((0, 2), keepdim=True)),
    (R.logsumexp, (BIG,), {"dim": 1}, lambda x: x.logsumexp(1)),
    (R.logsumexp, (INFS,), {"dim": 1}, lambda x: x.logsumexp(1)),
    (R.logsumexp, (EMPTY,), {"dim": 0}, lambda x: x.logsumexp(0)),
    (R.logsumexp, (INT,), {"dim": 0}, lambda x: x.logsumexp(0)),
    (R.logsumexp, (Z,), {"dim": 0}, lambda x: x.logsumexp(0)),
    (R.cumsum, (Y,), {"dim": 1}, lambda x: x.cumsum(1)),
    (R.cumsum, (BOOL,), {"dim": -1}, lambda x: x.cumsum(-1)),
    (R.cumsum, (INT,), {"dim": 0, "dtype": np.dtype("float32")}, lambda x: x.cumsum(0, dtype=torch.float32)),
    (R.cumsum, (Z,), {"dim": 0}, lambda x: x.cumsum(0)),
    (R.cumsum, (EMPTY,), {"dim": 0}, lambda x: x.cumsum(0)),
    (R.cumprod, (Y,), {"dim": 2}, lambda x: x.cumprod(2)),
    (R.cumprod, (ZEROS,), {"dim": 1}, lambda x: x.cumprod(1)),
    (R.cumprod, (ZEROS,), {"dim": 0}, lambda x: x.cumprod(0)),
    (R.cumprod, (BOOL,), {"dim": 0}, lambda x: x.cumprod(0)),
    (R.cumprod, (Z,), {"dim": 0}, lambda x: x.cumprod(0)),
    (R.norm, (X,), {}, torch.norm),
    (R.norm, (BIG,), {"dim": 1}, lambda x: x.norm(dim=1)),
    (R.norm, (ZEROS * 0,), {}, torch.norm),
    (R.norm, (EMPTY,), {}, torch.norm),
    (R.norm, (X,), {"p": "fro", "dim": (0, 1)}, lambda x: x.norm("fro", dim=(0, 1))),
    *(
        (R.norm, (x,), {"p": p, "dim": 1}, lambda x, p=p: x.norm(p, dim=1))
        for x in (X, ZEROS, TIES, ZEROS * 0)
        for p in (2, 1, 0, 3, 1.5, 0.5, -1, -2, inf, -inf)
    ),
    (R.argmax, (TIES,), {}, torch.argmax),
    (R.argmax, (NANS,), {"dim": 1, "keepdim": True}, lambda x: x.argmax(1, keepdim=True)),
    (R.argmax, (X,), {"keepdim": True}, lambda x: x.argmax(keepdim=True)),
    (R.argmax, (EMPTY,), {"dim": 1}, lambda x: x.argmax(1)),
    (R.argmin, (TIES,), {"dim": 0}, lambda x: x.argmin(0)),
    (R.argmin, (Z,), {"dim": -1}, lambda x: x.argmin(-1)),
]

ERRORS = [
    (V.reshape, (X,), {"shape": (4, 2)}, lambda x: x.reshape(4, 2)),
    (V.reshape, (X,), {"shape": (-1, -1)}, lambda x: x.reshape(-1, -1)),
    (V.reshape, (X,), {"shape": (-2, 3)}, lambda x: x.reshape(-2, 3)),
    (V.reshape, (EMPTY,), {"shape": (-1, 0)}, lambda x: x.reshape(-1, 0)),
    (V.permute, (X,), {"dims": (0, 0)}, lambda x: x.permute(0, 0)),
    (V.permute, (X,), {"dims": (0,)}, lambda x: x.permute(0)),
    (V.permute, (X,), {"dims": (0, 2)}, lambda x: x.permute(0, 2)),
    (V.transpose, (X,), {"dim0": 0, "dim1": 2}, lambda x: x.transpose(0, 2)),
    (V.transpose, (Z,), {"dim0": 0, "dim1": 1}, lambda x: x.transpose(0, 1)),
    (V.expand, (X,), {"shape": (2, 4)}, lambda x: x.expand(2, 4)),
    (V.expand, (X,), {"shape": (3,)}, lambda x: x.expand(3)),
    (V.expand, (X,), {"shape": (3, 2)}, lambda x: x.expand(3, 2)),
    (V.expand, (X,), {"shape": (-1, 2, 3)}, lambda x: x.expand(-1, 2, 3)),
    (V.expand, (ROW,), {"shape": (-2, 3)}, lambda x: x.expand(-2, 3)),
    (V.squeeze, (X,), {"dim": 2}, lambda x: x.squeeze(2)),
    (V.squeeze, (ROW,), {"dim": (0, -2)}, lambda x: x.squeeze((0, -2))),
    (V.unsqueeze, (X,), {"dim": 3}, lambda x: x.unsqueeze(3)),
    (V.diagonal, (X,), {"dim1": 0, "dim2": -2}, lambda x: x.diagonal(0, 0, -2)),
    (V.diagonal, (X[0],), {}, lambda x: x.diagonal()),
    (V.cat, (X, X[:, :2]), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (X, X[0]), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (X, Z), {}, lambda *xs: torch.cat(xs)),
    (V.cat, (X, X), {"dim": 2}, lambda *xs: torch.cat(xs, 2)),
    (V.stack, (X, ROW), {}, lambda *xs: torch.stack(xs)),
    (V.stack, (X, X[0]), {"dim": 1}, lambda *xs: torch.stack(xs, 1)),
    (V.stack, (X, X), {"dim": 3}, lambda *xs: torch.stack(xs, 3)),
    (V.split, (X,), {"sizes": (1, 2)}, lambda x: torch.split(x, [1, 2])),
    (V.split, (X,), {"sizes": (-1, 3)}, lambda x: torch.split(x, [-1, 3])),
    (V.split, (Z,), {"sizes": (1,)}, lambda x: torch.split(x, [1])),
    (V.unbind, (Z,), {}, lambda x: x.unbind()),
    (V.flip, (X,), {"dims": (0, -2)}, lambda x: x.flip(0, -2)),
    (V.flip, (X,), {"dims": (2,)}, lambda x: x.flip(2)),
    (V.roll, (X,), {"shifts": (1, 2), "dims": (0,)}, lambda x: x.roll((1, 2), (0,))),
    (V.roll, (X,), {"shifts": 1, "dims": 2}, lambda x: x.roll(1, 2)),
    (V.roll, (X,), {"shifts": ()}, lambda x: x.roll(())),
    (V.roll, (Z,), {"shifts": 1, "dims": 0}, lambda x: x.roll(1, 0)),
    (V.repeat, (X,), {"repeats": (2,)}, lambda x: x.repeat(2)),
    (V.repeat, (X,), {"repeats": (2, -1)}, lambda x: x.repeat(2, -1)),
    (V.tril, (X[0],), {}, lambda x: x.tril()),
    (V.triu, (Z,), {}, lambda x: x.triu()),
    (V.pad, (X,), {"pad": (1,)}, lambda x: pad(x, (1,))),
    (V.pad, (X,), {"pad": (1,) * 6}, lambda x: pad(x, (1,) * 6)),
    (V.pad, (X,), {"pad": (-4, 5)}, lambda x: pad(x, (-4, 5))),
    (V.pad, (X,), {"pad": (1, 1), "mode": "mirror"}, lambda x: pad(x, (1, 1), "mirror")),
    (V.pad, (X,), {"pad": (1, 1), "mode": "reflect", "value": 1.0}, lambda x: pad(x, (1, 1), "reflect", 1.0)),
    (V.pad, (X,), {"pad": (3, 0), "mode": "reflect"}, lambda x: pad(x, (3, 0), "reflect")),
    (V.pad, (X,), {"pad": (4, 0), "mode": "circular"}, lambda x: pad(x, (4, 0), "circular")),
    (V.pad, (X,), {"pad": (1,) * 4, "mode": "reflect"}, lambda x: pad(x, (1,) * 4, "reflect")),
    (V.pad, (X[0],), {"pad": (1, 1), "mode": "replicate"}, lambda x: pad(x, (1, 1), "replicate")),
    (V.pad, (EMPTY.T,), {"pad": (1, 1), "mode": "replicate"}, lambda x: pad(x, (1, 1), "replicate")),
    *(
        (getattr(R, name), (X,), {"dim": 2}, lambda x, name=name: getattr(x, name)(2))
        for name in ("sum", "mean", "prod", "var", "std", "amax")
    ),
    *(
        (getattr(R, name), (X,), {"dim": (0, -2)}, lambda x, name=name: getattr(x, name)((0, -2)))
        for name in ("sum", "mean", "var", "amin")
    ),
    (R.sum, (Z,), {"dim": (1,)}, lambda x: x.sum((1,))),
    (R.mean, (INT,), {}, torch.mean),
    (R.mean, (BOOL,), {}, torch.mean),
    (R.mean, (X,), {"dtype": np.dtype("int64")}, lambda x: x.mean(dtype=torch.int64)),
    (R.prod, (X,), {"dim": (0, 1)}, lambda x: x.prod((0, 1))),
    (R.var, (INT,), {}, torch.var),
    (R.std, (INT,), {}, torch.std),
    (R.amax, (EMPTY,), {}, lambda x: x.amax()),
    (R.amax, (EMPTY,), {"dim": 0}, lambda x: x.amax(0)),
    (R.max_all, (EMPTY,), {}, torch.max),
    (R.min_all, (NONE,), {}, torch.min),
    (R.max_dim, (EMPTY,), {"dim": 0}, lambda x: x.max(0)),
    (R.min_dim, (X,), {"dim": -3}, lambda x: x.min(-3)),
    (R.logsumexp, (X,), {"dim": 2}, lambda x: x.logsumexp(2)),
    (R.cumsum, (X,), {"dim": 2}, lambda x: x.cumsum(2)),
    (R.cumprod, (Z,), {"dim": 1}, lambda x: x.cumprod(1)),
    (R.norm, (INT,), {}, torch.norm),
    (R.norm, (X,), {"p": "mean"}, lambda x: x.norm("mean")),
    (R.norm, (NONE,), {"p": inf}, lambda x: x.norm(inf)),
    (R.norm, (X,), {"dim": (0, 0)}, lambda x: x.norm(2, dim=(0, 0))),
    (R.argmax, (EMPTY,), {}, torch.argmax),
    (R.argmax, (EMPTY,), {"dim": 0}, lambda x: x.argmax(0)),
    (R.argmin, (X,), {"dim": 2}, lambda x: x.argmin(2)),
    (R.argmin, (BOOL,), {}, torch.argmin),
]


def names(rows):
    return [f"{i}-{op.name}-{options}" for i, (op, _, options, _) in enumerate(rows)]


def as_tuple(out):
    return tuple(out) if isinstance(out, (tuple, list)) else (out,)


def leaves(xs, make):
    """Tensors of copies that keep the memory layout, floats requiring grad."""
    made = [make(np.array(x, order="K", copy=True)) for x in xs]
    for x, t in zip(xs, made):
        if x.dtype.kind == "f":
            t.requires_grad_(True)
    return made


def their_run(function, xs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns about var of one element
        return as_tuple(function(*xs))


def assert_same(ours, theirs, what):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, what
    assert ours.dtype == theirs.dtype, what
    tolerance = {"f2": 1e-3, "f4": 1e-6, "f8": 1e-13}.get(ours.dtype.str[1:], 0)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=what)


@pytest.mark.parametrize(("op", "xs", "options", "function"), MOVEMENTS + REDUCTIONS, ids=names(MOVEMENTS + REDUCTIONS))
def test_values_views_and_gradients(op, xs, options, function):
    mine, theirs = leaves(xs, Tensor._wrap), leaves(xs, torch.from_numpy)
    outs, expected = as_tuple(op(*mine, **options)), their_run(function, theirs)
    assert len(outs) == len(expected)
    for out, e in zip(outs, expected):
        assert_same(out.array, e, "value")
        assert out.requires_grad == e.requires_grad
        if e.numel():
            shares = np.may_share_memory(out.array, mine[0].array)
            assert shares == (e.untyped_storage().data_ptr() == theirs[0].untyped_storage().data_ptr()), "view or copy"
    weights = [rng.uniform(0.5, 1.5, o.array.shape).astype(o.array.dtype) for o in outs]
    live = [(o, e, w) for o, e, w in zip(outs, expected, weights) if e.requires_grad]
    if not live:
        return
    total = None
    for o, _, w in live:
        term = R.sum(A.mul(o, Tensor._wrap(w)))
        total = term if total is None else A.add(total, term)
    total.backward()
    sum((e * torch.from_numpy(np.asarray(w))).sum() for _, e, w in live).backward()
    for t, e in zip(mine, theirs):
        if e.grad is None:
            assert t.grad is None or not t.grad.array.any()
        elif op is R.logsumexp:  # ours is 0, theirs nan, where all are -inf
            assert_same(t.grad.array, torch.where(e.detach() == -inf, 0.0, e.grad), "gradient")
        else:
            assert_same(t.grad.array, e.grad, "gradient")


@pytest.mark.parametrize(("op", "xs", "options", "function"), ERRORS, ids=names(ERRORS))
def test_errors(op, xs, options, function):
    with pytest.raises(Exception) as theirs:
        function(*(torch.from_numpy(np.array(x)) for x in xs))
    for wrap in (Tensor._wrap, lambda x: x):
        with pytest.raises(type(theirs.value)) as ours:
            op(*map(wrap, xs), **options)
        assert type(ours.value) is type(theirs.value)


@pytest.mark.parametrize(
    ("op", "options", "function"),
    [
        (R.prod, {"dim": 1}, lambda x: x.prod(1)),
        (R.cumprod, {"dim": 1}, lambda x: x.cumprod(1)),
        (R.norm, {"p": 3, "dim": 1}, lambda x: x.norm(3, dim=1)),
        (V.pad, {"pad": (1, 1), "mode": "reflect"}, lambda x: pad(x, (1, 1), "reflect")),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_second_derivative_at_zeros(op, options, function):
    (mine,), (theirs,) = leaves((ZEROS,), Tensor._wrap), leaves((ZEROS,), torch.from_numpy)
    out = op(mine, **options)
    total = R.sum(A.mul(out, A.mul(out, out)))
    total.backward(create_graph=True)
    first = mine.grad
    mine.grad = None
    R.sum(A.mul(first, first)).backward()
    (expected,) = torch.autograd.grad((function(theirs) ** 3).sum(), theirs, create_graph=True)
    (second,) = torch.autograd.grad((expected**2).sum(), theirs)
    assert_same(first.array, expected, "first derivative")
    assert_same(mine.grad.array, second, "second derivative")


def test_names():
    names = {
        V.reshape: "View", V.permute: "Permute", V.transpose: "Transpose", V.expand: "Expand", V.unsqueeze: "Unsqueeze",
        V.cat: "Cat", V.stack: "Stack", V.split: "Split", V.unbind: "Unbind", V.flip: "Flip", V.roll: "Roll", V.repeat: "Repeat",
        V.tril: "Tril", V.diagonal: "Diagonal", V.pad: "ConstantPadNd", R.sum: "Sum", R.mean: "Mean", R.prod: "Prod", R.var: "Var",
        R.std: "Std", R.amax: "Amax", R.max_dim: "Max", R.logsumexp: "Logsumexp", R.cumsum: "Cumsum", R.cumprod: "Cumprod",
        R.norm: "LinalgVectorNorm",
    }  # fmt: skip
    for op, name in names.items():
        assert op.node_name({}) == f"{name}Backward0"
    assert R.max_all.node_name({}) == torch.ones(2, requires_grad=True).max().grad_fn.name()
    assert R.norm.node_name({}) == torch.ones(2, requires_grad=True).norm().grad_fn.name()
    assert V.pad.node_name({}) == pad(torch.ones(2, requires_grad=True), (1, 1)).grad_fn.name()
