"""Convert layers to `torch.nn.Sequential` and back: Linear modules with activations between."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._util.text import shown
from ..core import functions

# torch's name of each activation, and the settings that make it the same function. torch replaces
# softplus by its argument above the threshold: an error of 2e-9 at torch's 20, none at 50.
_ACTIVATIONS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "sigmoid": ("Sigmoid", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 50.0}),
    "tanh": ("Tanh", {}),
}
_NAMES = {torch_name: name for name, (torch_name, _) in _ACTIVATIONS.items()}


class LinearLayer(NamedTuple):
    """A row of weights and a bias for each neuron, and the name of their activation."""

    weights: list[list[float]]
    biases: list[float]
    activation: str | None


def find_torch_activation(f: Callable[..., Any] | None) -> str | None:
    """Return the name of an activation that torch has too; None stays None.

    Raises:
        ValueError: torch has no module for it.
    """
    if f is None:
        return None
    for name in _ACTIVATIONS:
        if f is getattr(functions, name):
            return name
    name = str(getattr(f, "__name__", f))
    raise ValueError(
        f"the activation {shown(name)} has no module in torch.nn: use one of "
        f"{', '.join(_ACTIVATIONS)}"
    )


def to_sequential(layers: list[LinearLayer]) -> Any:
    """Return the layers as a `torch.nn.Sequential` in float64.

    Raises:
        ImportError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(f"to_torch needs PyTorch (pip install torch): {error}") from error
    skip_init: Any = torch.nn.utils.skip_init
    modules: list[Any] = []
    for weights, biases, activation in layers:
        # drawing initial weights would change the state of torch's generator
        size = len(weights[0]), len(weights)
        linear = skip_init(torch.nn.Linear, *size, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weights, dtype=torch.float64))
            linear.bias.copy_(torch.tensor(biases, dtype=torch.float64))
        modules.append(linear)
        if activation is not None:
            name, settings = _ACTIVATIONS[activation]
            modules.append(getattr(torch.nn, name)(**settings))
    return torch.nn.Sequential(*modules)


def from_sequential(network: Any) -> list[LinearLayer]:
    """Return the layers of a `torch.nn.Sequential`.

    Raises:
        TypeError: `network` is not a Sequential.
        ValueError: it has other modules than Linear layers, each with at most one activation.
    """
    if not hasattr(network, "named_children") or type(network).__name__ != "Sequential":
        raise TypeError(f"from_torch takes a torch.nn.Sequential, not {type(network).__name__}")
    layers: list[LinearLayer] = []
    open_to_activation = False
    for place, module in enumerate(network):
        kind = type(module).__name__
        if kind == "Linear":
            layers.append(_read_linear(place, module, layers))
        elif kind in _NAMES and open_to_activation:
            layers[-1] = layers[-1]._replace(activation=_read_activation(place, module))
        elif kind != "Identity":
            why = "follows no Linear layer" if kind in _NAMES else "has no counterpart in an MLP"
            raise ValueError(f"module {place} of the Sequential, {shown(kind)}, {why}")
        open_to_activation = kind == "Linear" or (open_to_activation and kind == "Identity")
    if not layers:
        raise ValueError("the Sequential has no Linear layer")
    return layers


def _read_linear(place: int, module: Any, before: list[LinearLayer]) -> LinearLayer:
    if not module.weight.dtype.is_floating_point:
        raise ValueError(
            f"module {place} of the Sequential has weights of type {module.weight.dtype}: they "
            "must be floats"
        )
    weights = module.weight.detach().cpu().double().tolist()
    if not weights or not weights[0]:
        raise ValueError(f"module {place} of the Sequential has no inputs or no outputs")
    if before and len(before[-1].biases) != len(weights[0]):
        raise ValueError(
            f"module {place} of the Sequential takes {len(weights[0])} numbers, but the layer "
            f"before it gives {len(before[-1].biases)}"
        )
    bias = module.bias
    biases = [0.0] * len(weights) if bias is None else bias.detach().cpu().double().tolist()
    return LinearLayer(weights, biases, None)


def _read_activation(place: int, module: Any) -> str:
    """Return the name of an activation, or raise if its settings make it another function."""
    name = _NAMES[type(module).__name__]
    for setting, ours in _ACTIVATIONS[name][1].items():
        theirs = getattr(module, setting)
        if theirs != ours and not (setting == "threshold" and theirs >= 20.0):
            raise ValueError(
                f"module {place} of the Sequential has {setting}={theirs!r}, but {name} of "
                f"autograd_lite has {ours}"
            )
    return name
