"""What is refused, and in which words: each line is a script, the error's type, and how its text begins."""

import builtins

import pytest

import minitorch_nlp

from ..scripts import lines, run

CASES = """
# arithmetic
b - b  ->  RuntimeError: sub: subtraction with a bool tensor is not supported
-b  ->  RuntimeError: neg: negation of a bool tensor is not supported
i // 0  ->  RuntimeError: ZeroDivisionError: floor_divide: integer division by zero
i % 0  ->  RuntimeError: ZeroDivisionError: remainder: integer modulo by zero
i // i  ->  RuntimeError: ZeroDivisionError: floor_divide: integer division by zero
torch.fmod(i, 0)  ->  RuntimeError: ZeroDivisionError: fmod: integer modulo by zero
torch.div(i, 0, rounding_mode="trunc")  ->  RuntimeError: ZeroDivisionError: div: integer division by zero
torch.div(i, 0, rounding_mode="floor")  ->  RuntimeError: ZeroDivisionError: floor_divide: integer division by zero
torch.div(i, 2, rounding_mode="round")  ->  RuntimeError: div expected rounding_mode to be one of None, 'trunc', or 'floor' but found
f & 1  ->  NotImplementedError: bitwise_and: not implemented for floating point
i & 1.5  ->  NotImplementedError: bitwise_and: not implemented for floating point
i @ torch.ones(3)  ->  RuntimeError: matmul: expected all operands to have the same dtype, but got int64, float32
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
f[2]  ->  IndexError: getitem: index 2 is out of bounds for dimension 0 with size 2
f[b]  ->  IndexError: getitem: boolean index did not match indexed tensor along dimension 0
f[torch.tensor([0., 1.])]  ->  IndexError: tensors used as indices must be long, int, byte or bool tensors, not float32
f[np.float64(1)]  ->  IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid
f[(0, "a")]  ->  TypeError: a tensor is indexed by integers, slices and tensors, not by 'a'
f[0:2:0]  ->  ValueError: getitem: slice step must be greater than zero, got 0
e[0]  ->  IndexError: getitem: index 0 is out of bounds for dimension 0 with size 0
z[0]  ->  IndexError: getitem: too many indices for tensor: tensor is 0-dimensional, but 1 were indexed
x = f.clone(); x[0] = torch.ones(2, 3); x  ->  RuntimeError: setitem: the value's shape (2, 3) does not broadcast to that of the indexed
x = f.clone(); x[0] = "a"; x  ->  TypeError: can't assign a str to a Tensor
x = f.clone(); x[0] = None; x  ->  TypeError: can't assign a NoneType to a Tensor
x = f.clone(); x[[0, 1], [1, 2]] = torch.tensor([5, 6]); x  ->  RuntimeError: index_put: the value has dtype int64, where it is written
x = f.clone(); x[[0, 1], [1, 2]] = torch.tensor([5.0, 6.0], dtype=torch.float64); x  ->  RuntimeError: index_put: the value has dtype
x = torch.zeros(2, 3); x[2] = 4; x  ->  IndexError: setitem: index 2 is out of bounds for dimension 0 with size 2
x = torch.zeros(2, 3); x["a"] = 4; x  ->  TypeError: a tensor is indexed by integers, slices and tensors, not by 'a'
x = torch.zeros(2, 3); x[0.5] = 4; x  ->  IndexError: only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are
x = torch.zeros(3, dtype=torch.uint8); x[[0]] = 300; x  ->  RuntimeError: value 300 cannot be converted to type uint8 without overflow
x = torch.zeros(2, 3); x[:, :0] = torch.ones(2, 3); x  ->  RuntimeError: setitem: the value's shape (2, 3) does not broadcast to that of
x = torch.zeros(1).expand(3); x[:] = 1; x  ->  RuntimeError: setitem: this memory is read-only, or an expanded tensor's, where elements
g[g > 0] = 1  ->  RuntimeError: a leaf Variable that requires grad is being used in an in-place operation
g[:] = g * 2  ->  RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation
g[0] += 1  ->  RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation
x = g.exp(); x[0] = 1; x.sum().backward(); g.grad  ->  RuntimeError: ExpBackward0: one of the variables needed for gradient computation
x = q.clone(); x[0, :, [0, 1]] = torch.tensor([[1.0, 2, 3], [4, 5, 6]]); x  ->  RuntimeError: index_put: value of shape (2, 3) does not
x = torch.zeros(2, 3, 4); x[0, :, [0, 1]] = g; (x * q).sum().backward(); g.grad  ->  RuntimeError: index_put: value of shape (3,) does
# conversion
f.to(other=d)  ->  TypeError: Conversions.to() got an unexpected keyword argument 'other'
f.type("banana")  ->  ValueError: invalid type: 'banana'
with_grad = g * 2; with_grad.numpy()  ->  RuntimeError: can't call numpy() on Tensor that requires grad
np.asarray(g)  ->  RuntimeError: can't call numpy() on Tensor that requires grad
f.stride(2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
torch.zeros(2, 3, 4).H  ->  RuntimeError: t() expects a tensor with <= 2 dimensions, but self is 3D
f"{f:.2f}"  ->  TypeError: unsupported format string passed to Tensor.__format__
f"{torch.tensor([1.0]):.2f}"  ->  TypeError: unsupported format string passed to Tensor.__format__
g.data = [1, 2]  ->  TypeError: data must be a Tensor, not list
i.requires_grad_()  ->  RuntimeError: only Tensors of floating point dtype can require gradients, not torch.int64
x = g * 2; x.requires_grad = False  ->  RuntimeError: you can only change requires_grad flags of leaf variables
(g * 2).backward(torch.ones(2))  ->  RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a
g.grad = 1  ->  TypeError: assigned grad expected to be a Tensor or None but got int
g.grad = [1.0, 2.0, 3.0]  ->  TypeError: assigned grad expected to be a Tensor or None but got list
f.register_hook(lambda v: v)  ->  RuntimeError: cannot register a hook on a tensor that doesn't require gradient
f.copy_(torch.ones(4))  ->  RuntimeError: copy_: src has shape (4,), which does not broadcast to (2, 3)
f.copy_(np.ones(3))  ->  TypeError: copy_(): argument 'src' must be Tensor, not ndarray
z.copy_(f)  ->  RuntimeError: copy_: src has shape (2, 3), which does not broadcast to ()
f.fill_(torch.ones(2))  ->  RuntimeError: fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions.
f.uniform_(1, 0)  ->  RuntimeError: uniform_ expects to return a [from, to) range, but found from=1 > to=0
i.uniform_()  ->  NotImplementedError: uniform: needs dtype float16, float32 or float64, but dtype = int64
f.normal_(0, -1)  ->  RuntimeError: normal expects std >= 0.0, but found std -1
i.normal_()  ->  NotImplementedError: normal: needs dtype float16, float32 or float64, but dtype = int64
f.exponential_(-1)  ->  RuntimeError: exponential: needs lambd > 0, but lambd = -1
g.uniform_()  ->  RuntimeError: a leaf Variable that requires grad is being used in an in-place operation
# errors
torch.tensor([[1, 2], [3]])  ->  ValueError: expected sequence of length 2 at dim 1 (got 1)
torch.tensor([[[1]], [[2, 3]]])  ->  ValueError: expected sequence of length 1 at dim 2 (got 2)
torch.tensor(["a"])  ->  ValueError: a tensor holds numbers, not text such as 'a'
torch.tensor(None)  ->  RuntimeError: Could not infer dtype of NoneType
torch.tensor({1, 2})  ->  RuntimeError: Could not infer dtype of set
torch.tensor([f[0], f[1]])  ->  ValueError: only one element tensors can be converted to Python scalars
torch.tensor(300, dtype=torch.uint8)  ->  RuntimeError: value 300 cannot be converted to type uint8 without overflow
torch.tensor([300], dtype=torch.uint8)  ->  RuntimeError: value 300 cannot be converted to type uint8 without overflow
torch.tensor(2**40, dtype=torch.int32)  ->  RuntimeError: value cannot be converted to type int32 without overflow: Python integer
torch.tensor(nan, dtype=torch.int64)  ->  RuntimeError: value nan cannot be converted to type int64 without overflow
torch.tensor([1.0], device="xpu9").device  ->  RuntimeError: Expected one of cpu, cuda device type at start of device string: xpu9
torch.tensor([1.0], foo=1)  ->  TypeError: tensor() got an unexpected keyword argument 'foo'
torch.tensor([1.0], torch.float64)  ->  TypeError: tensor() takes 1 positional argument but 2 were given
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
torch.Tensor([1, 2], dtype=torch.float64)  ->  TypeError: Tensor() takes no dtype: it makes float32
torch.FloatTensor(i)  ->  TypeError: FloatTensor() takes a tensor of torch.float32, not torch.int64
torch.LongTensor(f)  ->  TypeError: LongTensor() takes a tensor of torch.int64, not torch.float32
torch.ByteTensor([1, 256])  ->  RuntimeError: value 256 cannot be converted to type uint8 without overflow
torch.randn(2, dtype=torch.long)  ->  NotImplementedError: randn: not implemented for int64
torch.randn_like(i)  ->  NotImplementedError: randn_like: not implemented for int64
torch.randint(5, 5, (2,))  ->  RuntimeError: randint: needs low < high, but low = 5 and high = 5
torch.randint(0, 5, 2)  ->  TypeError: randint(): argument 'size' must be a tuple of ints, not int
torch.randint(0, 300, (2,), dtype=torch.uint8)  ->  RuntimeError: randint: [low, high) must fit in uint8 (0 ... 255), but it is [0, 300)
torch.randperm(-1)  ->  RuntimeError: randperm: needs n >= 0, but n = -1
torch.randperm(3.0)  ->  TypeError: randperm: n must be an int, but n = 3.0 (float)
torch.multinomial(torch.tensor(1.0), 1)  ->  RuntimeError: multinomial: needs weights (c,) or (rows, c), but their shape is ()
torch.multinomial(torch.tensor([1.0, nan]), 1)  ->  RuntimeError: multinomial: needs finite weights >= 0, but they span nan ... nan
torch.finfo(torch.int64)  ->  TypeError: finfo: a floating point dtype is wanted, not torch.int64
torch.device("")  ->  RuntimeError: Expected one of cpu, cuda device type at start of device string:
f.reshape(4, 2)  ->  RuntimeError: reshape: shape '[4, 2]' is invalid for input of size 6, its shape is (2, 3)
f.reshape(())  ->  RuntimeError: reshape: shape '[]' is invalid for input of size 6, its shape is (2, 3)
f[:, ::2].view(4)  ->  RuntimeError: view: size is not compatible with input tensor's size and stride (at least one dimension
f[:1].expand(2, 3).view(6)  ->  RuntimeError: view: size is not compatible with input tensor's size and stride (at least one dimension
f.view(3.0, 2)  ->  TypeError: view: integers are wanted, or one tuple of them, not (3.0, 2)
f.view()  ->  TypeError: view: sizes or dims are missing
f.transpose(0, 2)  ->  IndexError: transpose: dimension out of range: axis2: axis 2 is out of bounds for array of dimension
z.transpose(0, 1)  ->  IndexError: Dimension out of range (expected to be in range of [-1, 0], but got 1)
f.movedim(0, 2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
f.movedim((0, 0), (1, 0))  ->  RuntimeError: movedim: as many different sources as destinations are wanted, got (0, 0) and (1, 0)
f.movedim((0, 1), (0, 0))  ->  RuntimeError: movedim: as many different sources as destinations are wanted, got (0, 1) and (0, 0)
torch.zeros(1, 2, 3).t()  ->  RuntimeError: t() expects a tensor with <= 2 dimensions, but self is 3D
f.expand(3)  ->  RuntimeError: expand: (2, 3) cannot be expanded to [3]: sizes are compared from the last one
f.expand(0, 3)  ->  RuntimeError: expand: (2, 3) cannot be expanded to [0, 3]: sizes are compared from the last one
f.expand(2.0, 3)  ->  TypeError: expand: integers are wanted, or one tuple of them, not (2.0, 3)
f[:1].squeeze(2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
f.unsqueeze(-4)  ->  IndexError: Dimension out of range (expected to be in range of [-3, 2], but got -4)
z.unsqueeze(1)  ->  IndexError: Dimension out of range (expected to be in range of [-1, 0], but got 1)
f.unsqueeze(0.5)  ->  TypeError: unsqueeze(): an integer is wanted, not float 0.5
torch.cat([f, torch.zeros(2, 2)])  ->  RuntimeError: cat: sizes must match except in dimension 0, and so must the number of dimensions
torch.cat(f)  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not Tensor
torch.cat(f, f)  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not Tensor
torch.cat([f, [1, 2, 3]])  ->  TypeError: cat(): expected Tensor as element 1 of 'tensors', but got list
torch.cat((x for x in [f, f]))  ->  TypeError: cat(): argument 'tensors' must be tuple of Tensors, not generator
torch.cat([f, None])  ->  TypeError: cat(): expected Tensor as element 1 of 'tensors', but got NoneType
torch.stack([f, 1])  ->  TypeError: stack(): expected Tensor as element 1 of 'tensors', but got int
f.split([-1, 4], 1)  ->  RuntimeError: split: sizes must not be negative and must sum to 3, the size of dimension 1
f.split(1.5)  ->  TypeError: split(): an integer is wanted, not float 1.5
f.split([1.0, 2.0], 1)  ->  TypeError: split(): an integer is wanted, not float 1.0
f.chunk(0)  ->  RuntimeError: chunk expects `chunks` to be greater than 0, got: 0
f.chunk(2.0)  ->  TypeError: chunk(): an integer is wanted, not float 2.0
f.select(2, 0)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
z.select(0, 0)  ->  IndexError: select() cannot be applied to a 0-dim tensor
f.narrow(1, 0, -1)  ->  RuntimeError: narrow: start (0) + length (-1) exceeds dimension size (3).
z.narrow(0, 0, 1)  ->  RuntimeError: narrow() cannot be applied to a 0-dim tensor
f.roll((1, 2), 0)  ->  RuntimeError: roll: as many shifts as dims are wanted, got 2 shifts and 1 dims
f.roll(1, 2)  ->  IndexError: roll: dimension out of range: axis 2 is out of bounds for array of dimension 2. The input
f.repeat(2.0, 1)  ->  TypeError: repeat: integers are wanted, or one tuple of them, not (2.0, 1)
f.repeat_interleave(torch.tensor([1, 2]))  ->  RuntimeError: repeat_interleave: repeats must be one number, or 6, one for each slice
f.repeat_interleave(torch.tensor([1, 2, 3]), dim=0)  ->  RuntimeError: repeat_interleave: repeats must be one number, or 2, one for each
f.repeat_interleave(torch.tensor([-1, 2]), dim=0)  ->  RuntimeError: repeat_interleave: repeats can not be negative
f.repeat_interleave(-1)  ->  RuntimeError: repeat_interleave: repeats can not be negative
f.repeat_interleave([1, 2], dim=0)  ->  TypeError: repeat_interleave(): repeats must be an int or a tensor of ints, not list
z.tril()  ->  RuntimeError: tril: a tensor with at least 2 dimensions is wanted, this one has the shape ()
f.sum((0, 0))  ->  RuntimeError: sum: duplicate value in 'axis'
f.sum("a")  ->  TypeError: sum: 'str' object cannot be interpreted as an integer
i.mean()  ->  RuntimeError: mean: the input must have a floating point dtype, it has int64
f.mean((0, 2))  ->  IndexError: mean: dimension out of range: axis 2 is out of bounds for array of dimension 2. The input
i.var()  ->  RuntimeError: var: the input must have a floating point dtype, it has int64
f.max((0, 1))  ->  TypeError: max(): an integer is wanted, not tuple (0, 1)
f.argmax(2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
f.cumsum(2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
f.topk(4)  ->  RuntimeError: topk: selected index k out of range: k = 4, but dimension 1 has size 3
f.topk(-1)  ->  RuntimeError: topk: selected index k out of range: k = -1, but dimension 1 has size 3
b.topk(1)  ->  RuntimeError: topk: not implemented for bool tensors
z.topk(2)  ->  RuntimeError: topk: selected index k out of range: k = 2, but dimension 0 has size 1
f.median(2)  ->  IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
b.median()  ->  NotImplementedError: median: not implemented for bool tensors
torch.bincount(torch.tensor([0, 1, 1]), torch.tensor([0.5, 1.0]))  ->  RuntimeError: bincount: weights must have the shape of input,
torch.bincount(torch.tensor([1]), minlength=-1)  ->  RuntimeError: bincount: minlength must not be negative, got -1
torch.bincount(b)  ->  NotImplementedError: bincount: not implemented for bool
f.clamp(torch.zeros(4))  ->  RuntimeError: clamp: x (...), min (...)?, max (...)? -> (...)
f.clamp("a")  ->  TypeError: clamp(): argument 'min' must be Tensor, not str
torch.where(i, f, 0)  ->  RuntimeError: where expected condition to be a boolean tensor, but got a tensor with dtype int64
torch.where(True, f, 0)  ->  TypeError: where(): argument 'condition' must be Tensor, not bool
torch.where(f > 0, f, "a")  ->  TypeError: where(): 'input' and 'other' must be Tensors or numbers, not str
torch.exp("a")  ->  TypeError: exp(): argument 'input' must be Tensor, not str
torch.allclose(f, torch.zeros(4))  ->  RuntimeError: isclose: shapes (2, 3) and (4,) do not broadcast
torch.allclose(f, 1.0)  ->  TypeError: isclose(): argument 'other' must be Tensor, not float
torch.isclose(f, f.double())  ->  RuntimeError: isclose: both tensors must have the same dtype, got float32 and float64
f.logical_and(torch.zeros(4))  ->  RuntimeError: logical_and: shapes (2, 3) and (4,) do not broadcast
f.masked_fill(f > 0, torch.tensor([1.0]))  ->  RuntimeError: masked_fill: value must be a number or a 0-dim tensor, but has shape (1,)
f.masked_fill(u, 9)  ->  RuntimeError: masked_fill: expected a bool mask, got uint8
f.masked_fill(f > 0, -1e39)  ->  RuntimeError: value -1e+39 cannot be converted to type float32 without overflow
f.masked_fill_(torch.ones(4).bool(), 1)  ->  RuntimeError: masked_fill: x (...), mask (...), value () -> (...)
f.masked_select(f)  ->  RuntimeError: masked_select: expected a bool mask, got float32
f.gather(1, j[0])  ->  RuntimeError: gather: index must have as many dimensions as x
f.gather(1, j.float())  ->  RuntimeError: gather(): expected dtype int32/int64 for index, got float32
f.gather(1, j + 5)  ->  RuntimeError: gather: index 5 is out of bounds for dimension 1 with size 3
f.gather(0, j + 1)  ->  RuntimeError: gather: index 2 is out of bounds for dimension 0 with size 2
f.gather(0, torch.zeros(2, 4, dtype=torch.long))  ->  RuntimeError: gather: index must be no larger than x apart from dimension 0
f.scatter(1, j, d[None])  ->  RuntimeError: scatter(): src must have the dtype of x, float32, not float64
f.scatter(1, j + 5, 1.0)  ->  RuntimeError: scatter: index 5 is out of bounds for dimension 1 with size 3
f.scatter(1, j[0], 1.0)  ->  RuntimeError: scatter: index must have as many dimensions as x
f.scatter(1, j, f[:, :1])  ->  RuntimeError: scatter: index must be no larger than src
f.scatter(1, j)  ->  TypeError: scatter(): one of 'src' and 'value' is wanted
f.scatter_add(1, j, 1.0)  ->  TypeError: scatter_add(): argument 'src' must be Tensor, not float
f.index_select(0, torch.tensor([5]))  ->  IndexError: index_select: index 5 is out of range for dimension 0 with size 2
f.index_select(0, torch.tensor([-1]))  ->  IndexError: index_select: index -1 is out of range for dimension 0 with size 2
f.index_add(0, torch.tensor([0]), f)  ->  RuntimeError: index_add: src must have x's dtype, and x's shape with the length of index at
f.index_copy(0, torch.tensor([1]), f)  ->  IndexError: index_copy: source must have shape (1, 3), input's with one slice for each index,
f.index_copy(0, torch.tensor([5]), f[:1])  ->  IndexError: index_copy: index 5 is out of range for dimension 0 with size 2
f.index_copy(0, torch.tensor([-1]), f[:1])  ->  IndexError: index_copy: index -1 is out of range for dimension 0 with size 2
f.index_fill(1, torch.tensor([0, 2]), f)  ->  RuntimeError: index_fill: value must be a number or a 0-dim tensor, but has shape (2, 3)
f.index_fill(1, torch.tensor([5]), 1)  ->  IndexError: index_put: index 5 is out of bounds for dimension 1 with size 3
f.index_fill(0, torch.tensor([0.0]), 1)  ->  IndexError: index_put: tensors used as indices must be int64, int32 or bool tensors, not
f.add_(torch.ones(4))  ->  RuntimeError: add: x (...), y (...) -> (...)
u.mul_(2.0)  ->  RuntimeError: mul_: result type float32 can't be cast to the desired output type uint8
i.div_(2)  ->  RuntimeError: div_: result type float32 can't be cast to the desired output type int64
i.pow_(2.0)  ->  RuntimeError: pow_: result type float32 can't be cast to the desired output type int64
i.exp_()  ->  RuntimeError: exp_: result type float32 can't be cast to the desired output type int64
i.addcdiv_(i, i)  ->  RuntimeError: add_: result type float32 can't be cast to the desired output type int64
f += torch.ones(4)  ->  RuntimeError: add: x (...), y (...) -> (...)
g += 1  ->  RuntimeError: a leaf Variable that requires grad is being used in an in-place operation
g.add_(1)  ->  RuntimeError: a leaf Variable that requires grad is being used in an in-place operation
torch.mv(f, f)  ->  RuntimeError: mv: tensors of 2 and 1 dimensions wanted, got 2 and 2
torch.dot(f, f)  ->  RuntimeError: dot: tensors of 1 and 1 dimensions wanted, got 2 and 2
torch.dot(f[0], torch.ones(4))  ->  RuntimeError: matmul: x (k), y (k): the last dimension of x must be the first of y
torch.matmul(f, i.T)  ->  RuntimeError: matmul: expected all operands to have the same dtype, but got float32, int64
torch.matmul(f, f.T.double())  ->  RuntimeError: matmul: expected all operands to have the same dtype, but got float32, float64
torch.outer(f, f[0])  ->  RuntimeError: outer: x and y must be vectors
"""


@pytest.mark.parametrize("case", lines(CASES))
def test_error(case):
    script, expected = case.split("  ->  ")
    kind, text = expected.split(": ", 1)
    with pytest.raises(getattr(builtins, kind)) as caught:
        run(script, minitorch_nlp)
    assert str(caught.value).startswith(text)
