"""`fit`: the loop of a training, with its history, data and checkpoints."""

from .fit import fit
from .history import Epoch, History

__all__ = ["Epoch", "History", "fit"]
