"""The command `autograd-lite`."""
