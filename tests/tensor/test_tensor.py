"""What one-line scripts cannot see: large inputs, memory, NumPy's protocols, assignment of gradients."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import backend


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize(("shape", "dim"), [((3, 4000), 1), ((4000, 2), 0), ((1500,), -1)])
def test_topk_of_many_is_the_start_of_sort(shape, dim, largest):
    x = torch.tensor(np.random.default_rng(0).integers(0, 500, shape))  # many ties
    x = torch.where(x == 77, torch.nan, x.float())
    values, indices = x.topk(9, dim, largest)
    expected = x.sort(dim, descending=largest).values.narrow(dim, 0, 9)
    np.testing.assert_array_equal(values.numpy(), expected.numpy())
    np.testing.assert_array_equal(x.gather(dim, indices).numpy(), values.numpy())


def test_topk_takes_gradients():
    x = torch.arange(2000.0).requires_grad_()
    x.topk(3).values.sum().backward()
    assert x.grad.nonzero().flatten().tolist() == [1997, 1998, 1999]


def test_named_results():
    x = torch.tensor([[1.0, 3.0], [5.0, 2.0]])
    result = x.max(1)
    assert repr(result) == "torch.return_types.max(\nvalues=tensor([3., 5.]),\nindices=tensor([1, 0]))"
    values, indices = result
    assert values is result.values
    assert indices is result[1]


def test_a_new_dimension_can_be_written_in_place():
    x = torch.zeros(2, 3)
    x[None].add_(1)
    x[:, None].mul_(2)
    x.unsqueeze(-1)[...] += 1
    assert x.tolist() == [[3.0] * 3] * 2


def test_writing_is_seen_by_backward():
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    z = y * y
    y[0] = 5
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_version_counts_writes_through_views():
    x = torch.zeros(2, 3)
    x[0] = 1
    view = x.view(-1)[::2]
    view.add_(1)
    assert x._version == view._version == 2
    assert x.detach()._version == x._version
    assert x.data._version == 0


def test_readonly_memory_is_not_written():
    array = np.zeros(3)
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said once
        x = torch.from_numpy(array)
    for write in (lambda: x.add_(1), lambda: x.__setitem__(0, 1), lambda: x.__setitem__(x == 0, 1)):
        with pytest.raises(RuntimeError, match="clone"):
            write()
    assert array.tolist() == [0, 0, 0]


def test_a_refused_assignment_changes_nothing():
    x = torch.zeros(2, 3)
    for index, value in [((0, [0, 1]), torch.ones(3)), (slice(None), torch.ones(4)), ([0, 5], 1.0), (x == 0, torch.ones(5))]:
        with pytest.raises((RuntimeError, IndexError)):
            x[index] = value
    assert not x.any()
    assert x._version == 0


@pytest.mark.parametrize("strides", [(0, 4), (12, 0), (0, 0)])
def test_repeated_elements(strides):
    array = np.lib.stride_tricks.as_strided(np.zeros(6, np.float32), (2, 3), strides)
    assert backend.repeats(array)
    assert not backend.writable(array)
    assert torch.from_numpy(array).clone().stride() == torch.zeros_like(torch.from_numpy(array)).stride() == (3, 1)


def test_grad_must_fit():
    x = torch.ones(3, requires_grad=True)
    x.grad = torch.zeros(3)
    for wrong in (torch.zeros(2), torch.zeros(3).double(), torch.zeros(3).long()):
        with pytest.raises(RuntimeError, match="shape and dtype"):
            x.grad = wrong
    with pytest.raises(TypeError):
        x.grad = np.zeros(3)
    x.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]
    x.grad = None
    assert x.grad is None


def test_copies_keep_what_is_the_users_and_not_the_graph():
    x = torch.arange(6.0).reshape(2, 3).T.requires_grad_()
    x.note = ["mine"]
    (x * 2).sum().backward()
    x.register_hook(lambda g: g * 100)
    y = copy.deepcopy(x)
    assert y.note == ["mine"]
    assert y.note is not x.note
    assert y.stride() == x.stride()
    y.grad.zero_()
    assert x.grad.sum() == 12
    y.sum().backward()
    assert y.grad.sum() == 6  # the hook stayed behind
    z = pickle.loads(pickle.dumps(x))
    assert z.requires_grad
    assert z.tolist() == x.tolist()


def test_numpy_writes_into_its_own_arrays():
    total = np.zeros(3)
    total += torch.ones(3)
    np.add(total, torch.ones(3), out=total)
    assert total.tolist() == [2, 2, 2]
    assert np.add.reduce(torch.ones(3)) == 3
    assert np.where(torch.ones(3) > 0)[0].tolist() == [0, 1, 2]
    with pytest.raises(NotImplementedError, match="out="):
        np.add(total, 1, out=torch.zeros(3))


@pytest.mark.parametrize("function", [np.sort, np.unique, np.median, lambda x: np.add.reduce(x), lambda x: np.add(x, 1, out=np.zeros(3))])
def test_numpy_functions_without_a_gradient_refuse_tensors_that_want_one(function):
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="detach"):
        function(x)
    assert np.all(function(x.detach()) == function(np.ones(3)))


@pytest.mark.parametrize(
    "function",
    [
        np.exp, np.sum, np.floor, np.sign, np.cumsum, np.square, lambda x: np.remainder(x, 2), np.argmax, np.flip, np.round,
        lambda x: np.roll(x, 1), lambda x: np.roll(x, 1, 0), lambda x: np.clip(x, 0.2, 0.8), lambda x: np.where(x > 0.5, x, 0.0),
    ],
)  # fmt: skip
def test_numpy_functions_of_tensors_are_tensors(function):
    x = torch.tensor([0.5, 2.5, -1.5])
    result = function(x)
    assert isinstance(result, torch.Tensor)
    assert isinstance(result.array, np.ndarray)
    np.testing.assert_allclose(result.numpy(), function(x.numpy()), rtol=1e-6)


def test_iterating_gives_views_that_record():
    x = torch.arange(3.0).requires_grad_()
    a, b, c = x
    (a * b + c).backward()
    assert x.grad.tolist() == [1, 0, 1]
    y = torch.zeros(2, 3)
    for k, row in enumerate(y):
        row += k
    assert y.tolist() == [[0.0] * 3, [1.0] * 3]


def test_size():
    size = torch.zeros(2, 3).shape
    assert size == (2, 3)
    assert isinstance(size + (1,), torch.Size)
    assert size.numel() == 6
    assert torch.Size(iter([torch.tensor(2), np.int64(3)])) == size
    assert pickle.loads(pickle.dumps(size)) == size


def test_limits():
    assert torch.finfo(torch.float32).min == -3.4028234663852886e38
    assert torch.finfo().dtype == "float32"
    assert (torch.iinfo(torch.int8).min, torch.iinfo(torch.int8).max) == (-128, 127)
    assert repr(torch.iinfo(torch.uint8)) == "iinfo(min=0, max=255, dtype=uint8)"


def test_constants_of_layout_survive_copies():
    for constant in (torch.strided, torch.preserve_format, torch.contiguous_format):
        assert copy.deepcopy(constant) is constant
        assert pickle.loads(pickle.dumps(constant)) is constant
