"""PyTorch's own table of sample inputs (OpInfo, in its wheel), run in both libraries.

``python -m tests.oracle.opinfo acos linalg.inv`` prints every difference for these names; without names, for all we have.

For each op and dtype: the samples through the function, the method, the in-place twin and ``out=``; values, dtypes, shapes, strides, shared
memory and gradients must agree, and the error inputs must raise the same type.
"""

from __future__ import annotations

import functools
import sys
import types
import warnings
from itertools import islice

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

import minitorch_nlp

DTYPES = [torch.float32, torch.float64, torch.int64, torch.bool]
TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-4, torch.float16: 1e-2}
LIMIT = 40  # samples for each op and dtype


class Unsupported(Exception):
    """The sample needs what we refuse by name: complex numbers, sparse layouts."""


class Difference(Exception):
    """What does not agree."""


# ---- from PyTorch's values to ours -----------------------------------------------------------------------------------------------------


def convert(x):
    """The same value for minitorch_nlp; a tensor keeps its strides."""
    if isinstance(x, torch.Tensor):
        if x.layout is not torch.strided or not known(x.dtype) or x.device.type != "cpu" or x.ndim > 64:
            raise Unsupported(f"{x.dtype} {x.layout} {x.device} {x.ndim} dimensions")
        return minitorch_nlp.from_numpy(strided_copy(x)).requires_grad_(x.requires_grad)
    if isinstance(x, torch.dtype):
        if not known(x):
            raise Unsupported(str(x))
        return getattr(minitorch_nlp, str(x)[6:])
    if isinstance(x, complex):
        raise Unsupported("complex")
    if isinstance(x, (torch.layout, torch.memory_format)):
        if not hasattr(minitorch_nlp, str(x)[6:]):
            raise Unsupported(str(x))
        return getattr(minitorch_nlp, str(x)[6:])
    if isinstance(x, torch.device):
        return minitorch_nlp.device(str(x))
    if isinstance(x, torch.Size):
        return minitorch_nlp.Size(x)
    if type(x) in (tuple, list):
        return type(x)(map(convert, x))
    if isinstance(x, dict):
        return {k: convert(v) for k, v in x.items()}
    return x


def known(dtype):
    return not dtype.is_complex and dtype is not torch.bfloat16 and hasattr(minitorch_nlp, str(dtype)[6:])


def strided_copy(x):
    flat = torch.empty(0, dtype=x.dtype).set_(x.detach().untyped_storage().clone()).numpy()
    strides = [s * x.element_size() for s in x.stride()]
    return np.lib.stride_tricks.as_strided(flat[x.storage_offset() :], x.shape, strides) if flat.size else flat.reshape(tuple(x.shape))


def resolve(path, root=minitorch_nlp):
    """The object at a dotted path below a library, or None."""
    for part in path.removeprefix("torch.").split("."):
        root = getattr(root, part, None)
        if root is None:
            return None
    return root


def ours(function, name):
    """Our function for the one an OpInfo tests; its own wrappers are run with our library as `torch`."""
    if function is resolve(name, torch):
        return resolve(name)
    if not have(name):
        return None
    if isinstance(function, functools.partial):
        found = ours(function.func, name)
        return found and functools.partial(found, *function.args, **function.keywords)
    method = getattr(function, "__name__", "")
    if function is getattr(torch.Tensor, method, None):
        return getattr(minitorch_nlp.Tensor, method, None)
    if isinstance(function, types.FunctionType):
        names = {**function.__globals__, "torch": minitorch_nlp, "wrapper_set_seed": with_seed}
        return types.FunctionType(function.__code__, names, None, function.__defaults__, function.__closure__)
    return resolve(name)


def have(name):
    """Whether we have an op of this name, as a function or a method."""
    return not name or resolve(name) is not None or any(hasattr(minitorch_nlp.Tensor, name + end) for end in ("", "_"))


def with_seed(function, *args, **kwargs):
    """What OpInfo's wrappers do for random functions: the same seed before each call."""
    minitorch_nlp.manual_seed(42)
    return function(*args, **kwargs)


# ---- comparing -------------------------------------------------------------------------------------------------------------------------


def tensors(x):
    """All tensors in a result, in order."""
    if hasattr(x, "grad_fn"):
        return [x]
    if isinstance(x, dict):
        x = list(x.values())
    return [t for part in x for t in tensors(part)] if isinstance(x, (tuple, list)) and not hasattr(x, "numel") else []


def same_kind(theirs, mine, where):
    if hasattr(theirs, "grad_fn"):
        if not hasattr(mine, "grad_fn"):
            raise Difference(f"{where}: {type(mine).__name__}, not a Tensor")
    elif isinstance(theirs, (tuple, list)):
        if not isinstance(mine, (tuple, list)) or len(theirs) != len(mine):
            raise Difference(
                f"{where}: {type(mine).__name__} of {np.shape(mine) and len(mine)}, not {type(theirs).__name__} of {len(theirs)}"
            )
        if getattr(theirs, "_fields", ()) != getattr(mine, "_fields", ()) and hasattr(type(theirs), "_fields"):
            raise Difference(f"{where}: fields {getattr(mine, '_fields', ())}")
        for a, b in zip(theirs, mine):
            same_kind(a, b, where)
    elif isinstance(theirs, (bool, int, float, str)) and not same_number(theirs, mine):
        raise Difference(f"{where}: {mine!r}, not {theirs!r}")


def same_number(a, b):
    return type(a) is type(b) and (a == b or a != a or (isinstance(a, float) and abs(a - b) < 1e-4 * (1 + abs(a))))


def steps(x):
    return tuple(step for step, size in zip(x.stride(), x.shape) if size > 1) if x.numel() else ()


def as_numpy(x):
    """The values of a tensor; NumPy has no bfloat16, every one of which is a float32."""
    x = x.detach()
    return (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy(force=True)


def same_tensor(a, b, where, tolerance, values=True):
    """Dtype, shape, values and strides agree."""
    if str(a.dtype) != str(b.dtype) or tuple(a.shape) != tuple(b.shape):
        raise Difference(f"{where}: {b.dtype} {tuple(b.shape)}, not {a.dtype} {tuple(a.shape)}")
    if values:
        x, y = as_numpy(a), as_numpy(b)
        close = np.isclose(x, y, rtol=tolerance, atol=tolerance, equal_nan=True) if a.is_floating_point() else x == y
        if not np.all(close):
            place = tuple(int(i[0]) for i in np.nonzero(~np.atleast_1d(close)))
            raise Difference(f"{where}: values, first at {place}: {np.atleast_1d(y)[place]}, not {np.atleast_1d(x)[place]}")


def shares(x, y):
    """Whether two of PyTorch's tensors, or two of ours, lie in the same memory."""
    if not (x.numel() and y.numel()):
        return False
    if isinstance(x, torch.Tensor):
        return x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()
    return np.may_share_memory(owner(x.detach().array), owner(y.detach().array))


def owner(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def weights(y):
    """A cotangent with another value at each place."""
    t = torch if isinstance(y, torch.Tensor) else minitorch_nlp
    return (t.arange(y.numel(), dtype=t.float64).reshape(tuple(y.shape)).to(y.dtype) % 7 - 2.5) / 3


def gradients(outputs, inputs):
    t = torch if isinstance(inputs[0], torch.Tensor) else minitorch_nlp
    outputs = [y for y in outputs if y.requires_grad]
    if not outputs:
        return None
    return t.autograd.grad(outputs, inputs, [weights(y) for y in outputs], allow_unused=True)


# ---- one sample ------------------------------------------------------------------------------------------------------------------------


def call(function, args, kwargs, t):
    """(result, None) or (None, what was raised)."""
    t.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if t is minitorch_nlp:
            warnings.simplefilter("error", RuntimeWarning)
        try:
            return function(*args, **kwargs), None
        except Exception as error:
            return None, error


def builtin(error):
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def compare(theirs, mine, args, kwargs, where, dtype, aspects, process=None):
    """Run one function of each library on the same arguments."""
    my_args, my_kwargs = convert(list(args)), convert(kwargs)
    expected, their_error = call(theirs, args, kwargs, torch)
    found, my_error = call(mine, my_args, my_kwargs, minitorch_nlp)
    if their_error is not None:
        if my_error is None:
            raise Difference(f"{where}: no error, where PyTorch raises {type(their_error).__name__}: {str(their_error)[:150]}")
        if builtin(their_error) != builtin(my_error):
            raise Difference(
                f"{where}: {type(my_error).__name__}: {my_error}; PyTorch raises {type(their_error).__name__}: {str(their_error)[:150]}"
            )
        return
    if isinstance(my_error, NotImplementedError):
        raise Unsupported(str(my_error))  # refused by name
    if my_error is not None:
        raise Difference(f"{where}: raises {type(my_error).__name__}: {my_error}")
    same_kind(expected, found, where)
    tolerance = TOLERANCE.get(dtype, 1e-4)
    their_out, my_out = tensors(expected), tensors(found)
    their_in, my_in = tensors([args, kwargs]), tensors([my_args, my_kwargs])
    for a, b in zip(their_out, my_out):
        if a.is_complex():
            raise Unsupported("complex result")
        same_tensor(a, b, where, tolerance, "values" in aspects)
        if "strides" in aspects and steps(a) != steps(b):
            raise Difference(f"{where}: strides {b.stride()}, not {a.stride()} of {tuple(a.shape)}")
        if "views" in aspects:
            for x, y in zip(their_in, my_in):
                if shares(a, x) != shares(b, y):
                    raise Difference(f"{where}: {'shares' if shares(b, y) else 'does not share'} memory with its input")
        if "grad" in aspects and a.requires_grad != b.requires_grad:
            raise Difference(f"{where}: requires_grad is {b.requires_grad}, not {a.requires_grad}")
    wanted = [i for i, x in enumerate(their_in) if x.requires_grad]
    if "grad" in aspects and wanted and any(y.requires_grad for y in their_out):
        if process is not None:
            rebound = ours(process, "")
            their_out, my_out = tensors(process(expected)), tensors(rebound(found) if rebound else found)
        a_grads = gradients(their_out, [their_in[i] for i in wanted])
        b_grads = gradients(my_out, [my_in[i] for i in wanted])
        for a, b in zip(a_grads or [], b_grads or []):
            if (a is None) != (b is None):
                raise Difference(f"{where}: gradient {'missing' if b is None else 'given where PyTorch gives none'}")
            if a is not None:
                same_tensor(a, b, f"{where}: gradient", tolerance * 10)


# ---- one op ----------------------------------------------------------------------------------------------------------------------------

ALL = frozenset({"function", "method", "inplace", "out", "errors", "values", "strides", "views", "grad"})


def variants(op):
    """(label, their function, ours) of an op."""
    yield "function", op.get_op(), ours(op.get_op(), op.name)
    for label, function in (("method", op.get_method()), ("inplace", op.get_inplace())):
        if function is not None:
            yield label, function, ours(function, op.name)


def describe(sample):
    parts = [f"{str(x.dtype)[6:]}{tuple(x.shape)}" if isinstance(x, torch.Tensor) else repr(x)[:60] for x in (sample.input, *sample.args)]
    return ", ".join(parts + [f"{k}={describe_value(v)}" for k, v in sample.kwargs.items()])


def describe_value(v):
    return f"{str(v.dtype)[6:]}{tuple(v.shape)}" if isinstance(v, torch.Tensor) else repr(v)[:60]


def fresh(x):
    """A copy of the arguments that an in-place op may write to; an input that requires grad gives a non-leaf."""
    if isinstance(x, torch.Tensor):
        return x.detach().clone()
    return type(x)(map(fresh, x)) if type(x) in (tuple, list) else {k: fresh(v) for k, v in x.items()} if isinstance(x, dict) else x


def quietly(samples):
    """The samples, without what PyTorch warns of once a process while it makes them."""
    samples = iter(samples)
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sample = next(samples, None)
        if sample is None:
            return
        yield sample


def differences(op, dtypes=DTYPES, limit=LIMIT, aspects=ALL):
    """All that differs for one OpInfo: a list of texts."""
    found = []
    for label, theirs, mine in variants(op):
        if label not in aspects:
            continue
        if mine is None:
            found.append(f"{label}: missing")
            continue
        for dtype in dtypes:
            if dtype not in op.supported_dtypes("cpu"):
                continue
            grad = "grad" in aspects and label != "inplace" and dtype.is_floating_point and op.supports_autograd
            torch.manual_seed(0)
            np.random.seed(0)
            for sample in quietly(islice(op.sample_inputs("cpu", dtype, requires_grad=grad), limit)):
                found += one_sample(op, label, theirs, mine, dtype, sample, aspects)
    if "errors" in aspects:
        found += error_differences(op)
    return found


def one_sample(op, label, theirs, mine, dtype, sample, aspects):
    where = f"{label} {describe(sample)}"
    args, kwargs = (sample.input, *sample.args), dict(sample.kwargs)
    try:
        if label == "inplace":
            if sample.broadcasts_input:
                return []
            args, kwargs = fresh(args), fresh(kwargs)
            compare(theirs, mine, args, kwargs, where, dtype, aspects - {"strides"})
            return []
        compare(theirs, mine, args, kwargs, where, dtype, aspects, sample.output_process_fn_grad)
        if label == "function" and op.supports_out and "out" in aspects:
            compare_out(theirs, mine, fresh(args), fresh(kwargs), where, dtype, aspects)
    except Unsupported:
        return []
    except Difference as difference:
        return [str(difference)]
    return []


def compare_out(theirs, mine, args, kwargs, where, dtype, aspects):
    expected, error = call(theirs, args, kwargs, torch)
    if error is not None or not tensors(expected):
        return
    out = [torch.empty(0, dtype=y.dtype) for y in tensors(expected)]
    given = out[0] if hasattr(expected, "grad_fn") else tuple(out)
    compare(theirs, mine, args, {**kwargs, "out": given}, f"out= {where}", dtype, aspects - {"grad", "strides", "views"})


def error_differences(op):
    found = []
    if op.error_inputs_func is None:
        return found
    try:
        errors = list(op.error_inputs("cpu"))
    except Exception:
        return found
    mine = ours(op.get_op(), op.name)
    for e in errors if mine is not None else ():
        sample = e.sample_input
        try:
            args, kwargs = convert([sample.input, *sample.args]), convert(dict(sample.kwargs))
        except Unsupported:
            continue
        _, expected = call(op.get_op(), (sample.input, *sample.args), sample.kwargs, torch)
        _, error = call(mine, args, kwargs, minitorch_nlp)
        if isinstance(error, NotImplementedError):
            continue  # refused by name
        if expected is not None and (error is None or builtin(error) != builtin(expected)):
            text = f"{type(error).__name__}: {error}" if error else "no error"
            found.append(f"error {describe(sample)}: {text}; PyTorch raises {type(expected).__name__}: {str(expected)[:150]}")
    return found


def identity(op):
    return f"{op.name}.{op.variant_test_name}" if op.variant_test_name else op.name


if __name__ == "__main__":
    names = sys.argv[1:]
    for op in op_db:
        if op.name.removeprefix("torch.") in names or (not names and ours(op.get_op(), op.name) is not None):
            try:
                texts = differences(op)
            except Exception as error:
                texts = [f"crash: {type(error).__name__}: {error}"]
            print(f"{identity(op)}: {'same' if not texts else f'{len(texts)} differences'}")
            for text in texts[:12]:
                print("   ", text[:330])
