"""Draw graphs: a graph becomes a view, the view becomes DOT, and the DOT becomes SVG."""

from .draw import draw, to_dot

__all__ = ["draw", "to_dot"]
