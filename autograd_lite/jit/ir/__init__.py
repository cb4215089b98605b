"""Second stage: the simplified program, and the program of its gradient."""
