"""What is refused, and in which words: each line is a script, the error's type, and how its text begins."""

import builtins

import pytest

import minitorch_nlp

from ..scripts import lines, run

CASES = """
# arithmetic
i // 0  ->  RuntimeError: ZeroDivisionError: floor_divide: integer division by zero
i // i  ->  RuntimeError: ZeroDivisionError: floor_divide: integer division by zero
torch.div(i, 0, rounding_mode="trunc")  ->  RuntimeError: ZeroDivisionError: div: integer division by zero
torch.div(i, 0, rounding_mode="floor")  ->  RuntimeError: ZeroDivisionError: div: integer division by zero
torch.div(i, 2, rounding_mode="round")  ->  RuntimeError: div expected rounding_mode to be one of None, 'trunc', or 'floor' but found
f & 1  ->  NotImplementedError: bitwise_and: not implemented for floating point
i & 1.5  ->  NotImplementedError: bitwise_and: not implemented for floating point
f < torch.ones(4)  ->  RuntimeError: lt: shapes (2, 3) and (4,) do not broadcast
torch.eq(1, f)  ->  TypeError: eq(): argument 'input' must be Tensor, not int
torch.eq(f, None)  ->  TypeError: eq(): argument 'other' must be Tensor or Number, not NoneType
None in f  ->  RuntimeError: Tensor.__contains__ only supports Tensor or scalar, but you passed in a <class
"a" in f  ->  RuntimeError: Tensor.__contains__ only supports Tensor or scalar, but you passed in a <class 'str'>.
bool(f)  ->  RuntimeError: Boolean value of Tensor with more than one value is ambiguous
bool(e)  ->  RuntimeError: Boolean value of Tensor with no values is ambiguous
int(f)  ->  ValueError: only one element tensors can be converted to Python scalars, this one has 6
len(z)  ->  TypeError: len() of a 0-d tensor
list(z)  ->  TypeError: iteration over a 0-d tensor
# indexing
f[torch.tensor([0., 1.])]  ->  IndexError: tensors used as indices must be long, int, byte or bool tensors, not float32
f[np.float64(1)]  ->  IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid
f[(0, "a")]  ->  TypeError: a tensor is indexed by integers, slices and tensors, not by 'a'
x = f.clone(); x[0] = torch.ones(2, 3); x  ->  RuntimeError: setitem: the value's shape (2, 3) does not broadcast to that of the indexed
x = f.clone(); x[0] = "a"; x  ->  TypeError: can't assign a str to a Tensor
x = f.clone(); x[0] = None; x  ->  TypeError: can't assign a NoneType to a Tensor
x = torch.zeros(2, 3); x[2] = 4; x  ->  IndexError: setitem: index 2 is out of bounds for dimension 0 with size 2
x = torch.zeros(2, 3); x["a"] = 4; x  ->  TypeError: a tensor is indexed by integers, slices and tensors, not by 'a'
x = torch.zeros(2, 3); x[0.5] = 4; x  ->  IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are
x = torch.zeros(2, 3); x[:, :0] = torch.ones(2, 3); x  ->  RuntimeError: setitem: the value's shape (2, 3) does not broadcast to that of
x = torch.zeros(1).expand(3); x[:] = 1; x  ->  RuntimeError: copy_: unsupported operation: more than one element
# conversion
f.type("banana")  ->  ValueError: invalid type: 'banana'
with_grad = g * 2; with_grad.numpy()  ->  RuntimeError: can't call numpy() on Tensor that requires grad
np.asarray(g)  ->  RuntimeError: can't call numpy() on Tensor that requires grad
torch.zeros(2, 3, 4).H  ->  RuntimeError: tensor.H is only supported on matrices (2-D tensors). Got 3-D tensor.
f"{f:.2f}"  ->  TypeError: unsupported format string passed to Tensor.__format__
f"{torch.tensor([1.0]):.2f}"  ->  TypeError: unsupported format string passed to Tensor.__format__
g.data = [1, 2]  ->  TypeError: data must be a Tensor, not list
i.requires_grad_()  ->  RuntimeError: only Tensors of floating point dtype can require gradients, not torch.int64
x = g * 2; x.requires_grad = False  ->  RuntimeError: you can only change requires_grad flags of leaf variables
g.grad = 1  ->  TypeError: assigned grad expected to be a Tensor or None but got int
g.grad = [1.0, 2.0, 3.0]  ->  TypeError: assigned grad expected to be a Tensor or None but got list
f.register_hook(lambda v: v)  ->  RuntimeError: cannot register a hook on a tensor that doesn't require gradient
f.copy_(torch.ones(4))  ->  RuntimeError: copy_: other has shape (4,), which does not broadcast to (2, 3)
f.copy_(np.ones(3))  ->  TypeError: copy_(): argument 'other' must be Tensor, not ndarray
z.copy_(f)  ->  RuntimeError: copy_: other has shape (2, 3), which does not broadcast to ()
f.fill_(torch.ones(2))  ->  RuntimeError: fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions.
f.uniform_(1, 0)  ->  RuntimeError: uniform_ expects to return a [from, to) range, but found from=1 > to=0
f.normal_(0, -1)  ->  RuntimeError: normal expects std >= 0.0, but found std -1
# errors
torch.tensor([[1, 2], [3]])  ->  ValueError: expected sequence of length 2 at dim 1 (got 1)
torch.tensor([[[1]], [[2, 3]]])  ->  ValueError: expected sequence of length 1 at dim 2 (got 2)
torch.tensor(["a"])  ->  ValueError: a tensor holds numbers, not text such as 'a'
torch.tensor(None)  ->  RuntimeError: Could not infer dtype of NoneType
torch.tensor({1, 2})  ->  RuntimeError: Could not infer dtype of set
torch.tensor([f[0], f[1]])  ->  ValueError: only one element tensors can be converted to Python scalars
torch.tensor(2**40, dtype=torch.int32)  ->  RuntimeError: value cannot be converted to type int32 without overflow: Python integer
torch.tensor([1.0], device="xpu9").device  ->  RuntimeError: Expected one of cpu, cuda, ipu, xpu, mkldnn
torch.zeros(2.0)  ->  TypeError: zeros: integers are wanted, or one tuple of them, not (2.0,)
torch.zeros("a")  ->  TypeError: zeros: integers are wanted, or one tuple of them, not ('a',)
torch.zeros(None)  ->  TypeError: zeros: integers are wanted, or one tuple of them, not (None,)
torch.zeros((2, 3), 4)  ->  TypeError: zeros: integers are wanted, or one tuple of them, not ((2, 3), 4)
torch.full((2,), "a")  ->  TypeError: full(): a number is wanted, not str
torch.arange(-3)  ->  RuntimeError: arange: from 0 one does not come to -3 in steps of 1
torch.arange(3, requires_grad=True)  ->  RuntimeError: only Tensors of floating point dtype can require gradients, not torch.int64
torch.arange(nan)  ->  RuntimeError: arange: start, end and step must be finite, got 0, nan, 1
torch.arange(3, dtype=torch.bool)  ->  NotImplementedError: arange: not implemented for bool
torch.zeros_like([1, 2])  ->  TypeError: zeros_like(): argument 'input' must be Tensor, not list
torch.Tensor(2.0)  ->  TypeError: Tensor(): data must be a sequence (got float)
torch.Tensor([1, 2], dtype=torch.float64)  ->  TypeError: Tensor() takes no dtype: it makes the default dtype
torch.FloatTensor(i)  ->  TypeError: FloatTensor() takes a tensor of torch.float32, not torch.int64
torch.LongTensor(f)  ->  TypeError: LongTensor() takes a tensor of torch.int64, not torch.float32
torch.randn(2, dtype=torch.long)  ->  NotImplementedError: randn: not implemented for int64
torch.randn_like(i)  ->  NotImplementedError: randn_like: not implemented for int64
torch.randint(0, 5, 2)  ->  TypeError: randint(): argument 'size' must be a tuple of ints, not int
torch.finfo(torch.int64)  ->  TypeError: finfo: a floating point dtype is wanted, not torch.int64
torch.device("")  ->  RuntimeError: Expected one of cpu, cuda, ipu, xpu, mkldnn
f[:, ::2].view(4)  ->  RuntimeError: view: size is not compatible with input tensor's size and stride (at least one dimension
f[:1].expand(2, 3).view(6)  ->  RuntimeError: view: size is not compatible with input tensor's size and stride (at least one dimension
f.view(3.0, 2)  ->  TypeError: view: integers are wanted, or one tuple of them, not (3.0, 2)
f.view()  ->  TypeError: view: sizes or dims are missing
f.movedim((0, 0), (1, 0))  ->  RuntimeError: movedim: as many different sources as destinations are wanted, got (0, 0) and (1, 0)
f.movedim((0, 1), (0, 0))  ->  RuntimeError: movedim: as many different sources as destinations are wanted, got (0, 1) and (0, 0)
torch.zeros(1, 2, 3).t()  ->  RuntimeError: t() expects a tensor with <= 2 dimensions, but self is 3D
f.expand(2.0, 3)  ->  TypeError: expand: integers are wanted, or one tuple of them, not (2.0, 3)
f.unsqueeze(0.5)  ->  TypeError: unsqueeze(): an integer is wanted, not float 0.5
torch.cat(f)  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not Tensor
torch.cat(f, f)  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not Tensor
torch.cat([f, [1, 2, 3]])  ->  TypeError: cat(): expected Tensor as element 1 of 'tensors', but got list
torch.cat((x for x in [f, f]))  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not generator
torch.cat([f, None])  ->  TypeError: cat(): expected Tensor as element 1 of 'tensors', but got NoneType
torch.stack([f, 1])  ->  TypeError: stack(): expected Tensor as element 1 of 'tensors', but got int
f.split(1.5)  ->  TypeError: split(): an integer is wanted, not float 1.5
f.split([1.0, 2.0], 1)  ->  TypeError: split(): an integer is wanted, not float 1.0
f.chunk(0)  ->  RuntimeError: chunk expects `chunks` to be greater than 0, got: 0
f.chunk(2.0)  ->  TypeError: chunk(): an integer is wanted, not float 2.0
z.select(0, 0)  ->  IndexError: select() cannot be applied to a 0-dim tensor
f.narrow(1, 0, -1)  ->  RuntimeError: narrow: start (0) + length (-1) exceeds dimension size (3).
z.narrow(0, 0, 1)  ->  RuntimeError: narrow() cannot be applied to a 0-dim tensor
f.repeat(2.0, 1)  ->  TypeError: repeat: integers are wanted, or one tuple of them, not (2.0, 1)
f.repeat_interleave(torch.tensor([1, 2]))  ->  RuntimeError: repeat_interleave: repeats must be one number, or 6, one for each slice
f.repeat_interleave(torch.tensor([1, 2, 3]), dim=0)  ->  RuntimeError: repeat_interleave: repeats must be one number, or 2, one for each
f.repeat_interleave(torch.tensor([-1, 2]), dim=0)  ->  RuntimeError: repeat_interleave: repeats can not be negative
f.repeat_interleave(-1)  ->  RuntimeError: repeat_interleave: repeats can not be negative
f.repeat_interleave([1, 2], dim=0)  ->  TypeError: repeat_interleave(): repeats must be an int or a tensor of ints, not list
f.max((0, 1))  ->  TypeError: max(): an integer is wanted, not tuple (0, 1)
f.topk(4)  ->  RuntimeError: topk: selected index k out of range: k = 4, but dimension 1 has size 3
f.topk(-1)  ->  RuntimeError: topk: selected index k out of range: k = -1, but dimension 1 has size 3
b.topk(1)  ->  RuntimeError: topk: not implemented for bool tensors
z.topk(2)  ->  RuntimeError: topk: selected index k out of range: k = 2, but dimension 0 has size 1
b.median()  ->  NotImplementedError: median: not implemented for bool tensors
torch.bincount(torch.tensor([0, 1, 1]), torch.tensor([0.5, 1.0]))  ->  RuntimeError: bincount: weights must have the shape of input,
torch.bincount(torch.tensor([1]), minlength=-1)  ->  RuntimeError: bincount: minlength must not be negative, got -1
torch.bincount(b)  ->  NotImplementedError: bincount: not implemented for bool
torch.where(i, f, 0)  ->  RuntimeError: where expected condition to be a boolean tensor, but got a tensor with dtype int64
torch.where(True, f, 0)  ->  TypeError: where(): argument 'condition' must be Tensor, not bool
torch.where(f > 0, f, "a")  ->  TypeError: where(): 'input' and 'other' must be Tensors or numbers, not str
torch.allclose(f, torch.zeros(4))  ->  RuntimeError: isclose: shapes (2, 3) and (4,) do not broadcast
torch.allclose(f, 1.0)  ->  TypeError: isclose(): argument 'other' must be Tensor, not float
torch.isclose(f, f.double())  ->  RuntimeError: isclose: both tensors must have the same dtype, got float32 and float64
f.logical_and(torch.zeros(4))  ->  RuntimeError: logical_and: shapes (2, 3) and (4,) do not broadcast
f.scatter(1, j)  ->  TypeError: scatter(): one of 'src' and 'value' is wanted
f.index_copy(0, torch.tensor([1]), f)  ->  IndexError: index_copy: source must have shape (1, 3), input's with one slice for each index,
f.index_fill(1, torch.tensor([0, 2]), f)  ->  RuntimeError: index_fill: value must be a number or a 0-dim tensor, but has shape (2, 3)
torch.mv(f, f)  ->  RuntimeError: mv: tensors of 2 and 1 dimensions wanted, got 2 and 2
torch.dot(f, f)  ->  RuntimeError: dot: tensors of 1 and 1 dimensions wanted, got 2 and 2
"""


@pytest.mark.parametrize("case", lines(CASES))
def test_error(case):
    script, expected = case.split("  ->  ")
    kind, text = expected.split(": ", 1)
    with pytest.raises(getattr(builtins, kind)) as caught:
        run(script, minitorch_nlp)
    assert str(caught.value).startswith(text)
