"""One call: find the specialization that answers it, run it, and make the node of its result."""
