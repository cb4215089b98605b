"""Expressions and their derivatives as formulas: LaTeX and SymPy."""

from .latex import to_latex
from .sympy import to_sympy

__all__ = ["to_latex", "to_sympy"]
