"""First stage: run the function on Values and record what it does."""
