"""Build, train, save and inspect neural networks on Values."""

from .gradient_flow import gradient_flow
from .layers import MLP, Layer, Neuron
from .losses import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from .module import Module
from .training import Epoch, History, fit

__all__ = [
    "MLP",
    "Epoch",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "binary_cross_entropy",
    "fit",
    "gradient_flow",
    "hinge",
    "mean_squared_error",
    "softmax_cross_entropy",
]
