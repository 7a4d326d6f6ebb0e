"""Every function of ours that PyTorch's own table of samples knows gives PyTorch's results on them.

`KNOWN` lists what differs and may: for an op, patterns of the texts that `differences` gives, each with the reason. A new function needs no
row here; a pattern that matches nothing any more fails, so the table says only what is true.
"""

import re

import pytest

torch = pytest.importorskip("torch")

from .opinfo import ALL, differences, have, identity, op_db  # noqa: E402

UNINITIALISED = {"empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided"}
TIES = "which of several equal elements is found: PyTorch leaves it open, ours is stable"
NUMBERS = {"^error": "a number where PyTorch wants a tensor is taken"}
OPERATOR = {"^error": "called on a number, it does not look at what it is called on"}
OVERLAP = {"^error .* out=": "out= that overlaps an input, or has a wider dtype, is written to"}
SIGNS = {"values": "signs of the vectors"}
COLUMNS = {"strides": "PyTorch's result lies in memory column by column"}
UNREAD = {"gradient": "ours is 0 in the triangle that is not read"}
CONSTANT = {"requires_grad": "a random result is a constant; PyTorch gives it a gradient of 0"}
KNOWN = {
    "arange": {"^error": "a step of 0: RuntimeError also where PyTorch has ValueError"},
    "cholesky_inverse": UNREAD,
    "cholesky_solve": UNREAD,
    "kthvalue": {"values": TIES} | OVERLAP,
    "topk": {"values": TIES},
    "mode": {"values": TIES},
    "sort": {"values": TIES},
    "argsort": {"values": TIES},
    "masked_select": OVERLAP,
    "aminmax": OVERLAP,
    "gather": OVERLAP,
    "index_select": OVERLAP,
    "take": OVERLAP,
    "cat": OVERLAP,
    "maximum": NUMBERS,
    "minimum": NUMBERS,
    "__radd__": OPERATOR,
    "__rmul__": OPERATOR,
    "__rand__": OPERATOR,
    "__ror__": OPERATOR,
    "__rxor__": OPERATOR,
    "matrix_exp": {"values": "a large norm in float32"},
    "as_strided.partial_views": {"": "an array that is part of another one is all the memory there is"},
    "as_strided_scatter": {"gradient": "PyTorch's gradient of the input is 0 where it was not replaced"},
    "narrow_copy": {"^error": "IndexError for a wrong dimension"},
    "nn.functional.interpolate.nearest": {"strides": "a channel dimension of 2 or more comes last in PyTorch's memory"},
    "nn.functional.interpolate.nearest-exact": {"strides": "as for nearest"},
    "nn.functional.max_unpool2d.grad": {"strides": "as for interpolate"},
    "nn.functional.triplet_margin_with_distance_loss": {"PairwiseDistance": "the sample's distance is one of PyTorch's modules"},
    "ormqr": COLUMNS,
    "triangular_solve": COLUMNS,
    "linalg.householder_product": COLUMNS | {r"\(0, 0\).*requires_grad": "a product of no reflections is a constant"},
    "linalg.lstsq": COLUMNS,
    "linalg.lstsq.grad_oriented": COLUMNS,
    "linalg.lu_solve": COLUMNS,
    "linalg.solve": COLUMNS,
    "linalg.solve_ex": COLUMNS,
    "svd_lowrank": SIGNS,
    "pca_lowrank": SIGNS,
    "linalg.eigh": SIGNS,
    "normal": CONSTANT,
    "normal.number_mean": CONSTANT,
    "bernoulli": CONSTANT,
    "special.bessel_j0": {"values": "PyTorch's is off by up to 9e-7"},
    "special.bessel_y1": {"values": "PyTorch's is off by up to 9e-7"},
}
OPS = {identity(op): op for op in op_db if have(op.name.removeprefix("torch."))}


@pytest.mark.parametrize("name", OPS)
def test_samples(name):
    known = KNOWN.get(name, {})
    texts = differences(OPS[name], limit=20, aspects=ALL - {"values"} if name in UNINITIALISED else ALL)
    unknown = [t for t in texts if not any(re.search(pattern, t) for pattern in known)]
    assert not unknown, f"{len(unknown)} differences:\n" + "\n".join(unknown[:10])
    stale = [pattern for pattern in known if not any(re.search(pattern, t) for t in texts)]
    assert not stale, f"known differences that are none any more: {stale}"
