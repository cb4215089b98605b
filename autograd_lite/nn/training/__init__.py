"""Train a model with `fit`: the loop, the history, the samples and the checkpoints."""

from .fit import fit
from .history import Epoch, History

__all__ = ["Epoch", "History", "fit"]
