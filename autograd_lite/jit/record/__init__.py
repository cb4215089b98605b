"""First stage: run the function on Values and write down what it does."""
