"""Random chains of views with writes in place between them: values, versions, strides and gradients as in PyTorch."""

import random

import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

START = [
    "x = torch.arange({n}.0).reshape({shape}).sin().requires_grad_(); w = torch.tensor(0.7, requires_grad=True)",
    "b = {base}; v = b",
]
BASES = ["x * 1", "x.cos()", "(x * 2).transpose(0, -1)", "x.transpose(0, -1).cos()"]
SHORT = (
    "v.add_(1.5); v.mul_(w); v.copy_(w); v[...] = w; v.zero_(); v.sub_(w * 2); v.clamp_(-1, 1); v += w; v *= 2; v[v > 0] = w; v.fill_(w)"
)
WRITES = SHORT.split("; ")


def any_view(r, shape):
    """A view of v, as text."""
    ops = ["v.squeeze()", "v.unsqueeze(0)", "v.view(-1)", "v.view_as(v)", "v[...]", "v.expand_as(v)", "v[None]"]
    if shape and all(shape):
        d, e = r.randrange(len(shape)), r.randrange(len(shape))
        i, k = r.randrange(shape[d]), r.randint(1, shape[d])
        ops += [f"v.select({d}, {i})", f"v.narrow({d}, {i}, 1)", f"v[{':, ' * d}{i}:]", f"v[{':, ' * d}::2]", f"v.unfold({d}, {k}, {k})"]
        ops += [
            f"v.transpose({d}, {e})",
            "v.flatten()",
            "v.movedim(0, -1)",
            "v.transpose(0, -1).flatten()",
            f"v.tensor_split(2, {d})[0]",
            "v.reshape(-1)",
        ]
        ops += [f"v.diagonal({i}, {d}, {e})"] * (d != e)
    if len(shape) > 1 and r.random() < 0.3:  # a view of a transposed base only, a copy of others
        return "v.transpose(0, -1).flatten()"
    return r.choice(ops)


def any_write(r, shape):
    """A write into v, as text."""
    if shape and shape[0] and r.random() < 0.4:
        i = r.randrange(-shape[0], shape[0])
        part = [f"v[{i}] = w", f"v[{i}] += w", f"v[torch.tensor([{i}])] = w", f"v[[{i}]] *= 2", f"v[{i}].mul_(3)", f"v[{i}:] = 2.0"]
        return r.choice(part)
    return r.choice(WRITES)


def program(seed):
    """Lines of a script; those that PyTorch refuses end it."""
    r = random.Random(seed)
    shape = [r.choice((1, 2, 3, 3)) for _ in range(r.choice((1, 2, 2, 3)))]
    made = [line.format(n=torch.Size(shape).numel(), shape=shape, base=r.choice(BASES)) for line in START]
    names = {"torch": torch}
    for line in made:
        exec(line, names)
    kept = 0
    for _ in range(r.randint(2, 6)):
        kind = r.random()
        if kind < 0.5:
            made.append(f"v{kept} = v = {any_view(r, names['v'].shape)}")
            kept += 1
        elif kind < 0.8 or not kept:
            made.append(any_write(r, names["v"].shape))
        elif kind < 0.9:
            made.append(f"v = v{r.randrange(kept)}")
        else:
            made.append(f"with torch.no_grad(): {any_write(r, names['v'].shape)}")
        try:
            exec(made[-1], names)
        except RuntimeError:
            break
    return made, ["b", "v", *(f"v{k}" for k in range(kept))]


def outcome(made, kept, lib):
    names = {"torch": lib}
    for line in made:
        try:
            exec(line, names)
        except Exception as error:
            return type(error).__name__
    found = []
    for name in kept:
        t = names[name]
        steps = [s for s, n in zip(t.stride(), t.shape) if n > 1 and t.numel()]
        found.append((name, t.detach().tolist(), t._version, steps, t.storage_offset() if t.numel() else 0, t.requires_grad, t.is_leaf))
    for name in kept:
        t = names[name]
        weights = lib.arange(1.0, t.numel() + 1).reshape(t.shape)
        try:
            grads = lib.autograd.grad((t * weights).sum(), [names["x"], names["w"]], retain_graph=True, allow_unused=True)
            found.append([g if g is None else g.tolist() for g in grads])
        except RuntimeError:
            found.append("refused")
    return found


def same(theirs, ours):
    if theirs == "refused":  # PyTorch refuses more: it saves what a write in place is about to change, where we save a copy
        return True
    if isinstance(theirs, float) and isinstance(ours, float):
        return theirs == pytest.approx(ours, rel=1e-5, abs=1e-5, nan_ok=True)
    if isinstance(theirs, (list, tuple)):
        return isinstance(ours, (list, tuple)) and len(theirs) == len(ours) and all(map(same, theirs, ours))
    return theirs == ours


@pytest.mark.parametrize("block", range(10))
def test_same(block):
    for seed in range(50 * block, 50 * block + 50):
        made, kept = program(seed)
        theirs, ours = outcome(made, kept, torch), outcome(made, kept, minitorch_nlp)
        assert same(theirs, ours), "\n".join([f"seed {seed}", *made, f"PyTorch: {theirs}", f"here:    {ours}"])
