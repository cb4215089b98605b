"""Second stage: the program, simplified, and the program of its gradient."""
