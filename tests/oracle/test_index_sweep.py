"""Random indices of every kind, read and written, with gradients: as in PyTorch."""

import random
import warnings

import numpy as np
import pytest

import minitorch_nlp

from ..scripts import words

torch = pytest.importorskip("torch")

KINDS = words("int int slice slice none ell list tensor tensor2 i32 np npint bool mask masknp range zerod zerodb empty true nested mask2")
VALUES = words("""9 -1.5 True torch.tensor(7) torch.tensor(2.5) torch.ones(1)*5 torch.ones(1,1,1,1,1)*4 x[I]*2 torch.ones_like(x[I])*3
torch.arange(x[I].numel()).reshape(x[I].shape) torch.arange(1.0*x[I].numel()).reshape((1,1)+tuple(x[I].shape)) [1.,2.] torch.ones(7)""")


def any_part(r, shape):
    """One part of an index for the first of these dimensions, as text, and how many it stands for."""
    n = shape[0] if shape else 2

    def place():
        return r.randrange(-n - (r.random() < 0.02), n + (r.random() < 0.02))

    def mask(*sizes):
        return (np.random.default_rng(r.randrange(999)).random(sizes) < 0.5).tolist()

    places, kind = [place() for _ in range(r.randint(0, 3))], r.choice(KINDS)
    bounds = [r.choice([None, place(), 9, -9]), r.choice([None, place(), 9, -9]), r.choice([None, 1, 2, 3])]
    texts = {
        "int": str(place()), "slice": f"slice({bounds[0]}, {bounds[1]}, {bounds[2]})", "none": "None", "ell": "...", "list": str(places),
        "tensor": f"torch.tensor({places}, dtype=torch.long)", "tensor2": f"torch.tensor([[{place()}], [{place()}]])",
        "i32": f"torch.tensor({places}, dtype=torch.int32)", "np": f"np.array({places}, dtype=np.int64)", "npint": f"np.int64({place()})",
        "bool": str(mask(n)), "mask": f"torch.tensor({mask(n)}, dtype=torch.bool)", "masknp": f"np.array({mask(n)}, dtype=bool)",
        "range": f"range({r.randint(0, n)})", "zerod": f"torch.tensor({place()})", "zerodb": f"torch.tensor({r.random() < 0.5})",
        "empty": "[]", "true": str(r.random() < 0.5), "nested": str([[place(), place()], [place(), place()]]),
        "mask2": f"torch.tensor({mask(*shape[:2])})" if len(shape) > 1 else str(place()),
    }  # fmt: skip
    width = {"none": 0, "ell": 9, "true": 0, "zerodb": 0, "mask2": min(2, max(len(shape), 1))}
    return texts[kind], width.get(kind, 1)


def any_script(seed):
    r = random.Random(seed)
    shape = [r.randint(1, 4) for _ in range(r.randint(0, 4))]
    start, parts, left = f"torch.arange({int(np.prod(shape))}.).reshape({shape})", [], shape
    while len(parts) < 4 and r.random() < 0.7 and (left or r.random() < 0.1):
        text, width = any_part(r, left)
        parts.append(text)
        left = left[width:]
    index = f"({', '.join(parts)}{',' * (len(parts) == 1)})" if len(parts) != 1 or r.random() < 0.5 else parts[0]
    kind = seed % 4
    if kind == 0:
        return f"x = {start}; y = x[{index}]"
    if kind == 1:
        return f"g = {start}.requires_grad_(); y = (g * 1)[{index}]; (y * y.detach()).sum().backward(); y = y, g.grad"
    if kind == 2:
        return f"x = {start}{r.choice(['', '.long()', '.double()', ' > 2'])}; x[{index}] = {r.choice(VALUES).replace('I', index)}; y = x"
    value = r.choice(["x[I] * 2", "x[I].sum()", "5.0", "x[I].detach()"]).replace("I", index)
    return f"g = {start}.requires_grad_(); x = g * 1; x[{index}] = {value}; (x * x.detach()).sum().backward(); y = x, g.grad"


def outcome(script, lib):
    names = {"torch": lib, "np": np}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(script, names)
        except Exception as error:
            if "indexing tensors could not be broadcast" in str(error):  # found after a wrong dtype here, before it there
                return "refused"
            return "raises", next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return [
        (str(t.dtype), tuple(t.shape), t.is_contiguous(), t.tolist()) for t in (names["y"] if type(names["y"]) is tuple else [names["y"]])
    ]


@pytest.mark.parametrize("block", range(8))
def test_same(block):
    for seed in range(100 * block, 100 * block + 100):
        script = any_script(seed)
        theirs, ours = outcome(script, torch), outcome(script, minitorch_nlp)
        assert theirs in ("refused", ours), f"seed {seed}: {script}\nPyTorch: {theirs}\nhere:    {ours}"
