"""Third stage: find the loops again in what was recorded without them."""
