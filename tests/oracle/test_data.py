"""Data loading beside PyTorch's: the same order from the same seed, and the same batches."""

import collections

import numpy as np
import pytest

import minitorch_nlp as mt

torch = pytest.importorskip("torch")

Point = collections.namedtuple("Point", "x y")
SEEDS = [0, 1, -5, 2**40 + 3]


def same(a, b):
    """Equal values in equal containers, tensors matching in dtype and shape."""
    if isinstance(b, torch.Tensor):
        assert isinstance(a, mt.Tensor)
        assert (str(a.dtype), tuple(a.shape)) == (str(b.dtype), tuple(b.shape))
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
        return
    assert type(a).__name__ == type(b).__name__
    if isinstance(b, dict):
        assert list(a) == list(b)
        for key in b:
            same(a[key], b[key])
    elif isinstance(b, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            same(x, y)
    elif isinstance(b, np.ndarray):
        assert a is b
    else:
        assert a == b


def after(m, generator):
    """One more draw: equal only if as much was drawn before."""
    return m.randperm(1000, generator=generator).tolist(), m.randperm(1000).tolist()


LOADERS = {
    "plain": {"batch_size": 3},
    "shuffle": {"batch_size": 3, "shuffle": True},
    "shuffle even": {"batch_size": 5, "shuffle": True},
    "shuffle drop": {"batch_size": 4, "shuffle": True, "drop_last": True},
    "shuffle single": {"batch_size": None, "shuffle": True},
}


@pytest.mark.parametrize("given", [False, True], ids=["default generator", "generator"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", LOADERS)
def test_loader_order(case, seed, given):
    logs = []
    for m in (mt, torch):
        m.manual_seed(seed)
        generator = m.Generator().manual_seed(seed + 1) if given else None
        dataset = m.utils.data.TensorDataset(m.arange(10), m.arange(10) * 2)
        loader = m.utils.data.DataLoader(dataset, generator=generator, **LOADERS[case])
        log = [[[t.tolist() for t in batch] for batch in loader] for _ in range(3)]
        next(iter(loader))  # a pass that ends early draws less
        logs.append((log, after(m, generator)))
    assert logs[0] == logs[1]


SAMPLERS = {
    "random": lambda D, g: D.RandomSampler(range(10), generator=g),
    "random fewer": lambda D, g: D.RandomSampler(range(10), num_samples=7, generator=g),
    "random more": lambda D, g: D.RandomSampler(range(10), num_samples=27, generator=g),
    "replacement": lambda D, g: D.RandomSampler(range(10), True, 77, generator=g),
    "replacement even": lambda D, g: D.RandomSampler(range(10), True, 64, generator=g),
    "subset": lambda D, g: D.SubsetRandomSampler([5, 3, 8, 1], generator=g),
    "weighted": lambda D, g: D.WeightedRandomSampler([0.1, 3.0, 0.0, 1.5], 20, generator=g),
    "weighted without": lambda D, g: D.WeightedRandomSampler([0.1, 3.0, 0.2, 1.5], 3, replacement=False, generator=g),
    "weighted one": lambda D, g: D.WeightedRandomSampler([0.1, 3.0, 0.2, 1.5], 1, generator=g),
    "batches": lambda D, g: D.BatchSampler(D.RandomSampler(range(10), generator=g), 4, False),
    "batches drop": lambda D, g: D.BatchSampler(D.RandomSampler(range(10), generator=g), 5, True),
    "split": lambda D, g: [s.indices for s in D.random_split(range(11), [0.5, 0.3, 0.2], **({"generator": g} if g else {}))],
    "split sizes": lambda D, g: [s.indices for s in D.random_split(range(11), [8, 3], **({"generator": g} if g else {}))],
}


@pytest.mark.parametrize("given", [False, True], ids=["default generator", "generator"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", SAMPLERS)
def test_sampler_order(case, seed, given):
    logs = []
    for m in (mt, torch):
        m.manual_seed(seed)
        generator = m.Generator().manual_seed(seed + 1) if given else None
        sampler = SAMPLERS[case](m.utils.data, generator)
        log = [list(sampler), list(sampler), len(sampler), next(iter(sampler))]  # the last leaves off early, and draws less
        logs.append((log, after(m, generator)))
    assert logs[0] == logs[1]


@pytest.mark.parametrize("seed", range(12))
def test_orders_for_random_sizes(seed):
    """Every sampler and split, for sizes drawn at random."""
    r = np.random.default_rng(seed)
    n, k, batch, replicas, epoch = (
        int(v) for v in (r.integers(1, 200), r.integers(1, 300), r.integers(1, 20), r.integers(1, 9), r.integers(0, 5))
    )
    weights = (r.random(n) * (r.random(n) < 0.8) + 1e-3).tolist()
    parts = r.multinomial(n, [0.2, 0.3, 0.5]).tolist()
    fractions = (np.array([1, 2, 1]) / 4).tolist() if seed % 2 else [0.1, 0.6, 0.3]
    logs = []
    for m in (mt, torch):
        D = m.utils.data
        for generator in ({}, {"generator": m.Generator().manual_seed(seed)}):
            m.manual_seed(seed)
            log = [
                list(D.RandomSampler(range(n), num_samples=k, **generator)),
                list(D.RandomSampler(range(n), True, k, **generator)),
                list(D.SubsetRandomSampler(range(n), **generator)),
                list(D.WeightedRandomSampler(weights, k, **generator)),
                list(D.WeightedRandomSampler(weights, min(n, k), False, **generator)),
                list(D.BatchSampler(D.RandomSampler(range(n), **generator), batch, seed % 2 == 0)),
                [s.indices for s in D.random_split(range(n), parts, **generator)],
                [s.indices for s in D.random_split(range(n + 10), fractions, **generator)],
                [b.tolist() for b in D.DataLoader(range(n), batch, True, **generator)],
            ]
            for rank in range(replicas):
                for options in ({}, {"shuffle": False}, {"drop_last": True}, {"seed": seed}):
                    sampler = D.DistributedSampler(range(n), replicas, rank, **options)
                    sampler.set_epoch(epoch)
                    log.append((list(sampler), len(sampler), sampler.num_samples, sampler.total_size))
            logs.append((log, after(m, generator.get("generator"))))
    assert logs[:2] == logs[2:]


def test_samplers_that_draw_at_once_draw_before_the_loader():
    """A sampler whose __iter__ is no generator function draws when the pass begins, before the seed of the workers is drawn."""
    logs = []
    for m in (mt, torch):

        class Eager(m.utils.data.Sampler):
            def __iter__(self, m=m):
                return iter(m.randperm(6).tolist())

        m.manual_seed(3)
        single = list(m.utils.data.DataLoader(range(6), sampler=Eager(), batch_size=None))
        batches = [b.tolist() for b in m.utils.data.DataLoader(range(6), sampler=Eager(), batch_size=4)]
        logs.append((single, batches, m.randperm(100).tolist()))
    assert logs[0] == logs[1]


BATCHES = {
    "floats": [1.0, 2.0],
    "ints": [1, 2],
    "bools": [True, False],
    "mixed": [1, 2.5],
    "float first": [1.5, 2],
    "float32": [np.float32(1), np.float32(2)],
    "float64": [np.float64(1)],
    "float16": [np.float16(1)],
    "int32": [np.int32(3), np.int32(4)],
    "bool_": [np.bool_(True)],
    "strings": ["a", "b"],
    "bytes": [b"a"],
    "tuples": [(1, 2.0), (3, 4.0)],
    "lists": [[1, 2], [3, 4]],
    "dicts": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    "namedtuples": [Point(1, 2), Point(3, 4)],
    "arrays": [np.zeros(2), np.ones(2)],
    "0-dim arrays": [np.array(1), np.array(2)],
    "ranges": [range(2), range(2)],
    "nested": [{"a": [Point(1, "x"), (np.ones(2), 3.0)]}] * 3,
}


@pytest.mark.parametrize("case", BATCHES)
def test_collate(case):
    same(mt.utils.data.default_collate(BATCHES[case]), torch.utils.data.default_collate(BATCHES[case]))


@pytest.mark.parametrize("shapes", [[(), ()], [(2,), (2,)], [(2, 0), (2, 0)]])
def test_collate_tensors(shapes):
    batches = [[(m.ones(s), m.zeros(s, dtype=m.int64)) for s in shapes] for m in (mt, torch)]
    same(mt.utils.data.default_collate(batches[0]), torch.utils.data.default_collate(batches[1]))


def test_collate_with_maps_of_ones_own():
    class Own:
        pass

    logs = []
    for m in (mt, torch):
        collate = m.utils.data._utils.collate.collate
        count = lambda batch, *, collate_fn_map=None: len(batch)
        log = [
            collate([Own(), Own()], collate_fn_map={Own: count}),
            collate([(1, "a"), (2, "b")], collate_fn_map={int: count, (str, bytes): count}),
            collate([{"a": 1}, {"a": 2}], collate_fn_map={dict: count}),
            collate([True, False], collate_fn_map={int: count}),  # a subclass
        ]
        for batch in ([1, 2], [None], ["a"]):
            try:
                log.append(collate(batch))
            except Exception as error:
                log.append(type(error))
        logs.append(log)
    assert logs[0] == logs[1]


def test_collate_promotes():
    batches = [[m.ones(2, dtype=m.int64), m.ones(2, dtype=m.float32)] for m in (mt, torch)]
    same(mt.utils.data.default_collate(batches[0]), torch.utils.data.default_collate(batches[1]))


WRONG = {
    "none": [None],
    "set": [{1}],
    "object": [object()],
    "string array": [np.array(["a"])],
    "lengths": [(1,), (1, 2)],
    "array shapes": [np.zeros(2), np.ones(3)],
    "keys": [{"a": 1}, {"b": 2}],
}


@pytest.mark.parametrize("case", WRONG)
def test_collate_errors(case):
    with pytest.raises(Exception) as theirs:
        torch.utils.data.default_collate(WRONG[case])
    with pytest.raises(theirs.type):
        mt.utils.data.default_collate(WRONG[case])


SAMPLES = {
    "int": 1,
    "float": 2.0,
    "scalar": np.float32(1),
    "array": np.zeros(2),
    "string": "a",
    "tuple": (1, np.ones(1)),
    "list": [np.ones(1), "x"],
    "dict": {"a": np.ones(1)},
    "namedtuple": Point(np.array(0), 1),
    "strings": np.array(["a"]),
    "range": range(3),
    "none": None,
}


@pytest.mark.parametrize("case", SAMPLES)
def test_convert(case):
    same(mt.utils.data.default_convert(SAMPLES[case]), torch.utils.data.default_convert(SAMPLES[case]))


def test_loaders_take_the_same_arguments():
    import inspect

    for name in (
        "DataLoader",
        "RandomSampler",
        "BatchSampler",
        "WeightedRandomSampler",
        "SubsetRandomSampler",
        "Subset",
        "random_split",
        "DistributedSampler",
    ):
        ours, theirs = (inspect.signature(getattr(m.utils.data, name)).parameters for m in (mt, torch))
        assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()], name
        assert [p.default for n, p in ours.items() if n != "generator"] == [p.default for n, p in theirs.items() if n != "generator"], name
