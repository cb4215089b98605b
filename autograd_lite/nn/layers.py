"""Neural networks on Values: neurons, layers, perceptrons, their losses, and saving them.

A neuron is `activation(dot(weights, inputs) + bias)`: its weighted sum w0*x0 + w1*x1 + ... is one
node, whose edges to the weights carry the inputs and whose edges to the inputs carry the weights.
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
from .gradient_flow import gradient_flow
from .losses import binary_cross_entropy, hinge, mean_squared_error, scalars, softmax_cross_entropy
from .module import Module
from .pytorch import LinearLayer, activation_of, from_sequential, to_sequential
from .training.fit import fit
from .training.history import Epoch, History
from .training.loop import whole

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

Scalar: TypeAlias = Value | float
Activation: TypeAlias = str | Callable[[Any], Any] | None

# Zero, or nearly, on the left and straight on the right: these halve the variance that passes.
RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})


class Uniform(Protocol):
    """What draws initial weights: `random`, a `random.Random` and NumPy's `Generator` all can."""

    def uniform(self, low: float, high: float, /) -> float: ...


class Neuron(Module):
    """One neuron: `activation(w0*x0 + w1*x1 + ... + b)`.

    Arguments:
        nin: how many inputs.
        activation: the name of an operation of one operand ("relu", "tanh", "sigmoid", ...), a
            function from Value to Value, or None for none.
        rng: where the weights come from: a seed, a `random.Random` or a NumPy `Generator`; None
            takes the module `random`, so that `random.seed(...)` makes a run repeatable.
        fan_out: how many neurons stand beside this one in its layer.

    The weights are uniform in ±sqrt(6 / nin) before a rectifier (He et al. 2015,
    arXiv:1502.01852) and in ±sqrt(6 / (nin + fan_out)) otherwise (Glorot and Bengio 2010,
    AISTATS, equation 16); the bias is 0.

    Raises:
        TypeError, ValueError: an argument is none of these.

    >>> neuron = Neuron(2, "tanh", rng=1)
    >>> neuron
    Neuron(2, activation='tanh')
    >>> neuron([0.0, 0.0]).data
    0.0
    """

    _is_part_of_a_layer = True  # to `gradient_flow`

    def __init__(
        self,
        nin: int,
        activation: Activation = "relu",
        rng: Uniform | int | None = None,
        *,
        fan_out: int = 1,
    ) -> None:
        draw, nin, fan_out = _generator(rng), whole("nin", nin), whole("fan_out", fan_out)
        self.activation, self.activation_name = _activation(activation)
        rectifier = self.activation_name in RECTIFIERS
        bound = math.sqrt(6.0 / (nin if rectifier else nin + fan_out))
        self.weights = [Value(float(draw.uniform(-bound, bound)), name=f"w{i}") for i in range(nin)]
        self.bias = Value(0.0, name="b")
        self._scope = Scope("neuron", None, object())
        self._of_table = isinstance(activation, str)
        self._tag_parameters()

    # Pictures show what a neuron makes in a box. The tags that say so are made here, once; the
    # neurons of a class that sets none up stand in one box.
    _scope = Scope("neuron", None, object())
    _tag, _output_tag = Tag(_scope), Tag(_scope, None, ())
    # Whether the activation is an operation, which gives a new node; and whether a user's gives
    # nodes without a name, None until its first one.
    _of_table = False
    _unnamed: bool | None = None

    def _tag_parameters(self) -> None:
        self._tag, self._output_tag = Tag(self._scope), Tag(self._scope, None, ())
        for p in (*self.weights, self.bias):
            if isinstance(p, Value):
                p._name = Tag(self._scope, p.name)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_scope" in state:
            self._tag_parameters()  # copies of Values have names alone

    def __call__(self, inputs: Iterable[Any]) -> Value:
        """The neuron's output; ValueError where the number of inputs is not `nin`."""
        return self._output(_row(self, len(self.weights), inputs))

    def _output(self, inputs: Sequence[Scalar]) -> Value:
        if contexts.active:
            if scope_open():
                return inside(self._scope, self._untagged, inputs)  # type: ignore[no-any-return]
            if not recording():
                return self._untagged(inputs)
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

    def _untagged(self, inputs: Sequence[Scalar]) -> Value:
        total: Any = functions.dot(self.weights, inputs) + self.bias
        return total if self.activation is None else self.activation(total)  # type: ignore[no-any-return]

    def _is_new(self, output: Any) -> bool:
        """Whether a user's activation has made a node that has no name."""
        if type(output) is not Value or output._x is None:
            return False
        if self._unnamed is None:  # asked once: it takes as long as a tenth of the neuron
            self._unnamed = not hasattr(output, "_name")
        return self._unnamed

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, activation={self.activation_name!r})"


class Layer(Module):
    """`nout` neurons on the same `nin` inputs; the other arguments are those of `Neuron`.

    A layer of one neuron returns a Value, of several a list.

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
        draw, nout = _generator(rng), whole("nout", nout)
        self.neurons = [Neuron(nin, activation, draw, fan_out=nout) for _ in range(nout)]
        self._scope = Scope("layer", None, object())
        for i, neuron in enumerate(self.neurons, 1):
            neuron._scope.title, neuron._scope.parent = f"neuron {i}", self._scope

    # Any: a caller knows whether the layer has one output, and a type checker cannot.
    def __call__(self, inputs: Iterable[Any]) -> Any:
        """The layer's output; ValueError where the number of inputs is not `nin`."""
        outputs = self._outputs(_row(self, len(self.neurons[0].weights), inputs))
        return outputs[0] if len(outputs) == 1 else outputs

    def _outputs(self, inputs: Sequence[Scalar]) -> list[Value]:
        return [neuron._output(inputs) for neuron in self.neurons]

    def __repr__(self) -> str:
        first = self.neurons[0]
        nin, nout = len(first.weights), len(self.neurons)
        return f"Layer({nin}, {nout}, activation={first.activation_name!r})"


class MLP(Module):
    """A multi-layer perceptron.

    Arguments:
        nin: how many inputs.
        nouts: the number of neurons of each layer.
        activation: of every layer but the last; a list gives one for each layer, the last too.
        output_activation: of the last layer; None gives plain weighted sums.
        rng: as in `Neuron`.

    A network of one output returns a Value, of several a list. Inputs are floats, Values, or a row
    of a NumPy array.

    Raises:
        TypeError, ValueError: an argument is none of these, or the call's inputs are not `nin`.

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
            raise TypeError(f"nouts is a list of layer sizes such as [16, 1], not {nouts!r}")
        sizes = [whole("nin", nin), *(whole("an element of nouts", n) for n in nouts)]
        if len(sizes) == 1:
            raise ValueError("nouts is empty: a network has at least one layer")
        chosen = _per_layer(activation, output_activation, len(sizes) - 1)
        draw = _generator(rng)
        self.layers = [
            Layer(n, m, f, draw) for n, m, f in zip(sizes[:-1], sizes[1:], chosen, strict=True)
        ]
        network = Scope(type(self).__name__, None, object())
        for i, layer in enumerate(self.layers, 1):
            layer._scope.title, layer._scope.parent = f"layer {i}", network

    def __call__(self, inputs: Iterable[Any]) -> Any:
        """The network's output; ValueError where the number of inputs is not `nin`."""
        outputs: Sequence[Any] = _row(self, len(self.layers[0].neurons[0].weights), inputs)
        for layer in self.layers:
            outputs = layer._outputs(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def to_torch(self) -> Any:
        """The same network as a `torch.nn.Sequential`, in float64: Linear layers and activations.

        Raises:
            ImportError: torch is missing.
            ValueError: torch has no module for an activation.
        """
        layers = []
        for layer in self.layers:
            names = {activation_of(neuron.activation) for neuron in layer.neurons}
            if len(names) > 1:
                raise ValueError("the neurons of one layer have several activations")
            weights = [[w.data for w in neuron.weights] for neuron in layer.neurons]
            biases = [neuron.bias.data for neuron in layer.neurons]
            layers.append(LinearLayer(weights, biases, names.pop()))
        return to_sequential(layers)

    @classmethod
    def from_torch(cls, network: Any) -> Self:
        """An MLP with the numbers of a `torch.nn.Sequential` of Linear layers and activations.

        Its numbers may be of any floating-point type; a Linear without a bias gets one of 0.

        Raises:
            TypeError: it is no Sequential.
            ValueError: there is something in it that an MLP does not have; the message says where.
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


def _activation(activation: Activation) -> tuple[Callable[[Any], Any] | None, str | None]:
    """The function of one operand, and the name that it goes by."""
    if activation is None:
        return None, None
    if callable(activation):
        name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
        return activation, str(name or type(activation).__name__)
    if not isinstance(activation, str):
        raise TypeError(f"an activation is a name, a function or None, not {activation!r:.80}")
    row = TABLE.get(activation)
    f = getattr(functions, activation, row)
    if (
        row is None
        or row.arity is None
        or row.arity - len(getattr(f, "__defaults__", None) or ()) != 1
    ):
        raise ValueError(
            f"{activation!r} is no operation of one operand, such as 'relu', 'tanh' or 'sigmoid'"
        )
    return f, activation


def _per_layer(
    activation: Activation | Sequence[Activation], output_activation: Activation, layers: int
) -> list[Activation]:
    if not isinstance(activation, (list, tuple)):
        return [*[activation] * (layers - 1), output_activation]  # type: ignore[list-item]
    if len(activation) != layers:
        raise ValueError(f"{len(activation)} activations for {layers} layers: give one for each")
    if output_activation is not None:
        raise ValueError("a list of activations has the last layer's too: drop output_activation")
    return list(activation)


def _generator(rng: Uniform | int | None) -> Uniform:
    if rng is None:
        return random
    if isinstance(rng, SupportsIndex):
        return random.Random(operator.index(rng))
    if not hasattr(rng, "uniform"):
        raise TypeError(f"rng is a seed or a generator with .uniform(low, high), not {rng!r:.80}")
    return rng


def _row(module: Module, nin: int, inputs: Any) -> list[Any]:
    xs = scalars("inputs", inputs)
    if len(xs) != nin:
        raise ValueError(f"{module!r} takes {count(nin, 'input')}, not {len(xs)}")
    return xs
