"""An array type that is not NumPy's but speaks its dispatch protocols, as CuPy's does.

Ops that run on it have no hidden `np.asarray`, no `isinstance(x, np.ndarray)` and no mixing with host arrays: what a GPU would refuse, it refuses.
"""

import numpy as np


class Foreign:
    """A wrapped array. NumPy functions on it give Foreign results; mixing it with NumPy arrays (beyond scalars) raises."""

    __array_priority__ = 1000

    def __init__(self, host):
        self.host = host

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "at":
            return getattr(ufunc, method)(*(strip(x) for x in inputs))
        return lift(getattr(ufunc, method)(*(strip(x) for x in inputs), **{k: strip(v) for k, v in kwargs.items()}))

    def __array_function__(self, function, types, args, kwargs):
        return lift(function(*strip(args), **{k: strip(v) for k, v in kwargs.items()}))

    def __getitem__(self, index):
        return lift(self.host[strip(index)])

    def __setitem__(self, index, value):
        self.host[strip(index)] = strip(value)

    def __getattr__(self, name):
        if name.startswith("__"):  # among them __array_interface__, a way around __array__
            raise AttributeError(name)
        value = getattr(self.host, name)
        if callable(value):
            return lambda *args, **kwargs: lift(value(*strip(args), **{k: strip(v) for k, v in kwargs.items()}))
        return lift(value)

    def __len__(self):
        return len(self.host)

    def __bool__(self):
        return bool(self.host)

    def __int__(self):
        return int(self.host)

    def __float__(self):
        return float(self.host)


def strip(x):
    if isinstance(x, Foreign):
        return x.host
    if isinstance(x, (tuple, list)):
        return type(x)(strip(i) for i in x)
    if isinstance(x, np.ndarray) and x.ndim:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>: host and device arrays do not mix")
    return x


def lift(x):
    if isinstance(x, (np.ndarray, np.generic)):
        return Foreign(np.asarray(x))
    if isinstance(x, (tuple, list)) and any(isinstance(i, np.ndarray) for i in x):
        return [lift(i) for i in x] if isinstance(x, list) else tuple(lift(i) for i in x)  # a named tuple is a tuple here
    return x


BINARY = "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and rand or ror xor rxor"
OTHERS = "neg pos abs invert eq ne lt le gt ge"

for _name in f"{BINARY} {OTHERS}".split():

    def _operator(self, *args, _method=f"__{_name}__"):
        return lift(getattr(self.host, _method)(*map(strip, args)))

    setattr(Foreign, f"__{_name}__", _operator)
