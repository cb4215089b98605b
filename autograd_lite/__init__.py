"""Exact derivatives of ordinary scalar Python: a value remembers how it was made.

>>> import autograd_lite as ag
>>> x = ag.Value(2.0)
>>> y = x * x + ag.sin(x)
>>> y.backward()
>>> x.grad
3.5838531634528574
"""

from . import nn, optim, plots, testing
from .arrays.array import array, data, grads
from .core import functions
from .core.anomalies import detect_anomaly
from .core.contexts import no_grad
from .core.custom import primitive
from .core.domains import Domain
from .core.functions import *  # noqa: F403
from .core.scopes import scope
from .core.value import Value
from .drawing.draw import draw, to_dot
from .jit.decorator import jit
from .symbolic.latex import to_latex
from .symbolic.sympy import to_sympy
from .transforms.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .walkthrough.explain import explain

__all__ = [
    "Domain",
    "Value",
    "array",
    "data",
    "detect_anomaly",
    "draw",
    "explain",
    "grad",
    "grads",
    "hessian",
    "hvp",
    "jacobian",
    "jit",
    "jvp",
    "nn",
    "no_grad",
    "optim",
    "plots",
    "primitive",
    "scope",
    "testing",
    "to_dot",
    "to_latex",
    "to_sympy",
    "value_and_grad",
    "vjp",
]
__all__ += functions.__all__

__version__ = "0.1.0"


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
