"""The Op record: one forward and one hand-written backward, and everything that follows from the pair.

An op is two plain functions on arrays and a record under them::

    def exp_forward(x):
        y = np.exp(x)
        return y, (y,)

    def exp_backward(dy, saved):
        (y,) = saved
        return (dy * y,)

    exp = Op(exp_forward, exp_backward, shapes="(...) -> (...)", domain=Real(-2, 2), reference=each(math.exp))

Called on plain arrays the record just computes; called on Tensors it records itself on the tape. The two meet in
`Traced`, the only thing this layer knows about Tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Literal, cast

from ..kernels.choice import TWINS, choose
from ._law import TORCH_NAMES, explain
from ._promotion import promote, promote_exact, promote_no_bool, promote_power, promote_rest, promote_to_float

__all__ = ["Op", "Traced", "unbroadcast"]

CASTS: dict[str, Callable[[list[Any]], list[Any]] | None] = {
    "same": None,
    "promote": promote,
    "promote_exact": promote_exact,
    "promote_no_bool": promote_no_bool,
    "promote_power": promote_power,
    "promote_rest": promote_rest,
    "float": promote_to_float,
}


class Traced:
    """What an Op records on instead of computing at once. `Tensor` is the one subclass; it supplies `apply` and `into`."""

    __slots__ = ()
    array: Any

    if TYPE_CHECKING:  # whatever else a Tensor has: this layer does not know

        def __getattr__(self, name: str) -> Any: ...

    @staticmethod
    def apply(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run `op` on the arrays of `args` and record it."""
        raise NotImplementedError

    @staticmethod
    def into(name: str, out: Any, result: Any) -> Any:
        """Write `result` into the memory of the tensor (or tensors) `out`."""
        raise NotImplementedError


class PublicSignature:
    """``inspect.signature(op)``, made when somebody asks: there are hundreds of ops, and few are asked."""

    def __get__(self, op: Op | None, owner: type) -> inspect.Signature | None:
        return None if op is None else public_signature(op.forward)


@dataclass(frozen=True, eq=False)
class Op:
    """A differentiable operation.

    Args:
        forward: ``forward(*arrays, **options) -> (output, saved)``; arrays positional, everything else keyword-only.
        backward: ``backward(dy, saved) -> (dx, ...)``, one gradient (or None) per array; it may take ``needs=``,
            a tuple of booleans, and skip gradients nobody asked for. None where the output has no derivative.
        shapes: the law, e.g. ``"(..., i), (o, i), (o)? -> (..., o)"``; letters are sizes, ``?`` marks an optional array.
        domain: where each array's values are drawn from in tests; one for all, or one per array.
        options: keyword values the tests try, e.g. ``{"dim": (0, -1)}``.
        sample: a function ``draw -> (arrays, options)`` where shapes alone cannot say what fits (see `Draw`).
        reference: an independent statement of the forward on plain arrays.
        dtypes: "promote" brings arrays to torch's common dtype ("promote_rest" all but the first, "promote_no_bool" refuses
            bools, "promote_exact" and "promote_power" numbers that do not fit), "float" also turns integers into the default float,
            "same" leaves them alone.
        view: the output shares the first array's memory: always (True), or where the layout allows ("maybe").
        nonempty: letters of the law (or "..." ) whose size must be at least 1.
        symmetric: the first array stands for a symmetric matrix, whose gradient is symmetric too: tests move both triangles together.
        smooth: second derivatives exist on the domain (False for ops that are piecewise linear or not differentiable twice).
        torch_name: torch's name of the node where it is not the op's own, or a function of the options that gives it.
        hint: one line that helps to fix a wrong shape.
    """

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., tuple[Any, ...]] | None
    shapes: str = field(kw_only=True)
    reference: Callable[..., Any] | None = field(kw_only=True)
    domain: Any = field(default=None, kw_only=True)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict, kw_only=True)
    sample: Callable[..., Any] | None = field(default=None, kw_only=True)
    dtypes: Literal["same", "promote", "promote_exact", "promote_power", "promote_rest", "promote_no_bool", "float"] = field(
        default="same", kw_only=True
    )
    view: bool | Literal["maybe"] = field(default=False, kw_only=True)
    nonempty: str = field(default="", kw_only=True)
    symmetric: bool = field(default=False, kw_only=True)
    smooth: bool = field(default=True, kw_only=True)
    torch_name: str | Callable[[Mapping[str, Any]], str] = field(default="", kw_only=True)
    hint: str = field(default="", kw_only=True)
    # Derived once from the pair, below.
    name: str = field(init=False)
    array_names: tuple[str, ...] = field(init=False)
    option_names: tuple[str, ...] = field(init=False)
    array_limit: int = field(init=False)
    array_keywords: dict[str, int] = field(init=False)
    array_keys: frozenset[str] = field(init=False)
    casts: Callable[[list[Any]], list[Any]] | None = field(init=False)
    takes_needs: bool = field(init=False)
    # The pair that runs on arrays: the definition above, or a compiled twin where there is one and the arrays are large.
    run_forward: Callable[..., tuple[Any, Any]] = field(init=False)
    run_backward: Callable[..., tuple[Any, ...]] = field(init=False)
    has_twin: bool = field(init=False)

    __signature__ = PublicSignature()

    def __post_init__(self) -> None:
        name = self.forward.__name__.removesuffix("_forward")
        arrays, options, variadic = parameters_of(self.forward)
        keywords = {n: i for i, n in enumerate(arrays)} if not variadic else {}
        keywords |= {TORCH_NAMES[n]: i for n, i in keywords.items() if n in TORCH_NAMES}
        derived = {
            "name": name,
            "__name__": name,
            "__qualname__": name,
            "__module__": self.forward.__module__,
            "__doc__": self.forward.__doc__,
            "array_names": arrays,
            "option_names": options,
            "array_limit": 2**31 if variadic else len(arrays),
            "array_keywords": keywords,
            "array_keys": frozenset(keywords) | {"out"},
            "casts": CASTS[self.dtypes],
            "takes_needs": self.backward is not None and "needs" in sum(parameters_of(self.backward)[:2], ()),
            "has_twin": name in TWINS,
            "run_forward": choose(name, self.forward, "forward"),
            "run_backward": choose(name, self.backward, "backward") if self.backward is not None else None,
        }
        for key, value in derived.items():
            object.__setattr__(self, key, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (kwargs and not self.array_keys.isdisjoint(kwargs)) or len(args) > self.array_limit:
            out = kwargs.pop("out", None)
            args, kwargs = self.bind(args, kwargs)
            if out is not None:
                return self.write_into(out, self(*args, **kwargs))
        for a in args:
            if isinstance(a, Traced):
                return a.apply(self, args, kwargs)
        arrays: Any = args
        try:
            arrays = self.casts(list(args)) if self.casts else args
            return self.run_forward(*arrays, **kwargs)[0]
        except (ValueError, IndexError, TypeError, AttributeError) as error:
            raise explain(self, arrays, kwargs, error) from error

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a class attribute an Op is a method: ``x.exp()`` is ``exp(x)``."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.shapes}>"

    def __reduce__(self) -> str:
        """Copied and pickled by name, as functions are: ``self.act = F.gelu`` on a module survives `deepcopy` and `save`."""
        return self.name

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort a torch-style call into arrays (positional) and options (by keyword): ``softmax(x, 1)``, ``exp(input=x)``."""
        arrays, extra = list(args[: self.array_limit]), args[self.array_limit :]
        if len(extra) > len(self.option_names):
            most = self.array_limit + len(self.option_names)
            raise TypeError(f"{self.name}() takes at most {most} arguments but {len(args)} were given")
        options = dict(zip(self.option_names, extra))
        for key, value in kwargs.items():
            position = self.array_keywords.get(key)
            if position is None:
                if key in options:
                    raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
                options[key] = value
                continue
            arrays.extend([None] * (position + 1 - len(arrays)))
            if arrays[position] is not None:
                raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
            arrays[position] = value
        return tuple(arrays), options

    def write_into(self, out: Any, result: Any) -> Any:
        """What ``out=`` asks for: `result`, in the memory of `out`."""
        first = out[0] if isinstance(out, (tuple, list)) and out else out
        if not isinstance(first, Traced):
            raise TypeError(f"{self.name}(): argument 'out' must be Tensor, not {type(first).__name__}")
        return first.into(self.name, out, result)

    def node_name(self, options: Mapping[str, Any]) -> str:
        """The name of this op's node in a graph, as torch prints it: ``MulBackward0``."""
        name = self.torch_name(options) if callable(self.torch_name) else self.torch_name
        if "Backward" in name:
            return name
        return (name or "".join(part.capitalize() for part in self.name.split("_"))) + "Backward0"


def by_dim(name: str) -> Callable[[Mapping[str, Any]], str]:
    """torch numbers a reduction's node by whether a dimension was given: ``SumBackward0``, ``SumBackward1``."""
    return lambda options: f"{name}Backward{int(options.get('dim') is not None)}"


def parameters_of(function: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """A plain function's positional and keyword-only parameters, and whether the last positional one is ``*args``."""
    code = cast(FunctionType, inspect.unwrap(function)).__code__
    names, n, k = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    variadic = bool(code.co_flags & inspect.CO_VARARGS)
    return names[:n] + names[n + k : n + k + variadic], names[n : n + k], variadic


def public_signature(forward: Callable[..., Any]) -> inspect.Signature:
    """The call signature users see: the forward's, with its options also allowed by position."""
    signature = inspect.signature(forward)
    kinds = [p.kind for p in signature.parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return signature
    free = [p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in signature.parameters.values()]
    needs_default = False
    for p in free:
        needs_default = needs_default or p.default is not p.empty
        if needs_default and p.default is p.empty:
            return signature
    return signature.replace(parameters=free)


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` down to `shape`: the gradient of broadcasting, which copies one value to many places.

    >>> import numpy as np
    >>> unbroadcast(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    if g.shape == shape:
        return g
    if g.dtype.kind == "V":  # bfloat16 is too short for sums
        return unbroadcast(g.astype("float32"), shape).astype(g.dtype)
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1)
    return g.sum(axes).reshape(shape)
