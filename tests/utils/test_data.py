"""Datasets, samplers, collating, and the DataLoader over them."""

import collections
import pickle

import numpy as np
import pytest

import minitorch_nlp as mt
from minitorch_nlp.utils import data as D
from minitorch_nlp.utils.data import dataset as dataset_module

Point = collections.namedtuple("Point", "x y")


class Stream(D.IterableDataset):
    def __init__(self, n, length=None):
        self.n = n
        self.length = length

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        if self.length is None:
            raise TypeError("object of type 'Stream' has no len()")
        return self.length


class Items(D.Dataset):
    """A dataset that shows how it is asked."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i

    def __getitems__(self, indices):
        return [10 * i for i in indices]


def ten():
    return D.TensorDataset(mt.arange(10), mt.arange(20).reshape(10, 2))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: D.Dataset()[0], NotImplementedError, "__getitem__"),
        (lambda: len(D.Dataset()), TypeError, "no len"),
        (lambda: iter(D.IterableDataset()), NotImplementedError, "__iter__"),
        (lambda: iter(D.Sampler()), NotImplementedError, "__iter__"),
        (lambda: D.TensorDataset(mt.ones(2), mt.ones(3)), AssertionError, r"Size mismatch between tensors.*\[2, 3\]"),
        (lambda: D.StackDataset(), ValueError, "At least one dataset"),
        (lambda: D.StackDataset([1], a=[1]), ValueError, "not both"),
        (lambda: D.StackDataset([1], [1, 2]), ValueError, "Size mismatch between datasets"),
        (lambda: D.ConcatDataset([]), AssertionError, "empty iterable"),
        (lambda: D.ConcatDataset([Stream(1)]), AssertionError, "IterableDataset"),
        (lambda: D.ConcatDataset([[1, 2], [3]])[-4], ValueError, "absolute value"),
        (lambda: D.ConcatDataset([[1, 2], [3]])[3], IndexError, "out of range"),
        (lambda: list(D.ChainDataset([ten()])), AssertionError, "only supports IterableDataset"),
        (lambda: D.random_split(range(10), [3, 3]), ValueError, "Sum of input lengths .* 6 and 10"),
        (lambda: D.random_split(range(10), [1.5, -0.5]), ValueError, "Fraction at index 0"),
        (lambda: D.RandomSampler([1], num_samples=-1), ValueError, "positive integer"),
        (lambda: D.RandomSampler([]), ValueError, "num_samples=0"),
        (lambda: D.RandomSampler([1], replacement=1), TypeError, "boolean"),
        (lambda: D.WeightedRandomSampler([1.0], True), ValueError, "positive integer"),
        (lambda: D.WeightedRandomSampler([1.0], 1, replacement=1), ValueError, "boolean"),
        (lambda: D.WeightedRandomSampler([[1.0]], 1), ValueError, r"shape \(1, 1\)"),
        (lambda: D.BatchSampler([1], 0, False), ValueError, "batch_size=0"),
        (lambda: D.BatchSampler([1], True, False), ValueError, "batch_size=True"),
        (lambda: D.BatchSampler([1], 1, 0), ValueError, "drop_last=0"),
        (lambda: D.DataLoader(ten(), num_workers=-1), ValueError, "non-negative"),
        (lambda: D.DataLoader(ten(), num_workers=1, prefetch_factor=-1), ValueError, "prefetch_factor=-1"),
        (lambda: iter(D.DataLoader(ten(), num_workers=1, prefetch_factor=0)), AssertionError, "prefetch_factor .* is 0"),
        (lambda: D.DataLoader(ten(), num_workers=1, multiprocessing_context="thread"), ValueError, "start method in .*'thread'"),
        (lambda: D.DataLoader(ten(), num_workers=1, multiprocessing_context=3), TypeError, "context or the name .* 3"),
        (lambda: D.DistributedSampler(ten()), RuntimeError, "give num_replicas and rank"),
        (lambda: D.DistributedSampler(ten(), 2, 2), ValueError, r"Invalid rank 2.*\[0, 1\]"),
        (lambda: D.DataLoader(ten(), timeout=-1), ValueError, "timeout"),
        (lambda: iter(D.DataLoader(ten(), timeout=1)), AssertionError, "timeout"),
        (lambda: D.DataLoader(ten(), prefetch_factor=2), ValueError, "prefetch_factor"),
        (lambda: D.DataLoader(ten(), persistent_workers=True), ValueError, "persistent_workers"),
        (lambda: D.DataLoader(ten(), multiprocessing_context="fork"), ValueError, "multiprocessing_context"),
        (lambda: D.DataLoader(ten(), sampler=[1], shuffle=True), ValueError, "sampler option"),
        (lambda: D.DataLoader(ten(), batch_sampler=[[1]], batch_size=2), ValueError, "batch_sampler option"),
        (lambda: D.DataLoader(ten(), batch_sampler=[[1]], drop_last=True), ValueError, "batch_sampler option"),
        (lambda: D.DataLoader(ten(), batch_size=None, drop_last=True), ValueError, "batch_size=None"),
        (lambda: D.DataLoader(ten(), batch_size=2.5), ValueError, "batch_size=2.5"),
        (lambda: D.DataLoader(Stream(1), shuffle=True), ValueError, "unspecified shuffle"),
        (lambda: D.DataLoader(Stream(1), sampler=[1]), ValueError, "unspecified sampler"),
        (lambda: D.DataLoader(Stream(1), batch_sampler=[[1]]), ValueError, "unspecified batch_sampler"),
        (lambda: setattr(D.DataLoader(ten()), "batch_size", 2), ValueError, "should not be set"),
        (lambda: pickle.dumps(iter(D.DataLoader(ten()))), NotImplementedError, "pickled"),
        (lambda: D.default_collate([None]), TypeError, "NoneType"),
        (lambda: D.default_collate([np.array(["a"])]), TypeError, "numbers, dicts or lists"),
        (lambda: D.default_collate([(1,), (1, 2)]), RuntimeError, "equal size"),
        (lambda: D.default_collate([mt.ones(2), mt.ones(3)]), RuntimeError, r"\[2\] at entry 0 and \[3\] at entry 1"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_subset_subclasses_must_not_be_bypassed():
    class Doubled(D.Subset):
        def __getitem__(self, i):
            return 2 * super().__getitem__(i)

    with pytest.raises(NotImplementedError, match="__getitems__"):
        Doubled(range(3), [0])


def test_datasets_by_index():
    both = ten() + ten()
    assert len(both) == 20
    assert both[-1][0].item() == 9
    assert both[10][0].item() == 0
    stacked = D.StackDataset(a=[1, 2], b=Items(2))
    assert stacked[1] == {"a": 2, "b": 1}
    assert stacked.__getitems__([1, 0]) == [{"a": 2, "b": 10}, {"a": 1, "b": 0}]
    assert D.StackDataset([1, 2], [3, 4]).__getitems__([1]) == [(2, 4)]
    part = D.Subset(ten(), [4, 2, 0])
    assert part[1][0].item() == 2
    assert part[[0, 2]][0].tolist() == [4, 0]
    assert list(Stream(2) + Stream(3)) == [0, 1, 0, 1, 2]
    assert len(Stream(2, 2) + Stream(3, 3)) == 5


def test_split_sizes():
    assert [len(s) for s in D.random_split(range(10), [0.35, 0.35, 0.3])] == [4, 3, 3]
    parts = D.random_split(range(10), [7, 3])
    assert sorted(i for part in parts for i in part.indices) == list(range(10))
    with pytest.warns(UserWarning, match="index 1 is 0"):
        D.random_split(range(1), [0.5, 0.5])


@pytest.mark.parametrize(("drop_last", "lengths"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_batches(drop_last, lengths):
    loader = D.DataLoader(ten(), batch_size=4, drop_last=drop_last)
    batches = list(loader)
    assert [len(x) for x, _ in batches] == lengths
    assert len(loader) == len(iter(loader)) == len(lengths)
    assert batches[1][0].tolist() == [4, 5, 6, 7]
    assert batches[1][1].tolist()[0] == [8, 9]


def test_batches_of_rows_equal_batches_of_samples(monkeypatch):
    """The quick way through a TensorDataset gives what collating its samples gives."""
    wide = mt.arange(40).reshape(10, 4)
    base = D.TensorDataset(mt.rand(10, 3), wide[:, ::2], wide.t()[0], mt.arange(10) > 4)
    subset = D.Subset(D.Subset(base, [9, 8, 7, 3, 2, 1]), range(5))
    for dataset in (base, subset, D.TensorDataset(mt.arange(10))):
        for sampler in (None, [1, 0, -1, 2], list(np.array([2, 2, 0])), [mt.tensor(1), mt.tensor(2)]):
            loader = D.DataLoader(dataset, batch_size=3, sampler=sampler)
            quick = list(loader)
            with monkeypatch.context() as slow:
                slow.setattr("minitorch_nlp.utils.data._utils.fetch.take_rows", lambda dataset, index: None)
                plain = list(loader)
            assert len(quick) == len(plain)
            for a, b in zip(quick, plain):
                assert type(a) is type(b) is list
                for x, y in zip(a, b, strict=True):
                    assert x.dtype is y.dtype
                    assert x.tolist() == y.tolist()
                    assert not any(np.shares_memory(x.array, t.array) for t in base.tensors)


def test_rows_are_taken_only_where_that_is_the_same():
    plain = mt.ones(3, 2)
    assert dataset_module.take_rows(D.TensorDataset(plain), [0, 1]) is not None
    assert dataset_module.take_rows(D.TensorDataset(plain), [True, False]) is None
    assert dataset_module.take_rows(D.TensorDataset(plain), [slice(0, 1)]) is None
    assert dataset_module.take_rows(D.TensorDataset(plain), iter([0])) is None
    assert dataset_module.take_rows(D.TensorDataset(plain.clone().requires_grad_()), [0]) is None

    class Own(D.TensorDataset):
        pass

    assert dataset_module.take_rows(Own(plain), [0]) is None
    with pytest.raises(IndexError):
        list(D.DataLoader(D.TensorDataset(plain), sampler=[3]))


def test_gradients_flow_through_batches():
    x = mt.ones(4, requires_grad=True)
    for (batch,) in D.DataLoader(D.TensorDataset(x), batch_size=3):
        batch.sum().backward()
    assert x.grad.tolist() == [1, 1, 1, 1]


def test_a_registered_collate_function_is_used(monkeypatch):
    from minitorch_nlp.utils.data._utils.collate import default_collate_fn_map

    monkeypatch.setitem(default_collate_fn_map, mt.Tensor, lambda batch, *, collate_fn_map: len(batch))
    assert list(D.DataLoader(ten(), batch_size=5)) == [[5, 5], [5, 5]]


def test_ways_to_choose_samples():
    assert [b.tolist() for b in D.DataLoader(Items(4), batch_size=2)] == [[0, 10], [20, 30]]  # __getitems__, once a batch
    assert list(D.DataLoader(Items(3), batch_size=None)) == [0, 1, 2]
    assert [b.tolist() for b in D.DataLoader(Items(4), batch_sampler=[[3], [1, 2]])] == [[30], [10, 20]]
    assert [b.tolist() for b in D.DataLoader([1, 2, 3], sampler=[2, 0])] == [[3], [1]]
    assert list(D.DataLoader([1, 2, 3], batch_size=2, collate_fn=sum)) == [3, 3]
    assert [b.tolist() for b in D.DataLoader({"a": 1, "b": 2}, sampler=["b", "a"])] == [[2], [1]]
    assert D.get_worker_info() is None


def test_iterable_datasets():
    assert [b.tolist() for b in D.DataLoader(Stream(5), batch_size=2)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in D.DataLoader(Stream(5), batch_size=2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(D.DataLoader(Stream(3), batch_size=None, shuffle=False)) == [0, 1, 2]


def test_an_iterable_dataset_ends_with_a_short_batch():
    """Even if its iterator would go on when asked again."""

    class Pausing(D.IterableDataset):
        def __iter__(self):
            self.asked = 0
            return self

        def __next__(self):
            self.asked += 1
            if self.asked == 4 or self.asked >= 8:
                raise StopIteration
            return self.asked

    assert [b.tolist() for b in D.DataLoader(Pausing(), batch_size=2)] == [[1, 2], [3]]


def test_length_of_iterable_datasets():
    assert len(D.DataLoader(Stream(5, length=5), batch_size=2)) == 3
    assert len(D.DataLoader(Stream(5, length=5), batch_size=2, drop_last=True)) == 2
    loader = D.DataLoader(Stream(4, length=3))
    assert [b.item() for b in loader] == [0, 1, 2, 3]  # nobody has asked for the length yet
    assert len(loader) == 3
    with pytest.warns(UserWarning, match="reported to be 3 .* but 4 samples"):
        assert [b.item() for b in loader] == [0, 1, 2, 3]


def test_pin_memory_says_that_there_is_nothing_to_pin_for():
    loader = D.DataLoader(ten(), batch_size=10, pin_memory=True)
    if mt.backend.gpu_count():
        pytest.skip("a GPU is here")
    with pytest.warns(UserWarning, match="pin_memory"):
        assert len(list(loader)) == 1


@pytest.mark.filterwarnings("ignore:'pin_memory'")
def test_pin_memory_device_is_deprecated():
    with pytest.warns(UserWarning, match="pin_memory_device='cuda'"):
        list(D.DataLoader(ten(), pin_memory=True, pin_memory_device="cuda"))


def test_huge_random_samplers_are_lazy():
    assert next(iter(D.RandomSampler(range(10**15), replacement=True))) < 10**15
    assert next(iter(D.RandomSampler(range(3), num_samples=10**15))) < 3


def test_distributed_samplers_share_the_dataset():
    samplers = [D.DistributedSampler(range(10), 4, rank) for rank in range(4)]
    assert [len(s) for s in samplers] == [3, 3, 3, 3]
    first = [list(s) for s in samplers]
    assert {i for part in first for i in part} == set(range(10))
    for s in samplers:
        s.set_epoch(1)
    assert [list(s) for s in samplers] != first
    data = list(range(10))
    sampler = D.DistributedSampler(data, 2, 0, drop_last=True)
    data += [1, 2]
    with pytest.raises(AssertionError, match="changed to 12"):
        iter(sampler)


def test_modules_have_their_names_in_torch():
    from minitorch_nlp.utils.data import _utils, dataloader, dataset, distributed, sampler

    assert dataloader.DataLoader is D.DataLoader
    assert dataloader.default_collate is _utils.collate.default_collate is D.default_collate
    assert dataset.ConcatDataset is D.ConcatDataset
    assert distributed.DistributedSampler is D.DistributedSampler
    assert sampler.BatchSampler is D.BatchSampler
    assert issubclass(dataloader._SingleProcessDataLoaderIter, dataloader._BaseDataLoaderIter)
    assert dataloader.get_worker_info is _utils.worker.get_worker_info


def test_generators_are_left_alone_until_they_are_needed():
    g = mt.Generator().manual_seed(5)
    before = g.get_state().tolist()
    sampler = D.RandomSampler(range(5), generator=g)
    iter(sampler)
    assert g.get_state().tolist() == before
    assert sorted(sampler) == [0, 1, 2, 3, 4]
    assert g.get_state().tolist() != before
    assert len(list(D.RandomSampler(range(3), replacement=True, num_samples=70))) == 70
    assert sorted(D.SubsetRandomSampler("abc")) == ["a", "b", "c"]


def test_collate():
    collate = D.default_collate
    assert collate([Point(1, 2.0), Point(3, 4.0)])._fields == ("x", "y")
    ordered = collate([collections.OrderedDict(a=1), collections.OrderedDict(a=2)])
    assert type(ordered) is collections.OrderedDict
    assert ordered["a"].tolist() == [1, 2]
    assert [t.tolist() for t in collate([range(2), range(2)])] == [[0, 0], [1, 1]]
    assert collate([mt.ones(2), mt.ones(2, dtype=mt.int64)]).dtype is mt.float32
    assert collate([np.float32(1.0)]).dtype is mt.float32
    assert collate([np.float64(1.0)]).dtype is mt.float64
    for original in ([1, 2], {"a": 1}):
        kept = original.copy()
        collate([original, original])
        assert original == kept
    shared = np.zeros(2)
    collate([shared, shared])[0].fill_(1.0)
    assert shared.tolist() == [0.0, 0.0]


def test_convert():
    convert = D.default_convert
    array = np.array([1, 2])
    assert np.shares_memory(convert(array).array, array)
    assert convert(np.float32(2)).dtype is mt.float32
    for same in (1, 2.0, "a", None, np.str_("a")):
        assert convert(same) is same
    assert type(convert(Point(array, 1))) is Point
    assert convert(range(3)) == [0, 1, 2]
    names = np.array(["a"])
    assert convert(names) is names
