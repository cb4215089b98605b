"""Calls: find the specialization that answers one, run it, and make the node of its result."""
