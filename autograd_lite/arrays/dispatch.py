"""Make NumPy's functions work on arrays of Values.

NumPy computes `np.exp` of an array of objects by calling `exp()` on each element. That fails for a
float among the Values, and functions such as `np.logaddexp` have no loop over objects at all. An
`Array` passes these functions to the rows of the table, which accept floats and Values and follow
the conventions (at a tie, half to each). For a function that NumPy computes on floats alone, it
raises an error that says what to write instead.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..core import contexts, formulas, table
from ..core.operands import to_float

_Function = Callable[..., Any]


class Array(np.ndarray[Any, Any]):
    """An array of Values, or of Values and numbers, as `ag.array` makes it."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return run_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        try:
            if func in _FUNCTIONS:
                return _wrap(_FUNCTIONS[func](*args, **kwargs))
            if func in _QUANTILES and np.ndim(args[1] if len(args) > 1 else kwargs["q"]) == 0:
                # for a single quantile, NumPy 2 reads the dtype of the result, a Value
                if len(args) > 1:
                    args = (args[0], [args[1]], *args[2:])
                else:
                    kwargs = {**kwargs, "q": [kwargs["q"]]}
                return _wrap(super().__array_function__(func, types, args, kwargs)[0])
            return _wrap(super().__array_function__(func, types, args, kwargs))
        except (TypeError, AttributeError) as error:
            module = str(func.__module__).removeprefix("numpy").lstrip(".")
            raise _explain(error, f"np.{module}.{func.__name__}".replace("..", ".")) from None


def run_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """Call a ufunc of NumPy that has a Value or an `Array` among its operands."""
    name = ufunc.__name__
    inputs = [_to_double(x) for x in inputs]
    if method == "__call__" and not options and name in _SCALARS and all(map(_is_scalar, inputs)):
        return _SCALARS[name](*[x.item() if isinstance(x, np.generic) else x for x in inputs])
    plain = [_unwrap(x) for x in inputs]
    out = options.get("out")
    if out is not None:
        options = {**options, "out": tuple([_unwrap(x) for x in out])}
    objects = any(getattr(x, "dtype", None) == np.object_ for x in plain)
    own = _find_loop(ufunc) if objects else ufunc
    # Comparing nan may set the processor's floating-point flags, which NumPy would report after a
    # loop over objects. The table issues its own warnings.
    quiet = np.errstate(all="ignore") if objects else nullcontext()
    try:
        with quiet:
            result = getattr(own, method)(*plain, **options)
    except (TypeError, AttributeError, SystemError) as raised:
        # NumPy 2.5's `add.at` continues after an element's error and reports it as a cause
        error = raised.__cause__ if isinstance(raised, SystemError) else raised
        if not isinstance(error, (TypeError, AttributeError)):
            raise
        prefix = "np." if getattr(np, name, None) is ufunc else ""
        # a loop over objects converts Values only for `out` or `dtype`
        writes = "is not converted" in str(error)
        raise _explain(error, f"{prefix}{name}", writes) from None
    if out is not None:
        return out[0] if ufunc.nout == 1 else out
    return np.asanyarray(result, dtype=bool)[()] if name in _PREDICATES else _wrap(result)


def _is_scalar(x: Any) -> bool:
    return isinstance(x, (float, int, np.generic)) or hasattr(x, "record")


def _to_double(x: Any) -> Any:
    """Convert a longdouble to float: NumPy would pass its elements to this dispatch again."""
    char = getattr(getattr(x, "dtype", None), "char", "")
    return x.astype(float) if char == "g" else x.astype(complex) if char == "G" else x


def _unwrap(x: Any) -> Any:
    if isinstance(x, Array):
        return x.view(np.ndarray)
    if isinstance(x, np.matrix):
        raise TypeError(
            "an operand is an np.matrix, whose * multiplies matrices: pass np.asarray(m), and "
            "write m @ x"
        )
    if not hasattr(x, "record"):
        return x
    array = np.empty((), dtype=object)  # NumPy would call __array_ufunc__ of a bare Value again
    array[()] = x
    return array


def _wrap(result: Any) -> Any:
    """View arrays of Values in a result as `Array`s, and arrays of numbers as plain arrays."""
    if isinstance(result, (list, tuple)):
        kind: Any = type(result)
        parts = [_wrap(x) for x in result]
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if type(result) is not np.ndarray and not isinstance(result, Array):
        return result  # a view of a masked array would lose its mask
    # the result of np.argsort(values), for one, holds integers
    return result.view(Array if result.dtype == np.object_ else np.ndarray)


# Replacements of ufuncs


def _of_one(name: str, primitive: Any) -> _Function:
    method = operator.methodcaller(name)

    def of(x: Any) -> Any:
        return method(x) if hasattr(x, "record") else primitive(to_float(x))

    return of


def _of_many(primitive: Any) -> _Function:
    def of(*operands: Any) -> Any:
        return primitive(*[x if hasattr(x, "record") else to_float(x) for x in operands])

    return of


def _of_two(of_values: _Function, primitive: Any) -> _Function:
    """Return an operator that gives nan or inf on floats where Python's raises or turns complex."""

    def of(x: Any, y: Any) -> Any:
        if hasattr(x, "record") or hasattr(y, "record"):
            return of_values(x, y)
        return primitive(to_float(x), to_float(y))

    return of


def _larger(x: Any, y: Any) -> Any:
    # Outside `jit`, which records a choice as one operation, returning the operand saves a node.
    if not contexts.active:
        if x > y:
            return x
        if x < y:
            return y
    return _maximum(x, y)


def _smaller(x: Any, y: Any) -> Any:
    if not contexts.active:
        if x < y:
            return x
        if x > y:
            return y
    return _minimum(x, y)


def _larger_number(x: Any, y: Any) -> Any:
    return x if y != y else y if x != x else _larger(x, y)


def _smaller_number(x: Any, y: Any) -> Any:
    return x if y != y else y if x != x else _smaller(x, y)


def _within(x: Any, low: Any, high: Any) -> Any:
    if not contexts.active and low < x < high:
        return x
    return _clip(x, low, high)


def _heaviside(x: Any, at_zero: Any) -> Any:
    return at_zero if x == 0.0 else 0.5 * (_LOOPS["sign"](x) + 1.0)


def _logaddexp2(x: Any, y: Any) -> Any:
    return _logaddexp(x * math.log(2.0), y * math.log(2.0)) / math.log(2.0)


_maximum, _minimum = _of_many(table.maximum), _of_many(table.minimum)
_clip, _logaddexp = _of_many(table.clip), _of_many(table.logaddexp)


def _loops() -> dict[str, _Function]:
    """What runs over the elements for a ufunc named like a row, by its public names."""
    loops: dict[str, _Function] = {}
    for row in table.TABLE.values():
        if row.arity is not None:
            for name in row.names:
                loops[name] = _of_one(name, row) if row.method and row.arity == 1 else _of_many(row)
    return loops


# A ufunc, NumPy's or SciPy's, is known by its name, since `clip` is one that NumPy keeps to itself.
_LOOPS: dict[str, _Function] = {
    **_loops(),
    "absolute": _of_one("absolute", table.fabs),
    "arctan2": _of_many(table.atan2),
    "clip": _within,
    "deg2rad": _of_one("deg2rad", table.radians),
    "divide": _of_two(operator.truediv, table.div),
    "divmod": divmod,
    "expit": _of_one("sigmoid", table.sigmoid),
    "float_power": _of_many(table.pow),
    "floor_divide": _of_two(operator.floordiv, table.floordiv),
    "fmax": _larger_number,
    "fmin": _smaller_number,
    "gammaln": _of_one("lgamma", table.lgamma),
    "heaviside": _heaviside,
    "logaddexp2": _logaddexp2,
    "maximum": _larger,
    "minimum": _smaller,
    "power": _of_two(operator.pow, table.pow),
    "psi": _of_one("digamma", table.digamma),
    "rad2deg": _of_one("rad2deg", table.degrees),
    "remainder": _of_two(operator.mod, table.mod),
    "rint": _of_one("rint", table.rint),
}
_PREDICATES: dict[str, _Function] = {
    "isnan": lambda x: bool(x != x),
    "isinf": lambda x: bool(x == math.inf) or bool(x == -math.inf),
    "isfinite": lambda x: bool(x > -math.inf) and bool(x < math.inf),
    "signbit": lambda x: bool(_LOOPS["copysign"](1.0, x) < 0.0),
    "logical_not": lambda x: not x,
    "logical_and": lambda x, y: bool(x) and bool(y),
    "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_xor": lambda x, y: bool(x) != bool(y),
}
# For scalar operands alone: twice as fast as going through an array.
_SCALARS: dict[str, _Function] = {
    **{"add": operator.add, "subtract": operator.sub, "multiply": operator.mul},
    **{"negative": operator.neg},
    **{"less": operator.lt, "less_equal": operator.le, "equal": operator.eq},
    **{"greater": operator.gt, "greater_equal": operator.ge, "not_equal": operator.ne},
    **_LOOPS,
    **_PREDICATES,
}
_own_ufuncs: dict[str, Any] = {}


def _find_loop(ufunc: Any) -> Any:
    """Return the ufunc that replaces this one on objects, or the ufunc itself."""
    name = ufunc.__name__
    own = _LOOPS.get(name) or _PREDICATES.get(name)
    if own is None:
        return ufunc
    if name not in _own_ufuncs:
        # an identity of None lets a reduction go over several axes at once
        _own_ufuncs[name] = np.frompyfunc(own, ufunc.nin, ufunc.nout, identity=ufunc.identity)
    return _own_ufuncs[name]


# Replacements of other functions. The Euclidean norm is a row of the table: it does not overflow,
# and its derivative at 0 is 0, while that of NumPy's root of a sum of squares would be nan.


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    array = np.asarray(x, dtype=object).view(Array)
    given = range(array.ndim) if axis is None else axis if isinstance(axis, Sequence) else (axis,)
    for a in given:
        if not -array.ndim <= a < array.ndim:
            raise np.exceptions.AxisError(a, array.ndim)
    axes = tuple([a % array.ndim for a in given])
    if ord is None or (len(axes) == 1 and ord == 2) or (len(axes) == 2 and ord == "fro"):
        norms = _apply_along(array, axes, _of_many(table.norm))
    elif len(axes) == 1 and _is_scalar(ord) and ord not in (0, 1, np.inf, -np.inf):
        norms = np.sum(np.abs(array) ** float(ord), axis=axes[0]) ** (1.0 / ord)
    elif ord in (np.inf, -np.inf) or (len(axes) == 2 and ord in (1, -1)):
        sizes = np.abs(array)
        if len(axes) == 2:  # a norm of matrices: the largest or smallest sum of a column or row
            sizes = np.sum(sizes, axis=axes[0] if abs(ord) == 1 else axes[1], keepdims=True)
        norms = (np.max if ord > 0 else np.min)(sizes, axis=axes)
    else:
        rest = (array, ord, axes[0] if len(axes) == 1 else axes)
        norms = np.ndarray.__array_function__(array, np.linalg.norm, (Array,), rest, {})
    if keepdims:
        shape = [1 if a in axes else n for a, n in enumerate(array.shape)]
        norms = np.asarray(norms, dtype=object).reshape(shape)
    return norms


def _apply_along(array: Any, axes: tuple[int, ...], f: _Function) -> Any:
    """Return f of the elements along the axes, for each index of the other axes."""
    shape = [n for a, n in enumerate(array.shape) if a not in axes]
    size = math.prod([array.shape[a] for a in axes])
    rows = np.moveaxis(array, axes, range(-len(axes), 0)).reshape(math.prod(shape), size)
    results = np.empty(len(rows), dtype=object)
    results[:] = [f(*row) for row in rows]
    return results.reshape(shape)[()]


# NumPy's sinc replaces y by a tiny constant at 0, so its second derivative there would be 0. For
# |y| < 1 the series and its derivatives are exact: sin(y) / y = 1 - y**2/3! + y**4/5! - ...
_SERIES = [(-1.0) ** k / math.factorial(2 * k + 1) for k in reversed(range(13))]


def _sinc(x: Any) -> Any:
    y = math.pi * x
    square = y * y

    def series() -> Any:
        total = _SERIES[0]
        for c in _SERIES[1:]:
            total = total * square + c
        return total

    near = square < 1.0
    return formulas.choose(near, series, lambda: table.sin(y) / formulas.select(near, 1.0, y))


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    top = np.finfo(float).max
    finite = np.where(x == math.inf, top if posinf is None else posinf, x)
    finite = np.where(x == -math.inf, -top if neginf is None else neginf, finite)
    finite = np.where(np.isnan(x), nan, finite)
    if not copy:
        x[...] = finite
    return finite[()] if copy else x


_FUNCTIONS: dict[Any, _Function] = {
    # NumPy's nan_to_num leaves nan in an array of objects
    **{np.linalg.norm: _norm, np.nan_to_num: _nan_to_num},
    np.sinc: np.frompyfunc(_sinc, 1, 1),
}
_QUANTILES = (np.percentile, np.quantile, np.nanpercentile, np.nanquantile)


# Messages of NumPy and of Value that mean "not implemented for objects".
_NOT_FOR_OBJECTS = re.compile(
    r"dtype\('O'\)|not supported for the input types|has no (attribute|callable)|is not converted"
    r"|as a data type"
)
_INSTEAD = {
    "linalg": "write out the elimination, with pivots chosen by ag.data",
    "interp": "find the interval with np.searchsorted, and interpolate there",
    "gradient": "take differences with np.diff",
    "cov": "subtract the mean, and multiply",
    "polyfit": "solve the normal equations",
    "modf": "use np.trunc",
    "ldexp": "multiply by 2.0**n",
}


_WRITING = ("copyto", "place", "put", "putmask")


def _explain(error: Exception, name: str, writes: bool = False) -> Exception:
    """Return NumPy's error or, if objects are its cause, one that says what to write instead."""
    text = str(error)
    if not _NOT_FOR_OBJECTS.search(text):
        return error
    last = "linalg" if ".linalg." in name else name.rpartition(".")[2]
    if writes or "output from dtype('O')" in text or last in _WRITING:
        return TypeError(
            f"{name} would write Values into an array of numbers, which loses the gradient: "
            "make that array with ag.array, and leave out dtype="
        )
    instead = _INSTEAD.get(last, "write it with operations that take Values")
    return TypeError(
        f"{name} does not take Values, only numbers: {instead}. ag.data(array) gives the numbers, "
        "without derivatives"
    )
