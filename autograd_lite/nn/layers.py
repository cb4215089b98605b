"""Build neurons, layers and multi-layer perceptrons from Values.

A neuron is `activation(dot(weights, inputs) + bias)`. Its weighted sum w0*x0 + w1*x1 + ... is one
node: the partials with respect to the weights are the inputs, those with respect to the inputs are
the weights.
"""

import math
import operator
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, Self, SupportsIndex, TypeAlias

from .._util.text import count
from ..core import contexts, functions
from ..core.scopes import Scope, Tag, inside, recording, scope_open
from ..core.table import TABLE
from ..core.updates import set_data
from ..core.value import Value
from .losses import to_scalars
from .module import Module
from .pytorch import LinearLayer, find_torch_activation, from_sequential, to_sequential
from .training.loop import check_count

__all__ = ["MLP", "Layer", "Neuron"]

Scalar: TypeAlias = Value | float
Activation: TypeAlias = str | Callable[[Any], Any] | None

# Activations close to 0 for negative inputs and linear for positive ones, which halve the variance.
RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})


class Uniform(Protocol):
    """A source of initial weights: `random`, a `random.Random` or a NumPy `Generator`."""

    def uniform(self, low: float, high: float, /) -> float: ...


class Neuron(Module):
    """One neuron: `activation(w0*x0 + w1*x1 + ... + b)`.

    Arguments:
        nin: the number of inputs.
        activation: the name of a unary operation ("relu", "tanh", "sigmoid", ...), a function from
            Value to Value, or None for no activation.
        rng: the source of the weights: a seed, a `random.Random` or a NumPy `Generator`. None uses
            the module `random`, so `random.seed(...)` makes a run repeatable.
        fan_out: the number of neurons in its layer.

    The weights are uniform in ±sqrt(6 / nin) before a rectifier (He et al. 2015,
    arXiv:1502.01852) and in ±sqrt(6 / (nin + fan_out)) otherwise (Glorot and Bengio 2010,
    AISTATS, equation 16); the bias is 0.

    Raises:
        TypeError, ValueError: an argument is not of these kinds.

    >>> neuron = Neuron(2, "tanh", rng=1)
    >>> neuron
    Neuron(2, activation='tanh')
    >>> neuron([0.0, 0.0]).data
    0.0
    """

    _is_part_of_a_layer = True  # read by `gradient_flow`

    def __init__(
        self,
        nin: int,
        activation: Activation = "relu",
        rng: Uniform | int | None = None,
        *,
        fan_out: int = 1,
    ) -> None:
        draw = _make_generator(rng)
        nin, fan_out = check_count("nin", nin), check_count("fan_out", fan_out)
        self.activation, self.activation_name = _find_activation(activation)
        rectifier = self.activation_name in RECTIFIERS
        bound = math.sqrt(6.0 / (nin if rectifier else nin + fan_out))
        self.weights = [Value(float(draw.uniform(-bound, bound)), name=f"w{i}") for i in range(nin)]
        self.bias = Value(0.0, name="b")
        self._scope = Scope("neuron", None, object())
        self._of_table = isinstance(activation, str)
        self._tag_parameters()

    # Pictures draw the nodes of a neuron in a box, which these tags name. They are made once per
    # neuron; neurons of a subclass that does not call `__init__` share one box.
    _scope = Scope("neuron", None, object())
    _tag, _output_tag = Tag(_scope), Tag(_scope, None, ())
    # Whether the activation is a row of the table, which always makes a new node.
    _of_table = False
    # Whether the nodes of another activation have no name; None before its first node.
    _unnamed: bool | None = None

    def _tag_parameters(self) -> None:
        self._tag, self._output_tag = Tag(self._scope), Tag(self._scope, None, ())
        for p in (*self.weights, self.bias):
            if isinstance(p, Value):
                p._name = Tag(self._scope, p.name)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_scope" in state:
            self._tag_parameters()  # a copied Value has its name, but no tag

    def __call__(self, inputs: Iterable[Any]) -> Value:
        """Return the output.

        Raises:
            TypeError: an input is not a number or Value.
            ValueError: the number of inputs is not `nin`.
        """
        return self._compute(_check_inputs(self, len(self.weights), inputs))

    def _compute(self, inputs: Sequence[Scalar]) -> Value:
        if contexts.active:
            if scope_open():
                return inside(self._scope, self._compute_untagged, inputs)  # type: ignore[no-any-return]
            if not recording():
                return self._compute_untagged(inputs)
        product: Any = functions.dot(self.weights, inputs)
        total = product + self.bias
        if type(product) is Value:
            product._name = total._name = self._tag
        if self.activation is None:
            return total  # type: ignore[no-any-return]
        output = self.activation(total)
        if (self._of_table and type(total) is Value) or self._is_new(output):
            output._name = self._output_tag
        return output  # type: ignore[no-any-return]

    def _compute_untagged(self, inputs: Sequence[Scalar]) -> Value:
        total: Any = functions.dot(self.weights, inputs) + self.bias
        return total if self.activation is None else self.activation(total)  # type: ignore[no-any-return]

    def _is_new(self, output: Any) -> bool:
        """Return whether a custom activation has made a node without a name."""
        if type(output) is not Value or output._x is None:
            return False
        if self._unnamed is None:  # checked once: it takes a tenth of the time of the neuron
            self._unnamed = not hasattr(output, "_name")
        return self._unnamed

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, activation={self.activation_name!r})"


class Layer(Module):
    """`nout` neurons with the same `nin` inputs; the other arguments are those of `Neuron`.

    A layer of one neuron returns a Value, a layer of several neurons a list of Values.

    >>> layer = Layer(2, 3, "sigmoid", rng=1)
    >>> layer
    Layer(2, 3, activation='sigmoid')
    >>> [y.data for y in layer([0.0, 0.0])]
    [0.5, 0.5, 0.5]
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Activation = "relu",
        rng: Uniform | int | None = None,
    ) -> None:
        draw, nout = _make_generator(rng), check_count("nout", nout)
        self.neurons = [Neuron(nin, activation, draw, fan_out=nout) for _ in range(nout)]
        self._scope = Scope("layer", None, object())
        for i, neuron in enumerate(self.neurons, 1):
            neuron._scope.title, neuron._scope.parent = f"neuron {i}", self._scope

    # Any, since a type checker cannot know whether the layer has one output.
    def __call__(self, inputs: Iterable[Any]) -> Any:
        """Return the output of one neuron, or the list of outputs of several.

        Raises:
            TypeError: an input is not a number or Value.
            ValueError: the number of inputs is not `nin`.
        """
        outputs = self._compute(_check_inputs(self, len(self.neurons[0].weights), inputs))
        return outputs[0] if len(outputs) == 1 else outputs

    def _compute(self, inputs: Sequence[Scalar]) -> list[Value]:
        return [neuron._compute(inputs) for neuron in self.neurons]

    def __repr__(self) -> str:
        first = self.neurons[0]
        nin, nout = len(first.weights), len(self.neurons)
        return f"Layer({nin}, {nout}, activation={first.activation_name!r})"


class MLP(Module):
    """A multi-layer perceptron.

    Arguments:
        nin: the number of inputs.
        nouts: the number of neurons in each layer.
        activation: the activation of all layers but the last; or a list with one for each layer,
            including the last.
        output_activation: the activation of the last layer; None for plain weighted sums.
        rng: as in `Neuron`.

    A network with one output returns a Value, a network with several a list of Values. Inputs are
    floats or Values, in a sequence or a row of a NumPy array.

    Raises:
        TypeError, ValueError: an argument is not of these kinds.

    >>> net = MLP(2, [4, 1], activation="tanh", output_activation="sigmoid", rng=42)
    >>> net
    MLP(2, [4, 1], activation=['tanh', 'sigmoid'])
    >>> len(net.parameters()), net([0.0, 0.0]).data
    (17, 0.5)
    """

    def __init__(
        self,
        nin: int,
        nouts: Iterable[int],
        activation: Activation | Sequence[Activation] = "relu",
        output_activation: Activation = None,
        rng: Uniform | int | None = None,
    ) -> None:
        if not isinstance(nouts, Iterable):
            raise TypeError(f"nouts must be a list of layer sizes such as [16, 1], not {nouts!r}")
        sizes = [check_count("nin", nin), *(check_count("an element of nouts", n) for n in nouts)]
        if len(sizes) == 1:
            raise ValueError("nouts is empty: a network has at least one layer")
        activations = _list_activations(activation, output_activation, len(sizes) - 1)
        draw = _make_generator(rng)
        self.layers = [
            Layer(n, m, f, draw) for n, m, f in zip(sizes[:-1], sizes[1:], activations, strict=True)
        ]
        network = Scope(type(self).__name__, None, object())
        for i, layer in enumerate(self.layers, 1):
            layer._scope.title, layer._scope.parent = f"layer {i}", network

    def __call__(self, inputs: Iterable[Any]) -> Any:
        """Return the output, or the list of outputs if there are several.

        Raises:
            TypeError: an input is not a number or Value.
            ValueError: the number of inputs is not `nin`.
        """
        outputs: Sequence[Any] = _check_inputs(self, len(self.layers[0].neurons[0].weights), inputs)
        for layer in self.layers:
            outputs = layer._compute(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def to_torch(self) -> Any:
        """Return a `torch.nn.Sequential` of Linear layers and activations in float64.

        Raises:
            ImportError: torch is not installed.
            ValueError: torch has no module for an activation.
        """
        layers = []
        for i, layer in enumerate(self.layers):
            names = {find_torch_activation(neuron.activation) for neuron in layer.neurons}
            if len(names) > 1:
                raise ValueError(
                    f"the neurons of layers[{i}] have different activations: torch allows only one"
                )
            weights = [[w.data for w in neuron.weights] for neuron in layer.neurons]
            biases = [neuron.bias.data for neuron in layer.neurons]
            layers.append(LinearLayer(weights, biases, names.pop()))
        return to_sequential(layers)

    @classmethod
    def from_torch(cls, network: Any) -> Self:
        """Return an MLP with the parameters of a `torch.nn.Sequential` of Linear layers.

        They may be of any floating-point type. A Linear without a bias gets a bias of 0.

        Raises:
            TypeError: `network` is not a Sequential.
            ValueError: an MLP has no counterpart of a module in it; the message says which.
        """
        layers = from_sequential(network)
        sizes = [len(layer.biases) for layer in layers]
        activations = [layer.activation for layer in layers]
        net = cls(len(layers[0].weights[0]), sizes, activations, rng=0)
        numbers = [
            x
            for weights, biases, _ in layers
            for row, bias in zip(weights, biases, strict=True)
            for x in (*row, bias)
        ]
        set_data(net.parameters(), numbers)
        return net

    def __repr__(self) -> str:
        nin = len(self.layers[0].neurons[0].weights)
        nouts = [len(layer.neurons) for layer in self.layers]
        names = [layer.neurons[0].activation_name for layer in self.layers]
        return f"MLP({nin}, {nouts}, activation={names!r})"


def _find_activation(activation: Activation) -> tuple[Callable[[Any], Any] | None, str | None]:
    """Return the function of one operand, and the name to show for it."""
    if activation is None:
        return None, None
    if callable(activation):
        name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
        return activation, str(name or type(activation).__name__)
    if not isinstance(activation, str):
        raise TypeError(f"an activation must be a name, a function or None, not {activation!r:.80}")
    row = TABLE.get(activation)
    f = getattr(functions, activation, row)
    if (
        row is None
        or row.arity is None
        or row.arity - len(getattr(f, "__defaults__", None) or ()) != 1
    ):
        raise ValueError(
            f"{activation!r} is not the name of a unary operation, such as 'relu', 'tanh' or "
            "'sigmoid'"
        )
    return f, activation


def _list_activations(
    activation: Activation | Sequence[Activation], output_activation: Activation, layers: int
) -> list[Activation]:
    if not isinstance(activation, (list, tuple)):
        return [*[activation] * (layers - 1), output_activation]  # type: ignore[list-item]
    if len(activation) != layers:
        raise ValueError(f"{len(activation)} activations for {layers} layers: pass one for each")
    if output_activation is not None:
        raise ValueError(
            "a list of activations includes that of the last layer: leave out output_activation"
        )
    return list(activation)


def _make_generator(rng: Uniform | int | None) -> Uniform:
    if rng is None:
        return random
    if isinstance(rng, SupportsIndex):
        return random.Random(operator.index(rng))
    if not hasattr(rng, "uniform"):
        raise TypeError(
            f"rng must be a seed or a generator with .uniform(low, high), not {rng!r:.80}"
        )
    return rng


def _check_inputs(module: Module, nin: int, inputs: Any) -> list[Any]:
    xs = to_scalars("inputs", inputs)
    if len(xs) != nin:
        raise ValueError(f"{module!r} takes {count(nin, 'input')}, not {len(xs)}")
    return xs
