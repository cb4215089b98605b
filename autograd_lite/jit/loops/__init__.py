"""Third stage: recover the loops of the function from its straight trace."""
